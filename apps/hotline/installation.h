// An installation made ready: folders, keys, migrated database, home tenant.
#pragma once

#include <memory>
#include <string>

#include "apps/hotline/supervisor.h"
#include "base/settings.h"
#include "casework/casework.h"
#include "db/db.h"

namespace hotline::cli {

struct Installation {
  Settings settings;
  std::string share;
  std::string config_path;  ///< The effective settings that the programs are given.
  std::unique_ptr<db::Database> database;
  casework::TenantId tenant;
};

/// Makes what is missing and migrates; doing it again changes nothing.
[[nodiscard]] Result<Installation> make_ready(Settings settings);
/// Opens without making or migrating anything. Error `not_found` if there is no database.
[[nodiscard]] Result<Installation> open_installation(Settings settings);

/// The six programs of one machine, in the order in which they start. `worker_prefix` runs the
/// worker inside something else (the range); `logs` is a folder, or empty.
[[nodiscard]] std::vector<Supervised> programs_of(const Installation& installation,
                                                  const std::vector<std::string>& worker_prefix,
                                                  const std::string& logs);

}  // namespace hotline::cli
