// Objects: where sealed bytes lie, by name. A local folder or a bucket.
//
// Whoever stores here has sealed before: this part could be anybody's machine. An
// object is written once and never changed.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/settings.h"

namespace hotline::evidence {

class Objects {
 public:
  virtual ~Objects() = default;
  /// Durable when it returns. Error `conflict` if the name is taken, `unavailable` if the disk or
  /// the server refuses; nothing half-written is left under the name.
  virtual Done put(std::string_view name, std::string_view bytes) = 0;
  /// Error `corrupt` if it is missing: somebody's row names it.
  virtual Result<std::string> get(std::string_view name) = 0;
  virtual Result<bool> has(std::string_view name) = 0;
  /// Good too if there was none.
  virtual Done remove(std::string_view name) = 0;
};

/// `folder` is made if missing.
[[nodiscard]] Result<std::unique_ptr<Objects>> open_folder(const std::string& folder);

struct Bucket {
  std::string url, region;
  std::string credentials;  ///< A file with two words: access key and secret.
};
[[nodiscard]] Result<std::unique_ptr<Objects>> open_bucket(const Bucket& bucket);

/// What setting evidence.s3_url says: a bucket, or the installation's own folder if it is empty.
[[nodiscard]] Result<std::unique_ptr<Objects>> open_objects(const Settings& settings);

}  // namespace hotline::evidence
