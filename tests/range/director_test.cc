#include "range/director.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "range/files.h"
#include "range/rdap_server.h"

namespace hotline::range {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class DirectorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "range-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    dir_ = pattern;
    auto world = World::load(HOTLINE_SOURCE_DIR "/range/sites.json");
    ASSERT_TRUE(world);
    world_ = *world;
    start();
  }
  void TearDown() override { fs::remove_all(dir_); }

  void start(double speed = 1) {
    director_ = std::make_unique<Director>(world_, dir_, speed, [this] { ++reloads_; });
    ASSERT_TRUE(director_->set_up(now_));
  }
  void letter_to(const std::string& mailbox, const std::string& host) {
    const auto box =
        dir_ + "/mail/" + domain_of(mailbox) + "/" + mailbox.substr(0, mailbox.find('@'));
    ASSERT_TRUE(make_folder(box + "/cur"));
    ASSERT_TRUE(write_file(box + "/new/" + std::to_string(++letters_),
                           "Subject: Notice\r\n\r\nPlease look at http://" + host + "/x\r\n"));
    director_->tick(now_);
  }
  void wait(std::chrono::seconds time) {
    for (auto left = time; left > 0s; left -= 1s) director_->tick(now_ += 1s);
  }
  std::string shown(const std::string& site) {
    return fs::read_symlink(dir_ + "/web/" + site).filename();
  }

  World world_;
  std::string dir_;
  std::unique_ptr<Director> director_;
  Instant now_ = instant(1'900'000'000'000'000);
  int reloads_ = 0, letters_ = 0;
};

TEST_F(DirectorTest, AHostRemovesSomeSecondsAfterTheNotice) {
  letter_to("abuse@albion-hosting.example", "new.example");
  wait(3s);
  EXPECT_EQ(shown("new.example"), "shown");
  wait(1s);
  EXPECT_EQ(shown("new.example"), "nothing");
}

TEST_F(DirectorTest, HostsAreQuickerWhereTimeIs) {
  start(4);
  letter_to("abuse@albion-hosting.example", "new.example");
  wait(1s);
  EXPECT_EQ(director_->state("new.example"), SiteState::gone);
}

TEST_F(DirectorTest, ALetterAboutAnotherSiteChangesNothing) {
  letter_to("abuse@albion-hosting.example", "known.example");
  wait(60s);
  for (const auto& site : world_.sites)
    EXPECT_EQ(director_->state(site.name), SiteState::up) << site.name;
}

TEST_F(DirectorTest, ASilentHostMovesOnlyWhenItsNetworkIsTold) {
  letter_to("abuse@quiet-rack.example", "silent.example");
  wait(600s);
  EXPECT_EQ(director_->state("silent.example"), SiteState::up);
  letter_to("abuse@central-transit.example", "silent.example");
  wait(3s);
  EXPECT_EQ(director_->state("silent.example"), SiteState::gone);
}

TEST_F(DirectorTest, APageThatSaysRemovedIsNotGone) {
  letter_to("abuse@adige-hosting.example", "softgone.example");
  wait(3s);
  EXPECT_EQ(shown("softgone.example"), "soft");
}

TEST_F(DirectorTest, AMoveChangesTheNameAndTheSecondHostRemoves) {
  letter_to("abuse@vistula-web.example", "moving.example");
  wait(3s);
  EXPECT_EQ(shown("moving.example"), "nothing");
  EXPECT_EQ(shown("moving.example@moved"), "shown");
  EXPECT_EQ(reloads_, 1);
  EXPECT_NE(read_file(dir_ + "/zones/moving.example.zone")->find("moving.example. A 203.0.113.34"),
            std::string::npos);
  letter_to("abuse@rhone-hosting.example", "moving.example");
  wait(3s);
  EXPECT_EQ(shown("moving.example@moved"), "nothing");
  EXPECT_NE(read_file(dir_ + "/zones/moving.example.zone")->find("203.0.113.34"),
            std::string::npos);
}

TEST_F(DirectorTest, ItComesBackOnceAndNotAfterTheSecondNotice) {
  letter_to("abuse@moldau-server.example", "returns.example");
  wait(10s);
  EXPECT_EQ(director_->state("returns.example"), SiteState::gone);
  wait(20s);
  EXPECT_EQ(director_->state("returns.example"), SiteState::up);
  letter_to("abuse@moldau-server.example", "returns.example");
  wait(100s);
  EXPECT_EQ(director_->state("returns.example"), SiteState::gone);
}

TEST_F(DirectorTest, ARangeThatIsStartedAgainGoesOnWhereItWas) {
  letter_to("abuse@moldau-server.example", "returns.example");
  wait(10s);
  start();
  EXPECT_EQ(shown("returns.example"), "nothing");
  wait(20s);
  EXPECT_EQ(director_->state("returns.example"), SiteState::up);
}

TEST_F(DirectorTest, ReadLettersAreKept) {
  letter_to("abuse@quiet-rack.example", "silent.example");
  EXPECT_TRUE(names_in(dir_ + "/mail/quiet-rack.example/abuse/new").empty());
  EXPECT_EQ(names_in(dir_ + "/mail/quiet-rack.example/abuse/cur").size(), 1U);
}

TEST_F(DirectorTest, AnOrderIsCarriedOutAtOnce) {
  Done done;
  std::thread trainer([&] { done = order_state(dir_, "known.example", SiteState::gone); });
  for (int i = 0; i < 200 && director_->state("known.example") == SiteState::up; ++i) {
    director_->tick(now_);
    std::this_thread::sleep_for(5ms);
  }
  trainer.join();
  EXPECT_TRUE(done);
  EXPECT_EQ(shown("known.example"), "nothing");
}

http::Response ask(const World& world, const std::string& path) {
  http::Request request;
  request.method = "GET";
  request.path = path;
  return registry(world).answer(request);
}

TEST_F(DirectorTest, TheRegistryNamesHolderAbuseDeskAndNetworkAbove) {
  const auto answer = ask(world_, "/ip/192.0.2.66");
  EXPECT_EQ(answer.status, 200);
  for (const auto* part : {"RNG-TULIP", "\"country\":\"NL\"", "abuse@tulip-hosting.example",
                           "\"parentHandle\":\"RNG-NORTH\""})
    EXPECT_NE(answer.body.find(part), std::string::npos) << part;
  EXPECT_NE(ask(world_, "/network/RNG-NORTH").body.find("abuse@northern-transit.example"),
            std::string::npos);
  EXPECT_NE(ask(world_, "/ip/192.0.2.64/27").body.find("RNG-NORTH"), std::string::npos);
  EXPECT_EQ(ask(world_, "/ip/10.1.2.3").status, 404);
  EXPECT_EQ(ask(world_, "/network/RNG-NOBODY").status, 404);
}

}  // namespace
}  // namespace hotline::range
