#include "sandbox/frames.h"

#include <cstring>

namespace hotline::sandbox {

namespace {
constexpr std::string_view kMagic = "HLF1";
constexpr std::size_t kFixedPart = 12;

std::uint32_t u32_at(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

void put_u32(std::string& out, std::size_t value) {
  CHECK(value <= UINT32_MAX);
  for (int i = 0; i < 4; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}
}  // namespace

std::string encode_front(const Message& message) {
  const std::string header = json::serialize(message.header);
  std::string out(kMagic);
  put_u32(out, header.size());
  put_u32(out, message.blobs.size());
  for (const auto& blob : message.blobs) put_u32(out, blob.size());
  return out += header;
}

std::string encode(const Message& message) {
  std::string out = encode_front(message);
  std::size_t total = out.size();
  for (const auto& blob : message.blobs) total += blob.size();
  out.reserve(total);
  for (const auto& blob : message.blobs) out += blob;
  return out;
}

void MessageParser::feed(std::string_view bytes) {
  buffer_ += bytes;
}

Done MessageParser::read_lengths() {
  // The first wrong byte is refused at once, so that a talkative stranger cannot fill the buffer.
  const std::size_t magic_seen = std::min(buffer_.size(), kMagic.size());
  if (buffer_.compare(0, magic_seen, kMagic.substr(0, magic_seen)) != 0)
    return fail(ErrorKind::invalid, "A frame does not begin as one.");
  if (buffer_.size() < kFixedPart) return {};
  header_length_ = u32_at(buffer_, 4);
  const std::uint32_t count = u32_at(buffer_, 8);
  if (header_length_ > limits_.header_bytes_max || count > limits_.blob_count_max)
    return fail(ErrorKind::invalid, "A frame announces more than its reader takes.");
  if (buffer_.size() < kFixedPart + 4ull * count) return {};
  blob_lengths_.clear();
  std::uint64_t total = kFixedPart + 4ull * count + header_length_;
  for (std::uint32_t i = 0; i < count; ++i) {
    blob_lengths_.push_back(u32_at(buffer_, kFixedPart + 4ull * i));
    if (blob_lengths_.back() > limits_.blob_bytes_max)
      return fail(ErrorKind::invalid, "A frame announces a longer blob than its reader takes.");
    total += blob_lengths_.back();
  }
  if (total > limits_.total_bytes_max)
    return fail(ErrorKind::invalid, "A frame announces more than its reader takes.");
  total_ = total;
  return {};
}

Result<Message> MessageParser::take() {
  const std::string_view all(buffer_);
  std::size_t at = kFixedPart + 4 * blob_lengths_.size();
  auto header = parse_json(all.substr(at, header_length_));
  if (!header || !header->is_object())
    return fail(ErrorKind::invalid, "A frame's header is not a JSON object.");
  Message message{std::move(header->as_object()), {}};
  at += header_length_;
  message.blobs.reserve(blob_lengths_.size());
  for (const std::uint32_t length : blob_lengths_) {
    message.blobs.emplace_back(all.substr(at, length));
    at += length;
  }
  buffer_.erase(0, at);
  total_ = 0;
  return message;
}

Result<std::optional<Message>> MessageParser::next() {
  if (broken_) return fail(ErrorKind::invalid, "The frames before this one were broken.");
  if (total_ == 0) {
    if (const Done lengths = read_lengths(); !lengths) {
      broken_ = true;
      return std::unexpected(lengths.error());
    }
  }
  if (total_ == 0 || buffer_.size() < total_) return std::optional<Message>();
  auto message = take();
  if (!message) {
    broken_ = true;
    return std::unexpected(message.error());
  }
  return std::optional<Message>(*std::move(message));
}

std::size_t MessageParser::wanted() const {
  if (broken_) return 0;
  if (total_ > 0) return total_ > buffer_.size() ? total_ - buffer_.size() : 0;
  if (buffer_.size() < kFixedPart) return kFixedPart - buffer_.size();
  const std::uint64_t count = std::min(u32_at(buffer_, 8), limits_.blob_count_max);
  const std::uint64_t lengths_end = kFixedPart + 4 * count;
  return lengths_end > buffer_.size() ? lengths_end - buffer_.size() : 0;
}

}  // namespace hotline::sandbox
