// Finding cases by what somebody has in hand: a digest, an IP address, a host, a mailbox, words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assessment/grade.h"
#include "db/db.h"

namespace hotline::assessment {

struct Found {
  CaseId casefile;
  std::string why;  ///< In words: "an item with this digest".
};

/// At most 50, newest case first; of this tenant only.
[[nodiscard]] Result<std::vector<Found>> by_digest(db::Transaction& tx, const TenantId& tenant,
                                                   std::string_view column, std::string_view hex);
/// Items whose PDQ differs in at most `bits` bits: every item of the tenant is compared.
[[nodiscard]] Result<std::vector<Found>> by_pdq(db::Transaction& tx, const TenantId& tenant,
                                                std::string_view hex, int bits);
[[nodiscard]] Result<std::vector<Found>> by_host(db::Transaction& tx, const TenantId& tenant,
                                                 std::string_view host);
[[nodiscard]] Result<std::vector<Found>> by_ip(db::Transaction& tx, const TenantId& tenant,
                                               std::string_view ip);
/// Notices that go or went to this mailbox.
[[nodiscard]] Result<std::vector<Found>> by_mailbox(db::Transaction& tx, const TenantId& tenant,
                                                    std::string_view mailbox);
/// The last six characters of a case's id.
[[nodiscard]] Result<std::vector<Found>> by_reference(db::Transaction& tx, const TenantId& tenant,
                                                      std::string_view six);
/// In names of series, and in findings of decided cases: others stay blind.
[[nodiscard]] Result<std::vector<Found>> by_words(db::Transaction& tx, const TenantId& tenant,
                                                  std::string_view words);

}  // namespace hotline::assessment
