#include "intake/parcel.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace hotline::intake {
namespace {

namespace files = std::filesystem;

class ParcelTest : public ::testing::Test {
 protected:
  ParcelTest()
      : folder_(
            (files::temp_directory_path() / ("parcel_" + std::to_string(::getpid()))).string()) {
    files::remove_all(folder_);
  }
  ~ParcelTest() override { files::remove_all(folder_); }
  Done write(const Receipt& receipt, const Parcel& parcel) {
    return write_parcel(folder_, receipt.parcel(), receipt.keys().public_key, parcel);
  }
  std::string folder_;
  Receipt mine_ = Receipt::from_secret("fifteen bytes!!");
  Receipt other_ = Receipt::from_secret("another secret!");
  Instant day_ = *parse_rfc3339("2030-03-04T09:41:22Z");
};

TEST_F(ParcelTest, OpensWithItsReceiptOnly) {
  ASSERT_TRUE(write(mine_, {{{{Stage::received, day_}, {Stage::acted, day_}}}, true, false}));
  const auto read = read_parcel(folder_, mine_);
  ASSERT_TRUE(read) << read.error().sentence;
  ASSERT_EQ(read->reports.size(), 1u);
  ASSERT_EQ(read->reports[0].size(), 2u);
  EXPECT_EQ(read->reports[0][1].stage, Stage::acted);
  EXPECT_EQ(rfc3339(read->reports[0][1].day), "2030-03-04T00:00:00Z");
  EXPECT_TRUE(read->has_contact);

  EXPECT_EQ(read_parcel(folder_, other_).error().kind, ErrorKind::not_found);
  files::rename(folder_ + "/" + mine_.parcel(), folder_ + "/" + other_.parcel());
  EXPECT_EQ(read_parcel(folder_, other_).error().kind, ErrorKind::corrupt);
}

TEST_F(ParcelTest, ItsSizeDoesNotTellTheStage) {
  Parcel few, many;
  few.reports = {{{Stage::received, day_}}};
  many.reports.assign(
      20, {{Stage::received, day_}, {Stage::checking, day_}, {Stage::outside_remit, day_}});
  ASSERT_TRUE(write(mine_, few));
  ASSERT_TRUE(write(other_, many));
  EXPECT_EQ(files::file_size(folder_ + "/" + mine_.parcel()),
            files::file_size(folder_ + "/" + other_.parcel()));
}

TEST_F(ParcelTest, IsReplacedAsAWhole) {
  ASSERT_TRUE(write(mine_, {{{{Stage::received, day_}}}, true, false}));
  ASSERT_TRUE(write(mine_, {{{{Stage::received, day_}}}, false, true}));
  const auto read = read_parcel(folder_, mine_);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->erased);
  EXPECT_EQ(std::distance(files::directory_iterator(folder_), files::directory_iterator()), 1);
}

TEST(Stage, NamesAreReadAsTheyAreWritten) {
  for (const auto stage :
       {Stage::received, Stage::checking, Stage::acted, Stage::outside_remit, Stage::not_found})
    EXPECT_EQ(*parse_stage(name(stage)), stage);
  EXPECT_FALSE(parse_stage("removed"));
}

}  // namespace
}  // namespace hotline::intake
