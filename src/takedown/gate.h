// Police gate: who decides whether a notice at home may leave, and what was decided in advance.
//
// Each agency answers for the hosts of its countries and networks. An authority is a
// policy that an agency has signed: of these categories, only what was known before, at
// these hosts, until that day, may leave without asking, unless somebody investigates.
// It is the agency's own document, kept word for word; its signature is checked again
// every time that it is used, and it can be revoked at once. What it let pass names it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "db/db.h"
#include "takedown/notice.h"

namespace hotline::takedown {

struct Agency {
  TenantId tenant;
  std::string id;  ///< Small letters, digits and '-', at most 40.
  std::string name;
  std::vector<std::string> countries;  ///< Of hosts, ISO 3166-1; empty: every one.
  std::vector<std::int64_t> networks;  ///< Autonomous systems; empty: every one.
  std::string public_key;  ///< Ed25519, 32 bytes, or empty: it authorises nothing in advance.
  microseconds hold{};     ///< A hold without a time of its own is asked about after this.
  std::string added_by;
  Instant added_at{};
};

/// A signed policy. The scope is read from `document`, never stored beside it.
struct Authority {
  std::string id;  ///< As the agency named it.
  TenantId tenant;
  std::string agency;
  std::string document, signature;  ///< Bytes as signed; 64 raw bytes.
  std::string public_key;           ///< That it was accepted under.
  bool known_only = true;
  std::vector<std::string> categories;  ///< Not empty.
  std::vector<std::string> countries;   ///< Empty: all of the agency.
  std::vector<std::int64_t> networks;   ///< Empty: all of the agency.
  Instant from{}, until{};
  std::string accepted_by;
  Instant accepted_at{};
  std::string revoked_by, revoke_reason;
  std::optional<Instant> revoked_at;
};

/// Somebody investigates: no authority covers what this names.
struct Investigation {
  TenantId tenant;
  std::string kind;   ///< host, network or item
  std::string value;  ///< Host name, number of the autonomous system, or SHA-256.
  std::string agency, person, reason;
  Instant at{}, until{};
};

/// What is asked of the authorities.
struct GateQuestion {
  std::string country;
  std::int64_t asn = 0;
  std::string category;
  bool known = false;
  std::vector<std::string> hosts;    ///< Of all addresses.
  std::vector<std::string> digests;  ///< SHA-256 of all items.
};
[[nodiscard]] GateQuestion question_of(const Notice& notice, bool known);

/// The document of an agency's authority, read and proved: signature of that agency's key, its own
/// name in it, times in order and at most a year apart. Error `invalid` with the reason.
[[nodiscard]] Result<Authority> read_authority(const Agency& agency, std::string_view document,
                                               std::string_view signature);
/// The first that covers the question now; its signature is checked again. None if somebody
/// investigates any part of it.
[[nodiscard]] const Authority* covering(std::span<const Authority> authorities,
                                        std::span<const Investigation> investigations,
                                        const GateQuestion& question, Instant now);
/// Whose gate it is: the agency whose countries and networks fit, the one that names most first.
[[nodiscard]] const Agency* agency_for(std::span<const Agency> agencies,
                                       const GateQuestion& question);

class GateStore {
 public:
  explicit GateStore(db::Transaction& tx) : tx_(tx) {}

  /// Replaces the one of that id. Error `invalid` for an id, key or country that is none.
  Done put_agency(const Agency& agency);
  Result<std::vector<Agency>> agencies(const TenantId& tenant);
  Result<Agency> agency(const TenantId& tenant, std::string_view id);  ///< `not_found`.
  /// The agency that a police user belongs to; empty: to none, sees all.
  Result<std::string> agency_of_person(const TenantId& tenant, std::string_view person);
  Done set_person(const TenantId& tenant, std::string_view person, std::string_view agency);

  /// Error `conflict` if that id was used before: a revoked authority never lives again.
  Done add_authority(const Authority& authority);
  /// Error `not_found`, or `conflict` if it is revoked already.
  Done revoke(const TenantId& tenant, std::string_view id, std::string_view person,
              std::string_view reason, Instant now);
  /// Newest first. `valid_at`: only those neither revoked nor outside of their time.
  Result<std::vector<Authority>> authorities(const TenantId& tenant,
                                             std::optional<Instant> valid_at = std::nullopt);

  Done put_investigation(const Investigation& investigation);
  Done end_investigation(const TenantId& tenant, std::string_view kind, std::string_view value);
  Result<std::vector<Investigation>> investigations(const TenantId& tenant, Instant now);
  /// Notices in the countdown that this authority let pass.
  Result<std::vector<NoticeId>> waiting_under(const TenantId& tenant, std::string_view authority);

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::takedown
