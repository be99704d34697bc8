#include "receiver/receiver.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"

namespace hotline::receiver {
namespace {

namespace fs = std::filesystem;

const Instant kNow(std::chrono::seconds(1893456000));
constexpr const char* kLocation = "https://images.isp.example/a/sunset.png";

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class ReceiverTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("receiver_" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    put("a/sunset.png", "a sunset");
    put("copies/again.png", "a sunset");
    put("b/hill.png", "a hill");
    put("album/index.html", "an album");
  }
  void TearDown() override { fs::remove_all(folder_); }

  void put(const std::string& name, const std::string& bytes) {
    const fs::path path = folder_ / "www" / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }
  bool is_there(const std::string& name) const { return fs::exists(folder_ / "www" / name); }

  Config config(const std::string& more = "") {
    const auto path = folder_ / "receiver.toml";
    std::ofstream(path) << more << "name = \"ISP Example\"\nstate = \""
                        << (folder_ / "state").string()
                        << "\"\n[[site]]\nhosts = [\"images.isp.example\"]\n"
                        << "root = \"" << (folder_ / "www").string()
                        << "\"\n[[trust]]\nname = \"Hotline\"\n"
                        << "key = \"" << base64(keys_.public_key) << "\"\n";
    auto loaded = load_config(path.string());
    EXPECT_TRUE(loaded) << loaded.error().sentence;
    return *loaded;
  }
  std::unique_ptr<Receiver> start(const std::string& more = "") {
    auto receiver = Receiver::open(config(more), clock_);
    EXPECT_TRUE(receiver) << receiver.error().sentence;
    (*receiver)->rescan();
    return std::move(*receiver);
  }
  push::Notice notice(const std::string& id = "ntc_01.first.1") {
    push::Notice notice;
    notice.id = id;
    notice.reference = "NTC-01";
    notice.sent_at = kNow;
    notice.locations = {kLocation};
    notice.items = {{"", "", hex(crypto::sha256("a sunset"))}};
    return notice;
  }
  Result<push::Receipt> push(Receiver& receiver, const push::Notice& notice) {
    const auto body = to_json(notice);
    TRY(answer, receiver.take(push::sign(keys_, notice.id, clock_.now(), body), body));
    TRY_DONE(push::verify(receiver.public_key(), answer.signature, answer.body, clock_.now()));
    TRY(receipt, push::parse_receipt(answer.body));
    EXPECT_EQ(receipt.id, notice.id);
    return receipt;
  }

  fs::path folder_;
  FakeClock clock_{kNow};
  crypto::SigningKeys keys_ = crypto::make_signing_keys();
};

TEST_F(ReceiverTest, TakesAwayWhatTheAddressLeadsToAndEachCopy) {
  const auto receiver = start();
  const auto receipt = push(*receiver, notice());
  ASSERT_TRUE(receipt) << receipt.error().sentence;
  EXPECT_TRUE(receipt->all_done());
  EXPECT_EQ(receipt->count(push::Deed::disabled), 2);
  EXPECT_EQ(receipt->actions[0].location, kLocation);
  EXPECT_EQ(receipt->actions[1].location, "");
  EXPECT_EQ(receipt->notice_digest, hex(crypto::sha256(to_json(notice()))));
  EXPECT_EQ(receipt->receiver, "ISP Example");
  EXPECT_FALSE(is_there("a/sunset.png"));
  EXPECT_FALSE(is_there("copies/again.png"));
  EXPECT_TRUE(is_there("b/hill.png"));
  // Law enforcement may ask for it: it is kept, byte for byte.
  int kept = 0;
  for (const auto& file : fs::directory_iterator(folder_ / "state" / "kept")) {
    EXPECT_EQ(content(file.path()), "a sunset");
    ++kept;
  }
  EXPECT_EQ(kept, 2);
}

TEST_F(ReceiverTest, ARepeatGetsTheSameReceiptAndAReminderTheSameAnswer) {
  const auto first = push(*start(), notice());
  ASSERT_TRUE(first);
  clock_.advance(std::chrono::hours(1));
  put("a/sunset.png", "something else");
  const auto receiver = start();  // A new program on the same state.
  const auto again = push(*receiver, notice());
  ASSERT_TRUE(again);
  EXPECT_EQ(to_json(*again), to_json(*first));
  EXPECT_TRUE(is_there("a/sunset.png"));
  fs::remove(folder_ / "www/a/sunset.png");
  const auto reminder = push(*receiver, notice("ntc_01.reminder.1"));
  ASSERT_TRUE(reminder);
  EXPECT_EQ(reminder->count(push::Deed::disabled), 2);
  EXPECT_EQ(reminder->count(push::Deed::not_found), 0);
}

TEST_F(ReceiverTest, WhatAnAddressLedToIsNotCountedAgainByItsDigest) {
  fs::remove(folder_ / "www/copies/again.png");
  const auto receipt = push(*start(), notice());
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->actions.size(), 1u);
}

