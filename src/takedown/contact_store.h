// Contact registry: the mailboxes that notices go to.
//
// A mailbox enters when tracing finds it, and no letter leaves to it before a person
// has confirmed it: whoever writes a registry entry could otherwise aim our notices
// at a victim (takedown.list_contact_confirmed is for those who accept that). Knows
// its language, whether it bounces, which other mailbox stands for it, how often it
// wants reminders, and what people have done about it.
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
  std::string organisation;  ///< Whose it is, in a person's words.
  std::string alias_of;      ///< Letters go to that mailbox instead; empty: to this one.
  microseconds
      interval{};        ///< Least time between two reminders to it; never delays a first letter.
  bool refused = false;  ///< A person said: never to this one.
  int repeats = -1;      ///< How many reminders it gets; -1: as policy/ladder.json says.
};

/// Something that was done about a contact.
struct ContactEvent {
  std::string actor, deed, words;
  Instant at{};
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
  /// Where letters to this mailbox go: itself, or what it is an alias of (one step, never further).
  Result<std::optional<Contact>> recipient(const TenantId& tenant, std::string_view email);
  /// Also clears a bounce and a refusal: the person has checked it.
  Done approve(const TenantId& tenant, std::string_view email, std::string_view person);
  Done refuse(const TenantId& tenant, std::string_view email, std::string_view person);
  /// Organisation, language, alias, interval and repeats, as in `contact`. Error `invalid` for an
  /// alias of itself or of an alias.
  Done describe(const Contact& contact);
  Done set_language(const TenantId& tenant, std::string_view email, std::string_view language);
  Done add_event(const TenantId& tenant, std::string_view email, const ContactEvent& event);
  /// Newest first.
  Result<std::vector<ContactEvent>> events(const TenantId& tenant, std::string_view email);
  Done set_bounce(const TenantId& tenant, std::string_view email, BounceState state);

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::takedown
