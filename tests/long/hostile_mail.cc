// hostile_mail FOLDER PORT: writes letters with hostile strings in every place that a stranger can
// fill, sends them to the mail server on 127.0.0.1:PORT, and notes in FOLDER what was meant:
// N.meant holds the envelope's recipient, a NUL, and the message as it must arrive; refused.txt
// counts what was refused before a connection. Started by hostile_mail.py, which compares.
// links: takedown net base
#include <cstdio>
#include <fstream>

#include "base/text.h"
#include "net/mail_reader.h"
#include "net/mailer.h"
#include "takedown/contact_store.h"
#include "takedown/notice_text.h"

namespace {

using namespace hotline;

std::vector<std::string> payloads() {
  std::vector<std::string> all;
  const std::string after[] = {"Bcc: victim@other.example",
                               "Subject: other",
                               ".",
                               "MAIL FROM:<a@b.example>",
                               "RCPT TO:<victim@other.example>",
                               "DATA",
                               "QUIT",
                               "X-Evil: 1",
                               ""};
  // SMTP smuggling is a matter of line ends: every pair around every word of the protocol.
  for (const std::string end : {"\r\n", "\n", "\r", "\r\n.\r\n", "\n.\n", "\n.\r\n", "\r.\r",
                                "\r\n.\n", "\r\n.\r", "\n\n", "\r\n\r\n", "\0\r\n.\r\n"})
    for (const auto& word : after) all.push_back("text" + end + word + end + "more");
  for (int control = 0; control < 32; ++control)
    all.push_back("a" + std::string(1, static_cast<char>(control)) + "b");
  for (const std::string one :
       {"\x7f", "\xc2\x85", "\xc2\x9b", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xae",
        "\xe2\x81\xa6", "\xef\xbb\xbf", "\xff\xfe", "\xc0\x8a", "\xed\xa0\x80", "\xf8\x88",
        "\xe5\x98\x8a\xe5\x98\x8d"})  // The last: CJK letters whose low bytes are LF and CR.
    all.push_back("a" + one + "b");
  for (const std::string one : {"=?utf-8?q?abuse?=",
                                "=?utf-8?b?QmNjOiBh?=",
                                "=?utf-8?q?a=0d=0aBcc:_x?=",
                                "=?x",
                                "?=",
                                "(comment)",
                                "\"quoted\"",
                                "<a@b.example>",
                                "group: a@b.example;",
                                "a,b",
                                "a;b",
                                "a\\b",
                                "%0d%0aBcc:x",
                                "&#13;&#10;",
                                "\\r\\n.\\r\\n",
                                "{{answer_link}}",
                                "{{reference}}",
                                "${IFS}",
                                "`id`",
                                "|/bin/true",
                                "'; --",
                                "<script>",
                                "..",
                                ".",
                                "From a@b Mon",
                                "-- ",
                                "--=_x",
                                "[Hotline NTC-0]",
                                "=",
                                "=20",
                                "=\n",
                                "\t\t",
                                "ÄÖÜ ßé",
                                "مرحبا",
                                "日本語"})
    all.push_back(one);
  for (const std::size_t length : {77U, 998U, 999U, 5000U, 70000U})
    all.push_back(std::string(length, 'a'));
  all.push_back(std::string(2000, '.') + "\n.\n");
  return all;
}

takedown::Notice notice_with(const std::string& place, const std::string& value) {
  takedown::Notice notice;
  notice.id = takedown::NoticeId::make(instant(1'900'000'000'000'000));
  notice.hosting = {"hos_1", "192.0.2.7", 64500, "NET", "NL", "", "", "", {}};
  notice.locations = {"http://gallery.example/a"};
  notice.items = {{"", "", std::string(64, 'a')}};
  notice.category = "A";
  notice.baseline = true;
  if (place == "network") notice.hosting.network = value;
  if (place == "location") notice.locations = {value};
  if (place == "category") notice.category = value;
  if (place == "digest") notice.items[0].sha256 = value;
  if (place == "country") notice.hosting.country = value;
  return notice;
}

net::Mail mail_with(const takedown::NoticeTexts& texts, const std::string& place,
                    const std::string& value, int number) {
  takedown::LetterFacts facts;
  facts.language = "en";
  facts.organisation = place == "organisation" ? value : "Hotline";
  facts.web = place == "web" ? value : "https://hotline.example";
  facts.mailbox = "notices@hotline.example";
  const auto text = texts.write(notice_with(place, value), facts);
  net::Mail mail;
  mail.from = place == "from" ? value : "notices@hotline.example";
  mail.from_name = place == "from_name" ? value : "Hotline";
  mail.to = place == "to" ? value : "abuse@isp.example";
  mail.subject = place == "subject" ? value : text.subject;
  mail.message_id =
      place == "message_id" ? value : "n" + std::to_string(number) + "@hotline.example";
  mail.in_reply_to = place == "in_reply_to" ? value : "";
  mail.date = instant(1'900'000'000'000'000);
  mail.text = place == "template" ? value + "\n" + text.text + value : text.text;
  mail.attachments.push_back({place == "attachment" ? value : "xarf.json", "application/json",
                              place == "twin" ? value : "{}"});
  return mail;
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) {
    std::fputs("hostile_mail FOLDER PORT   (see hostile_mail.py)\n", stderr);
    return 2;
  }
  const std::string folder = words[1];
  auto texts = takedown::NoticeTexts::load(HOTLINE_SOURCE_DIR "/policy/notices");
  if (!texts) {
    std::fprintf(stderr, "%s\n", texts.error().sentence.c_str());
    return 1;
  }
  const auto mailer = net::open_mailer("127.0.0.1", std::atoi(words[2]));
  int number = 0, sent = 0, refused = 0, contacts = 0, replies = 0, failed = 0;
  const auto all = payloads();
  for (const std::string place :
       {"to", "from", "from_name", "subject", "message_id", "in_reply_to", "template", "attachment",
        "twin", "network", "location", "category", "digest", "country", "organisation", "web"})
    for (const auto& value : all) {
      const auto mail = mail_with(*texts, place, value, ++number);
      const auto meant = net::compose(mail);
      if (!meant) {
        ++refused;
        continue;
      }
      std::ofstream(folder + "/" + std::to_string(number) + ".meant", std::ios::binary)
          << mail.from << '\0' << mail.to << '\0' << mail.subject << '\0' << *meant;
      const auto line = mailer->send(mail);
      if (!line) {
        std::fprintf(stderr, "%s: %s\n", place.c_str(), line.error().sentence.c_str());
        ++failed;
      } else {
        ++sent;
      }
    }
  // A contact from a registry: refused, or exactly one plain mailbox.
  for (const auto& value : all)
    for (const auto& email : {value, value + "@isp.example", "abuse@" + value,
                              "abuse@isp.example" + value, value + " abuse@isp.example"}) {
      const auto plain = takedown::plain_mailbox(email);
      const bool harmless = !plain || plain->find_first_of("\r\n\t \"<>(),;:\\[]") == plain->npos;
      if (!harmless) {
        std::fprintf(stderr, "contact taken: %s\n", plain->c_str());
        ++failed;
      }
      ++contacts;
    }
  // A reply: read without harm; what is kept of its head is one line.
  for (const auto& value : all)
    for (const std::string head : {"Subject: ", "From: ", "In-Reply-To: <", "References: <",
                                   "Content-Type: ", "X: y\r\n\r\n"}) {
      const auto reply =
          net::read_reply("From: a@isp.example\r\n" + head + value + "\r\n\r\nbody\r\n");
      if (reply && reply->subject.find_first_of("\r\n") != std::string::npos) {
        std::fprintf(stderr, "a subject of two lines\n");
        ++failed;
      }
      ++replies;
    }
  std::printf(
      "payloads %zu letters %d sent %d refused_before %d contacts %d replies %d failed %d\n",
      all.size(), number, sent, refused, contacts, replies, failed);
  return failed == 0 ? 0 : 1;
}
