#include "intake/drop.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "base/text.h"
#include "intake/batch.h"
#include "intake/receipt.h"

namespace hotline::intake {
namespace {

namespace files = std::filesystem;

constexpr const char* kId = "0123456789abcdef";

class DropTest : public ::testing::Test {
 protected:
  DropTest() : folder_(files::temp_directory_path() / ("drop_" + std::to_string(::getpid()))) {
    files::remove_all(folder_);
  }
  ~DropTest() override { files::remove_all(folder_); }
  std::unique_ptr<Drop> drop(std::int64_t reserve = 0) {
    auto made = Drop::open(folder_.string(), keys_.public_key, reserve);
    EXPECT_TRUE(made);
    return *std::move(made);
  }
  DropReader reader() { return *DropReader::open(folder_.string(), keys_); }
  static Submission submission() {
    Submission made;
    made.addresses = {"hxxp://gallery[.]example/a <b>", "شيء"};
    made.remarks = "A \"remark\"\nin two lines";
    made.email = Sensitive<std::string>("person@mail.example");
    made.topic = "online";
    const auto receipt = Receipt::from_secret("fifteen bytes!!");
    made.parcel = receipt.parcel();
    made.parcel_key = receipt.keys().public_key;
    made.received_at = *parse_rfc3339("2030-03-04T09:41:22Z");
    return made;
  }
  std::size_t file_count() {
    return static_cast<std::size_t>(
        std::distance(files::directory_iterator(folder_), files::directory_iterator()));
  }

  crypto::KeyPair keys_ = crypto::make_box_keys();
  files::path folder_;
};

TEST_F(DropTest, WhatIsPutIsRead) {
  ASSERT_TRUE(drop()->put(kId, submission()));
  const auto batches = *reader().waiting(10);
  ASSERT_EQ(batches.size(), 1u);
  const auto all = reader().read(batches[0]);
  ASSERT_TRUE(all) << all.error().sentence;
  ASSERT_EQ(all->size(), 1u);
  EXPECT_EQ(all->at(0).id, kId);
  const auto& read = all->at(0).submission;
  ASSERT_TRUE(read) << read.error().sentence;
  EXPECT_EQ(read->addresses, submission().addresses);
  EXPECT_EQ(read->remarks, submission().remarks);
  EXPECT_EQ(read->email.reveal(), "person@mail.example");
  EXPECT_EQ(read->parcel_key, submission().parcel_key);
  EXPECT_EQ(rfc3339(read->received_at), "2030-03-04T09:00:00Z");
  ASSERT_TRUE(reader().remove(batches[0]));
  EXPECT_TRUE(reader().waiting(10)->empty());
  EXPECT_TRUE(reader().remove(batches[0]));
}

TEST_F(DropTest, NothingInTheFolderCanBeReadWithoutTheSecretKey) {
  ASSERT_TRUE(drop()->put(kId, submission()));
  const auto batch = reader().waiting(1)->at(0);
  std::ifstream file(folder_ / batch, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  for (const char* word : {"gallery", "person", "remark", "report"})
    EXPECT_EQ(bytes.find(word), std::string::npos) << word;
  const auto stranger = DropReader::open(folder_.string(), crypto::make_box_keys());
  EXPECT_EQ(stranger->read(batch)->at(0).submission.error().kind, ErrorKind::corrupt);
}

TEST_F(DropTest, TheFileTellsTheHourAndNoMore) {
  ASSERT_TRUE(drop()->put(kId, submission()));
  const auto at = files::last_write_time(folder_ / reader().waiting(1)->at(0));
  EXPECT_EQ(at, std::chrono::floor<std::chrono::hours>(at));
}

TEST_F(DropTest, TheSameIdIsOneSubmission) {
  const auto one = drop();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(one->put(kId, submission()));
  EXPECT_EQ(reader().waiting(10)->size(), 1u);
}

TEST_F(DropTest, WhatIsLateWaitsBehindWhatIsNot) {
  const auto one = drop();
  ASSERT_TRUE(one->put("fromaflood000001", submission(), Lane::late));
  ASSERT_TRUE(one->put("fromaperson00001", submission()));
  const auto batches = *reader().waiting(10);
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_EQ(reader().read(batches[0])->at(0).id, "fromaperson00001");
  EXPECT_EQ(reader().read(batches[1])->at(0).id, "fromaflood000001");
}

TEST_F(DropTest, WhatWasLateCanComeForward) {
  const auto one = drop();
  ASSERT_TRUE(one->put(kId, submission(), Lane::late));
  ASSERT_TRUE(one->put(kId, submission()));
  ASSERT_TRUE(one->put(kId, submission(), Lane::late));
  EXPECT_EQ(reader().waiting(10)->size(), 2u);
  EXPECT_EQ(reader().waiting(1)->at(0).front(), 'a');
}

TEST_F(DropTest, AFullDiskIsUnavailableAndLeavesNothing) {
  const auto one = drop(std::int64_t{1} << 60);
  const auto put = one->put(kId, submission());
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(file_count(), 0u);
}

TEST_F(DropTest, AWriteThatFailsIsUnavailableAndLeavesNothing) {
  const auto one = drop();
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{10, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const auto put = one->put(kId, submission());
  setrlimit(RLIMIT_FSIZE, &before);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(file_count(), 0u);
  EXPECT_TRUE(one->put(kId, submission()));
}

TEST_F(DropTest, AFolderThatIsGoneIsUnavailable) {
  const auto one = drop();
  files::remove_all(folder_);
  EXPECT_EQ(one->put(kId, submission()).error().kind, ErrorKind::unavailable);
}

TEST_F(DropTest, HalfAFileOfAKilledPortalIsNoSubmission) {
  const auto one = drop();
  std::ofstream(folder_ / ".tmp-0123") << "half";
  ASSERT_TRUE(one->put(kId, submission()));
  EXPECT_EQ(reader().waiting(10)->size(), 1u);
}

TEST_F(DropTest, ABrokenFileIsSetAside) {
  drop();
  const std::string batch = "a-00000000-000000000000-00000000.batch";
  std::ofstream(folder_ / batch) << "nonsense";
  EXPECT_EQ(reader().read(batch).error().kind, ErrorKind::corrupt);
  ASSERT_TRUE(reader().set_aside(batch));
  EXPECT_TRUE(reader().waiting(10)->empty());
  EXPECT_TRUE(files::exists(folder_ / "broken" / batch));
}

TEST_F(DropTest, ManyAtOnceShareFilesAndAreAllThere) {
  const auto one = drop();
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i)
        EXPECT_TRUE(one->put("thread" + std::to_string(t) + "number" + std::to_string(1000 + i),
                             submission()));
    });
  for (auto& thread : threads) thread.join();
  std::set<std::string> ids;
  const auto batches = *reader().waiting(1000);
  EXPECT_LE(batches.size(), 160u);
  EXPECT_TRUE(std::is_sorted(batches.begin(), batches.end()));
  for (const auto& batch : batches) {
    const auto all = *reader().read(batch);
    for (const auto& each : all) ids.insert(each.id);
  }
  EXPECT_EQ(ids.size(), 160u);
}

TEST(Batch, IsReadBackOrRefusedWhole) {
  const std::string bytes = batch_record(kId, "one\n") + batch_record("fedcba9876543210", "");
  const auto records = read_batch(bytes);
  ASSERT_TRUE(records);
  ASSERT_EQ(records->size(), 2u);
  EXPECT_EQ(records->at(0).sealed, "one\n");
  EXPECT_EQ(records->at(1).id, "fedcba9876543210");
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    if (cut == batch_record(kId, "one\n").size()) continue;
    EXPECT_FALSE(read_batch(std::string_view(bytes).substr(0, cut))) << cut;
  }
  for (const char* text : {"short 3\nabc", "0123456789abcdef -1\n", "0123456789abcdef 99\nx"})
    EXPECT_EQ(read_batch(text).error().kind, ErrorKind::corrupt) << text;
}

