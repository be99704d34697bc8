// One suite for every place that evidence can lie. The bucket is a real S3-speaking server, which
// tests/s3/run.sh starts; without it those cases are skipped.
#include "evidence/objects.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/crypto.h"
#include "base/text.h"
#include "net/s3.h"

namespace hotline::evidence {
namespace {

namespace fs = std::filesystem;

class EveryPlace : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("hotline-obj-" + hex(crypto::random_bytes(6)));
    fs::create_directories(folder_);
    if (std::string(GetParam()) == "folder") {
      objects_ = *open_folder(folder_);
      return;
    }
    const char* url = std::getenv("HOTLINE_TEST_S3");
    if (url == nullptr) GTEST_SKIP() << "HOTLINE_TEST_S3 is not set; tests/s3/run.sh sets it.";
    std::ofstream(folder_ / "key") << "S3RVER S3RVER\n";
    auto opened = open_bucket({.url = url, .region = "us-east-1", .credentials = folder_ / "key"});
    ASSERT_TRUE(opened) << opened.error().sentence;
    objects_ = *std::move(opened);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string fresh_name() { return "evd_" + hex(crypto::random_bytes(13)); }

  fs::path folder_;
  std::unique_ptr<Objects> objects_;
};

TEST_P(EveryPlace, GivesBackExactlyWhatItTook) {
  for (const std::size_t size : {0u, 1u, 4096u, 100'000u, 6'000'000u}) {
    const auto name = fresh_name();
    const auto bytes = size == 0 ? std::string() : crypto::random_bytes(size);
    ASSERT_TRUE(objects_->put(name, bytes)) << size;
    const auto again = objects_->get(name);
    ASSERT_TRUE(again) << size;
    EXPECT_TRUE(*again == bytes) << size;
  }
}

TEST_P(EveryPlace, ANameIsTakenOnce) {
  const auto name = fresh_name();
  ASSERT_TRUE(objects_->put(name, "first"));
  EXPECT_EQ(objects_->put(name, "second").error().kind, ErrorKind::conflict);
  EXPECT_EQ(*objects_->get(name), "first");
}

TEST_P(EveryPlace, WhatIsMissingIsSaidToBe) {
  const auto name = fresh_name();
  EXPECT_FALSE(*objects_->has(name));
  EXPECT_EQ(objects_->get(name).error().kind, ErrorKind::corrupt);
  EXPECT_TRUE(objects_->remove(name));
  ASSERT_TRUE(objects_->put(name, "there"));
  EXPECT_TRUE(*objects_->has(name));
  EXPECT_TRUE(objects_->remove(name));
  EXPECT_FALSE(*objects_->has(name));
}

INSTANTIATE_TEST_SUITE_P(Objects, EveryPlace, ::testing::Values("folder", "bucket"),
                         [](const auto& info) { return std::string(info.param); });

TEST(Bucket, AWrongSecretIsForbiddenAndSilenceIsUnavailable) {
  const auto nobody = net::S3::open({.url = "http://127.0.0.1:9/bucket", .region = "a"});
  ASSERT_TRUE(nobody);
  EXPECT_EQ(nobody->get("evd_a").error().kind, ErrorKind::unavailable);
  EXPECT_EQ(nobody->get("evd a").error().kind, ErrorKind::invalid);
  for (const char* url : {"", "s3.example/bucket", "http://s3.example/", "ftp://s3.example/b"})
    EXPECT_FALSE(net::S3::open({.url = url})) << url;
  const char* url = std::getenv("HOTLINE_TEST_S3");
  if (url == nullptr) GTEST_SKIP() << "HOTLINE_TEST_S3 is not set.";
  const auto liar = net::S3::open({.url = url,
                                   .region = "us-east-1",
                                   .access = "S3RVER",
                                   .secret = Sensitive<std::string>(std::string("wrong"))});
  EXPECT_EQ(liar->put("evd_a", "x").error().kind, ErrorKind::forbidden);
}

// Amazon's published example keys and day.
TEST(Bucket, ASignatureChangesWithEachPartThatItCovers) {
  const net::SigningRequest base{.verb = "GET",
                                 .host = "examplebucket.s3.example",
                                 .path = "/test.txt",
                                 .body_sha256 =
                                     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca49"
                                     "5991b7852b855",
                                 .stamp = "20130524T000000Z",
                                 .region = "us-east-1",
                                 .access = "AKIAIOSFODNN7EXAMPLE",
                                 .secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
  const auto first = net::s3_authorization(base);
  EXPECT_TRUE(first.starts_with(
      "AWS4-HMAC-SHA256 "
      "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders="));
  auto other = base;
  other.path = "/test2.txt";
  EXPECT_NE(net::s3_authorization(other), first);
  other = base;
  other.verb = "PUT";
  EXPECT_NE(net::s3_authorization(other), first);
}

}  // namespace
}  // namespace hotline::evidence
