// Contact registry: the mailboxes that notices go to.
//
// A mailbox enters when tracing finds it. Where takedown.list_contact_confirmed is
// off, no letter leaves to it before a person has confirmed it: whoever writes a
// registry entry could otherwise aim our notices at a victim. Knows its language
// and whether it bounces.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/db.h"
#include "takedown/notice.h"

namespace hotline::takedown {

/// What the mail server last said about it. `hard`: refused for good, nothing is sent any more.
enum class BounceState : std::uint8_t { none, soft, hard };
[[nodiscard]] std::string_view name(BounceState state);

struct Contact {
  TenantId tenant;
  std::string email;        ///< One strict addr-spec, domain in lower case.
  std::string origin;       ///< traced, upstream, person
  bool approved = false;    ///< A person confirmed it.
  std::string approved_by;  ///< Person's id, or empty.
  BounceState bounce = BounceState::none;
  std::string language;  ///< Empty: that of the host's country.
  Instant first_seen{};
};

/// A strict addr-spec of letters, digits and . _ + - before the '@', its domain in lower case; else
/// `invalid`.
[[nodiscard]] Result<std::string> plain_mailbox(std::string_view email);

class ContactStore {
 public:
  explicit ContactStore(db::Transaction& tx) : tx_(tx) {}

  /// The registry's row for a mailbox, made if new. Error `invalid` unless it is a strict
  /// addr-spec.
  Result<Contact> meet(const TenantId& tenant, std::string_view email, std::string_view origin,
                       Instant now);
  Result<std::optional<Contact>> find(const TenantId& tenant, std::string_view email);
  /// Unapproved first, then by address.
  Result<std::vector<Contact>> all(const TenantId& tenant);
  /// Also clears a bounce: the person has checked it.
  Done approve(const TenantId& tenant, std::string_view email, std::string_view person);
  Done set_language(const TenantId& tenant, std::string_view email, std::string_view language);
  Done set_bounce(const TenantId& tenant, std::string_view email, BounceState state);

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::takedown
