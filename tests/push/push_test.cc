#include "push/push.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace hotline::push {
namespace {

const Instant kNow(std::chrono::seconds(1893456000));

Notice a_notice() {
  Notice notice;
  notice.id = "ntc_01.first.1";
  notice.reference = "NTC-01";
  notice.organisation = "Hotline \"of\" Test\n";
  notice.contact = "notices@hotline.example";
  notice.category = "A";
  notice.baseline = true;
  notice.sent_at = kNow;
  notice.locations = {"https://images.isp.example/a%20b.png", "https://images.isp.example/c?d=e"};
  notice.items = {{std::string(32, 'a'), std::string(40, 'b'), std::string(64, 'c')},
                  {"", "", std::string(64, 'd')}};
  notice.answer_link = "https://hotline.example/n/x";
  notice.subject = "[NTC-01] Please remove";
  notice.text = "Two\nlines\xC3\xA9";
  return notice;
}

TEST(Push, ANoticeIsReadAsWritten) {
  const auto notice = a_notice();
  const auto read = parse_notice(to_json(notice));
  ASSERT_TRUE(read) << read.error().sentence;
  EXPECT_EQ(to_json(*read), to_json(notice));
  EXPECT_EQ(read->locations, notice.locations);
  EXPECT_EQ(read->items[1].sha256, notice.items[1].sha256);
  EXPECT_TRUE(read->baseline);
}

TEST(Push, AReceiptIsReadAsWritten) {
  Receipt receipt{"ntc_01.first.1",
                  "NTC-01",
                  std::string(64, '0'),
                  "ISP Example",
                  kNow,
                  kNow + std::chrono::milliseconds(7),
                  {}};
  for (const auto deed : kDeeds) receipt.actions.push_back({"https://a.example/", "", deed});
  receipt.actions.push_back({"", std::string(64, 'e'), Deed::disabled});
  const auto read = parse_receipt(to_json(receipt));
  ASSERT_TRUE(read) << read.error().sentence;
  EXPECT_EQ(to_json(*read), to_json(receipt));
  EXPECT_EQ(read->finished_at - read->received_at, std::chrono::milliseconds(7));
  EXPECT_EQ(read->count(Deed::disabled), 2);
  EXPECT_FALSE(read->all_done());  // One of them failed.
}

TEST(Push, AllDoneNeedsADeedAndNoFailure) {
  Receipt receipt;
  EXPECT_FALSE(receipt.all_done());
  receipt.actions = {{"", "", Deed::not_found}};
  EXPECT_FALSE(receipt.all_done());
  receipt.actions.push_back({"", "", Deed::hooked});
  EXPECT_TRUE(receipt.all_done());
}

TEST(Push, WhatIsNoSuchDocumentIsInvalid) {
  const std::string good = to_json(a_notice());
  const auto without = [&](std::string_view part, std::string_view instead) {
    const auto changed = replace_all(good, part, instead);
    EXPECT_NE(changed, good) << part;
    return changed;
  };
  const std::string bad[] = {"",
                             "{}",
                             "[]",
                             "null",
                             good.substr(0, good.size() - 1),
                             without("hotline-notice/1", "hotline-notice/2"),
                             without("\"first\"", "\"second\""),
                             without("ntc_01.first.1", "../../etc"),
                             without("ntc_01.first.1", ""),
                             without("\"NTC-01\"", "7"),
                             without(std::string(64, 'c'), std::string(64, 'C')),
                             without(std::string(64, 'c'), std::string(63, 'c')),
                             without("2030-01-01T00:00:00", "yesterday"),
                             std::string(kBodyBytesMax + 1, ' ') + good};
  for (const auto& body : bad) {
    const auto read = parse_notice(body);
    ASSERT_FALSE(read) << body.substr(0, 300);
    EXPECT_EQ(read.error().kind, ErrorKind::invalid);
    EXPECT_FALSE(parse_receipt(body));
  }
}

TEST(Push, OnlyThePinnedKeyTheSameBytesAndTheSameTimeAreTrusted) {
  const auto keys = crypto::make_signing_keys(), others = crypto::make_signing_keys();
  const std::string body = to_json(a_notice());
  const auto signature = sign(keys, "ntc_01.first.1", kNow, body);
  const auto good = [&](const Signature& s, std::string_view b, Instant now) {
    return verify(keys.public_key, s, b, now).has_value();
  };
  EXPECT_TRUE(good(signature, body, kNow));
  EXPECT_TRUE(good(signature, body, kNow + kClockTolerance));
  EXPECT_FALSE(good(signature, body, kNow + kClockTolerance + std::chrono::seconds(1)));
  EXPECT_FALSE(good(signature, body, kNow - kClockTolerance - std::chrono::seconds(1)));
  EXPECT_FALSE(good(signature, body + " ", kNow));
  EXPECT_FALSE(verify(others.public_key, signature, body, kNow));
  auto changed = signature;
  changed.id = "ntc_02.first.1";
  EXPECT_FALSE(good(changed, body, kNow));
  changed = signature;
  changed.timestamp = std::to_string(1893456001);
  EXPECT_FALSE(good(changed, body, kNow));
  for (const char* time : {"", "x", "-1", "99999999999999999", "9223372036854775807", "1e9"}) {
    changed.timestamp = time;
    EXPECT_FALSE(good(changed, body, kNow)) << time;
  }
  for (const char* value : {"", "v1a,", "v1a,!!", "v1,AAAA", "v1a"}) {
    changed = signature;
    changed.value = value;
    EXPECT_FALSE(good(changed, body, kNow)) << value;
  }
  // Two keys are in use while one replaces the other.
  changed = signature;
  changed.value = sign(others, "ntc_01.first.1", kNow, body).value + " " + signature.value;
  EXPECT_TRUE(good(changed, body, kNow));
}

}  // namespace
}  // namespace hotline::push
