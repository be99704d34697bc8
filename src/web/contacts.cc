#include "web/contacts.h"

#include <map>

#include "base/text.h"
#include "takedown/contact_store.h"
#include "takedown/notice_store.h"

namespace hotline::web {

namespace {

using accounts::Action;
using http::Request;
using http::Response;
using takedown::Contact;
using takedown::ContactStore;

constexpr int kTroubledMax = 10'000;
constexpr std::size_t kShownMax = 500;
constexpr std::size_t kHistoryShown = 5;

struct Row {
  Contact contact;
  std::vector<takedown::ContactEvent> events;
  int waiting = 0;
};

Result<std::vector<Row>> read_rows(const StaffParts& parts, const Staff& staff) {
  return parts.database.read([&](db::Transaction& tx) -> Result<std::vector<Row>> {
    ContactStore store(tx);
    TRY(contacts, store.all(staff.person.tenant));
    TRY(troubled, takedown::NoticeStore(tx).troubled(staff.person.tenant, kTroubledMax));
    std::map<std::string, int> waiting;
    for (const auto& notice : troubled)
      if (is_open(notice.state) && notice.trouble == "contact_not_confirmed")
        ++waiting[notice.contact];
    if (contacts.size() > kShownMax) contacts.resize(kShownMax);
    std::vector<Row> rows;
    for (auto& contact : contacts) {
      TRY(events, store.events(staff.person.tenant, contact.email));
      if (events.size() > kHistoryShown) events.resize(kHistoryShown);
      const int count = waiting[contact.email];
      rows.push_back({std::move(contact), std::move(events), count});
    }
    return rows;
  });
}

std::string state_words(const Contact& contact) {
  if (contact.refused) return "refused";
  if (contact.bounce == takedown::BounceState::hard) return "bounces";
  if (!contact.alias_of.empty()) return "stands for " + contact.alias_of;
  return contact.approved ? "confirmed" : "waits";
}

void fill_row(Page& page, const Row& row, std::size_t number, bool may, Instant now) {
  const Contact& contact = row.contact;
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(contact.interval).count();
  page.set("NUMBER", std::to_string(number))
      .set("EMAIL", contact.email)
      .set("ORIGIN", contact.origin == "person" ? "named by a person" : "found in a registry")
      .set("SEEN", shown_ago(contact.first_seen, now))
      .set("STATE", state_words(contact))
      .set("ORGANISATION", contact.organisation)
      .set("LANGUAGE", contact.language)
      .set("ALIAS", contact.alias_of)
      .set("HOURS", hours == 0 ? "" : std::to_string(hours))
      .set("WAITING", std::to_string(row.waiting))
      .show("ANY_WAITING", row.waiting > 0)
      .show("MAY", may)
      .show("MAY_APPROVE", may && (!contact.approved || contact.refused ||
                                   contact.bounce == takedown::BounceState::hard))
      .show("MAY_REFUSE", may && !contact.refused);
  for (const auto& event : row.events)
    page.add("EVENT")
        .set("AT", shown_time(event.at))
        .set("DEED", event.deed)
        .set("WORDS", event.words);
}

Response contacts_page(const StaffParts& parts, const Request& request, const Staff& staff) {
  const auto rows = read_rows(parts, staff);
  if (!rows) return staff_refuse(parts, staff, request, rows.error());
  const bool may = accounts::allowed(staff.person.role, Action::cancel_notice);
  return staff_page(parts, staff,
                    {.title = "Contacts", .here = "/notices", .file = "notices/contacts.html"},
                    [&](Page& page) {
                      const Instant now = parts.clock.now();
                      std::size_t number = 0;
                      bool waits = false;
                      for (const auto& row : *rows) {
                        const bool open = !row.contact.approved && !row.contact.refused;
                        waits = waits || open;
                        fill_row(page.add(open ? "WAITS" : "KNOWN"), row, ++number, may, now);
                      }
                      page.show("NONE_WAITS", !waits).show("NONE_KNOWN", rows->empty());
                    });
}

/// Something that a person does about one mailbox of their own hotline; then the page again.
template <class Deed>
http::Handler person_does(const StaffParts& parts, Deed deed) {
  return staff_only(
      parts, Action::cancel_notice,
      [&parts, deed](const Request& request, const Staff& staff) -> Response {
        const auto done = parts.database.transact([&](db::Transaction& tx) -> Done {
          TRY(contact, ContactStore(tx).find(staff.person.tenant, request.form.get("email")));
          if (!contact) return fail(ErrorKind::not_found, "There is no such contact.");
          return deed(tx, *contact, request, staff.person.id.str(), parts.clock.now());
        });
        if (!done) return staff_refuse(parts, staff, request, done.error());
        return http::see_other("/contacts");
      });
}

Done describe(db::Transaction& tx, Contact contact, const Request& request,
              const std::string& actor, Instant now) {
  contact.organisation = clip_utf8(clean_utf8(trim(request.form.get("organisation"))), 200);
  contact.language = lower_ascii(trim(request.form.get("language")));
  if (contact.language.size() > 8)
    return fail(ErrorKind::invalid, "A language is a short code like en or nl.");
  const std::string hours(trim(request.form.get("hours")));
  const auto count = hours.empty() ? Result<std::int64_t>(0) : parse_integer(hours);
  if (!count || *count < 0 || *count > 24 * 30)
    return fail(ErrorKind::invalid, "The hours between reminders are a number up to 720.");
  contact.interval = std::chrono::hours(*count);
  contact.alias_of.clear();
  const std::string alias(trim(request.form.get("alias")));
  if (!alias.empty()) {
    TRY(target, takedown::plain_mailbox(alias));
    contact.alias_of = target;
  }
  ContactStore store(tx);
  TRY_DONE(store.describe(contact));
  return store.add_event(contact.tenant, contact.email,
                         {actor, "described", contact.alias_of.empty() ? "" : "an alias now", now});
}

}  // namespace

void add_contact_routes(http::Router& router, const StaffParts& parts,
                        const takedown::Takedown& takedown) {
  router.on(
      "GET", "/contacts",
      staff_only(parts, Action::see_cases, [&parts](const Request& request, const Staff& staff) {
        return contacts_page(parts, request, staff);
      }));
  router.on("POST", "/contacts/approve",
            person_does(parts,
                        [&takedown](db::Transaction& tx, const Contact& contact,
                                    const Request& request, const std::string& actor, Instant now) {
                          return takedown.approve_contact(tx, contact.tenant, contact.email, actor,
                                                          request.form.get("reason"), now);
                        }));
  router.on("POST", "/contacts/refuse",
            person_does(parts,
                        [&takedown](db::Transaction& tx, const Contact& contact,
                                    const Request& request, const std::string& actor, Instant now) {
                          return takedown.refuse_contact(tx, contact.tenant, contact.email, actor,
                                                         request.form.get("reason"), now);
                        }));
  router.on("POST", "/contacts/describe", person_does(parts, describe));
}

}  // namespace hotline::web
