// Climbing the ladder: who is asked next, and when.
#include <algorithm>

#include "facts/facts.h"
#include "jobs/jobs.h"
#include "takedown/contact_store.h"
#include "takedown/notice_store.h"
#include "takedown/takedown.h"

namespace hotline::takedown {

namespace {

Done append(db::Transaction& tx, const Notice& notice, std::string_view kind, bool reached,
            Instant now) {
  const auto since = std::chrono::duration_cast<std::chrono::seconds>(
      now - notice.sent_at.value_or(notice.opened_at));
  return facts::FactStore(tx).append({notice.tenant.str(), std::string(kind), "system",
                                      notice.casefile.str(), notice.id.str(),
                                      json::object{{"notice", notice.id.str()},
                                                   {"state", std::string(name(notice.state))},
                                                   {"country", notice.hosting.country},
                                                   {"step", std::string(name(notice.step))},
                                                   {"asks", notice.asks},
                                                   {"reached", reached},
                                                   {"seconds_since_sent", since.count()}},
                                      now});
}

}  // namespace

/// How many letters the present rung gets: a contact's own number of reminders wins.
Result<int> Takedown::asks_of(db::Transaction& tx, const Notice& notice) const {
  TRY(contact, ContactStore(tx).recipient(notice.tenant, ladder_.mailbox(notice, notice.step)));
  if (contact && contact->repeats >= 0) return contact->repeats + 1;
  return ladder_.rule(notice.step).asks;
}

/// Until the next letter after the one that is due now.
microseconds Takedown::wait_of(const Notice& notice) const {
  if (const auto wait = ladder_.rule(notice.step).wait) return *wait;
  return settings_.duration("takedown.escalate_after");
}

Result<std::optional<Instant>> Takedown::deadline(db::Transaction& tx, const NoticeId& id,
                                                  Instant now) const {
  NoticeStore store(tx);
  TRY(notice, store.notice(id));
  if (!notice.deadline || !next(notice.state, NoticeEvent::deadline_passed)) return std::nullopt;
  if (*notice.deadline > now) return notice.deadline;
  if (!notice.urgent) {
    const Instant opens = ladder_.working_moment(notice.hosting.country, now);
    if (opens > now) {
      notice.deadline = opens;
      TRY_DONE(store.change(notice, notice.state));
      return opens;
    }
  }
  TRY(most, asks_of(tx, notice));
  if (std::max(notice.asks, 1) < most) return ask_again(tx, std::move(notice), now);
  return ask_above(tx, std::move(notice), true, now);
}

Result<std::optional<Instant>> Takedown::ask_again(db::Transaction& tx, Notice notice,
                                                   Instant now) const {
  const NoticeState was = notice.state;
  if (was == NoticeState::sent) {
    TRY(state, next(was, NoticeEvent::deadline_passed));
    notice.state = state;
  }
  notice.asks = std::max(notice.asks, 1) + 1;
  notice.deadline = now + wait_of(notice);
  const bool host = notice.step == Rung::host;
  TRY_DONE(plan_letter(tx, notice, host ? LetterKind::reminder : LetterKind::escalation, now));
  TRY_DONE(jobs::JobStore(tx).schedule(kSendJob, notice.id.str(), now));
  TRY_DONE(NoticeStore(tx).change(notice, was));
  TRY_DONE(append(tx, notice, host ? "notice_reminded" : "notice_escalated", true, now));
  return notice.deadline;
}

/// `reached`: the one before was written to, as far as we know.
Result<std::optional<Instant>> Takedown::ask_above(db::Transaction& tx, Notice notice, bool reached,
                                                   Instant now) const {
  const NoticeState was = notice.state;
  const auto rung = ladder_.above(notice, notice.step);
  if (!rung && !reached) return notice.deadline;  // It waits as it is, for a person.
  TRY(state, next(was, NoticeEvent::passed_over));
  notice.state = state;
  if (rung) {
    notice.step = *rung;
    notice.asks = 1;
    notice.deadline = now + wait_of(notice);
    TRY_DONE(plan_letter(tx, notice, LetterKind::escalation, now));
    TRY_DONE(jobs::JobStore(tx).schedule(kSendJob, notice.id.str(), now));
    TRY_DONE(jobs::JobStore(tx).schedule(kDeadlineJob, notice.id.str(), *notice.deadline));
  } else {
    notice.deadline.reset();
    // Nobody above is known, or everybody was asked: the national route is a person's.
    notice.trouble = was == NoticeState::escalated ? "ladder_ended" : "no_upstream";
  }
  TRY_DONE(NoticeStore(tx).change(notice, was));
  if (rung || was != NoticeState::escalated)
    TRY_DONE(append(tx, notice, "notice_escalated", reached, now));
  return notice.deadline;
}

Done Takedown::pass_over(db::Transaction& tx, const NoticeId& id, std::string_view recipient,
                         Instant now) const {
  TRY(notice, NoticeStore(tx).notice(id));
  // A letter to a rung below may bounce days later: the present one is not passed over for that.
  TRY(contact, ContactStore(tx).recipient(notice.tenant, ladder_.mailbox(notice, notice.step)));
  if (!contact || contact->email != recipient) return {};
  if (!next(notice.state, NoticeEvent::passed_over)) return {};
  TRY(due, ask_above(tx, std::move(notice), false, now));
  static_cast<void>(due);
  return {};
}

Result<Notice> Takedown::set_rung(db::Transaction& tx, const NoticeId& id, Rung rung,
                                  std::string_view email, std::string_view actor,
                                  std::string_view reason, Instant now) const {
  if (rung == Rung::host) return set_contact(tx, id, email, actor, reason, now);
  TRY(words, reason_of(reason));
  NoticeStore store(tx);
  TRY(notice, store.notice(id));
  if (!is_open(notice.state))
    return fail(ErrorKind::conflict, "The notice has ended: nobody is asked any more.");
  ContactStore contacts(tx);
  TRY(contact, contacts.meet(notice.tenant, email, "person", now));
  TRY_DONE(contacts.approve(notice.tenant, contact.email, actor));
  TRY_DONE(
      contacts.add_event(notice.tenant, contact.email, {std::string(actor), "named", words, now}));
  notice.hosting.above.insert_or_assign(std::string(name(rung)), contact.email);
  if (rung == Rung::upstream) notice.hosting.upstream = contact.email;
  const bool waited = notice.trouble == "no_upstream" || notice.trouble == "ladder_ended" ||
                      notice.trouble == "contact_not_confirmed" || notice.trouble == "bounces" ||
                      notice.trouble == "refused";
  const bool ended = notice.trouble == "no_upstream" || notice.trouble == "ladder_ended";
  if (waited) notice.trouble.clear();
  // Everybody below has been asked: what was waited for is asked at once.
  if (ended && rung > notice.step) {
    notice.deadline = now;
    TRY_DONE(jobs::JobStore(tx).schedule(kDeadlineJob, id.str(), now));
  }
  TRY_DONE(store.change(notice, notice.state));
  TRY_DONE(store.add_note({id, std::string(actor), "rung_" + std::string(name(rung)), words, now}));
  TRY_DONE(facts::FactStore(tx).append(
      {notice.tenant.str(), "contact_changed", std::string(actor), notice.casefile.str(),
       notice.id.str(),
       json::object{{"notice", notice.id.str()}, {"step", std::string(name(rung))}}, now}));
  return notice;
}

}  // namespace hotline::takedown
