// Mail that comes in: reports of partners, and what comes back on our notices.
#include "net/mailbox.h"

#include "base/log.h"
#include "base/text.h"
#include "intake/disk.h"
#include "intake/mail_door.h"
#include "net/mail_reader.h"
#include "workflow/jobs_table.h"

namespace hotline::workflow {

namespace {

constexpr std::size_t kMailsAtOnce = 50;

/// `door` is "mailbox" or "replies".
Result<std::unique_ptr<net::Mailbox>> mailbox_of(const Settings& settings,
                                                 const std::string& door) {
  if (const auto folder = settings.text(door + ".maildir"); !folder.empty())
    return net::open_maildir(folder);
  const auto file = settings.text(door + ".imap_password_file");
  std::string password;
  if (!file.empty()) {
    TRY(text, intake::read_file(file));
    password = trim(text);
  }
  return net::open_imap(
      {settings.text(door + ".imap_url"), settings.text(door + ".imap_user"), password});
}

bool has_mailbox(const Settings& settings, const std::string& door) {
  return !settings.text(door + ".maildir").empty() || !settings.text(door + ".imap_url").empty();
}

/// True if the mail speaks of a notice of ours, or was kept for a person to look at.
Result<bool> take_reply(const Parts& parts, const std::string& bytes, bool keep_unknown) {
  const auto mail = net::read_reply(bytes);
  if (!mail) {
    log::trouble("reply_not_read", mail.error());
    return false;
  }
  return parts.database.transact([&](db::Transaction& tx) {
    return parts.takedown.take_reply(tx, parts.tenant, *mail, keep_unknown, parts.clock.now());
  });
}

/// A mail is deleted when its reports are durable and its answer has left: killed in between, it
/// is taken again, makes nothing new, and gets the same answer under the same Message-ID.
Done take_one(const Parts& parts, const intake::MailDoor& door, net::Mailbox& mailbox,
              const std::string& name) {
  const auto bytes = mailbox.read(name);
  if (!bytes && bytes.error().kind == ErrorKind::not_found) return {};
  if (!bytes) return std::unexpected(bytes.error());
  TRY(reply, take_reply(parts, *bytes, false));
  if (reply) return mailbox.remove(name);
  const auto mail = net::read_mail(*bytes, parts.settings.text("mailbox.auth_server"));
  if (!mail) {
    log::trouble("mail_not_read", mail.error());
    return mailbox.remove(name);
  }
  TRY(taken, intake::take_mail(door, *mail, parts.clock.now()));
  if (taken.outcome == intake::MailOutcome::unproven) log::trouble("mail_sender_unproven");
  if (taken.answer) {
    const auto sent = parts.mailer.send(*taken.answer);
    if (!sent && sent.error().kind != ErrorKind::invalid) return std::unexpected(sent.error());
  }
  return mailbox.remove(name);
}

}  // namespace

Result<Again> read_mailbox(const Parts& parts, const std::string&) {
  const Settings& settings = parts.settings;
  if (!has_mailbox(settings, "mailbox")) return Again();
  const Places at = places(settings);
  TRY(mailbox, mailbox_of(settings, "mailbox"));
  TRY(public_key, intake::drop_public_key(at.keys));
  TRY(drop, intake::Drop::open(at.drop, public_key, 0));
  const intake::MailDoor door{parts.database, *drop, settings.text("hotline.mail_from"),
                              settings.text("hotline.name")};
  TRY(waiting, mailbox->waiting(kMailsAtOnce));
  for (const auto& name : waiting) TRY_DONE(take_one(parts, door, *mailbox, name));
  const Instant now = parts.clock.now();
  return Again(waiting.size() == kMailsAtOnce ? now : now + settings.duration("mailbox.every"));
}

/// A mail is deleted once it is stored: killed in between, it is taken again and changes nothing.
Result<Again> read_replies(const Parts& parts, const std::string&) {
  const Settings& settings = parts.settings;
  if (!has_mailbox(settings, "replies")) return Again();
  TRY(mailbox, mailbox_of(settings, "replies"));
  TRY(waiting, mailbox->waiting(kMailsAtOnce));
  for (const auto& name : waiting) {
    const auto bytes = mailbox->read(name);
    if (!bytes && bytes.error().kind == ErrorKind::not_found) continue;
    if (!bytes) return std::unexpected(bytes.error());
    TRY(taken, take_reply(parts, *bytes, true));
    if (!taken) log::trouble("reply_ignored");
    TRY_DONE(mailbox->remove(name));
  }
  const Instant now = parts.clock.now();
  return Again(waiting.size() == kMailsAtOnce ? now : now + settings.duration("replies.every"));
}

}  // namespace hotline::workflow