TEST_F(ReceiverTest, WhatAppearsLaterWithANamedDigestGoesToo) {
  const auto receiver = start();
  ASSERT_TRUE(push(*receiver, notice()));
  put("new/place.png", "a sunset");
  put("new/other.png", "a lake");
  EXPECT_EQ(receiver->rescan(), 1);
  EXPECT_FALSE(is_there("new/place.png"));
  EXPECT_TRUE(is_there("new/other.png"));
  EXPECT_EQ(start()->rescan(), 0);
  put("new/place.png", "a sunset");
  EXPECT_EQ(start()->files(), 4u);  // It was taken at once by the new program as well.
  EXPECT_FALSE(is_there("new/place.png"));
}

TEST_F(ReceiverTest, AWithdrawalPutsItBackAndForgetsTheDigest) {
  const auto receiver = start();
  ASSERT_TRUE(push(*receiver, notice()));
  auto withdrawal = notice("ntc_01.withdrawal.1");
  withdrawal.kind = push::Kind::withdrawal;
  const auto receipt = push(*receiver, withdrawal);
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->count(push::Deed::restored), 2);
  EXPECT_EQ(content(folder_ / "www/a/sunset.png"), "a sunset");
  EXPECT_EQ(content(folder_ / "www/copies/again.png"), "a sunset");
  EXPECT_EQ(receiver->rescan(), 0);
  EXPECT_EQ(start()->rescan(), 0);
  EXPECT_TRUE(is_there("a/sunset.png"));
}

TEST_F(ReceiverTest, AWithdrawalNeverOverwritesWhatWasPutThereSince) {
  const auto receiver = start();
  ASSERT_TRUE(push(*receiver, notice()));
  put("a/sunset.png", "a new picture");
  auto withdrawal = notice("ntc_01.withdrawal.1");
  withdrawal.kind = push::Kind::withdrawal;
  const auto receipt = push(*receiver, withdrawal);
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->count(push::Deed::restored), 1);
  EXPECT_EQ(receipt->count(push::Deed::failed), 1);
  EXPECT_EQ(content(folder_ / "www/a/sunset.png"), "a new picture");
}

TEST_F(ReceiverTest, NothingIsFoundAndSaidSo) {
  const auto receiver = start();
  auto other = notice();
  other.locations = {"https://images.isp.example/nothing.png",
                     "https://elsewhere.example/a/sunset.png", "nonsense"};
  other.items = {{"", "", hex(crypto::sha256("a lake"))}};
  const auto receipt = push(*receiver, other);
  ASSERT_TRUE(receipt);
  EXPECT_FALSE(receipt->all_done());
  EXPECT_EQ(receipt->count(push::Deed::not_found), 4);
  EXPECT_TRUE(is_there("a/sunset.png"));
}

TEST_F(ReceiverTest, AFolderIsItsIndexPage) {
  const auto receiver = start();
  auto album = notice();
  album.locations = {"http://images.isp.example/album"};
  album.items.clear();
  const auto receipt = push(*receiver, album);
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->count(push::Deed::disabled), 1);
  EXPECT_FALSE(is_there("album/index.html"));
}

TEST_F(ReceiverTest, APageMayBeServedWithoutItsEnding) {
  put("walks/lake.html", "a lake");
  auto page = notice();
  page.locations = {"http://images.isp.example/walks/lake?from=mail#top"};
  page.items.clear();
  const auto receipt = push(*start(), page);
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->count(push::Deed::disabled), 1);
  EXPECT_FALSE(is_there("walks/lake.html"));
}

TEST_F(ReceiverTest, NothingOutsideTheFolderIsEverTouched) {
  const fs::path secret = folder_ / "secret.txt";
  std::ofstream(secret) << "not served";
  fs::create_directory_symlink(folder_, folder_ / "www/out");
  fs::create_symlink(secret, folder_ / "www/link.txt");
  const auto receiver = start();
  for (const char* path :
       {"../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "a/%2e%2e/%2e%2e/secret.txt",
        "out/secret.txt", "out%2fsecret.txt", "a/..%5c..%5csecret.txt", "/%2fsecret.txt",
        "a%00/../secret.txt", "%", "%zz", "//secret.txt"}) {
    auto hostile = notice("ntc_" + hex(path) + ".first.1");
    hostile.locations = {"https://images.isp.example/" + std::string(path)};
    hostile.items = {{"", "", hex(crypto::sha256("not served"))}};
    const auto receipt = push(*receiver, hostile);
    ASSERT_TRUE(receipt) << path;
    EXPECT_EQ(receipt->count(push::Deed::disabled), 0) << path;
    EXPECT_EQ(content(secret), "not served") << path;
  }
  // A link of the customer's is taken away itself; what it points to stays.
  auto link = notice("ntc_link.first.1");
  link.locations = {"https://images.isp.example/link.txt"};
  link.items.clear();
  EXPECT_TRUE(push(*receiver, link));
  EXPECT_EQ(content(secret), "not served");
}

