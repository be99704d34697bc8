// links: sandbox
// Frames from a helper that a stranger may have taken over: whatever comes, limits hold, and what
// is taken says the same when it is written again.
#include <cstdint>
#include <cstdlib>

#include "sandbox/frames.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace hotline::sandbox;
  if (size == 0) return 0;
  const FrameLimits limits{4096, 4096, 16, 16384};
  MessageParser parser(limits);
  const std::size_t step = 1 + bytes[0];
  std::string_view left(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  while (!left.empty()) {
    parser.feed(left.substr(0, step));
    left.remove_prefix(std::min(step, left.size()));
    for (;;) {
      const auto message = parser.next();
      if (!message) return 0;
      if (parser.wanted() > limits.total_bytes_max) std::abort();
      if (!*message) break;
      if ((*message)->blobs.size() > limits.blob_count_max) std::abort();
      MessageParser again(FrameLimits{});
      again.feed(encode(**message));
      const auto same = again.next();
      if (!same || !*same || (*same)->blobs != (*message)->blobs) std::abort();
    }
  }
  return 0;
}
