// The program itself: what it holds, and that what it thanks for survives it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/text.h"
#include "http/raw_client.h"
#include "intake/drop.h"

namespace hotline::web {
namespace {

namespace files = std::filesystem;
using namespace std::chrono_literals;

constexpr const char* kProgram = HOTLINE_BINARY_DIR "/hotline-portal";

class PortalProgram : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = files::temp_directory_path() / ("portal_program_" + std::to_string(::getpid()));
    files::remove_all(folder_);
    keys_ = *intake::drop_keys((folder_ / "keys").string());
    files::remove(folder_ / "keys" / "drop.key");  // The portal must do without it.
  }
  void TearDown() override {
    if (program_ > 0) end(SIGKILL);
    files::remove_all(folder_);
  }

  /// Starts it on a free port, which it logs. With a size for tmpfs ("256k") its drop lies on a
  /// disk of its own that is no larger, and it may fill that to the last byte.
  void start(const std::string& drop_size = "") {
    std::ofstream(folder_ / "hotline.toml")
        << "[hotline]\ndir = \"" << folder_.string() << "\"\n[portal]\nport = 0\n"
        << (drop_size.empty() ? "" : "disk_reserve = 0\n")
        << "[share]\ndir = \"" HOTLINE_SOURCE_DIR "\"\n";
    const auto log = (folder_ / "log").string();
    const auto config = (folder_ / "hotline.toml").string();
    files::remove(log);
    program_ = ::fork();
    if (program_ == 0) {
      const int out = ::open(log.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
      ::dup2(out, 2);
      if (!drop_size.empty() && !on_a_disk_of_its_own((folder_ / "drop").string(), drop_size))
        ::_exit(126);
      ::execl(kProgram, kProgram, "--config", config.c_str(), nullptr);
      ::_exit(127);
    }
    port_ = 0;
    for (int i = 0; i < 200 && port_ == 0; ++i) {
      std::this_thread::sleep_for(50ms);
      const auto text = log_text();
      const auto at = text.find("\"port\":");
      if (at != std::string::npos) port_ = std::atoi(text.c_str() + at + 7);
    }
    ASSERT_GT(port_, 0) << log_text();
  }
  /// In the child: a mount namespace with a small tmpfs at `folder`.
  static bool on_a_disk_of_its_own(const std::string& folder, const std::string& size) {
    const auto uid = std::to_string(::getuid()), gid = std::to_string(::getgid());
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << "0 " + uid + " 1";
    std::ofstream("/proc/self/gid_map") << "0 " + gid + " 1";
    files::create_directories(folder);
    return ::mount("none", folder.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
  }
  /// The exit status, as waitpid gives it.
  int end(int signal) {
    int status = 0;
    ::kill(program_, signal);
    ::waitpid(program_, &status, 0);
    program_ = 0;
    return status;
  }
  std::string log_text() const {
    std::ifstream file(folder_ / "log");
    return std::string((std::istreambuf_iterator<char>(file)), {});
  }
  std::string ask(const std::string& request) const {
    http::RawClient client(port_);
    client.send(request);
    return client.read_all(3000ms);
  }
  std::string get(const std::string& path) const {
    return ask(
        "GET " + path +
        " HTTP/1.1\r\nHost: p.example\r\nUser-Agent: canary-agent\r\nConnection: close\r\n\r\n");
  }
  std::string quick(const std::string& fields) const {
    const auto page = get("/en/quick");
    const std::string begin = "name=\"state\" value=\"";
    if (page.find(begin) == std::string::npos) return "";  // Killed already.
    const auto from = page.find(begin) + begin.size();
    const auto body = "state=" + page.substr(from, page.find('"', from) - from) + "&" + fields;
    return ask(
        "POST /en/quick HTTP/1.1\r\nHost: p.example\r\nUser-Agent: canary-agent\r\nConnection: "
        "close\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  std::size_t dropped() const { return dropped_in(folder_ / "drop"); }
  std::size_t dropped_in(const files::path& drop) const {
    const auto reader = *intake::DropReader::open(drop.string(), keys_);
    std::size_t count = 0;
    const auto batches = *reader.waiting(10000);
    for (const auto& batch : batches) count += reader.read(batch)->size();
    return count;
  }

  files::path folder_;
  crypto::KeyPair keys_;
  pid_t program_ = 0;
  int port_ = 0;
};

TEST_F(PortalProgram, HoldsNoDatabase) {
  std::ifstream file(kProgram, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  ASSERT_GT(bytes.size(), 100'000u);
  for (const char* part : {"libpq.so", "libsqlite3.so", "libsoci", "SELECT ", "evidence_key"})
    EXPECT_EQ(bytes.find(part), std::string::npos) << part;
}

TEST_F(PortalProgram, TakesAReportWithThePublicKeyOnlyAndStopsWhenAsked) {
  start();
  EXPECT_NE(quick("text=http%3A%2F%2Fgallery.example%2Fa&answer=code").find("class=\"code\""),
            std::string::npos);
  EXPECT_EQ(dropped(), 1u);
  EXPECT_EQ(end(SIGTERM), 0);
}

TEST_F(PortalProgram, WithoutThePublicKeyItDoesNotStart) {
  files::remove(folder_ / "keys" / "drop.pub");
  std::ofstream(folder_ / "hotline.toml") << "[hotline]\ndir = \"" << folder_.string() << "\"\n";
  const std::string command =
      std::string(kProgram) + " --config " + (folder_ / "hotline.toml").string() + " 2>/dev/null";
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 2);
}

TEST_F(PortalProgram, KilledAtAnyMomentNothingThatWasThankedIsLost) {
  std::size_t thanked = 0;
  for (int round = 0; round < 4; ++round) {
    start();
    std::atomic<std::size_t> good = 0;
    std::atomic<bool> over = false;
    std::thread reporter([&] {
      for (int i = 0; !over; ++i)
        if (quick("text=http%3A%2F%2Fgallery.example%2F" + std::to_string(i) + "&answer=none")
                .find("Thank you") != std::string::npos)
          ++good;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(150 + 70 * round));
    end(SIGKILL);
    over = true;
    reporter.join();
    thanked += good;
    EXPECT_GE(dropped(), thanked);
  }
  EXPECT_GT(thanked, 0u);
}

TEST_F(PortalProgram, TwoMegabytesOfAddressAreThankedAndAFileIsNotRead) {
  start();
  EXPECT_NE(quick("answer=none&text=" + std::string(2'000'000, 'x')).find("Thank you"),
            std::string::npos);
  EXPECT_NE(
      ask("POST /en/quick HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n"
          "Content-Length: 900\r\n\r\n")
          .find(" 415 "),
      std::string::npos);
}

TEST_F(PortalProgram, AFullDiskSaysTryAgainAndGivesNoReceipt) {
  start("256k");
  // What the program sees at that path, from outside its mount namespace.
  const files::path drop =
      "/proc/" + std::to_string(program_) + "/root" + (folder_ / "drop").string();
  const std::string report = "answer=code&text=http%3A%2F%2Fgallery.example%2F&remarks=";
  std::size_t receipts = 0;
  std::string last;
  for (int i = 0; i < 400; ++i) {
    last = quick(report + std::string(3000, 'x'));
    if (last.find("class=\"code\"") == std::string::npos) break;
    ++receipts;
  }
  EXPECT_GT(receipts, 3u);
  EXPECT_EQ(last.find("class=\"code\""), std::string::npos);
  EXPECT_NE(last.find(" 503 "), std::string::npos) << last.substr(0, 200);
  EXPECT_EQ(dropped_in(drop), receipts);  // Every receipt has its report, whole and readable.
  // The worker drains it: reports are taken again, without a restart.
  for (const auto& file : files::directory_iterator(drop)) files::remove(file.path());
  EXPECT_NE(quick(report + "y").find("class=\"code\""), std::string::npos);
  EXPECT_EQ(dropped_in(drop), 1u);
}

TEST_F(PortalProgram, NothingOfTheReporterIsInTheLogOrInPlainOnTheDisk) {
  start();
  quick(
      "text=http%3A%2F%2Fcanary-address.example%2F&remarks=canary-words&answer=mail&email=canary%"
      "40mail.example");
  get("/en/canary-path");
  end(SIGTERM);
  int looked = 0;
  for (const auto& entry : files::recursive_directory_iterator(folder_)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    EXPECT_EQ(bytes.find("canary"), std::string::npos) << entry.path();
    if (entry.path().filename() == "log") {
      EXPECT_EQ(bytes.find("127.0.0.1"), std::string::npos);
    }
    ++looked;
  }
  EXPECT_GE(looked, 4);
}

}  // namespace
}  // namespace hotline::web
