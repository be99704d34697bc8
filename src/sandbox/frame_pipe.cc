// Frames over descriptors: the half of frames.h that waits.
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "sandbox/frames.h"

namespace hotline::sandbox {

namespace {
/// -1 (for ever) or milliseconds, rounded up, as poll(2) wants them.
int time_left(Deadline deadline) {
  if (deadline == kNoDeadline) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1 << 30));
}

Done wait_for(int fd, short what, Deadline deadline) {
  for (;;) {
    pollfd waiting{fd, what, 0};
    const int ready = poll(&waiting, 1, time_left(deadline));
    if (ready > 0) return {};
    if (ready == 0)
      return fail(ErrorKind::unavailable, "The other program did not answer in time.");
    if (errno != EINTR)
      return fail(ErrorKind::unavailable, "Waiting for the other program failed.");
  }
}

/// write(2) to a pipe has no MSG_NOSIGNAL: SIGPIPE is held back in this thread and taken off
/// again, so that the signal actions of the whole program stay as they are.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoPipeSignal() {
    if (!was_pending_) {
      const timespec none{};
      while (sigtimedwait(&pipe_, nullptr, &none) == -1 && errno == EINTR) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoPipeSignal(const NoPipeSignal&) = delete;
  NoPipeSignal& operator=(const NoPipeSignal&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};
}  // namespace

Result<std::optional<Message>> read_message(int fd, const FrameLimits& limits, Deadline deadline) {
  constexpr std::size_t kChunk = 1 << 16;
  MessageParser parser(limits);
  std::string chunk(kChunk, '\0');
  for (;;) {
    TRY(message, parser.next());
    if (message) return message;
    // Never more than this message: what follows belongs to the next call.
    const std::size_t wanted = std::clamp<std::size_t>(parser.wanted(), 1, kChunk);
    TRY_DONE(wait_for(fd, POLLIN, deadline));
    const ssize_t got = read(fd, chunk.data(), wanted);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return fail(ErrorKind::unavailable, "Reading from the other program failed.");
    if (got == 0) {
      if (parser.at_border()) return std::optional<Message>();
      return fail(ErrorKind::unavailable, "The other program ended inside a message.");
    }
    parser.feed(std::string_view(chunk).substr(0, static_cast<std::size_t>(got)));
  }
}

Done write_bytes(int fd, std::string_view bytes, Deadline deadline) {
  // A blocking write of more than fits would sleep past the deadline; PIPE_BUF is what poll(2)
  // promises for a pipe that it calls writable.
  constexpr std::size_t kSafeChunk = 4096;
  const NoPipeSignal quiet;
  while (!bytes.empty()) {
    TRY_DONE(wait_for(fd, POLLOUT, deadline));
    const ssize_t put = write(fd, bytes.data(), std::min(bytes.size(), kSafeChunk));
    if (put < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (put < 0) return fail(ErrorKind::unavailable, "The other program no longer listens.");
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Done write_message(int fd, const Message& message, Deadline deadline) {
  TRY_DONE(write_bytes(fd, encode_front(message), deadline));
  for (const auto& blob : message.blobs) TRY_DONE(write_bytes(fd, blob, deadline));
  return {};
}

}  // namespace hotline::sandbox
