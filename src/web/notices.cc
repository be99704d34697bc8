#include "web/notices.h"

#include <algorithm>

#include "base/text.h"
#include "takedown/monitor.h"
#include "takedown/notice_store.h"
#include "takedown/replies.h"
#include "web/contacts.h"

namespace hotline::web {

namespace {

using accounts::Action;
using casework::NoticeId;
using http::Request;
using http::Response;
using takedown::Letter;
using takedown::Notice;
using takedown::NoticeState;

constexpr int kListedMax = 100;
constexpr std::size_t kLooksShown = 50;

/// What a person must do, in words.
std::string trouble_words(std::string_view trouble) {
  if (trouble == "no_contact") return "No mailbox was found: name one.";
  if (trouble == "contact_not_confirmed") return "The mailbox waits to be confirmed (Contacts).";
  if (trouble == "contact_refused") return "This mailbox was refused: name another.";
  if (trouble == "bounces" || trouble == "refused")
    return "The mail server refused this mailbox: name another.";
  if (trouble == "no_upstream") return "No network above is known: take the national route.";
  if (trouble == "ladder_ended") return "Everybody above has been asked: take the national route.";
  if (trouble == "replied") return "Somebody there has written: read it below.";
  if (trouble == "hold_overdue")
    return "The police have had their time: ask them, or convert it to a notice.";
  if (trouble == "changed") return "Something else is at the address: look at it.";
  if (trouble == "blocked") return "The host does not let us look.";
  if (trouble == "unconfirmed")
    return "Gone from here, but the second vantage cannot tell: look at it.";
  if (trouble == "perhaps_back") return "After its removal something like it is there: look at it.";
  if (trouble == "not_ours") return "The host says that it is not theirs.";
  if (trouble == "dispute") return "The host disputes the notice.";
  if (trouble == "not_composed") return "The letter cannot be written: check the settings.";
  if (trouble == "cancelled") return "Cancelled in its countdown: the address has no notice.";
  return std::string(trouble);
}

/// Everything that one page shows, read in one state of the database.
struct NoticeView {
  Notice notice;
  Letter preview;
  std::vector<Letter> letters;
  std::vector<takedown::HostAnswer> answers;
  std::vector<takedown::Reply> replies;
  std::vector<takedown::Note> notes;
  std::vector<takedown::LivenessCheck> looks;
};

Result<NoticeId> own_notice(db::Transaction& tx, const Request& request, const Staff& staff) {
  TRY(id, NoticeId::parse(request.path_values.at("id")));
  TRY(notice, takedown::NoticeStore(tx).notice(id));
  if (notice.tenant != staff.person.tenant)
    return fail(ErrorKind::not_found, "There is no such notice.");
  return id;
}

Result<NoticeView> read_view(const StaffParts& parts, const takedown::Takedown& takedown,
                             const Request& request, const Staff& staff) {
  return parts.database.read([&](db::Transaction& tx) -> Result<NoticeView> {
    TRY(id, own_notice(tx, request, staff));
    takedown::NoticeStore store(tx);
    TRY(notice, store.notice(id));
    TRY(preview, takedown.preview(tx, id));
    TRY(letters, store.letters(id));
    TRY(answers, store.answers(id));
    TRY(replies, takedown::ReplyStore(tx).of_notice(id));
    TRY(notes, store.notes(id));
    TRY(looks, takedown::Monitor::checks(tx, id));
    return NoticeView{notice, preview, letters, answers, replies, notes, looks};
  });
}

/// The letter's text with every address made harmless: this is a screen, not a letter.
std::string shown_text(const Letter& letter, const Notice& notice) {
  std::string text = letter.text;
  for (const auto& location : notice.locations)
    text = replace_all(text, location, defang(location));
  return replace_all(text, takedown::kLinkPlaceholder, "[the answer link]");
}

struct TimelineRow {
  Instant at;
  std::string what, detail;
};

std::vector<TimelineRow> timeline_of(const NoticeView& view) {
  std::vector<TimelineRow> rows{{view.notice.opened_at, "opened", view.notice.category}};
  for (const auto& letter : view.letters) {
    const auto at = letter.sent_at ? *letter.sent_at : letter.begun_at.value_or(letter.due);
    rows.push_back(
        {at, "letter: " + std::string(name(letter.kind)) + ", " + std::string(name(letter.state)),
         letter.server_line});
  }
  for (const auto& answer : view.answers)
    rows.push_back({answer.at, "host: " + std::string(name(answer.answer)),
                    answer.words + (answer.forward.empty() ? "" : " → " + answer.forward)});
  for (const auto& reply : view.replies)
    rows.push_back({reply.at, "mail: " + std::string(name(reply.kind)),
                    reply.kind == takedown::ReplyKind::human ? "" : reply.status});
  for (const auto& note : view.notes) rows.push_back({note.at, note.deed, note.words});
  if (view.notice.first_removed_at)
    rows.push_back({*view.notice.first_removed_at, "gone for the first time", ""});
  std::stable_sort(rows.begin(), rows.end(),
                   [](const TimelineRow& a, const TimelineRow& b) { return a.at < b.at; });
  return rows;
}

void fill_head(Page& page, const Notice& notice, Instant now) {
  page.set("ID", notice.id.str())
      .set("REFERENCE", takedown::reference(notice.id))
      .set("STATE", std::string(name(notice.state)))
      .set("CASE", notice.casefile.str())
      .set("ADDRESS", defang(notice.locations.front()))
      .set("COUNTRY", notice.hosting.country.empty() ? "unknown" : notice.hosting.country)
      .set("NETWORK", notice.hosting.network)
      .set("CONTACT", notice.contact.empty() ? "none" : notice.contact)
      .set("UPSTREAM", notice.hosting.upstream.empty() ? "none" : notice.hosting.upstream)
      .set("CDN", notice.hosting.cdn)
      .set("OPENED", shown_time(notice.opened_at))
      .set("AGO", shown_ago(notice.opened_at, now))
      .set("TROUBLE_WORDS", trouble_words(notice.trouble))
      .set("ENDING", notice.ending ? std::string(name(*notice.ending)) : "")
      .show("TROUBLE", !notice.trouble.empty())
      .show("BEHIND_CDN", !notice.hosting.cdn.empty());
  if (notice.leaves_at) page.set("LEAVES", shown_ago(*notice.leaves_at, now));
  if (notice.deadline)
    page.set("DEADLINE",
             shown_time(*notice.deadline) + " (" + shown_ago(*notice.deadline, now) + ")");
  page.show("HAS_DEADLINE", notice.deadline.has_value());
}

/// What may be meant, in words; a person decides.
std::string meaning_words(std::string_view meaning) {
  if (meaning == "removed") return "perhaps: removed";
  if (meaning == "not_ours") return "perhaps: not theirs";
  if (meaning == "need_time") return "perhaps: they need more time";
  if (meaning == "dispute") return "perhaps: they dispute it";
  if (meaning == "received") return "perhaps: only received";
  return "";
}

/// Links and mailboxes in a stranger's words are made harmless.
void fill_reply(Page& row, const takedown::Reply& reply, bool may) {
  row.set("REPLY", reply.id)
      .set("AT", shown_time(reply.at))
      .set("KIND", std::string(name(reply.kind)))
      .set("FROM", defang(reply.sender))
      .set("SUBJECT", defang(reply.subject))
      .set("WORDS", defang(reply.words))
      .set("MEANING", meaning_words(reply.meaning))
      .set("STATUS", reply.status)
      .set("NOTICE", reply.notice ? reply.notice->str() : "")
      .show("HAS_MEANING", !reply.meaning.empty())
      .show("NO_NOTICE", !reply.notice)
      .show("HAS_NOTICE", reply.notice.has_value())
      .show("MAY_READ", may && reply.seen_by.empty() &&
                            (reply.kind == takedown::ReplyKind::human || !reply.notice));
}

void fill_rungs(Page& page, const Notice& notice, const takedown::Ladder& ladder) {
  for (const auto rung : takedown::kRungs) {
    const std::string mailbox = ladder.mailbox(notice, rung);
    Page& row = page.add("RUNG");
    row.set("RUNG", std::string(name(rung)))
        .set("MAILBOX", mailbox.empty() ? "not known" : mailbox)
        .show("HERE", rung == notice.step);
  }
}

void fill_view(Page& page, const NoticeView& view, const Staff& staff,
               const takedown::Ladder& ladder, Instant now) {
  const Notice& notice = view.notice;
  fill_head(page, notice, now);
  const bool may = accounts::allowed(staff.person.role, Action::cancel_notice);
  const bool waits = notice.state == NoticeState::ready || notice.state == NoticeState::held;
  page.show("COUNTDOWN", notice.state == NoticeState::ready && notice.leaves_at)
      .show("MAY_CANCEL", may && waits)
      .show("MAY_RESUME", may && notice.trouble == "cancelled")
      .show("MAY_CONTACT", may && is_open(notice.state))
      .show("MAY_CONFIRM", may && is_open(notice.state) &&
                               (notice.trouble == "changed" || notice.trouble == "blocked" ||
                                notice.trouble == "unconfirmed"));
  page.set("SUBJECT", view.preview.subject)
      .set("TEXT", shown_text(view.preview, notice))
      .set("TWIN", view.preview.twin_name)
      .show("HAS_TWIN", !view.preview.twin_name.empty());
  for (const auto& location : notice.locations) page.add("LOCATION").set("PLACE", defang(location));
  for (const auto& row : timeline_of(view))
    page.add("EVENT").set("AT", shown_time(row.at)).set("WHAT", row.what).set("DETAIL", row.detail);
  const std::size_t skipped = view.looks.size() > kLooksShown ? view.looks.size() - kLooksShown : 0;
  for (std::size_t i = view.looks.size(); i > skipped; --i) {
    const auto& look = view.looks[i - 1];
    page.add("LOOK")
        .set("AT", shown_time(look.at))
        .set("VERDICT", std::string(name(look.verdict)))
        .set("WHY", look.why);
  }
  page.show("NO_LOOKS", view.looks.empty());
  page.show("ANY_REPLY", !view.replies.empty())
      .show("MAY_CONVERT", accounts::allowed(staff.person.role, Action::withdraw_assessment) &&
                               notice.trouble == "hold_overdue");
  for (const auto& reply : view.replies) fill_reply(page.add("ONE_REPLY"), reply, may);
  fill_rungs(page, notice, ladder);
}

Response notice_page(const StaffParts& parts, const takedown::Takedown& takedown,
                     const Request& request, const Staff& staff) {
  const auto view = read_view(parts, takedown, request, staff);
  if (!view) return staff_refuse(parts, staff, request, view.error());
  Response response = staff_page(
      parts, staff,
      {.title = takedown::reference(view->notice.id),
       .here = "/notices",
       .file = "notices/notice.html"},
      [&](Page& page) { fill_view(page, *view, staff, takedown.ladder(), parts.clock.now()); });
  // The countdown runs without a script: the page comes again by itself until it has left.
  if (view->notice.state == NoticeState::ready) response.header("Refresh", "10");
  return response;
}

Response notices_page(const StaffParts& parts, const Request& request, const Staff& staff) {
  struct Lists {
    std::vector<Notice> troubled, ready, recent;
    std::vector<takedown::Reply> replies;
  };
  const auto lists = parts.database.read([&](db::Transaction& tx) -> Result<Lists> {
    takedown::NoticeStore store(tx);
    TRY(troubled, store.troubled(staff.person.tenant, kListedMax));
    TRY(ready, store.in_state(staff.person.tenant, NoticeState::ready, kListedMax));
    TRY(recent, store.recent(staff.person.tenant, kListedMax));
    TRY(replies, takedown::ReplyStore(tx).unseen(staff.person.tenant, kListedMax));
    return Lists{std::move(troubled), std::move(ready), std::move(recent), std::move(replies)};
  });
  if (!lists) return staff_refuse(parts, staff, request, lists.error());
  return staff_page(parts, staff,
                    {.title = "Notices", .here = "/notices", .file = "notices/notices.html"},
                    [&](Page& page) {
                      const Instant now = parts.clock.now();
                      page.show("NO_TROUBLED", lists->troubled.empty())
                          .show("NO_READY", lists->ready.empty())
                          .show("NO_RECENT", lists->recent.empty())
                          .show("ANY_REPLY", !lists->replies.empty());
                      const bool may = accounts::allowed(staff.person.role, Action::cancel_notice);
                      for (const auto& one : lists->replies)
                        fill_reply(page.add("ONE_REPLY"), one, may);
                      for (const auto& one : lists->troubled)
                        fill_head(page.add("TROUBLED"), one, now);
                      for (const auto& one : lists->ready) fill_head(page.add("READY"), one, now);
                      for (const auto& one : lists->recent) fill_head(page.add("RECENT"), one, now);
                    });
}

/// POST /notice-replies/{reply}: a mail that names no notice.
Response see_unknown_reply(const StaffParts& parts, const Request& request, const Staff& staff) {
  const auto done = parts.database.transact([&](db::Transaction& tx) {
    return takedown::ReplyStore(tx).mark_seen(staff.person.tenant, request.path_values.at("reply"),
                                              staff.person.id.str(), parts.clock.now());
  });
  if (!done) return staff_refuse(parts, staff, request, done.error());
  return http::see_other("/notices");
}

/// A deed of a person on one notice of their own hotline; then the notice's page again.
template <class Deed>
http::Handler person_does(const StaffParts& parts, Deed deed) {
  return staff_only(parts, Action::cancel_notice,
                    [&parts, deed](const Request& request, const Staff& staff) -> Response {
                      const auto done =
                          parts.database.transact([&](db::Transaction& tx) -> Result<Notice> {
                            TRY(id, own_notice(tx, request, staff));
                            return deed(tx, id, request, staff.person.id.str(), parts.clock.now());
                          });
                      if (!done) return staff_refuse(parts, staff, request, done.error());
                      return http::see_other("/notices/" + done->id.str());
                    });
}

}  // namespace

void add_notice_routes(http::Router& router, const StaffParts& parts,
                       const takedown::Takedown& takedown) {
  add_contact_routes(router, parts, takedown);
  router.on(
      "GET", "/notices",
      staff_only(parts, Action::see_cases, [&parts](const Request& request, const Staff& staff) {
        return notices_page(parts, request, staff);
      }));
  router.on("GET", "/notices/{id}",
            staff_only(parts, Action::see_cases,
                       [&parts, &takedown](const Request& request, const Staff& staff) {
                         return notice_page(parts, takedown, request, staff);
                       }));
  const auto on_post = [&](std::string deed_name, auto deed) {
    router.on("POST", "/notices/{id}/" + deed_name, person_does(parts, deed));
  };
  on_post("cancel", [&takedown](db::Transaction& tx, const NoticeId& id, const Request& request,
                                const std::string& actor, Instant now) {
    return takedown.cancel(tx, id, actor, request.form.get("reason"), now);
  });
  on_post("resume", [&takedown](db::Transaction& tx, const NoticeId& id, const Request& request,
                                const std::string& actor, Instant now) {
    return takedown.resume(tx, id, actor, request.form.get("reason"), now);
  });
  on_post("contact", [&takedown](db::Transaction& tx, const NoticeId& id, const Request& request,
                                 const std::string& actor, Instant now) {
    return takedown.set_contact(tx, id, request.form.get("email"), actor,
                                request.form.get("reason"), now);
  });
  on_post("rung",
          [&takedown](db::Transaction& tx, const NoticeId& id, const Request& request,
                      const std::string& actor, Instant now) -> Result<Notice> {
            TRY(rung, takedown::parse_rung(request.form.get("rung")));
            return takedown.set_rung(tx, id, rung, request.form.get("email"), actor,
                                     request.form.get("reason"), now);
          });
  on_post("replies",
          [&takedown](db::Transaction& tx, const NoticeId& id, const Request& request,
                      const std::string& actor, Instant now) -> Result<Notice> {
            TRY(notice, takedown::NoticeStore(tx).notice(id));
            return takedown.read_reply(tx, notice.tenant, id, request.form.get("reply"), actor,
                                       now);
          });
  router.on("POST", "/notice-replies/{reply}",
            staff_only(parts, Action::cancel_notice,
                       [&parts](const Request& request, const Staff& staff) {
                         return see_unknown_reply(parts, request, staff);
                       }));
  router.on("POST", "/notices/{id}/convert",
            staff_only(parts, Action::withdraw_assessment,
                       [&parts, &takedown](const Request& request, const Staff& staff) -> Response {
                         const auto done =
                             parts.database.transact([&](db::Transaction& tx) -> Result<Notice> {
                               TRY(id, own_notice(tx, request, staff));
                               return takedown.convert(tx, id, staff.person.id.str(),
                                                       request.form.get("reason"),
                                                       parts.clock.now());
                             });
                         if (!done) return staff_refuse(parts, staff, request, done.error());
                         return http::see_other("/notices/" + done->id.str());
                       }));
  on_post("gone", [&takedown](db::Transaction& tx, const NoticeId& id, const Request& request,
                              const std::string& actor, Instant now) {
    return takedown::Monitor::confirm_gone(tx, takedown, id, actor, request.form.get("reason"),
                                           now);
  });
}

}  // namespace hotline::web
