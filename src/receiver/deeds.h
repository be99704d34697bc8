// Deeds: taking files away and putting them back, so that a kill -9 in the middle loses nothing.
//
// A line is written and fsynced before a file is touched; whether it was done is then
// seen on the disk. Lines are JSON, one a deed, never changed: the host's own record.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "push/push.h"
#include "receiver/config.h"
#include "receiver/shelf.h"

namespace hotline::receiver {

/// What a notice asked of one file.
struct Line {
  std::string reference;  ///< Of the notice.
  std::string location;   ///< Which address led there; empty: its digest did.
  std::string sha256;
  File file;
  std::string root;  ///< Of the site, so that a changed config points nowhere else.
  std::string kept;  ///< Name below state/kept; empty: not kept.
  push::Deed deed = push::Deed::disabled;
  Instant at{};
};

class Deeds {
 public:
  /// Reads the lines of before. Error `unavailable` if the state folder cannot be used,
  /// `corrupt` for a line that is none (the last, half-written one is dropped).
  [[nodiscard]] static Result<std::unique_ptr<Deeds>> open(const Config& config,
                                                           const Shelf& shelf);
  ~Deeds();

  /// Takes a file away by the policy. Done before for this reference: the same answer again.
  push::Deed take(const std::string& reference, const std::string& location, const File& file,
                  Instant now);
  /// What was done before for this reference and address (or digest, if `location` is empty).
  [[nodiscard]] std::optional<Line> before(const std::string& reference,
                                           const std::string& location,
                                           const std::string& sha256) const;
  /// Everything that was kept for this reference goes back to where it was.
  std::vector<push::Action> restore(const std::string& reference, Instant now);
  /// Reference of the notice that named this digest, or empty: for files that appear later.
  [[nodiscard]] std::string wanted(const std::string& sha256) const;
  /// Remembers which digests a notice named.
  Done want(const std::string& reference, const std::vector<push::Digests>& items);

 private:
  Deeds(const Config& config, const Shelf& shelf) : config_(config), shelf_(shelf) {}
  Done read_lines();
  Done append(const std::string& text);
  Done write(const Line& line);
  push::Deed keep(Line& line, int folder, const std::string& name);
  bool hook(const char* word, const Line& line) const;

  const Config& config_;
  const Shelf& shelf_;
  mutable std::mutex mutex_;
  int fd_ = -1;
  std::vector<Line> lines_;
  std::map<std::string, std::string> wanted_;  ///< Digest → reference.
};

}  // namespace hotline::receiver
