// `hotline media hash FILE...`: digests and hashes of files, made through the jailed lab.
#pragma once

#include <functional>
#include <iosfwd>
#include <span>
#include <string>

#include "base/json.h"
#include "media/lab.h"

namespace hotline::media {

/// {"file","md5","sha1","sha256","kind","width","height","pdq_full":{"hash","quality"},
/// "pdq_nn512":{…},"trouble"}: the hashes are null where there is no picture. Where there is more:
/// "orientation" and "pdq_full_shown", "frames" (vPDQ lines) with "seconds", "whole", "key_frames".
[[nodiscard]] json::object hash_line(const std::string& file, const Findings& findings);

/// The same for people: a few short lines.
[[nodiscard]] std::string hash_text(const std::string& file, const Findings& findings);

struct HashWish {
  bool as_json = false;
  bool turns = false;  ///< Also the eight turns of each picture.
  std::function<void(std::size_t done, std::size_t all)> progress;
};

/// Lines on `out`, talk on `talk`. Gives the exit code: 0; 1 if a file could not be read; 2 if the
/// jail could not be started (the other files are done all the same). A file that is no picture is
/// not an error.
int hash_files(std::span<const std::string> files, Lab& lab, const HashWish& wish,
               std::ostream& out, std::ostream& talk);

/// The bytes of a file, without reading more than is asked for: a film stays on the disk.
class MappedFile {
 public:
  /// False if it cannot be read, or is no plain file.
  [[nodiscard]] bool open(const std::string& path);
  MappedFile() = default;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();
  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
  std::string_view bytes_;
};

}  // namespace hotline::media
