// Frames: how two of our programs talk over a pipe.
//
// A message is one JSON object and any number of blobs, every length named in
// front and capped before a byte is kept. The other side may be a helper that a
// stranger's bytes have taken over, so MessageParser believes nothing and its
// cost is bounded by what really came, not by what was announced.
//
// On the wire, little endian: "HLF1", u32 length of the JSON, u32 count of
// blobs, u32 length of each blob, the JSON, the blobs.
//
// Parser and writer here touch no descriptor; reading and writing pipes is at the end.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace hotline::sandbox {

struct Message {
  json::object header;
  std::vector<std::string> blobs;
};

/// What the reader is ready to take. A message over any of these ends the conversation.
struct FrameLimits {
  std::uint32_t header_bytes_max = 1u << 20;
  std::uint32_t blob_bytes_max = 64u << 20;
  std::uint32_t blob_count_max = 1024;
  std::uint64_t total_bytes_max = 256u << 20;  ///< All of one message.
};

/// The bytes of one message. Lengths must fit in 32 bits (CHECK).
[[nodiscard]] std::string encode(const Message& message);
/// The same up to the first blob: for a writer that does not want all blobs once more in memory.
[[nodiscard]] std::string encode_front(const Message& message);

/// Takes bytes as they come and gives whole messages.
class MessageParser {
 public:
  explicit MessageParser(const FrameLimits& limits = {}) : limits_(limits) {}

  void feed(std::string_view bytes);
  /// The next whole message, or nothing yet. Error `invalid` if the bytes break the format or
  /// a limit; the parser then stays broken, since nobody knows where the next message begins.
  [[nodiscard]] Result<std::optional<Message>> next();
  /// How many bytes next() surely still needs; 0 if it can give something now. Never more than
  /// the limits allow.
  [[nodiscard]] std::size_t wanted() const;
  /// True between two messages: nothing of the next one has come.
  [[nodiscard]] bool at_border() const { return buffer_.empty() && !broken_; }

 private:
  [[nodiscard]] Done read_lengths();
  [[nodiscard]] Result<Message> take();

  FrameLimits limits_;
  std::string buffer_;
  std::vector<std::uint32_t> blob_lengths_;
  std::uint32_t header_length_ = 0;
  std::uint64_t total_ = 0;  ///< Of the current message, once its lengths are known; else 0.
  bool broken_ = false;
};

// --- over descriptors --------------------------------------------------------------------------

using Deadline = std::chrono::steady_clock::time_point;
[[nodiscard]] inline Deadline in(std::chrono::microseconds time) {
  return std::chrono::steady_clock::now() + time;
}
/// Waits for ever: for a helper that waits for its next request.
inline constexpr Deadline kNoDeadline = Deadline::max();

/// Nothing if the other side closed between two messages. Error `unavailable` at the deadline,
/// or if the pipe ended or failed inside a message; `invalid` as MessageParser::next().
/// Blocks this thread only.
[[nodiscard]] Result<std::optional<Message>> read_message(int fd, const FrameLimits& limits,
                                                          Deadline deadline);

/// Error `unavailable` if the reader has gone or does not read until the deadline; part of the
/// message may then be on its way. A reader that has gone raises no SIGPIPE.
[[nodiscard]] Done write_message(int fd, const Message& message, Deadline deadline);
/// The same for bytes that encode() gave.
[[nodiscard]] Done write_bytes(int fd, std::string_view bytes, Deadline deadline);

}  // namespace hotline::sandbox
