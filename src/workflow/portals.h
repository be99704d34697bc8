// Portals: the worker's side of every published portal but the main one.
//
// Each has a drop, a status folder, a vault and keys of its own; its reports are
// filed under its own tenant (or the home tenant, where the home desk works for
// it) whatever a submission says of itself. Looked for anew when `hotline portal
// publish` has run, so that nothing has to be restarted.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/settings.h"
#include "casework/casework.h"
#include "db/db.h"
#include "intake/intake.h"
#include "intake/pack.h"

namespace hotline::workflow {

struct PortalRoom {
  intake::Pack pack;
  casework::TenantId tenant;
  intake::DropReader drop;
  intake::Vault vault;
  std::string status;
};

/// Safe to use from several threads.
class Portals {
 public:
  explicit Portals(const Settings& settings) : settings_(settings) {}
  /// The published ones. A pack that cannot be opened is logged and left out: the others go on.
  [[nodiscard]] Result<std::shared_ptr<const std::vector<PortalRoom>>> rooms(
      db::Database& database);

  /// Files what lies in their drops.
  Result<intake::Drained> drain(db::Database& database, Instant now, int limit);
  /// Parcels and mails that wait, for all of them. Gives how many.
  Result<int> tell(db::Database& database, const intake::MailTexts& texts, net::Mailer& mailer,
                   Instant now, int limit);

 private:
  const Settings& settings_;
  std::mutex lock_;
  std::optional<std::string> stamp_;
  std::shared_ptr<const std::vector<PortalRoom>> rooms_;
};

}  // namespace hotline::workflow
