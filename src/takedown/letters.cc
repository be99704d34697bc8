// How letters leave: planned, then `sending` (durable), then SMTP, then `sent`.
#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "facts/facts.h"
#include "jobs/jobs.h"
#include "takedown/contact_store.h"
#include "takedown/notice_store.h"
#include "takedown/receiver_store.h"
#include "takedown/takedown.h"
#include "takedown/xarf.h"

namespace hotline::takedown {

namespace {

using namespace std::chrono_literals;

constexpr auto kMailServerRetry = 1min;
constexpr auto kShareRetry = 10min;
constexpr std::size_t kServerLineBytesMax = 500;
constexpr int kDueLookedAt = 2000;

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

/// What begin_sending() found: the letters of one mail, marked to leave now, or why none does.
struct Takedown::Prepared {
  std::vector<Letter> letters;
  Sent otherwise;
};

Done Takedown::plan_letter(db::Transaction& tx, const Notice& notice, LetterKind kind, Instant due,
                           std::string_view recipient) const {
  NoticeStore store(tx);
  TRY(letters, store.letters(notice.id));
  Letter letter;
  for (const auto& before : letters) {
    if (before.kind != kind) continue;
    // The same wish twice is one letter.
    if (before.state == LetterState::planned && before.recipient == recipient) {
      letter = before;
      letter.due = due;
      return store.change_letter(letter, LetterState::planned);
    }
    letter.round = std::max(letter.round, before.round + 1);
  }
  letter.notice = notice.id;
  letter.kind = kind;
  letter.due = due;
  letter.recipient = recipient;
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
  if (letter.kind != LetterKind::withdrawal || letter.recipient.empty())
    letter.recipient = letter.kind == LetterKind::escalation ? ladder_.mailbox(notice, notice.step)
                                                             : notice.contact;
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
  TRY(host, ContactStore(tx).find(notice.tenant, notice.contact));
  facts.unreachable = !notice.sent_at || (host && host->bounce == BounceState::hard);
  facts.also = !letter.mail.empty() && letter.mail != letter.message_id;
  const auto wait =
      letter.kind == LetterKind::first ? settings_.duration("takedown.deadline") : wait_of(notice);
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

/// The mailbox that this letter goes to, if it may be written to; else the notice says what a
/// person must do.
Result<std::optional<std::string>> Takedown::ready_mailbox(db::Transaction& tx, Notice& notice,
                                                           const Letter& letter,
                                                           Instant now) const {
  ContactStore contacts(tx);
  const bool climbs = letter.kind == LetterKind::escalation;
  std::string mailbox = climbs                     ? ladder_.mailbox(notice, notice.step)
                        : letter.recipient.empty() ? notice.contact
                                                   : letter.recipient;
  if (climbs) {
    const auto met = contacts.meet(notice.tenant, mailbox, name(notice.step), now);
    if (met)
      mailbox = met->email;
    else if (met.error().kind != ErrorKind::invalid)
      return std::unexpected(met.error());
  }
  TRY(contact, contacts.recipient(notice.tenant, mailbox));
  const std::string trouble =
      contact_trouble(contact, settings_.flag("takedown.list_contact_confirmed"));
  if (!trouble.empty()) {
    TRY_DONE(set_trouble(tx, notice.id, trouble));
    return std::optional<std::string>();
  }
  // Another one may stand for it.
  if (climbs)
    notice.hosting.above.insert_or_assign(std::string(name(notice.step)), contact->email);
  else if (letter.recipient.empty())
    notice.contact = contact->email;
  if (notice.trouble == "contact_not_confirmed" || notice.trouble == "contact_refused" ||
      notice.trouble == "no_contact" || (notice.trouble == "bounces" && !climbs))
    notice.trouble.clear();
  return std::optional(contact->email);
}

/// Whether the mailbox may be written to in this hour, and reminded already.
Result<bool> Takedown::has_share(db::Transaction& tx, const Notice& notice, const Letter& letter,
                                 std::string_view mailbox, Instant now) const {
  NoticeStore store(tx);
  TRY(contact, ContactStore(tx).find(notice.tenant, mailbox));
  if (letter.kind == LetterKind::reminder && contact && contact->interval > microseconds(0)) {
    TRY(lately, store.letters_begun(notice.tenant, mailbox, now - contact->interval));
    if (lately > 0) return false;
  }
  TRY(begun, store.letters_begun(notice.tenant, mailbox, now - 1h));
  return begun < settings_.integer("takedown.contact_hourly_max");
}

Result<Takedown::Prepared> Takedown::begin_planned(db::Transaction& tx, Notice notice,
                                                   Letter letter, Instant now) const {
  NoticeStore store(tx);
  Prepared prepared;
  if (letter.due > now) {
    prepared.otherwise = {Sent::What::later, letter.due};
    return prepared;
  }
  TRY(mailbox, ready_mailbox(tx, notice, letter, now));
  if (!mailbox) {
    prepared.otherwise.what = Sent::What::waits_for_contact;
    return prepared;
  }
  TRY(share, has_share(tx, notice, letter, *mailbox, now));
  if (!share) {
    prepared.otherwise = {Sent::What::later, now + kShareRetry};
    return prepared;
  }
  notice.link_expires =
      std::max(notice.link_expires, now + settings_.duration("takedown.link_valid"));
  TRY_DONE(store.change(notice, notice.state));
  letter.mail = letter.message_id;
  TRY_DONE(write_letter(tx, notice, letter, now));
  letter.state = LetterState::sending;
  letter.begun_at = now;
  TRY_DONE(store.change_letter(letter, LetterState::planned));
  prepared.letters.push_back(std::move(letter));
  return prepared;
}

Result<std::vector<NoticeId>> Takedown::mail_mates(db::Transaction& tx, const NoticeId& id,
                                                   Instant now) const {
  NoticeStore store(tx);
  std::vector<NoticeId> mates;
  TRY(notice, store.notice(id));
  const auto most = settings_.integer("takedown.mail_notices_max");
  if (notice.urgent || most < 2 || !is_open(notice.state)) return mates;
  TRY(letters, store.letters(id));
  const auto own = std::find_if(letters.begin(), letters.end(), [](const Letter& letter) {
    return letter.state == LetterState::planned;
  });
  if (own == letters.end() || (own->kind != LetterKind::first && own->kind != LetterKind::reminder))
    return mates;
  TRY(receiver, ReceiverStore(tx).of_mailbox(notice.tenant, notice.contact));
  if (receiver) return mates;  // It takes one notice at a time, in milliseconds.
  TRY(due, store.letters_due(notice.tenant, now, kDueLookedAt));
  for (const auto& letter : due) {
    if (letter.notice == id || letter.kind != own->kind) continue;
    TRY(other, store.notice(letter.notice));
    if (other.urgent || other.contact != notice.contact || !is_open(other.state) ||
        other.state == NoticeState::held)
      continue;
    mates.push_back(other.id);
    if (static_cast<std::int64_t>(mates.size()) + 1 >= most) break;
  }
  return mates;
}

/// The letter of another notice goes into the mail of `first`. Nothing if it no longer can.
Done Takedown::add_mate(db::Transaction& tx, const Letter& first, const NoticeId& id, int number,
                        Instant now) const {
  NoticeStore store(tx);
  TRY(notice, store.notice(id));
  if (notice.urgent || !is_open(notice.state) || notice.state == NoticeState::held) return {};
  TRY(letters, store.letters(id));
  for (auto& letter : letters) {
    if (!is_waiting(letter)) continue;
    if (letter.state != LetterState::planned || letter.kind != first.kind || letter.due > now)
      return {};
    TRY(mailbox, ready_mailbox(tx, notice, letter, now));
    if (!mailbox || *mailbox != first.recipient) return {};
    notice.link_expires =
        std::max(notice.link_expires, now + settings_.duration("takedown.link_valid"));
    TRY_DONE(store.change(notice, notice.state));
    letter.mail = first.mail;
    TRY_DONE(write_letter(tx, notice, letter, now));
    letter.language = first.language;
    letter.subject = first.subject;
    if (!letter.twin.empty()) letter.twin_name = std::to_string(number) + "-" + letter.twin_name;
    letter.state = LetterState::sending;
    letter.begun_at = now;
    return store.change_letter(letter, LetterState::planned);
  }
  return {};
}

/// A mail found half-way: only the notice that began it goes on with it, so that two jobs never
/// send it at once.
static Result<std::optional<std::vector<Letter>>> half_way(NoticeStore& store,
                                                           const std::vector<Letter>& letters) {
  for (const auto& letter : letters) {
    if (letter.mail != letter.message_id) continue;
    TRY(together, store.letters_in(letter.mail));
    if (std::any_of(together.begin(), together.end(),
                    [](const Letter& one) { return one.state == LetterState::sending; }))
      return std::optional(std::move(together));
  }
  return std::optional<std::vector<Letter>>();
}

Result<Takedown::Prepared> Takedown::begin_sending(db::Transaction& tx, const NoticeId& id,
                                                   std::span<const NoticeId> also,
                                                   Instant now) const {
  NoticeStore store(tx);
  TRY(prepared, begin_mail(tx, id, now));
  if (prepared.letters.size() != 1 || also.empty()) return prepared;
  const Letter first = prepared.letters.front();
  if (first.kind != LetterKind::first && first.kind != LetterKind::reminder) return prepared;
  int number = 2;
  for (const auto& mate : also) TRY_DONE(add_mate(tx, first, mate, number++, now));
  TRY(together, store.letters_in(first.mail));
  prepared.letters = std::move(together);
  return prepared;
}

Result<Takedown::Prepared> Takedown::begin_mail(db::Transaction& tx, const NoticeId& id,
                                                Instant now) const {
  NoticeStore store(tx);
  TRY(notice, store.notice(id));
  TRY(letters, store.letters(id));
  TRY(begun, half_way(store, letters));
  // It leaves again as it was, word for word, whatever was decided meanwhile: it may have left.
  if (begun) return Prepared{std::move(*begun), {}};
  for (auto& letter : letters) {
    if (!is_waiting(letter)) continue;
    const bool wanted = letter.kind == LetterKind::withdrawal
                            ? notice.state == NoticeState::withdrawn
                            : is_open(notice.state) && notice.state != NoticeState::held;
    const bool in_anothers_mail =
        letter.state == LetterState::sending && letter.mail != letter.message_id;
    if (in_anothers_mail) return Prepared{{}, {Sent::What::later, now + kMailServerRetry}};
    if (!wanted) {
      const LetterState was = letter.state;
      letter.state = LetterState::dropped;
      TRY_DONE(store.change_letter(letter, was));
      continue;
    }
    return begin_planned(tx, std::move(notice), std::move(letter), now);
  }
  return Prepared{};
}

net::Mail Takedown::mail_of(const std::vector<Letter>& letters, Instant now) const {
  // The first is the one whose Message-ID the mail has; the others follow in the order of their
  // ids.
  const auto first = std::find_if(letters.begin(), letters.end(), [](const Letter& letter) {
    return letter.mail == letter.message_id;
  });
  const Letter& head = first == letters.end() ? letters.front() : *first;
  net::Mail mail;
  mail.from = settings_.text("hotline.mail_from");
  mail.from_name = settings_.text("hotline.name");
  mail.to = head.recipient;
  mail.subject = head.subject;
  if (letters.size() > 1) mail.subject += " (+" + std::to_string(letters.size() - 1) + ")";
  mail.message_id = head.message_id;
  mail.language = head.language;
  mail.date = head.begun_at.value_or(now);
  const auto add = [&](const Letter& letter) {
    if (!mail.text.empty()) mail.text += "\n" + std::string(72, '=') + "\n\n";
    mail.text += replace_all(letter.text, kLinkPlaceholder, answer_link(letter.notice));
    if (!letter.twin.empty())
      mail.attachments.push_back({letter.twin_name, "application/json", letter.twin});
  };
  add(head);
  for (const auto& letter : letters)
    if (&letter != &head) add(letter);
  return mail;
}

Result<Sent> Takedown::send(db::Database& database, net::Mailer& mailer, const NoticeId& id,
                            Instant now, const Pusher* pusher,
                            std::span<const NoticeId> also) const {
  TRY(prepared,
      database.transact([&](db::Transaction& tx) { return begin_sending(tx, id, also, now); }));
  if (prepared.letters.empty()) return prepared.otherwise;
  const auto& letters = prepared.letters;
  if (letters.size() == 1) {
    TRY(pushed, push_first(database, pusher, letters.front(), now));
    if (pushed) return *pushed;
  }
  const net::Mail mail = mail_of(letters, now);
  // A letter that cannot be written is our own fault, never the mailbox's.
  if (const auto written = net::compose(mail); !written) {
    log::trouble("letter_not_composed", written.error(), {{"letter", letters.front().id}});
    TRY_DONE(database.transact(
        [&](db::Transaction& tx) { return set_trouble(tx, id, "not_composed"); }));
    return Sent{Sent::What::not_now, now + kShareRetry};
  }
  const auto line = mailer.send(mail);
  if (!line && line.error().kind != ErrorKind::invalid) {
    log::trouble("letter_waits", line.error(), {{"letter", letters.front().id}});
    return Sent{Sent::What::not_now, now + kMailServerRetry};
  }
  return database.transact(
      [&](db::Transaction& tx) { return finish_mail(tx, letters, line, now); });
}

/// Each letter of the mail is taken or refused by itself: one notice's state is never another's.
Result<Sent> Takedown::finish_mail(db::Transaction& tx, const std::vector<Letter>& letters,
                                   const Result<std::string>& line, Instant now) const {
  Sent all;
  for (const auto& letter : letters) {
    auto one = line ? finish_sent(tx, letter.id, *line, now) : finish_refused(tx, letter.id, now);
    if (!one) return one;
    if (letter.mail == letter.message_id || letters.size() == 1) all = *one;
  }
  return all;
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
      notice.asks = 1;
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
  if (letter.kind == LetterKind::escalation && !notice.sent_at) {
    notice.sent_at = now;  // The host could not be reached: the clock of the asked runs from here.
    TRY_DONE(store.change(notice, notice.state));
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
  if (is_open(notice.state) && notice.state != NoticeState::held)
    TRY_DONE(pass_over(tx, notice.id, letter.recipient, now));
  TRY(letters, store.letters(letter.notice));
  const bool more = std::any_of(letters.begin(), letters.end(), is_waiting);
  return Sent{Sent::What::refused, more ? std::optional(now) : std::nullopt};
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
