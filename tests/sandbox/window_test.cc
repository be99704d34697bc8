#include "sandbox/window.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <string>

namespace hotline::sandbox {
namespace {

/// What `work` says in a process of its own.
bool in_child(const std::function<bool()>& work) {
  const pid_t pid = fork();
  if (pid == 0) _exit(work() ? 0 : 1);
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(Window, TheOtherSideSeesWhatIsShownAndNothingAfterItIsWiped) {
  auto window = Window::make(1 << 20);
  ASSERT_TRUE(window.has_value());
  const std::string_view seen = look_through(window->descriptor());
  ASSERT_EQ(seen.size(), std::size_t{1} << 20);
  const std::string bytes(300'000, 'x');
  window->show(bytes);
  EXPECT_EQ(seen.substr(0, bytes.size()), bytes);
  EXPECT_TRUE(in_child([&] { return seen.substr(0, bytes.size()) == bytes; }));
  window->show("short");
  window->wipe();
  EXPECT_EQ(seen.find_first_not_of('\0'), std::string_view::npos);
}

TEST(Window, NobodyElseCanWriteIt) {
  auto window = Window::make(1 << 16);
  ASSERT_TRUE(window.has_value());
  window->show("as it was");
  const std::string_view seen = look_through(window->descriptor());
  char* memory = const_cast<char*>(seen.data());
  const int fd = window->descriptor();
  EXPECT_TRUE(in_child([&] { return write(fd, "other", 5) < 0; }));
  EXPECT_TRUE(in_child([&] { return ftruncate(fd, 0) < 0 && ftruncate(fd, 1 << 20) < 0; }));
  EXPECT_TRUE(in_child([&] { return fallocate(fd, FALLOC_FL_PUNCH_HOLE | 1, 0, 4096) < 0; }));
  EXPECT_TRUE(in_child([&] {
    return mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED;
  }));
  EXPECT_TRUE(in_child([&] { return mprotect(memory, 4096, PROT_READ | PROT_WRITE) != 0; }));
  EXPECT_TRUE(in_child([&] { return madvise(memory, 4096, MADV_REMOVE) != 0; }));
  EXPECT_TRUE(in_child([&] { return fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) != 0; }));
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  EXPECT_TRUE(in_child([&] {
    const int again = open(link.c_str(), O_RDWR);
    return again < 0 || mmap(nullptr, 4096, PROT_WRITE, MAP_SHARED, again, 0) == MAP_FAILED;
  }));
  EXPECT_EQ(seen.substr(0, 9), "as it was");
}

TEST(Window, ThereMayBeNone) {
  EXPECT_TRUE(look_through(-1).empty());
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_TRUE(look_through(ends[0]).empty());
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace hotline::sandbox
