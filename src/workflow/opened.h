// The real parts, opened from the settings: what hotline-worker runs on.
#pragma once

#include <memory>
#include <string>

#include "base/settings.h"
#include "workflow/parts.h"

namespace hotline::workflow {

/// Where hotline-fetch and hotline-media lie, and the settings file that they are given.
struct Programs {
  std::string folder;
  std::string config_path;
};

using hotline::share_folder;

/// The database of these settings, opened (not migrated).
[[nodiscard]] Result<std::unique_ptr<db::Database>> open_database(const Settings& settings);

/// The tenant that this installation works for; made from the settings at first.
[[nodiscard]] Result<casework::TenantId> home_tenant(db::Database& database,
                                                     const Settings& settings, Instant now);

class Opened {
 public:
  /// Opens every part; makes missing folders and keys. The database must be migrated.
  [[nodiscard]] static Result<std::unique_ptr<Opened>> open(Settings settings,
                                                            const Programs& programs);
  ~Opened();
  [[nodiscard]] const Parts& parts() const;

 private:
  struct All;
  explicit Opened(std::unique_ptr<All> all);
  std::unique_ptr<All> all_;
};

}  // namespace hotline::workflow
