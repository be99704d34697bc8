#include "sandbox/spawn.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

namespace hotline::sandbox {
namespace {

using namespace std::chrono_literals;

/// A shell is the helper of these tests: it can look at what it was given.
Program shell(const std::string& script) {
  Program program;
  program.path = "/bin/sh";
  program.arguments = {"-c", script};
  return program;
}

/// A script that answers with `expression` as the text of the header's member "a" (no quotes).
std::string answer(const std::string& expression) {
  return "t='{\"a\":\"'$(" + expression +
         ")'\"}'; n=${#t}; printf \"HLF1\\\\$(printf %03o $((n%256)))\\\\$(printf %03o $((n/256)))"
         "\\000\\000\\000\\000\\000\\000%s\" \"$t\"";
}

std::string ask(Program program) {
  auto child = spawn(program);
  if (!child) return "not started: " + child.error().sentence;
  auto message = child->receive({}, in(10s));
  if (!message) return "no answer: " + message.error().sentence;
  return text_at(message->header, "a").value_or("no text");
}

TEST(Spawn, TheEnvironmentIsOnlyWhatIsNamed) {
  setenv("HOTLINE_TEST_SECRET", "leaks", 1);
  auto program = shell(answer("echo $HOTLINE_TEST_SECRET$NAMED"));
  program.environment = {"NAMED=given"};
  EXPECT_EQ(ask(program), "given");
}

TEST(Spawn, NoOtherDescriptorGoesAlong) {
  // Without CLOEXEC, as careless code does it; high, where the shell opens none of its own.
  const int stray = open("/dev/null", O_RDONLY);
  const int far = fcntl(stray, F_DUPFD, 200);
  ASSERT_GE(far, 200);
  EXPECT_EQ(ask(shell(answer("test -e /proc/$$/fd/" + std::to_string(far) +
                             " && echo leaked || echo clean"))),
            "clean");
  close(far);
  close(stray);
}

TEST(Spawn, IgnoredSignalsAreNotInherited) {
  const auto before = signal(SIGPIPE, SIG_IGN);
  EXPECT_EQ(ask(shell(answer("grep SigIgn /proc/$$/status | tr -d '\\t'"))),
            "SigIgn:0000000000000000");
  signal(SIGPIPE, before);
}

TEST(Spawn, LimitsHold) {
  auto program = shell(answer("ulimit -n; ulimit -c; ulimit -t; ulimit -f"));
  program.limits = {.cpu_seconds_max = 7, .open_files_max = 33, .file_bytes_max = 1024};
  program.arguments[1] =
      "x() { echo \"$(ulimit -n) $(ulimit -c) $(ulimit -t) $(ulimit -f)\"; }; " + answer("x");
  EXPECT_EQ(ask(program), "33 0 7 2");
}

#if !defined(__SANITIZE_ADDRESS__)
TEST(Spawn, MemoryIsLimited) {
  auto program = shell(answer("ulimit -v"));
  program.limits.memory_bytes_max = 64 << 20;
  EXPECT_EQ(ask(program), "65536");
}
#endif

TEST(Spawn, AProgramThatIsNotThereIsTrouble) {
  Program program;
  program.path = "/nowhere/no-such-program";
  const auto child = spawn(program);
  ASSERT_FALSE(child.has_value());
  EXPECT_EQ(child.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(child.error().sentence.find("nowhere"), std::string::npos);
}

TEST(Spawn, TheWholeGroupDiesWithTheChild) {
  pid_t grandchild = 0;
  {
    auto child = spawn(shell("sleep 1000 & " + answer("echo $!") + "; wait"));
    ASSERT_TRUE(child.has_value());
    const auto message = child->receive({}, in(10s));
    ASSERT_TRUE(message.has_value());
    grandchild = std::stoi(*text_at(message->header, "a"));
    ASSERT_EQ(kill(grandchild, 0), 0);
  }
  // It is init's now; wait until it has been reaped or is a zombie of somebody else.
  std::string state;
  for (int i = 0; i < 200; ++i) {
    char path[64], line[256] = {};
    snprintf(path, sizeof path, "/proc/%d/stat", grandchild);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
      state = "gone";
    } else {
      [[maybe_unused]] const auto got = read(fd, line, sizeof line - 1);
      close(fd);
      state = std::string(line).find(") Z ") != std::string::npos ? "gone" : "alive";
    }
    if (state == "gone") break;
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_EQ(state, "gone");
}

TEST(Spawn, WaitKillsAtTheDeadline) {
  auto child = spawn(shell("exec sleep 1000"));
  ASSERT_TRUE(child.has_value());
  const auto began = std::chrono::steady_clock::now();
  const int status = child->wait(in(50ms));
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_FALSE(child->running());
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

TEST(Spawn, WaitGivesTheExitStatus) {
  auto child = spawn(shell("exit 3"));
  ASSERT_TRUE(child.has_value());
  const int status = child->wait(in(10s));
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 3);
}

TEST(Spawn, TheChildDiesWithTheThreadThatMadeIt) {
  std::optional<Child> child;
  std::thread([&] {
    auto made = spawn(shell("exec sleep 1000"));
    ASSERT_TRUE(made.has_value());
    child.emplace(*std::move(made));
  }).join();
  ASSERT_TRUE(child.has_value());
  const int status = child->wait(in(5s));
  EXPECT_TRUE(WIFSIGNALED(status));
}

TEST(Spawn, RunOnceGoesThereAndBack) {
  Program cat;
  cat.path = "/bin/cat";
  const Message request{{{"question", 1}}, {std::string(2000, 'b')}};
  const auto answer = run_once(cat, request, {}, 10s);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(json::serialize(answer->header), json::serialize(request.header));
  EXPECT_EQ(answer->blobs, request.blobs);
}

TEST(Spawn, RunOnceDoesNotWaitForASilentHelper) {
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(run_once(shell("exec sleep 1000"), {}, {}, 100ms).error().kind, ErrorKind::unavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

}  // namespace
}  // namespace hotline::sandbox