TEST_F(ReceiverTest, OnlyTrustedKeysAreObeyed) {
  const auto receiver = start();
  const auto body = to_json(notice());
  const auto others = crypto::make_signing_keys();
  const auto refused = [&](const push::Signature& signature, const std::string& bytes) {
    const auto answer = receiver->take(signature, bytes);
    return !answer && answer.error().kind == ErrorKind::forbidden;
  };
  EXPECT_TRUE(refused(push::sign(others, notice().id, kNow, body), body));
  EXPECT_TRUE(refused(push::sign(keys_, notice().id, kNow - std::chrono::hours(1), body), body));
  EXPECT_TRUE(refused(push::sign(keys_, notice().id, kNow, body), body + " "));
  EXPECT_TRUE(refused({}, body));
  const auto other_id = receiver->take(push::sign(keys_, "ntc_02.first.1", kNow, body), body);
  ASSERT_FALSE(other_id);
  EXPECT_EQ(other_id.error().kind, ErrorKind::invalid);
  EXPECT_TRUE(is_there("a/sunset.png"));
}

TEST_F(ReceiverTest, DeletesWhereTheHostWantsThat) {
  const auto receipt = push(*start("action = \"remove\"\n"), notice());
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->count(push::Deed::removed), 2);
  EXPECT_FALSE(is_there("a/sunset.png"));
  EXPECT_TRUE(fs::is_empty(folder_ / "state/kept"));
}

TEST_F(ReceiverTest, TheHostsOwnProgramDoesItAndMayFail) {
  const auto hook = folder_ / "hook.sh";
  std::ofstream(hook) << "#!/bin/sh\necho \"$1 $2 $4\" >> " << (folder_ / "calls").string()
                      << "\ncase $2 in */copies/*) exit 1;; esac\nmv \"$2\" \"$2.off\"\n";
  fs::permissions(hook, fs::perms::owner_all);
  const auto receipt =
      push(*start("action = \"hook\"\nhook = [\"" + hook.string() + "\"]\n"), notice());
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->count(push::Deed::hooked), 1);
  EXPECT_EQ(receipt->count(push::Deed::failed), 1);
  EXPECT_FALSE(receipt->all_done());
  EXPECT_FALSE(is_there("a/sunset.png"));
  EXPECT_NE(content(folder_ / "calls")
                .find("take " + (folder_ / "www/a/sunset.png").string() + " NTC-01"),
            std::string::npos);
}

TEST_F(ReceiverTest, KilledBeforeTheReceiptTheRepeatFinishesIt) {
  {
    const auto receiver = start();
    ASSERT_TRUE(push(*receiver, notice()));
  }
  // As if it had been killed after the deeds, before the receipt: and with half a line at the end.
  fs::remove_all(folder_ / "state/receipts");
  std::ofstream(folder_ / "state/deeds.jsonl", std::ios::app) << "{\"refer";
  const auto receipt = push(*start(), notice());
  ASSERT_TRUE(receipt) << receipt.error().sentence;
  EXPECT_EQ(receipt->count(push::Deed::disabled), 2);
  EXPECT_TRUE(receipt->all_done());
}

TEST_F(ReceiverTest, SettingsThatAreWrongAreNamed) {
  const auto path = (folder_ / "bad.toml").string();
  const auto sentence = [&](const std::string& text) {
    std::ofstream(path) << text;
    const auto loaded = load_config(path);
    return loaded ? std::string() : loaded.error().sentence;
  };
  EXPECT_EQ(load_config("/nowhere.toml").error().kind, ErrorKind::not_found);
  EXPECT_NE(sentence("name = ").find("line 1"), std::string::npos);
  EXPECT_NE(sentence("state = \"x\"").find("name"), std::string::npos);
  EXPECT_NE(sentence("name = \"x\"").find("state"), std::string::npos);
  EXPECT_NE(sentence("name = \"x\"\nstate = \"y\"").find("[[site]]"), std::string::npos);
  EXPECT_NE(sentence("action = \"burn\"").find("action"), std::string::npos);
  EXPECT_NE(sentence("action = \"hook\"").find("hook"), std::string::npos);
  EXPECT_NE(sentence("[[site]]\nhosts = [\"a\"]\nroot = \"/nowhere\"").find("root"),
            std::string::npos);
  EXPECT_NE(sentence("[[trust]]\nkey = \"AAAA\"").find("key"), std::string::npos);
}

}  // namespace
}  // namespace hotline::receiver
