// The drop: where the portal leaves sealed submissions and the worker collects them.
//
// One file a submission, sealed to the hotline's public key: whoever steals the
// portal's machine reads nothing. A submission is acknowledged only when its
// file and its name are on the disk (temporary file, fsync, rename, fsync of
// the folder; submissions that arrive together share the last one). Its name is
// its drop id; the same id again replaces it, and filing makes exactly one report
// of it. Neither side needs the other to run.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/result.h"
#include "intake/submission.h"

namespace hotline::intake {

/// The portal's end. Safe from several threads.
class Drop {
 public:
  /// `folder` is made if missing. Error `unavailable` if the disk refuses, `invalid` if
  /// `public_key` has not 32 bytes.
  [[nodiscard]] static Result<std::unique_ptr<Drop>> open(const std::string& folder,
                                                          std::string public_key,
                                                          std::int64_t disk_reserve);
  ~Drop();
  /// Durable when it gives a value. Error `unavailable` if the disk has less than the reserve left
  /// or a write fails: then nobody may be thanked. `id`: 16 to 64 characters a-z0-9.
  Done put(std::string_view id, const Submission& submission);

 private:
  struct Impl;
  explicit Drop(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The worker's end.
class DropReader {
 public:
  /// `folder` is made if missing.
  [[nodiscard]] static Result<DropReader> open(const std::string& folder, crypto::KeyPair keys);
  /// At most `limit` ids, longest waiting first.
  [[nodiscard]] Result<std::vector<std::string>> waiting(std::size_t limit) const;
  /// Error `corrupt` if it does not open or is no submission, `not_found` if it is gone.
  [[nodiscard]] Result<Submission> read(std::string_view id) const;
  /// After its report is committed. A file that is gone already is no error.
  Done remove(std::string_view id) const;
  /// Keeps what cannot be read in the folder "broken", for a person to look at.
  Done set_aside(std::string_view id) const;

 private:
  DropReader(std::string folder, crypto::KeyPair keys)
      : folder_(std::move(folder)), keys_(std::move(keys)) {}
  std::string folder_;
  crypto::KeyPair keys_;
};

/// The hotline's drop keys: the secret one in `keys_folder`/drop.key, the public one, which is
/// all that the portal gets, in `keys_folder`/drop.pub. Made if missing.
[[nodiscard]] Result<crypto::KeyPair> drop_keys(const std::string& keys_folder);
/// Only drop.pub, for the portal. Error `not_found` if there is none yet.
[[nodiscard]] Result<std::string> drop_public_key(const std::string& keys_folder);

}  // namespace hotline::intake
