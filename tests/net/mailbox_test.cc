#include "net/mailbox.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "net/imap_double.h"
#include "net/mail_reader.h"

namespace hotline::net {
namespace {

namespace files = std::filesystem;

std::string mail(const std::string& head, const std::string& text = "http://gallery.example/a") {
  return "From: Desk <Desk@Partner.example>\r\nMessage-ID: <m1@partner.example>\r\n" + head +
         "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\r\n";
}

TEST(MailReader, ReadsSenderIdAndText) {
  const auto read = read_mail(mail(""), "mx.hotline.example");
  ASSERT_TRUE(read) << read.error().sentence;
  EXPECT_EQ(read->from, "desk@partner.example");
  EXPECT_EQ(read->key, "m1@partner.example");
  EXPECT_NE(read->text.find("http://gallery.example/a"), std::string::npos);
  EXPECT_EQ(read->attachments, 0);
  EXPECT_FALSE(read->automatic);
}

TEST(MailReader, OnlyTheTopmostResultOfOurOwnServerCounts) {
  const std::string ours =
      "Authentication-Results: mx.hotline.example; dkim=pass (2048-bit key) "
      "header.d=partner.example header.s=k1; spf=fail\r\n";
  const std::string none = "Authentication-Results: mx.hotline.example; dkim=none\r\n";
  const std::string theirs =
      "Authentication-Results: mx.else.example; dkim=pass header.d=partner.example\r\n";
  EXPECT_EQ(read_mail(mail(ours), "mx.hotline.example")->dkim_domains,
            std::vector<std::string>{"partner.example"});
  EXPECT_TRUE(read_mail(mail(none + ours), "mx.hotline.example")->dkim_domains.empty());
  EXPECT_TRUE(read_mail(mail(theirs), "mx.hotline.example")->dkim_domains.empty());
  EXPECT_TRUE(read_mail(mail(theirs + ours), "mx.hotline.example")->dkim_domains.empty());
  EXPECT_TRUE(read_mail(mail(ours), "")->dkim_domains.empty());
}

TEST(MailReader, ResultsAreReadAsRfc8601WritesThem) {
  const auto passes = [](std::string_view value) { return dkim_passes(value, "mx.example"); };
  EXPECT_EQ(passes("mx.example 1; dkim=pass header.d=A.example; dkim=pass header.d=b.example"),
            (std::vector<std::string>{"a.example", "b.example"}));
  EXPECT_TRUE(passes("mx.example; dkim=fail header.d=a.example").empty());
  EXPECT_TRUE(passes("mx.example; spf=pass (dkim=pass header.d=a.example)").empty());
  EXPECT_TRUE(passes("mx.example; x=\"; dkim=pass header.d=a.example\"").empty() ||
              passes("mx.example; x=\"; dkim=pass header.d=a.example\"").size() == 1);
  EXPECT_TRUE(passes("mx.example.evil.example; dkim=pass header.d=a.example").empty());
  EXPECT_TRUE(passes("mx.example; dkim=pass header.d=a.example/../b").empty());
}

TEST(MailReader, ExactlyOneSender) {
  EXPECT_FALSE(read_mail("From: a@a.example\r\nFrom: b@b.example\r\n\r\nx\r\n", ""));
  EXPECT_FALSE(read_mail("From: a@a.example, b@b.example\r\n\r\nx\r\n", ""));
  EXPECT_FALSE(read_mail("From: nobody\r\n\r\nx\r\n", ""));
  EXPECT_FALSE(read_mail("", ""));
}

TEST(MailReader, AttachmentsAreCountedAndNothingOfThemIsKept) {
  const std::string payload = "UEFZTE9BRC1CWVRFUw==";  // "PAYLOAD-BYTES"
  const std::string bytes =
      "From: desk@partner.example\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
      "--b\r\nContent-Type: text/plain\r\n\r\nhttp://gallery.example/a\r\n"
      "--b\r\nContent-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
      payload +
      "\r\n--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; "
      "filename=a.txt\r\n\r\nPAYLOAD-BYTES\r\n"
      "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nPAYLOAD-BYTES\r\n--b--\r\n";
  const auto read = read_mail(bytes, "");
  ASSERT_TRUE(read) << read.error().sentence;
  EXPECT_EQ(read->attachments, 3);
  EXPECT_EQ(read->text.find("PAYLOAD"), std::string::npos);
  EXPECT_EQ(read->text.find("UEFZ"), std::string::npos);
  EXPECT_NE(read->text.find("gallery.example"), std::string::npos);
}

TEST(MailReader, BouncesAndMachinesAreKnown) {
  for (const std::string head : {"Auto-Submitted: auto-replied\r\n", "Precedence: bulk\r\n",
                                 "Return-Path: <>\r\n", "List-Id: <l.example>\r\n"})
    EXPECT_TRUE(read_mail(mail(head), "")->automatic) << head;
  EXPECT_FALSE(read_mail(mail("Auto-Submitted: no\r\n"), "")->automatic);
}

TEST(Maildir, GivesTheOldestFirstAndDeletesForGood) {
  const auto folder = files::temp_directory_path() / ("maildir_" + std::to_string(::getpid()));
  files::remove_all(folder);
  EXPECT_FALSE(open_maildir(folder.string()));
  files::create_directories(folder / "new");
  files::create_directories(folder / "cur");
  std::ofstream(folder / "new" / "1002.b") << "b";
  std::ofstream(folder / "cur" / "1001.a:2,S") << "a";
  std::ofstream(folder / "new" / "1003.c") << std::string(2 * kMailBytesMax, 'c');
  std::ofstream(folder / "new" / ".hidden") << "x";
  const auto mailbox = open_maildir(folder.string());
  ASSERT_TRUE(mailbox);
  const auto names = *(*mailbox)->waiting(10);
  ASSERT_EQ(names.size(), 3u);
  EXPECT_EQ(*(*mailbox)->read(names[0]), "a");
  EXPECT_EQ((*mailbox)->read(names[2])->size(), kMailBytesMax);
  for (const auto& name : names) EXPECT_TRUE((*mailbox)->remove(name));
  EXPECT_TRUE((*mailbox)->remove(names[0]));
  EXPECT_EQ((*mailbox)->read(names[0]).error().kind, ErrorKind::not_found);
  EXPECT_TRUE((*mailbox)->waiting(10)->empty());
  files::remove_all(folder);
}

TEST(Imap, FetchesABeginningAndDeletes) {
  ImapDouble server({{7, mail("")}, {9, mail("", std::string(600'000, 'x'))}});
  const auto mailbox = open_imap(
      {"imap://127.0.0.1:" + std::to_string(server.port()) + "/INBOX", "reports", "secret"});
  ASSERT_TRUE(mailbox);
  const auto names = (*mailbox)->waiting(10);
  ASSERT_TRUE(names) << names.error().sentence;
  EXPECT_EQ(*names, (std::vector<std::string>{"7", "9"}));
  const auto bytes = (*mailbox)->read("7");
  ASSERT_TRUE(bytes) << bytes.error().sentence;
  EXPECT_EQ(read_mail(*bytes, "")->from, "desk@partner.example");
  const auto large = (*mailbox)->read("9");
  ASSERT_TRUE(large) << large.error().sentence;
  EXPECT_LE(large->size(), kMailBytesMax);
  EXPECT_TRUE((*mailbox)->remove("7"));
  EXPECT_EQ(server.mails().size(), 1u);
  bool partial = false;
  for (const auto& command : server.asked())
    partial = partial || command.find("<0.262144>") != std::string::npos;
  EXPECT_TRUE(partial);
}

TEST(Imap, OnlyEncryptedUnlessItIsThisMachine) {
  EXPECT_FALSE(open_imap({"imap://mail.example/INBOX", "u", "p"}));
  EXPECT_FALSE(open_imap({"imaps://mail.example/INBOX;UID=1", "u", "p"}));
  EXPECT_FALSE(open_imap({"http://127.0.0.1/", "u", "p"}));
  EXPECT_TRUE(open_imap({"imaps://mail.example/INBOX", "u", "p"}));
}

}  // namespace
}  // namespace hotline::net
