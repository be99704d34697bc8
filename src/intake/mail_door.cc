#include "intake/mail_door.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"

namespace hotline::intake {

namespace {

bool below(std::string_view host, std::string_view domain) {
  return host == domain || (host.size() > domain.size() && host.ends_with(domain) &&
                            host[host.size() - domain.size() - 1] == '.');
}

std::string domain_of(std::string_view address) {
  return std::string(address.substr(address.rfind('@') + 1));
}

/// "line 3: taken, 9f86d081884c7d65"; never the address that was reported.
std::string words_of(const std::vector<LineAnswer>& answers, int attachments) {
  std::string text;
  for (const auto& answer : answers)
    text += "line " + std::to_string(answer.number) + ": " +
            (answer.taken ? "taken, " + answer.reference : "refused. " + answer.sentence) + "\n";
  if (answers.empty()) text += "There was no line with a web address, an app, a group or a user.\n";
  if (attachments > 0)
    text +=
        "\nAttachments were not opened and not kept. Never send pictures or videos: we need "
        "the address only.\n";
  return text;
}

net::Mail answer_to(const MailDoor& door, const net::ReceivedMail& mail,
                    const std::vector<LineAnswer>& answers, const TakenMail& taken, Instant now) {
  net::Mail answer;
  answer.from = door.from;
  answer.from_name = door.organisation;
  answer.to = mail.from;
  answer.subject = "Your reports: " + std::to_string(taken.taken) + " taken, " +
                   std::to_string(taken.refused) + " refused";
  answer.message_id =
      hex(crypto::sha256("answer to reports\n" + mail.from + "\n" + mail.key)).substr(0, 32) + "@" +
      domain_of(door.from);
  answer.language = "en";
  answer.date = now;
  answer.text = words_of(answers, mail.attachments);
  return answer;
}

}  // namespace

bool is_proven(const MailSender& sender, const net::ReceivedMail& mail, std::string_view token) {
  const auto signed_by = [&](std::string_view domain) {
    return std::find(mail.dkim_domains.begin(), mail.dkim_domains.end(), domain) !=
           mail.dkim_domains.end();
  };
  if (!sender.dkim_domain.empty() && signed_by(sender.dkim_domain) &&
      below(domain_of(mail.from), sender.dkim_domain))
    return true;
  return !sender.token_digest.empty() && !token.empty() &&
         equal_constant_time(hex(crypto::sha256(token)), sender.token_digest);
}

Result<TakenMail> take_mail(const MailDoor& door, const net::ReceivedMail& mail, Instant now) {
  TakenMail taken;
  if (mail.automatic) {
    taken.outcome = MailOutcome::automatic;
    return taken;
  }
  const auto found = lines_from_mail(mail.text);
  TRY(sender,
      door.database.read([&](db::Transaction& tx) { return MailSenderStore(tx).find(mail.from); }));
  if (!sender || !is_proven(*sender, mail, found.token)) return taken;
  TRY(answers, take_lines(door.drop, {"mailbox", mail.from, mail.key}, found.lines, now));
  taken.outcome = MailOutcome::taken;
  for (const auto& answer : answers) ++(answer.taken ? taken.taken : taken.refused);
  taken.answer = answer_to(door, mail, answers, taken, now);
  return taken;
}

}  // namespace hotline::intake
