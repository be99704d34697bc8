// Jobs of a notice that has ended are not taken back: each finds nothing to do and is finished.
#include "takedown/takedown.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "facts/facts.h"
#include "jobs/jobs.h"
#include "net/rdap.h"
#include "takedown/contact_store.h"
#include "takedown/notice_store.h"

namespace hotline::takedown {

namespace {

constexpr std::size_t kReasonBytesMax = 2000;

Done append(db::Transaction& tx, const Notice& notice, std::string_view kind,
            std::string_view actor, json::object details, Instant now) {
  details["notice"] = notice.id.str();
  details["state"] = std::string(name(notice.state));
  details["country"] = notice.hosting.country;
  return facts::FactStore(tx).append({notice.tenant.str(), std::string(kind), std::string(actor),
                                      notice.casefile.str(), notice.id.str(), std::move(details),
                                      now});
}

std::int64_t seconds(microseconds span) {
  return std::chrono::duration_cast<std::chrono::seconds>(span).count();
}

/// Times from the clocks of this host only: what happened at an earlier host is not its doing.
json::object removal_details(const Notice& notice, Instant gone_since) {
  json::object details{
      {"ending", std::string(name(*notice.ending))},
      {"returns", notice.returns},
      {"home", notice.home},
      {"asn", notice.hosting.asn},
      {"seconds_since_opened", std::max<std::int64_t>(0, seconds(gone_since - notice.opened_at))}};
  if (notice.sent_at) {
    const auto since_sent = std::max<std::int64_t>(0, seconds(gone_since - *notice.sent_at));
    details["seconds_since_sent"] = since_sent;
    details["hours"] = since_sent / 3600;
  }
  return details;
}

}  // namespace

Result<std::string> reason_of(std::string_view reason) {
  const std::string words = clip_utf8(clean_utf8(trim(reason)), kReasonBytesMax);
  if (words.empty()) return fail(ErrorKind::invalid, "Say why: a reason is needed.");
  return words;
}

Takedown::Takedown(const Settings& settings, NoticeTexts texts, crypto::Key link_key, Ladder ladder)
    : settings_(settings),
      texts_(std::move(texts)),
      link_key_(std::move(link_key)),
      ladder_(std::move(ladder)) {}

Result<std::unique_ptr<Takedown>> Takedown::open(const Settings& settings,
                                                 const std::string& policy_dir,
                                                 const std::string& keys_dir) {
  TRY(texts, NoticeTexts::load(policy_dir + "/notices"));
  TRY(key, crypto::key_file(keys_dir + "/link.key"));
  TRY(ladder, Ladder::load(policy_dir + "/ladder.json"));
  return std::make_unique<Takedown>(settings, std::move(texts), std::move(key), std::move(ladder));
}

std::string Takedown::answer_token(const NoticeId& id) const {
  return base64url(crypto::hmac_sha256(link_key_.reveal(), "answer " + id.str()).substr(0, 20));
}

std::string Takedown::answer_link(const NoticeId& id) const {
  return settings_.text("feeds.public_url") + "/n/" + answer_token(id);
}

/// `ready`, with a planned letter that leaves when the countdown ends.
Done Takedown::begin_countdown(db::Transaction& tx, Notice& notice, Instant now) const {
  notice.leaves_at = now + settings_.duration("takedown.undo_window");
  TRY_DONE(plan_letter(tx, notice, LetterKind::first, *notice.leaves_at));
  return jobs::JobStore(tx).schedule(kSendJob, notice.id.str(), *notice.leaves_at);
}

/// A removed or withdrawn notice begins its next round, at the gate if it was never released.
Result<Notice> Takedown::live_again(db::Transaction& tx, Notice notice, NoticeEvent event,
                                    Instant now) const {
  const NoticeState was = notice.state;
  TRY(state, next(was, event));
  notice.state = state;
  notice.closed_at.reset();
  notice.ending.reset();
  notice.deadline.reset();
  notice.sent_at.reset();
  notice.extended = false;
  notice.step = Rung::host;
  notice.asks = 0;
  notice.trouble = notice.contact.empty() ? "no_contact" : "";
  if (!notice.authority.empty()) {  // What let it pass then must let it pass now.
    TRY_DONE(ask_gate(tx, notice, true, now));
  }
  if (notice.gate_passed) {
    TRY_DONE(begin_countdown(tx, notice, now));
  } else {
    TRY(held, next(notice.state, NoticeEvent::hold_asked));
    notice.state = held;
    notice.leaves_at.reset();
  }
  TRY_DONE(NoticeStore(tx).change(notice, was));
  TRY_DONE(jobs::JobStore(tx).schedule(kLivenessJob, notice.id.str(),
                                       now + settings_.duration("liveness.every")));
  return notice;
}

Result<Notice> Takedown::open_notice(db::Transaction& tx, const OpenRequest& request,
                                     Instant now) const {
  if (request.locations.empty())
    return fail(ErrorKind::invalid, "A notice needs the address that it is about.");
  NoticeStore store(tx);
  TRY(existing, store.of_episode(request.casefile, request.hosting.episode));
  if (existing && existing->state != NoticeState::withdrawn) return std::move(*existing);
  if (existing) {
    // What was decided this time counts, not what had been undone.
    existing->category = request.category;
    existing->baseline = request.baseline;
    existing->items = request.items;
    existing->locations = request.locations;
    TRY(again, live_again(tx, std::move(*existing), NoticeEvent::assessed_again, now));
    TRY_DONE(append(tx, again, "notice_opened", request.actor, {{"again", true}}, now));
    return again;
  }
  Notice notice;
  notice.id = NoticeId::make(now);
  notice.tenant = request.tenant;
  notice.casefile = request.casefile;
  notice.address = request.address;
  notice.hosting = request.hosting;
  notice.urgent = request.urgent;
  notice.locations = request.locations;
  notice.items = request.items;
  notice.category = request.category;
  notice.baseline = request.baseline;
  notice.home = !request.home_country.empty() && request.hosting.country == request.home_country;
  notice.opened_at = now;
  notice.link_expires = now + settings_.duration("takedown.link_valid");
  // What a registry says is a stranger's text: only what is plain goes further.
  notice.hosting.contact = plain_mailbox(request.hosting.contact).value_or("");
  notice.hosting.upstream = plain_mailbox(request.hosting.upstream).value_or("");
  for (auto& [rung, mailbox] : notice.hosting.above) mailbox = plain_mailbox(mailbox).value_or("");
  notice.hosting.network = clean_utf8(request.hosting.network);
  for (auto& location : notice.locations) location = clean_utf8(location);
  TRY_DONE(ask_gate(tx, notice, request.known, now));
  notice.state = notice.gate_passed ? NoticeState::ready : NoticeState::held;
  notice.hold_reason = notice.gate_passed ? "" : "police_gate";
  if (!notice.gate_passed) {
    TRY(end, hold_end(tx, notice, now));
    notice.hold_until = end;
    TRY_DONE(jobs::JobStore(tx).schedule(kHoldJob, notice.id.str(), end));
  }
  if (auto contact = ContactStore(tx).meet(request.tenant, request.hosting.contact, "traced", now))
    notice.contact = contact->email;
  else if (contact.error().kind == ErrorKind::invalid)
    notice.trouble = "no_contact";  // None, or no mailbox that a header could hold.
  else
    return std::unexpected(contact.error());
  if (notice.gate_passed) notice.leaves_at = now + settings_.duration("takedown.undo_window");
  TRY_DONE(store.add(notice, hex(crypto::sha256(answer_token(notice.id)))));
  if (notice.gate_passed) TRY_DONE(begin_countdown(tx, notice, now));
  TRY_DONE(jobs::JobStore(tx).schedule(kLivenessJob, notice.id.str(),
                                       now + settings_.duration("liveness.every")));
  TRY_DONE(append(tx, notice, "notice_opened", request.actor,
                  {{"episode", notice.hosting.episode},
                   {"category", notice.category},
                   {"home", notice.home},
                   {"asn", notice.hosting.asn},
                   {"cdn", notice.hosting.cdn}},
                  now));
  if (!notice.gate_passed)
    TRY_DONE(append(tx, notice, "notice_held", "system",
                    {{"gate", true}, {"agency", notice.agency}}, now));
  if (!notice.authority.empty())
    TRY_DONE(append(tx, notice, "notice_authorised", "system",
                    {{"agency", notice.agency}, {"authority", notice.authority}}, now));
  return notice;
}

Result<Notice> Takedown::cancel(db::Transaction& tx, const NoticeId& id, std::string_view actor,
                                std::string_view reason, Instant now) const {
  TRY(words, reason_of(reason));
  NoticeStore store(tx);
  TRY(notice, store.notice(id));
  if (notice.state != NoticeState::ready && notice.state != NoticeState::held)
    return fail(ErrorKind::conflict, "Only a notice that has not left can be cancelled.");
  TRY(letters, store.letters(id));
  for (const auto& letter : letters)
    if (letter.state == LetterState::sending)
      return fail(ErrorKind::conflict, "The notice is leaving at this moment.");
  const NoticeState was = notice.state;
  TRY(state, next(was, NoticeEvent::withdraw_asked));
  notice.state = state;
  notice.closed_at = now;
  notice.leaves_at.reset();
  notice.trouble = "cancelled";  // A confirmed address without a notice: nobody may forget it.
  TRY_DONE(drop_letters(tx, notice));
  TRY_DONE(store.change(notice, was));
  TRY_DONE(store.add_note({id, std::string(actor), "cancel", words, now}));
  TRY_DONE(append(tx, notice, "notice_cancelled", actor, {}, now));
  return notice;
}

Result<Notice> Takedown::resume(db::Transaction& tx, const NoticeId& id, std::string_view actor,
                                std::string_view reason, Instant now) const {
  TRY(words, reason_of(reason));
  NoticeStore store(tx);
  TRY(notice, store.notice(id));
  if (notice.trouble != "cancelled")
    return fail(ErrorKind::conflict, "Only a cancelled notice can be sent after all.");
  TRY(again, live_again(tx, std::move(notice), NoticeEvent::assessed_again, now));
  TRY_DONE(store.add_note({id, std::string(actor), "resume", words, now}));
  TRY_DONE(append(tx, again, "notice_opened", actor, {{"again", true}}, now));
  return again;
}

Result<std::vector<Notice>> Takedown::withdraw(db::Transaction& tx, const CaseId& casefile,
                                               std::string_view actor, Instant now) const {
  NoticeStore store(tx);
  TRY(all, store.of_case(casefile));
  std::vector<Notice> withdrawn;
  for (auto& notice : all) {
    const NoticeState was = notice.state;
    const auto state = next(was, NoticeEvent::withdraw_asked);
    if (!state) {
      // Cancelled before: the assessment that it waited for is no more.
      if (was == NoticeState::withdrawn && !notice.trouble.empty())
        TRY_DONE(set_trouble(tx, notice.id, ""));
      continue;
    }
    // "Perhaps" counts as written to: a letter found half-way may be in the host's hands.
    std::set<std::string> written_to;
    TRY(letters, store.letters(notice.id));
    for (const auto& letter : letters)
      if ((letter.state == LetterState::sent || letter.state == LetterState::sending) &&
          letter.kind != LetterKind::withdrawal)
        written_to.insert(letter.recipient);
    notice.state = *state;
    notice.closed_at = now;
    notice.leaves_at.reset();
    notice.deadline.reset();
    notice.trouble.clear();
    TRY_DONE(drop_letters(tx, notice));
    for (const auto& recipient : written_to) {
      TRY_DONE(plan_letter(tx, notice, LetterKind::withdrawal, now, recipient));
      TRY_DONE(jobs::JobStore(tx).schedule(kSendJob, notice.id.str(), now));
    }
    TRY_DONE(store.change(notice, was));
    TRY_DONE(
        append(tx, notice, "notice_withdrawn", actor, {{"host_told", !written_to.empty()}}, now));
    withdrawn.push_back(std::move(notice));
  }
  return withdrawn;
}

Result<Notice> Takedown::set_contact(db::Transaction& tx, const NoticeId& id,
                                     std::string_view email, std::string_view actor,
                                     std::string_view reason, Instant now) const {
  TRY(words, reason_of(reason));
  NoticeStore store(tx);
  TRY(notice, store.notice(id));
  ContactStore contacts(tx);
  TRY(contact, contacts.meet(notice.tenant, email, "person", now));
  TRY_DONE(contacts.approve(notice.tenant, contact.email, actor));
  TRY_DONE(
      contacts.add_event(notice.tenant, contact.email, {std::string(actor), "named", words, now}));
  notice.contact = contact.email;
  if (notice.trouble == "no_contact" || notice.trouble == "refused" ||
      notice.trouble == "contact_not_confirmed" || notice.trouble == "contact_refused" ||
      notice.trouble == "bounces")
    notice.trouble.clear();
  TRY(letters, store.letters(id));
  const bool told = std::any_of(letters.begin(), letters.end(), [](const Letter& letter) {
    return letter.kind == LetterKind::first && letter.state == LetterState::sent;
  });
  // Passed over because the old mailbox took nothing: back to the host, from the beginning.
  const NoticeState was = notice.state;
  if (was == NoticeState::escalated && !told) {
    TRY(ready, next(was, NoticeEvent::host_named));
    notice.state = ready;
    notice.step = Rung::host;
    notice.asks = 0;
    notice.deadline.reset();
    TRY_DONE(drop_letters(tx, notice));
    TRY(fresh, store.letters(id));
    letters = std::move(fresh);
  }
  if (notice.state == NoticeState::ready) {
    bool waits = false;
    for (const auto& letter : letters)
      waits = waits || letter.state == LetterState::planned || letter.state == LetterState::sending;
    const Instant due = std::max(now, notice.leaves_at.value_or(now));
    if (!waits) TRY_DONE(plan_letter(tx, notice, LetterKind::first, due));
    TRY_DONE(jobs::JobStore(tx).schedule(kSendJob, id.str(), due));
  }
  TRY_DONE(store.change(notice, was));
  TRY_DONE(store.add_note({id, std::string(actor), "contact", words, now}));
  TRY_DONE(append(tx, notice, "contact_changed", actor, {}, now));
  return notice;
}

Result<Notice> Takedown::record_gone(db::Transaction& tx, const NoticeId& id, Ending ending,
                                     Instant gone_since, std::string_view actor,
                                     Instant now) const {
  NoticeStore store(tx);
  TRY(notice, store.notice(id));
  const NoticeState was = notice.state;
  TRY(state, next(was, NoticeEvent::item_gone));
  notice.state = state;
  notice.ending = ending;
  notice.closed_at = now;
  notice.leaves_at.reset();
  notice.deadline.reset();
  notice.trouble.clear();
  if (!notice.first_removed_at) notice.first_removed_at = gone_since;
  TRY_DONE(drop_letters(tx, notice));
  TRY_DONE(store.change(notice, was));
  const auto days = settings_.list("liveness.after_removal");
  if (!days.empty()) {
    TRY(first, parse_duration(days.front()));
    TRY_DONE(jobs::JobStore(tx).schedule(kLivenessJob, id.str(), now + first));
  }
  TRY_DONE(append(tx, notice, "item_removed", actor, removal_details(notice, gone_since), now));
  return notice;
}

Result<Notice> Takedown::confirm_gone(db::Transaction& tx, const NoticeId& id,
                                      std::string_view actor, std::string_view reason,
                                      Instant now) const {
  TRY(words, reason_of(reason));
  TRY_DONE(NoticeStore(tx).add_note({id, std::string(actor), "confirm_gone", words, now}));
  return record_gone(tx, id, Ending::confirmed, now, actor, now);
}

Done Takedown::set_trouble(db::Transaction& tx, const NoticeId& id, std::string_view word) const {
  NoticeStore store(tx);
  TRY(notice, store.notice(id));
  if (notice.trouble == word) return {};
  notice.trouble = word;
  return store.change(notice, notice.state);
}

Result<Notice> Takedown::record_moved(db::Transaction& tx, const NoticeId& id,
                                      const Hosting& now_at, std::string_view home_country,
                                      Instant now) const {
  NoticeStore store(tx);
  TRY(notice, store.notice(id));
  if (now_at.episode == notice.hosting.episode)
    return fail(ErrorKind::conflict, "A move to the same hosting episode is none.");
  const NoticeState was = notice.state;
  TRY(state, next(was, NoticeEvent::item_moved));
  notice.state = state;
  notice.closed_at = now;
  notice.leaves_at.reset();
  notice.deadline.reset();
  notice.trouble.clear();
  TRY_DONE(drop_letters(tx, notice));
  TRY_DONE(store.change(notice, was));
  TRY_DONE(append(tx, notice, "item_moved", "system",
                  {{"from_country", notice.hosting.country},
                   {"to_country", now_at.country},
                   {"to_episode", now_at.episode}},
                  now));
  OpenRequest request;
  request.tenant = notice.tenant;
  request.casefile = notice.casefile;
  request.address = notice.address;
  request.home_country = home_country;
  request.hosting = now_at;
  request.locations = notice.locations;
  request.items = notice.items;
  request.category = notice.category;
  request.baseline = notice.baseline;
  return open_notice(tx, request, now);
}

Result<Notice> Takedown::record_back(db::Transaction& tx, const NoticeId& id, Instant now) const {
  TRY(notice, NoticeStore(tx).notice(id));
  const auto gone_at = notice.closed_at.value_or(now);
  TRY_DONE(next(notice.state, NoticeEvent::item_back));
  notice.returns += 1;
  TRY(again, live_again(tx, std::move(notice), NoticeEvent::item_back, now));
  TRY_DONE(append(tx, again, "item_returned", "system",
                  {{"returns", again.returns}, {"seconds_gone", seconds(now - gone_at)}}, now));
  return again;
}

}  // namespace hotline::takedown
