// The other doors of a story: partners' mails, files and systems, and other countries' portals.
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "intake/mail_sender_store.h"
#include "intake/pack.h"
#include "intake/portal_store.h"
#include "intake/report_lines.h"
#include "scenarios/story.h"

namespace hotline::scenarios {

namespace {

namespace fs = std::filesystem;

Error wrong(const std::string& sentence) {
  return {ErrorKind::invalid, sentence};
}

std::string option(const Words& words, std::string_view name) {
  for (const std::string& word : words)
    if (word.starts_with(std::string(name) + "=")) return word.substr(name.size() + 1);
  return "";
}

}  // namespace

// partner desk@partner.example token=s3cret · partner desk@partner.example dkim=partner.example
Done Story::partner_word(const Words& words) {
  const std::string token = option(words, "token");
  const intake::MailSender sender{words[1], tenant_,
                                  token.empty() ? "" : hex(crypto::sha256(token)),
                                  option(words, "dkim"), clock_.now()};
  return change([&](db::Transaction& tx) { return intake::MailSenderStore(tx).put(sender); });
}

// letter r1 from=desk@partner.example address=http://… [token=…] [signed=partner.example]
// [attached] lands in the Maildir of the setting mailbox.maildir.
Done Story::letter_word(const Words& words) {
  const fs::path maildir = folder_ / "maildir";
  fs::create_directories(maildir / "new");
  fs::create_directories(maildir / "cur");
  if (settings_.text("mailbox.maildir").empty()) {
    TRY_DONE(settings_.set("mailbox.maildir", maildir.string()));
    TRY_DONE(settings_.set("mailbox.auth_server", "mx.hotline.example"));
    TRY_DONE(start_worker());
  }
  const std::string address = option(words, "address"), token = option(words, "token"),
                    signed_by = option(words, "signed");
  std::string text;
  if (!signed_by.empty())
    text += "Authentication-Results: mx.hotline.example; dkim=pass header.d=" + signed_by + "\r\n";
  text += "From: " + option(words, "from") + "\r\nMessage-ID: <" + words[1] +
          "@partner.example>\r\nMIME-Version: 1.0\r\n"
          "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
          "--b\r\nContent-Type: text/plain\r\n\r\n";
  if (!token.empty()) text += "token: " + token + "\r\n\r\n";
  text += address + "\r\nthis line has none\r\n";
  if (words.back() == "attached")
    text +=
        "--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        "UEFZTE9BRC1CWVRFUw==\r\n";
  std::ofstream(maildir / "new" / (std::to_string(us(clock_.now())) + "." + words[1]))
      << text << "--b--\r\n";
  remember(words[1], address);
  return settle();
}

// returned n1: the mail server of whom the last letter went to gives it back (RFC 3464).
// writes n1 "words" [automatic]: somebody there answers it.
Done Story::comes_back(const Words& words) {
  if (words.size() < 2) return std::unexpected(wrong("returned NOTICE, writes NOTICE WORDS"));
  TRY(about, notice(words[1]));
  const fs::path maildir = folder_ / "replies";
  fs::create_directories(maildir / "new");
  fs::create_directories(maildir / "cur");
  if (settings_.text("replies.maildir").empty()) {
    TRY_DONE(settings_.set("replies.maildir", maildir.string()));
    TRY_DONE(start_worker());
  }
  TRY(letters,
      read([&](db::Transaction& tx) { return takedown::NoticeStore(tx).letters(about.id); }));
  if (letters.empty()) return std::unexpected(wrong("no letter of that notice has left"));
  const auto& letter = letters.back();
  std::string text = "From: abuse@isp.example\r\nMessage-ID: <" + std::to_string(us(clock_.now())) +
                     "@isp.example>\r\n";
  if (words[0] == "writes")
    text += "Subject: AW: " + letter.subject + "\r\n" +
            (words.back() == "automatic" ? "Auto-Submitted: auto-replied\r\n" : "") +
            "Content-Type: text/plain; charset=utf-8\r\n\r\n" + words[2] + "\r\n";
  else
    text +=
        "Subject: Undelivered\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        "Final-Recipient: rfc822; " +
        letter.recipient +
        "\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <" +
        letter.mail + ">\r\n\r\n--b--\r\n";
  std::ofstream(maildir / "new" / (std::to_string(us(clock_.now())) + ".reply")) << text;
  return wait(std::chrono::minutes(2));
}

// lines csv partner r1 http://… · lines api partner r1 http://… key=k1
Done Story::lines_word(const Words& words) {
  if (words.size() < 5) return std::unexpected(wrong("lines csv|api SOURCE NAME ADDRESS"));
  const bool csv = words[1] == "csv";
  const auto lines =
      csv ? intake::lines_from_csv("address,reference\n" + words[4] + "," + words[3] + "\n,\n")
          : intake::lines_from_json("{\"reports\":[{\"address\":\"" + words[4] + "\"},{}]}");
  if (!lines) return std::unexpected(lines.error());
  TRY(answers, intake::take_lines(*drop_, {words[1], words[2], csv ? "" : option(words, "key")},
                                  *lines, clock_.now()));
  if (answers.size() != 2 || !answers[0].taken || answers[1].taken)
    return std::unexpected(wrong("the lines were not answered one by one"));
  remember(words[3], words[4]);
  return settle();
}

// expect maildir empty · expect nowhere TEXT: in no file of the installation
Done Story::expect_files(const Words& words) {
  if (words[0] == "maildir") {
    for (const char* part : {"new", "cur"})
      if (!fs::is_empty(folder_ / "maildir" / part))
        return std::unexpected(wrong("a mail still lies in the Maildir"));
    return {};
  }
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(in), {});
    if (bytes.find(words[1]) != std::string::npos)
      return std::unexpected(wrong(words[1] + " lies in " + entry.path().filename().string()));
  }
  return {};
}

void Story::remember(const std::string& name, const std::string& address) {
  reports_.insert_or_assign(
      name, TheReport{address, intake::Receipt::from_secret(crypto::random_bytes(15))});
}

}  // namespace hotline::scenarios
