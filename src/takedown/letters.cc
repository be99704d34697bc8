// How letters leave: planned, then `sending` (durable), then SMTP, then `sent`.
#include "base/log.h"
#include "base/text.h"
#include "facts/facts.h"
#include "jobs/jobs.h"
#include "takedown/contact_store.h"
#include "takedown/notice_store.h"
#include "takedown/takedown.h"
#include "takedown/xarf.h"

namespace hotline::takedown {

namespace {

using namespace std::chrono_literals;

constexpr auto kMailServerRetry = 1min;
constexpr auto kShareRetry = 10min;
constexpr std::size_t kServerLineBytesMax = 500;

std::string domain_of_mailbox(std::string_view email) {
  const auto at = email.rfind('@');
  return at == std::string_view::npos ? std::string("invalid") : lower_ascii(email.substr(at + 1));
}

bool is_waiting(const Letter& letter) {
  return letter.state == LetterState::planned || letter.state == LetterState::sending;
}

std::string contact_trouble(const std::optional<Contact>& contact, bool may_be_unconfirmed) {
  if (!contact) return "no_contact";
  if (contact->refused) return "contact_refused";
  if (contact->bounce == BounceState::hard) return "bounces";
  if (!contact->approved && !may_be_unconfirmed) return "contact_not_confirmed";
  return "";
}

}  // namespace

/// What begin_sending() found: a letter that is marked and leaves now, or why none does.
struct Takedown::Prepared {
  std::optional<Letter> letter;
  Sent otherwise;
};

Done Takedown::plan_letter(db::Transaction& tx, const Notice& notice, LetterKind kind,
                           Instant due) const {
  NoticeStore store(tx);
  TRY(letters, store.letters(notice.id));
  Letter letter;
  for (const auto& before : letters) {
    if (before.kind != kind) continue;
    if (before.state == LetterState::planned) {  // The same wish twice is one letter.
      letter = before;
      letter.due = due;
      return store.change_letter(letter, LetterState::planned);
    }
    letter.round = std::max(letter.round, before.round + 1);
  }
  letter.notice = notice.id;
  letter.kind = kind;
  letter.due = due;
  letter.id = notice.id.str() + "." + std::string(name(kind)) + "." + std::to_string(letter.round);
  // Deterministic: whoever sends this letter again sends the same Message-ID.
  letter.message_id = letter.id + "@" + domain_of_mailbox(settings_.text("hotline.mail_from"));
  return store.add_letter(letter);
}

/// What has not left will not. A letter found in `sending` is dropped too: it may have left, and
/// whoever withdraws tells the host so.
Done Takedown::drop_letters(db::Transaction& tx, const Notice& notice) const {
  NoticeStore store(tx);
  TRY(letters, store.letters(notice.id));
  for (auto& letter : letters) {
    if (!is_waiting(letter)) continue;
    const LetterState was = letter.state;
    letter.state = LetterState::dropped;
    letter.server_line = was == LetterState::sending ? "stopped on its way; it may have left" : "";
    TRY_DONE(store.change_letter(letter, was));
  }
  return {};
}

/// Text, twin and recipient as of now.
Done Takedown::write_letter(db::Transaction& tx, const Notice& notice, Letter& letter,
                            Instant now) const {
  letter.recipient =
      letter.kind == LetterKind::escalation ? notice.hosting.upstream : notice.contact;
  TRY(contact, ContactStore(tx).find(notice.tenant, letter.recipient));
  letter.language = contact && !contact->language.empty()
                        ? contact->language
                        : texts_.language_of(notice.hosting.country);
  if (!texts_.has_language(letter.language)) letter.language = "en";
  LetterFacts facts;
  facts.kind = letter.kind;
  facts.language = letter.language;
  facts.organisation = settings_.text("hotline.name");
  facts.web = settings_.text("hotline.web");
  facts.mailbox = settings_.text("hotline.mail_from");
  facts.seen = now;
  const auto wait = settings_.duration(
      letter.kind == LetterKind::first ? "takedown.deadline" : "takedown.escalate_after");
  facts.hours = std::max(1, static_cast<int>(std::chrono::ceil<std::chrono::hours>(wait).count()));
  const LetterText text = texts_.write(notice, facts);
  letter.subject = text.subject;
  letter.text = text.text;
  if (letter.kind == LetterKind::withdrawal) return {};  // Nothing to act on by machine.
  const std::string mailbox = settings_.text("hotline.mail_from");
  const Twin twin =
      make_twin(notice, letter.id,
                {settings_.text("hotline.name"), mailbox, domain_of_mailbox(mailbox)}, now);
  letter.twin = json::serialize(twin.document);
  letter.twin_name = twin.name;
  return {};
}

Result<Takedown::Prepared> Takedown::begin_planned(db::Transaction& tx, Notice notice,
                                                   Letter letter, Instant now) const {
  NoticeStore store(tx);
  Prepared prepared;
  if (letter.due > now) {
    prepared.otherwise = {Sent::What::later, letter.due};
    return prepared;
  }
  const bool to_upstream = letter.kind == LetterKind::escalation;
  if (to_upstream) {
    const auto met = ContactStore(tx).meet(notice.tenant, notice.hosting.upstream, "upstream", now);
    if (met)
      notice.hosting.upstream = met->email;
    else if (met.error().kind != ErrorKind::invalid)
      return std::unexpected(met.error());
  }
  std::string& mailbox = to_upstream ? notice.hosting.upstream : notice.contact;
  TRY(contact, ContactStore(tx).recipient(notice.tenant, mailbox));
  if (contact) mailbox = contact->email;  // Another one may stand for it.
  const std::string trouble =
      contact_trouble(contact, settings_.flag("takedown.list_contact_confirmed"));
  if (!trouble.empty()) {
    TRY_DONE(set_trouble(tx, notice.id, trouble));
    prepared.otherwise.what = Sent::What::waits_for_contact;
    return prepared;
  }
  if (letter.kind == LetterKind::reminder && contact->interval > microseconds(0)) {
    TRY(lately, store.letters_begun(notice.tenant, contact->email, now - contact->interval));
    if (lately > 0) {
      prepared.otherwise = {Sent::What::later, now + kShareRetry};
      return prepared;
    }
  }
  TRY(begun, store.letters_begun(notice.tenant, contact->email, now - 1h));
  if (begun >= settings_.integer("takedown.contact_hourly_max")) {
    prepared.otherwise = {Sent::What::later, now + kShareRetry};
    return prepared;
  }
  notice.link_expires =
      std::max(notice.link_expires, now + settings_.duration("takedown.link_valid"));
  notice.trouble = notice.trouble == trouble || notice.trouble == "contact_not_confirmed" ||
                           notice.trouble == "contact_refused" || notice.trouble == "no_contact" ||
                           notice.trouble == "bounces"
                       ? ""
                       : notice.trouble;
  TRY_DONE(store.change(notice, notice.state));
  TRY_DONE(write_letter(tx, notice, letter, now));
  letter.state = LetterState::sending;
  letter.begun_at = now;
  TRY_DONE(store.change_letter(letter, LetterState::planned));
  prepared.letter = std::move(letter);
  return prepared;
}

Result<Takedown::Prepared> Takedown::begin_sending(db::Transaction& tx, const NoticeId& id,
                                                   Instant now) const {
  NoticeStore store(tx);
  TRY(notice, store.notice(id));
  TRY(letters, store.letters(id));
  for (auto& letter : letters) {
    if (!is_waiting(letter)) continue;
    const bool wanted = letter.kind == LetterKind::withdrawal
                            ? notice.state == NoticeState::withdrawn
                            : is_open(notice.state) && notice.state != NoticeState::held;
    if (!wanted) {
      const LetterState was = letter.state;
      letter.state = LetterState::dropped;
      TRY_DONE(store.change_letter(letter, was));
      continue;
    }
    // Found half-way: it leaves again as it was, word for word.
    if (letter.state == LetterState::sending) return Prepared{letter, {}};
    return begin_planned(tx, std::move(notice), std::move(letter), now);
  }
  return Prepared{};
}

Result<Sent> Takedown::send(db::Database& database, net::Mailer& mailer, const NoticeId& id,
                            Instant now, const Pusher* pusher) const {
  TRY(prepared, database.transact([&](db::Transaction& tx) { return begin_sending(tx, id, now); }));
  if (!prepared.letter) return prepared.otherwise;
  const Letter& letter = *prepared.letter;
  TRY(pushed, push_first(database, pusher, letter, now));
  if (pushed) return *pushed;
  net::Mail mail;
  mail.from = settings_.text("hotline.mail_from");
  mail.from_name = settings_.text("hotline.name");
  mail.to = letter.recipient;
  mail.subject = letter.subject;
  mail.message_id = letter.message_id;
  mail.language = letter.language;
  mail.date = letter.begun_at.value_or(now);
  mail.text = replace_all(letter.text, kLinkPlaceholder, answer_link(id));
  if (!letter.twin.empty())
    mail.attachments.push_back({letter.twin_name, "application/json", letter.twin});
  // A letter that cannot be written is our own fault, never the mailbox's.
  if (const auto written = net::compose(mail); !written) {
    log::trouble("letter_not_composed", written.error(), {{"letter", letter.id}});
    TRY_DONE(database.transact(
        [&](db::Transaction& tx) { return set_trouble(tx, id, "not_composed"); }));
    return Sent{Sent::What::not_now, now + kShareRetry};
  }
  const auto line = mailer.send(mail);
  if (line)
    return database.transact(
        [&](db::Transaction& tx) { return finish_sent(tx, letter.id, *line, now); });
  if (line.error().kind == ErrorKind::invalid)
    return database.transact(
        [&](db::Transaction& tx) { return finish_refused(tx, letter.id, now); });
  log::trouble("letter_waits", line.error(), {{"letter", letter.id}});
  return Sent{Sent::What::not_now, now + kMailServerRetry};
}

Result<Sent> Takedown::finish_sent(db::Transaction& tx, std::string_view letter_id,
                                   std::string_view line, Instant now) const {
  NoticeStore store(tx);
  TRY(letter, store.letter(letter_id));
  if (letter.state == LetterState::sent) return Sent{Sent::What::sent, std::nullopt};
  const LetterState was = letter.state;
  letter.state = LetterState::sent;
  letter.sent_at = now;
  letter.server_line = clip_utf8(clean_utf8(line), kServerLineBytesMax);
  TRY_DONE(store.change_letter(letter, was));
  TRY(notice, store.notice(letter.notice));
  // It may have been withdrawn while it was on its way: then the letter says what left, the
  // notice what we want, and the withdrawal follows.
  if (letter.kind == LetterKind::first)
    if (const auto state = next(notice.state, NoticeEvent::delivered)) {
      const NoticeState before = notice.state;
      notice.state = *state;
      notice.sent_at = now;
      notice.leaves_at.reset();
      notice.deadline = now + settings_.duration("takedown.deadline");
      TRY_DONE(store.change(notice, before));
      TRY_DONE(jobs::JobStore(tx).schedule(kDeadlineJob, notice.id.str(), *notice.deadline));
      TRY_DONE(facts::FactStore(tx).append(
          {notice.tenant.str(), "notice_sent", "system", notice.casefile.str(), notice.id.str(),
           json::object{
               {"notice", notice.id.str()},
               {"country", notice.hosting.country},
               {"round", letter.round},
               {"home", notice.home},
               {"seconds_since_opened",
                std::chrono::duration_cast<std::chrono::seconds>(now - notice.opened_at).count()}},
           now}));
    }
  TRY(letters, store.letters(letter.notice));
  for (const auto& other : letters)
    if (is_waiting(other)) return Sent{Sent::What::sent, std::max(now, other.due)};
  return Sent{Sent::What::sent, std::nullopt};
}

Result<Sent> Takedown::finish_refused(db::Transaction& tx, std::string_view letter_id,
                                      Instant now) const {
  NoticeStore store(tx);
  TRY(letter, store.letter(letter_id));
  if (letter.state != LetterState::sending) return Sent{Sent::What::refused, std::nullopt};
  letter.state = LetterState::failed;
  letter.server_line = "refused for good";
  TRY_DONE(store.change_letter(letter, LetterState::sending));
  TRY(notice, store.notice(letter.notice));
  TRY_DONE(ContactStore(tx).set_bounce(notice.tenant, letter.recipient, BounceState::hard));
  TRY_DONE(set_trouble(tx, notice.id, "refused"));
  TRY_DONE(facts::FactStore(tx).append(
      {notice.tenant.str(), "notice_failed", "system", notice.casefile.str(), notice.id.str(),
       json::object{{"notice", notice.id.str()}, {"letter", std::string(name(letter.kind))}},
       now}));
  return Sent{Sent::What::refused, std::nullopt};
}

Result<Letter> Takedown::preview(db::Transaction& tx, const NoticeId& id) const {
  NoticeStore store(tx);
  TRY(notice, store.notice(id));
  TRY(letters, store.letters(id));
  Letter letter;
  letter.notice = id;
  letter.id = id.str() + ".first.1";
  for (auto& one : letters)
    if (one.state != LetterState::dropped) letter = std::move(one);
  if (letter.text.empty())
    TRY_DONE(
        write_letter(tx, notice, letter, letter.due == Instant{} ? notice.opened_at : letter.due));
  return letter;
}

}  // namespace hotline::takedown
