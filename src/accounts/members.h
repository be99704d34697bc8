// Members: the industry members that lists and alerts are for, and their keys.
//
// A key is "hl_live_" and 43 characters (256 random bits). It is shown once, when
// it is made; only its SHA-256 is stored. A revoked key or a disabled member is
// refused from the next request on. What a member may download stands in lists/.
//
// Facts: member_added, member_key_added, member_key_revoked, member_disabled.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "casework/casework.h"
#include "db/db.h"

namespace hotline::accounts {

struct MemberTag {
  static constexpr std::string_view prefix = "mem_";
};
using MemberId = Id<MemberTag>;
using casework::TenantId;

struct Member {
  MemberId id;
  TenantId tenant;
  std::string name;
  std::string kind;  ///< isp, phone, social, payment, search, filter, other
  bool disabled = false;
  Instant added_at{};
  /// What the key that was asked with may do; only member_of_key() fills this in.
  std::vector<std::string> scopes = {};
  [[nodiscard]] bool may(std::string_view scope) const;
};
/// lists, lookups, feedback.
[[nodiscard]] const std::vector<std::string_view>& key_scopes();

/// The member whose key this is, with the key's scopes. Refuses like check_api_key().
[[nodiscard]] Result<Member> member_of_key(db::Transaction& tx, std::string_view key);

/// Every key that would be accepted now: SHA-256 in hex, and whose it is with its scopes.
[[nodiscard]] Result<std::vector<std::pair<std::string, Member>>> living_keys(db::Transaction& tx);

/// Whose key this is. Error `forbidden`, with the same sentence whether the key never was,
/// is revoked, or its member is disabled. Reads only: good inside Database::read().
[[nodiscard]] Result<MemberId> check_api_key(db::Transaction& tx, std::string_view key,
                                             Instant now);

/// Error `invalid` for an empty name or unknown kind, `conflict` if the name is taken.
/// `actor` is a person's id, or "system".
[[nodiscard]] Result<MemberId> add_member(db::Transaction& tx, const TenantId& tenant,
                                          std::string_view name, std::string_view kind,
                                          std::string_view actor, Instant now);

/// The new key in clear: the caller shows it once and forgets it.
[[nodiscard]] Result<std::string> add_key(db::Transaction& tx, const MemberId& member,
                                          std::string_view label, std::string_view actor,
                                          Instant now);
/// The same for a key that may do less. Error `invalid` for an unknown scope or none.
[[nodiscard]] Result<std::string> add_key(db::Transaction& tx, const MemberId& member,
                                          std::string_view label,
                                          const std::vector<std::string>& scopes,
                                          std::string_view actor, Instant now);

/// Ends all keys of the member with this label. Error `not_found` if none is alive.
[[nodiscard]] Done revoke_key(db::Transaction& tx, const MemberId& member, std::string_view label,
                              std::string_view actor, Instant now);
[[nodiscard]] Done disable_member(db::Transaction& tx, const MemberId& member,
                                  std::string_view actor, Instant now);

[[nodiscard]] Result<Member> member(db::Transaction& tx, const MemberId& id);
/// By name.
[[nodiscard]] Result<std::vector<Member>> members(db::Transaction& tx, const TenantId& tenant);

}  // namespace hotline::accounts
