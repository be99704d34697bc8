// Killed at every write: a child builds, changes and merges an index in a folder, and SIGKILL meets
// it at its n-th system call that changes a file, for every n until it gets through. The call is
// not begun, or half done where it writes at an odd place. What the child had acknowledged must be
// there.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <random>

#include "matching/index.h"

namespace {

std::atomic<int> calls_left{-1};  ///< Of the child, until it dies; below zero: nobody dies.

/// True if this call is the last one.
bool last_call() {
  return calls_left >= 0 && calls_left.fetch_sub(1) == 0;
}
[[noreturn]] void die() {
  for (;;) ::kill(::getpid(), SIGKILL);
}

}  // namespace

// These stand before the C library's own in this program.
extern "C" {
ssize_t pwrite(int file, const void* bytes, size_t count, off_t offset) {
  const bool last = last_call();
  const size_t some = last ? count * static_cast<size_t>(offset % 2) / 2 : count;
  const ssize_t written = syscall(SYS_pwrite64, file, bytes, some, offset);
  if (last) die();
  return written;
}
ssize_t pwrite64(int file, const void* bytes, size_t count, off_t offset) {
  return pwrite(file, bytes, count, offset);
}
int fdatasync(int file) {
  if (last_call()) die();
  return static_cast<int>(syscall(SYS_fdatasync, file));
}
int fsync(int file) {
  if (last_call()) die();
  return static_cast<int>(syscall(SYS_fsync, file));
}
int rename(const char* from, const char* to) noexcept {
  if (last_call()) die();
  return static_cast<int>(syscall(SYS_rename, from, to));
}
int unlink(const char* path) noexcept {
  if (last_call()) die();
  return static_cast<int>(syscall(SYS_unlink, path));
}
}

namespace hotline::matching {
namespace {

constexpr int kSteps = 9;
constexpr EntryId kPerStep = 40;

Hash256 hash_of(EntryId id, int step) {
  std::mt19937_64 random(id * 100 + static_cast<EntryId>(step));
  return {{random(), random(), random(), random()}};
}

/// Step s writes ids s*40 … s*40+39 anew and removes the odd ones of the step before.
std::vector<Change> changes_of(int step) {
  std::vector<Change> changes;
  for (EntryId i = 0; i < kPerStep; ++i) {
    const EntryId id = static_cast<EntryId>(step) * kPerStep + i;
    changes.push_back({{id, 0, hash_of(id, step), 90, {}, "note", std::to_string(id)}});
    if (step > 0 && i % 2 == 1) changes.push_back({{id - kPerStep}, true});
  }
  // One entry changes with every step.
  changes.push_back({{1000000, 0, hash_of(1000000, step), 90, {}, "note", std::to_string(step)}});
  // One step brings so many changes that they go straight into a segment.
  if (step == 4)
    for (EntryId i = 0; i < 16384; ++i) changes.push_back({{2000000 + i}, true});
  return changes;
}

/// Writes how far it has come where the parent can read it after its death.
void work(const std::string& folder, std::atomic<int>& acknowledged) {
  const auto index = Index::open(folder, {.merge_in_background = false});
  if (!index || !(*index)->set_lists({{"known"}})) ::_exit(3);
  for (int step = 0; step < kSteps; ++step) {
    if (!(*index)->apply(changes_of(step), static_cast<std::uint64_t>(step) + 1)) ::_exit(4);
    acknowledged = step + 1;
    if (step % 3 == 2 && !(*index)->compact()) ::_exit(5);
  }
}

void expect_nothing_lost(const std::string& folder, int acknowledged, int killed_at) {
  const auto index = Index::open(folder, {.merge_in_background = false});
  ASSERT_TRUE(index) << killed_at << ": " << index.error().sentence;
  ASSERT_TRUE((*index)->verify()) << killed_at;
  const int stamp = static_cast<int>((*index)->stamp());
  // A change that was on disk but not yet acknowledged may be there, whole.
  ASSERT_TRUE(stamp == acknowledged || stamp == acknowledged + 1) << killed_at;
  std::uint64_t wanted = 0;
  for (int step = 0; step < stamp; ++step)
    for (EntryId i = 0; i < kPerStep; ++i) {
      const EntryId id = static_cast<EntryId>(step) * kPerStep + i;
      const bool stands = step + 1 == stamp || i % 2 == 0;
      wanted += stands ? 1 : 0;
      const Hash256 asked = hash_of(id, step);
      const auto hits = (*index)->answer({.pictures = {&asked, 1}}).hits;
      ASSERT_EQ(hits.size(), stands ? 1U : 0U) << killed_at << ": id " << id;
      if (stands) {
        ASSERT_EQ(hits[0].id, id);
        ASSERT_EQ((*index)->find(id)->ref, std::to_string(id));
      }
    }
  if (stamp > 0) {
    ASSERT_EQ((*index)->find(1000000)->ref, std::to_string(stamp - 1));
    ++wanted;
  }
  ASSERT_EQ((*index)->size().entries, wanted) << killed_at;
  // And it goes on.
  ASSERT_TRUE((*index)->set_lists({{"known"}}));
  ASSERT_TRUE((*index)->apply(changes_of(kSteps), kSteps + 1));
  ASSERT_TRUE((*index)->compact());
  ASSERT_TRUE((*index)->verify());
}

TEST(IndexKill, NothingAcknowledgedIsLostAtAnyWrite) {
  auto* acknowledged = static_cast<std::atomic<int>*>(
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(acknowledged, MAP_FAILED);
  int killed_at = 0;
  for (;; ++killed_at) {
    ASSERT_LT(killed_at, 2000) << "it never came through";
    std::string folder = ::testing::TempDir() + "hotline-kill-XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    *acknowledged = 0;
    const pid_t child = ::fork();
    if (child == 0) {
      calls_left = killed_at;
      work(folder, *acknowledged);
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    const bool through = WIFEXITED(status);
    if (through) {
      ASSERT_EQ(WEXITSTATUS(status), 0);
    }
    expect_nothing_lost(folder, *acknowledged, killed_at);
    std::filesystem::remove_all(folder);
    if (HasFatalFailure() || through) break;
  }
  RecordProperty("kills", killed_at);
  std::printf("killed at each of %d calls that change a file\n", killed_at);
  EXPECT_GE(killed_at, 90);
  ::munmap(acknowledged, 4096);
}

}  // namespace
}  // namespace hotline::matching
