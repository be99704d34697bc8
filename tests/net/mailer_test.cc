#include "net/mailer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "base/text.h"
#include "net/rdap.h"
#include "net/smtp_double.h"

namespace hotline::net {
namespace {

Mail plain_mail() {
  return {.from = "notices@hotline.example",
          .from_name = "Hotline",
          .to = "abuse@isp.example",
          .subject = "Notice ntc_01",
          .message_id = "ntc_01.1@hotline.example",
          .in_reply_to = "",
          .language = "en",
          .date = Instant(std::chrono::seconds(1893456000)),
          .text = "Please remove this item.\nThank you."};
}

// Header lines of a composed message, unfolded.
std::vector<std::string> header_lines(const std::string& message) {
  const auto head = replace_all(message.substr(0, message.find("\r\n\r\n")), "\r\n", "\n");
  std::vector<std::string> lines;
  for (const auto line : split(head, '\n')) {
    if (!lines.empty() && (line.starts_with(' ') || line.starts_with('\t')))
      lines.back() += line;
    else
      lines.emplace_back(line);
  }
  return lines;
}

// What must never stand in a header: line breaks in all spellings, other controls, separators,
// broken UTF-8, direction marks.
const std::vector<std::string>& hostile_strings() {
  static const std::vector<std::string> strings = [] {
    std::vector<std::string> out = {
        "a\r\nBcc: victim@c.example",
        "a\nBcc: victim@c.example",
        "a\rBcc: victim@c.example",
        "a\r\n\r\nbody",
        "a\n\nbody",
        "\r\nBcc: victim@c.example",
        "a\r\n Bcc: folded",
        "a\r\n\tBcc: folded",
        "a\r\n.\r\nMAIL FROM:<x@c.example>",
        "a\n.\nMAIL FROM:<x@c.example>",
        "a\n.\r\nRCPT TO:<x@c.example>",
        "a\r.\rDATA",
        "a\r\n--boundary",
        std::string("a\0Bcc: x", 8),
        "a\xE2\x80\xA8"
        "Bcc: x",
        "a\xE2\x80\xA9"
        "Bcc: x",
        "a\xC2\x85"
        "Bcc: x",
        "a\xE2\x80\xAE"
        "moc.x",
        "a\xE2\x80\xAD"
        "x",
        "a\xE2\x81\xA6"
        "x",
        "a\xE2\x81\xA9"
        "x",
        "a\xC0\x8D\xC0\x8A"
        "Bcc: x",
        "a\xC0\x8A"
        "Bcc: x",
        "a\xE0\x80\x8A"
        "Bcc: x",
        "a\xFF",
        "a\xC3",
        "a\xED\xA0\x80",
        "a\xF5\x80\x80\x80",
        "a\x7F",
        std::string(2000, 'a'),
    };
    for (char c = 1; c < 0x20; ++c) out.push_back(std::string("x") + c + "y");
    for (int c = 0x80; c < 0xa0; ++c)
      out.push_back(std::string("x\xC2") + static_cast<char>(c) + "y");
    return out;
  }();
  return strings;
}

TEST(Mailer, NothingHostileGetsIntoAHeader) {
  ASSERT_GE(hostile_strings().size(), 60u);
  using Set = void (*)(Mail&, const std::string&);
  const Set kFields[] = {
      [](Mail& m, const std::string& s) { m.subject = s; },
      [](Mail& m, const std::string& s) { m.from_name = s; },
      [](Mail& m, const std::string& s) { m.from = s; },
      [](Mail& m, const std::string& s) { m.to = s; },
      [](Mail& m, const std::string& s) { m.to = "abuse@isp.example" + s; },
      [](Mail& m, const std::string& s) { m.message_id = s + "@hotline.example"; },
      [](Mail& m, const std::string& s) { m.in_reply_to = s + "@hotline.example"; },
      [](Mail& m, const std::string& s) { m.language = s; },
      [](Mail& m, const std::string& s) { m.attachments = {{s, "text/plain", "x"}}; },
      [](Mail& m, const std::string& s) { m.attachments = {{"x", "text/" + s, "x"}}; },
  };
  for (const auto& text : hostile_strings())
    for (const auto set : kFields) {
      auto mail = plain_mail();
      set(mail, text);
      const auto message = compose(mail);
      ASSERT_FALSE(message) << hex(text) << "\n" << *message;
      EXPECT_EQ(message.error().kind, ErrorKind::invalid);
    }
}

TEST(Mailer, AHostileBodyStaysABody) {
  for (const auto& text : hostile_strings()) {
    auto mail = plain_mail();
    mail.text = "Hello\n" + text + "\nFrom here\n.\n";
    mail.attachments = {{"note.txt", "text/plain", text}};
    const auto message = compose(mail);
    ASSERT_TRUE(message);
    EXPECT_EQ(replace_all(*message, "\r\n", "").find_first_of("\r\n"), std::string::npos)
        << "a bare line break";
    EXPECT_EQ(message->find("\r\n.\r\n"), std::string::npos);
    EXPECT_EQ(header_lines(*message).size(),
              header_lines(*compose([] {
                auto other = plain_mail();
                other.attachments = {{"note.txt", "text/plain", "x"}};
                return other;
              }()))
                  .size());
    for (const char c : *message) EXPECT_NE(c, '\0');
  }
}

TEST(Mailer, TheSameMailIsTheSameBytes) {
  auto mail = plain_mail();
  mail.attachments = {{"xarf.json", "application/json", "{\"a\":1}"}, {"b.txt", "text/plain", "b"}};
  EXPECT_EQ(*compose(mail), *compose(mail));
  auto other = mail;
  other.message_id = "ntc_02.1@hotline.example";
  EXPECT_NE(*compose(mail), *compose(other));
}

TEST(Mailer, HeadersSayWhatTheMailSays) {
  auto mail = plain_mail();
  mail.in_reply_to = "ntc_00.1@hotline.example";
  mail.subject = "R\xC3\xA9ponse n\xC2\xB0 7";
  const auto lines = header_lines(*compose(mail));
  const auto has = [&](const std::string& line) {
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  };
  EXPECT_TRUE(has("From: Hotline <notices@hotline.example>"));
  EXPECT_TRUE(has("To: abuse@isp.example"));
  EXPECT_TRUE(has("Message-Id: <ntc_01.1@hotline.example>"));
  EXPECT_TRUE(has("In-Reply-To: <ntc_00.1@hotline.example>"));
  EXPECT_TRUE(has("References: <ntc_00.1@hotline.example>"));
  EXPECT_TRUE(has("Date: Tue, 01 Jan 2030 00:00:00 +0000"));
  EXPECT_TRUE(has("Auto-Submitted: auto-generated"));
  EXPECT_TRUE(has("Content-Language: en"));
  for (const auto& line : lines)
    for (const char c : line) EXPECT_LT(static_cast<unsigned char>(c), 0x7f);
}

TEST(Mailer, ATextWithAttachmentsIsMultipartMixed) {
  auto mail = plain_mail();
  mail.text =
      "Gr\xC3\xBC\xC3\x9F"
      "e " +
      std::string(200, 'x') + "\nFrom the start\n..\n=_x";
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  mail.attachments = {{"xarf.json", "application/json", "{}"},
                      {"all.bin", "application/octet-stream", all}};
  const auto message = compose(mail);
  ASSERT_TRUE(message);
  EXPECT_NE(message->find("Content-Type: multipart/mixed;\r\n\tboundary=\"=_"), std::string::npos)
      << *message;
  EXPECT_NE(message->find("Content-Transfer-Encoding: quoted-printable"), std::string::npos);
  EXPECT_NE(message->find("filename=xarf.json"), std::string::npos);
  std::string encoded = base64(all);
  EXPECT_NE(replace_all(*message, "\r\n", "").find(encoded), std::string::npos);
  for (const auto line : split(*message, '\n')) EXPECT_LE(line.size(), 200u);
  EXPECT_TRUE(message->ends_with("\r\n"));
}

TEST(Mailer, AMailArrivesAsComposed) {
  SmtpDouble server;
  auto mail = plain_mail();
  mail.text = "one\n.\n..two\n";
  const auto reply = open_mailer("127.0.0.1", server.port())->send(mail);
  ASSERT_TRUE(reply) << reply.error().sentence;
  EXPECT_EQ(*reply, "250 2.0.0 taken");
  ASSERT_EQ(server.received().size(), 1u);
  EXPECT_EQ(server.received()[0].from, "MAIL FROM:<notices@hotline.example>");
  EXPECT_EQ(server.received()[0].to, "RCPT TO:<abuse@isp.example>");
  EXPECT_EQ(server.received()[0].message, *compose(mail));
}

TEST(Mailer, ARefusalForGoodIsInvalidAndAnythingElseUnavailable) {
  const auto kind_of = [](const SmtpDouble::Script& script) {
    SmtpDouble server(script);
    return open_mailer("127.0.0.1", server.port())->send(plain_mail()).error().kind;
  };
  EXPECT_EQ(kind_of({.recipient = "550 5.1.1 nobody here"}), ErrorKind::invalid);
  EXPECT_EQ(kind_of({.sender = "553 5.1.8 not you"}), ErrorKind::invalid);
  EXPECT_EQ(kind_of({.end = "554 5.7.1 content refused"}), ErrorKind::invalid);
  EXPECT_EQ(kind_of({.recipient = "451 4.3.0 later"}), ErrorKind::unavailable);
  EXPECT_EQ(kind_of({.greeting = "554 no service"}), ErrorKind::unavailable);
  EXPECT_EQ(kind_of({.end = "421 4.3.2 closing"}), ErrorKind::unavailable);
  EXPECT_EQ(kind_of({.end = ""}), ErrorKind::unavailable);  // Closes without an answer.
  EXPECT_EQ(open_mailer("127.0.0.1", 1)->send(plain_mail()).error().kind, ErrorKind::unavailable);
  auto mail = plain_mail();
  mail.to = "a@b.example, c@d.example";
  EXPECT_EQ(open_mailer("127.0.0.1", 1)->send(mail).error().kind, ErrorKind::invalid);
}

// A folder of its own, gone at the end.
struct Folder {
  std::string path = [] {
    std::string name = ::testing::TempDir() + "/taken-XXXXXX";
    return std::string(::mkdtemp(name.data()));
  }();
  ~Folder() { std::filesystem::remove_all(path); }
};

TEST(Mailer, WhatTheServerTookIsMarkedBeforeQuit) {
  const Folder folder;
  const auto marks = *TakenMarks::open(folder.path + "/taken");
  const auto mail = plain_mail();
  int quits = 0;
  bool marked = false;
  SmtpDouble server({.on_quit = [&] {
    ++quits;
    marked = marks.has(mail.message_id);
    return false;  // The connection breaks here: the mail is taken all the same.
  }});
  EXPECT_FALSE(marks.has(mail.message_id));
  const auto reply = open_mailer("127.0.0.1", server.port(), marks)->send(mail);
  ASSERT_TRUE(reply) << reply.error().sentence;
  EXPECT_EQ(*reply, "250 2.0.0 taken");
  EXPECT_EQ(quits, 1);
  EXPECT_TRUE(marked);
}

TEST(Mailer, AMailThatWasTakenNeverLeavesAgain) {
  const Folder folder;
  SmtpDouble server;
  for (int i = 0; i < 3; ++i) {  // Each time a new program over the same folder.
    const auto mailer =
        open_mailer("127.0.0.1", server.port(), *TakenMarks::open(folder.path + "/taken"));
    EXPECT_TRUE(mailer->send(plain_mail()));
  }
  EXPECT_EQ(server.received().size(), 1u);
  auto other = plain_mail();
  other.message_id = "ntc_01.2@hotline.example";
  EXPECT_TRUE(open_mailer("127.0.0.1", server.port(), *TakenMarks::open(folder.path + "/taken"))
                  ->send(other));
  EXPECT_EQ(server.received().size(), 2u);
}

TEST(Mailer, WhatTheServerDidNotTakeIsNotMarked) {
  const SmtpDouble::Script kScripts[] = {{.recipient = "550 5.1.1 nobody here"},
                                         {.end = "554 5.7.1 content refused"},
                                         {.end = "451 4.3.0 later"},
                                         {.end = ""},
                                         {.greeting = "421 busy"}};
  for (const auto& script : kScripts) {
    const Folder folder;
    const auto marks = *TakenMarks::open(folder.path);
    SmtpDouble server(script);
    const auto mailer = open_mailer("127.0.0.1", server.port(), marks);
    EXPECT_FALSE(mailer->send(plain_mail()));
    EXPECT_FALSE(marks.has(plain_mail().message_id)) << script.end;
  }
}

TEST(Mailer, OldMarksGoWhenTheFolderIsOpened) {
  const Folder folder;
  const auto marks = *TakenMarks::open(folder.path);
  ASSERT_TRUE(marks.set("old@hotline.example"));
  for (const auto& mark : std::filesystem::directory_iterator(folder.path))
    std::filesystem::last_write_time(mark.path(),
                                     mark.last_write_time() - std::chrono::hours(24 * 91));
  ASSERT_TRUE(marks.set("new@hotline.example"));
  ASSERT_TRUE(TakenMarks::open(folder.path));
  EXPECT_FALSE(marks.has("old@hotline.example"));
  EXPECT_TRUE(marks.has("new@hotline.example"));
}

TEST(Mailer, OnlyPlainAddressesAreAddresses) {
  for (const char* good : {"abuse@isp.example", "a.b+c@x-y.isp.example", "A_b=c@isp.example"})
    EXPECT_TRUE(strict_email(good)) << good;
  EXPECT_EQ(*strict_email("Abuse@ISP.Example"), "Abuse@isp.example");
  for (const char* bad : {"",
                          "@",
                          "a@",
                          "@b.example",
                          "a",
                          "a@b",
                          "a b@c.example",
                          "a@b .example",
                          " a@b.example",
                          "a@b.example ",
                          "\"a\"@b.example",
                          "a(c)@b.example",
                          "<a@b.example>",
                          "N <a@b.example>",
                          "a@b.example,c@d.example",
                          "a@b.example;c@d.example",
                          "a@b@c.example",
                          "a..b@c.example",
                          ".a@c.example",
                          "a.@c.example",
                          "a@.c.example",
                          "a@c..example",
                          "a@c.example.",
                          "a@-c.example",
                          "a@c-.example",
                          "a@[192.0.2.7]",
                          "a@192.0.2.7",
                          "a@c_d.example",
                          "g:a@c.example;",
                          "mailto:a@c.example",
                          "a@c.example\n",
                          "a\r@c.example",
                          "=?utf-8?q?a?=@c.example(",
                          "a@c.example%0a",
                          "\xC3\xA9@c.example",
                          "a@\xC3\xA9.example",
                          "a\\@c.example",
                          "a@c.example>b",
                          "a,b@c.example"})
    EXPECT_FALSE(strict_email(bad)) << bad;
  EXPECT_FALSE(strict_email(std::string(65, 'a') + "@c.example"));
  EXPECT_FALSE(strict_email("a@" + std::string(64, 'a') + ".example"));
  EXPECT_FALSE(strict_email(std::string("a@c.example\0", 12)));
}

}  // namespace
}  // namespace hotline::net
