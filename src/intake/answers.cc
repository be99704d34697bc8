// Back to the reporter: stages, parcels, mails, and forgetting the contact.
#include "base/log.h"
#include "base/text.h"
#include "facts/facts.h"
#include "intake/intake.h"
#include "intake/intake_store.h"
#include "intake/message_store.h"
#include "intake/tell.h"

namespace hotline::intake {

namespace {

/// So long we wait for the outcome of a mail that was handed over when we were killed.
constexpr auto kUnknownAfter = std::chrono::minutes(5);
constexpr auto kFirstPause = std::chrono::minutes(2);
constexpr int kAttemptsMax = 100;
constexpr std::size_t kMessageIdBytes = 16;

/// `of`: the name of the stage, or "question" and its id: each is written about once.
std::string message_id(std::string_view parcel, std::string_view of) {
  const auto digest =
      crypto::sha256("mail to a reporter: " + std::string(parcel) + " " + std::string(of));
  return hex(digest.substr(0, kMessageIdBytes));
}

std::string domain_of(std::string_view mail_address) {
  const auto at = mail_address.rfind('@');
  return std::string(at == std::string_view::npos ? mail_address : mail_address.substr(at + 1));
}

std::string filled(std::string text, const MailRoom& room, std::string_view language) {
  text = replace_all(std::move(text), "{organisation}", room.organisation);
  text = replace_all(std::move(text), "{web}", room.web);
  return replace_all(std::move(text), "{check}",
                     room.portal_url + "/" + std::string(language) + "/check");
}

Result<net::Mail> compose_mail(const MailRoom& room, const DueMail& due, Instant now) {
  TRY(contact, room.vault.unseal(due.parcel, due.contact));
  const auto text = room.texts.of(contact.language, due.occasion);
  net::Mail mail;
  mail.from = room.from;
  mail.from_name = room.organisation;
  mail.to = contact.email.reveal();
  mail.subject = filled(text.subject, room, contact.language);
  mail.message_id = due.message_id + "@" + domain_of(room.from);
  mail.language = contact.language;
  mail.date = now;
  mail.text = filled(text.text, room, contact.language);
  return mail;
}

/// What the row says after a try.
struct Outcome {
  MailState state;
  Instant due;
  std::string sentence;
};

Outcome send_one(const MailRoom& room, const DueMail& due, Instant now) {
  const auto mail = compose_mail(room, due, now);
  if (!mail) return {MailState::refused, now, mail.error().sentence};
  const auto answer = room.mailer.send(*mail);
  // The server's words may quote the mail address: only the kind of error is kept.
  if (answer) return {MailState::sent, now, ""};
  if (answer.error().kind == ErrorKind::invalid)
    return {MailState::refused, now, "The mail server refused it for good."};
  if (due.attempts >= kAttemptsMax) return {MailState::refused, now, "Tried too often."};
  const auto pause = kFirstPause * (1 << std::min(due.attempts - 1, 5));
  return {MailState::waiting, now + pause, "The mail server was not there."};
}

}  // namespace

Result<bool> tell_one(db::Transaction& tx, const IntakeStore::Told& told, const CaseId& casefile,
                      Stage stage, Instant now) {
  // A stage is not repeated; and `received` is only ever the first.
  if (told.last == stage || (stage == Stage::received && told.last)) return false;
  IntakeStore store(tx);
  TRY_DONE(store.add_step(told.report, told.steps, stage, now));
  TRY_DONE(store.touch(told.parcel));
  TRY(contact, store.has_contact(told.parcel));
  const auto occasion = occasion_of(stage);
  const bool mailed = contact && occasion;
  if (mailed)
    TRY_DONE(store.add_mail(message_id(told.parcel, name(stage)), told.parcel, *occasion, now));
  facts::Fact fact{told.tenant, "reporter_told", "system", casefile.str(), told.report, {}, now};
  fact.details = {{"stage", name(stage)}, {"mail", mailed}};
  TRY_DONE(facts::FactStore(tx).append(fact));
  return true;
}

Done tell_question(db::Transaction& tx, std::string_view parcel, std::string_view question,
                   Instant now) {
  IntakeStore store(tx);
  TRY(contact, store.has_contact(parcel));
  if (!contact) return {};
  return store.add_mail(message_id(parcel, "question " + std::string(question)), parcel,
                        Occasion::question, now);
}

Result<int> tell_reporters(db::Transaction& tx, const CaseId& casefile, Stage stage, Instant now) {
  TRY(reporters, IntakeStore(tx).reporters_of_case(casefile));
  int changed = 0;
  for (const auto& told : reporters) {
    TRY(is_new, tell_one(tx, told, casefile, stage, now));
    changed += is_new ? 1 : 0;
  }
  return changed;
}

Done erase_contact(db::Transaction& tx, std::string_view parcel_id, Instant now) {
  IntakeStore store(tx);
  MessageStore messages(tx);
  TRY(where, messages.where(parcel_id));
  if (!where) return {};
  facts::FactStore facts(tx);
  TRY(contact, store.erase_contact(parcel_id));
  TRY(gone, messages.erase(parcel_id));
  if (contact) TRY_DONE(facts.append({where->tenant, "contact_erased", "public", "", "", {}, now}));
  if (gone == 0) return {};
  TRY_DONE(store.touch(parcel_id));
  return facts.append({where->tenant, "messages_erased", "public", "", "", {}, now});
}

Result<int> publish_due(db::Database& database, const std::string& status_folder, int limit,
                        std::string_view portal) {
  TRY(waiting, database.read([&](db::Transaction& tx) {
    return IntakeStore(tx).unpublished(limit, portal);
  }));
  int published = 0;
  for (const auto& one : waiting) {
    TRY(parcel,
        database.read([&](db::Transaction& tx) { return IntakeStore(tx).parcel(one.parcel); }));
    TRY_DONE(write_parcel(status_folder, one.parcel, one.public_key, parcel));
    TRY_DONE(database.transact([&](db::Transaction& tx) {
      return IntakeStore(tx).mark_published(one.parcel, one.version);
    }));
    ++published;
  }
  return published;
}

Result<int> send_due(db::Database& database, const MailRoom& room, Instant now, int limit) {
  TRY(mails, database.transact([&](db::Transaction& tx) {
    return IntakeStore(tx).take_due_mails(now, now + kUnknownAfter, limit, room.portal);
  }));
  int sent = 0;
  for (const auto& mail : mails) {
    // Without a contact it was erased between queueing and now: there is nobody to write to.
    const auto outcome = mail.contact.empty() ? Outcome{MailState::refused, now, "No contact."}
                                              : send_one(room, mail, now);
    if (outcome.state == MailState::sent) ++sent;
    if (outcome.state == MailState::refused)
      log::trouble("reporter_mail_refused", {{"mail", mail.message_id}, {"why", outcome.sentence}});
    TRY_DONE(database.transact([&](db::Transaction& tx) {
      return IntakeStore(tx).set_mail(mail.message_id, outcome.state, outcome.due,
                                      outcome.sentence);
    }));
  }
  return sent;
}

}  // namespace hotline::intake
