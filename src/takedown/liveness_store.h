// Storing what pages looked like, the looks at them and how "removed" looks. No rules here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/db.h"
#include "takedown/liveness.h"
#include "takedown/monitor.h"

namespace hotline::takedown {

struct RememberedPage {
  Fingerprint fingerprint;
  std::string referrer;  ///< The capture recipe that showed it, or empty.
};

class LivenessStore {
 public:
  explicit LivenessStore(db::Transaction& tx) : tx_(tx) {}

  /// Replaces what was remembered of the case before.
  Done remember(const CaseId& casefile, const RememberedPage& page, Instant now);
  Result<std::optional<RememberedPage>> remembered(const CaseId& casefile);
  /// The same of one address of the case: a picture that lies at a host of its own.
  Done remember_place(const CaseId& casefile, const AddressId& address, const RememberedPage& page,
                      Instant now);
  Result<std::optional<RememberedPage>> remembered_place(const CaseId& casefile,
                                                         const AddressId& address);

  /// Replaces a check of the same notice at the same instant.
  Done add(const LivenessCheck& check);
  /// The last `limit`, in the order in which they were made, whatever the clock said.
  Result<std::vector<LivenessCheck>> checks(const NoticeId& id, int limit);

  /// What a person is asked about; replaces what was asked before.
  Done doubt(const NoticeId& id, const Fingerprint& page, Instant now);
  Result<std::optional<Fingerprint>> doubted(const NoticeId& id);

  Done learn_removed(const TenantId& tenant, std::string_view host, const Fingerprint& page,
                     Instant now);
  Result<std::vector<Fingerprint>> removed_pages(const TenantId& tenant, std::string_view host);

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::takedown
