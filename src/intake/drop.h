// The drop: where the portal leaves sealed submissions and the worker collects them.
//
// Each submission is sealed to the hotline's public key: whoever steals the
// portal's machine reads nothing. It is acknowledged only when it is on the disk
// (temporary file, fsync, rename, fsync of the folder); submissions that arrive
// together share one file and one such round, so that a flood costs the disk no
// more than a trickle. The same drop id again is the same submission: filing makes
// exactly one report of it. What comes late in a flood goes into the late lane and
// is filed once nothing else waits; nothing is ever refused for being too much.
// Neither side needs the other to run. No file tells a time more exactly than to
// the hour, as far as a file system lets us say so.
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

enum class Lane : std::uint8_t {
  first,
  late,  ///< From a source that sends very much: filed after everything of `first`.
};

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
  Done put(std::string_view id, const Submission& submission, Lane lane = Lane::first);

 private:
  struct Impl;
  explicit Drop(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// One submission of a batch.
struct Dropped {
  std::string id;
  Result<Submission> submission;  ///< Error `corrupt` if it does not open or is none.
};

/// The worker's end.
class DropReader {
 public:
  /// `folder` is made if missing.
  [[nodiscard]] static Result<DropReader> open(const std::string& folder, crypto::KeyPair keys);
  /// The names of at most `limit` batches, in the order in which they are to be filed.
  [[nodiscard]] Result<std::vector<std::string>> waiting(std::size_t limit) const;
  /// Error `corrupt` if it is no batch, `not_found` if it is gone.
  [[nodiscard]] Result<std::vector<Dropped>> read(std::string_view batch) const;
  /// After its reports are committed. A file that is gone already is no error.
  Done remove(std::string_view batch) const;
  /// Keeps what cannot be read in the folder "broken", for a person to look at.
  Done set_aside(std::string_view batch) const;

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
