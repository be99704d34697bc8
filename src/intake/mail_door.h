// The mail door: what becomes of one mail to the mailbox for reports.
//
// A partner's mail is taken if the sender is proven: our own mail server found a
// valid DKIM signature of the partner's domain, or the mail carries the partner's
// token. The From line only says whom to ask for proof. What is not proven files
// nothing and is not answered: its sender is not who it says, and an answer would
// go to somebody else. Only the text part is read; attachments are counted, not
// decoded, and nothing of them is kept.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "db/db.h"
#include "intake/mail_sender_store.h"
#include "intake/report_lines.h"
#include "net/mail_reader.h"
#include "net/mailer.h"

namespace hotline::intake {

struct MailDoor {
  db::Database& database;
  Drop& drop;
  std::string from;          ///< hotline.mail_from
  std::string organisation;  ///< hotline.name
};

enum class MailOutcome : std::uint8_t {
  taken,      ///< Every line has its answer; `answer` is to be sent.
  unproven,   ///< Nothing filed, nothing answered.
  automatic,  ///< A bounce or an out-of-office note.
};

struct TakenMail {
  MailOutcome outcome = MailOutcome::unproven;
  std::optional<net::Mail> answer;
  int taken = 0, refused = 0;
};

/// The same mail again makes nothing new and gets the same answer. Error `unavailable` if the drop
/// or the database does not take it: leave the mail where it is.
[[nodiscard]] Result<TakenMail> take_mail(const MailDoor& door, const net::ReceivedMail& mail,
                                          Instant now);

/// Whether `mail` proves that `sender` wrote it, by signature or by `token`.
[[nodiscard]] bool is_proven(const MailSender& sender, const net::ReceivedMail& mail,
                             std::string_view token);

}  // namespace hotline::intake