TEST_F(DropTest, ThePublicKeyLiesBesideTheSecretOne) {
  const auto keys_folder = (folder_ / "keys").string();
  EXPECT_EQ(drop_public_key(keys_folder).error().kind, ErrorKind::not_found);
  const auto keys = drop_keys(keys_folder);
  ASSERT_TRUE(keys);
  EXPECT_EQ(*drop_public_key(keys_folder), keys->public_key);
  EXPECT_EQ(drop_keys(keys_folder)->public_key, keys->public_key);
}

TEST(Submission, TextsAreCleanedAndClipped) {
  Submission given;
  std::string path = ".example";
  for (int i = 0; i < 1000; ++i) path += "/pathpath";
  given.addresses.assign(50, path);
  for (std::size_t i = 0; i < given.addresses.size(); ++i)
    given.addresses[i].insert(0, std::to_string(i));
  given.remarks = "a\x00\xff b";
  for (int i = 0; i < 5000; ++i) given.remarks += " yyy" + std::string(i % 3, 'z');
  given.door = "window";
  given.topic = "<script>";
  given.language = "xx\"><";
  const auto read = submission_from_json(to_json(given));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->addresses.size(), kAddressesMax);
  EXPECT_EQ(read->addresses[0].size(), kAddressBytesMax);
  EXPECT_LE(read->remarks.size(), kTextBytesMax);
  EXPECT_EQ(read->door, "portal");
  EXPECT_EQ(read->topic, "");
  EXPECT_EQ(read->language, "en");
}

TEST(Submission, AFileInAnAddressLosesItsBytes) {
  Submission given;
  given.addresses = {"data:image/png;base64,iVBORw0KGgo="};
  given.remarks = "DATA:text/plain,hello";
  const auto made = cleaned(given);
  EXPECT_EQ(made.addresses.at(0), "data:image/png;base64,[…]");
  EXPECT_EQ(made.remarks, "DATA:text/plain,[…]");
}

TEST(Submission, AMailAddressThatCouldBreakAHeaderIsDropped) {
  for (const char* text :
       {"a@b\r\nBcc: c@d.example", "a b@c.example", "<a@b.example>", "a@b@c", "@b", "a@", "a"}) {
    Submission given;
    given.email = Sensitive<std::string>(text);
    EXPECT_EQ(cleaned(given).email.reveal(), "") << text;
  }
}

TEST(Submission, NonsenseIsCorrupt) {
  for (const char* text : {"", "[]", "{}", "{\"kind\":\"report\"}", "{\"kind\":1}", "nonsense"})
    EXPECT_EQ(submission_from_json(text).error().kind, ErrorKind::corrupt) << text;
}

}  // namespace
}  // namespace hotline::intake
