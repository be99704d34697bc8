#include "http/sized.h"

#include <algorithm>
#include <array>
#include <boost/beast/zlib/deflate_stream.hpp>

#include "base/text.h"

namespace hotline::http {

namespace {

constexpr std::size_t kExtraMax = 65535 - 4;
constexpr std::size_t kStoredMax = 65535;
constexpr std::string_view kLastBlock("\x03\x00", 2);  ///< Holds nothing, and is the last.
constexpr int kCompression = 1;                        ///< Pages are small, and filled up anyway.
constexpr std::size_t kMemberBytes = 18;               ///< Of a member's header and end.
constexpr int kWindowBits = 15;
constexpr int kMemoryLevel = 8;

/// CRC-32 of RFC 1952 section 8, eight bytes at a time: byte by byte it took a third of the time
/// that compressing a page takes.
using CrcTables = std::array<std::array<std::uint32_t, 256>, 8>;
constexpr CrcTables kCrcTables = [] {
  CrcTables tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) ? 0xedb88320u : 0u);
    tables[0][i] = value;
  }
  for (std::uint32_t i = 0; i < 256; ++i)
    for (std::size_t t = 1; t < 8; ++t)
      tables[t][i] = (tables[t - 1][i] >> 8) ^ tables[0][tables[t - 1][i] & 0xff];
  return tables;
}();

std::uint32_t crc32(std::string_view bytes) {
  const auto byte = [&bytes](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  std::uint32_t crc = 0xffffffffu;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < 4; ++i)
      next ^= kCrcTables[7 - i][byte(i) ^ ((crc >> (8 * i)) & 0xff)];
    for (std::size_t i = 4; i < 8; ++i) next ^= kCrcTables[7 - i][byte(i)];
    crc = next;
  }
  for (std::size_t i = 0; i < bytes.size(); ++i)
    crc = (crc >> 8) ^ kCrcTables[0][(crc ^ byte(i)) & 0xff];
  return ~crc;
}

std::string little_endian(std::uint32_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>((number >> (8 * i)) & 0xff);
  return text;
}

/// A whole stream, or (`open`) blocks that others may follow.
std::string deflated(std::string_view bytes, bool open = false) {
  namespace zlib = boost::beast::zlib;
  zlib::deflate_stream stream;
  stream.reset(kCompression, kWindowBits, kMemoryLevel, zlib::Strategy::normal);
  std::string out(zlib::deflate_upper_bound(bytes.size()) + 64, '\0');
  zlib::z_params params;
  params.next_in = bytes.data();
  params.avail_in = bytes.size();
  params.next_out = out.data();
  params.avail_out = out.size();
  boost::beast::error_code error;
  stream.write(params, open ? zlib::Flush::sync : zlib::Flush::finish, error);
  CHECK(error == zlib::error::end_of_stream || !error);
  CHECK(params.avail_in == 0 && params.avail_out > 0);
  out.resize(params.total_out);
  return out;
}

/// With `extra` bytes of padding; the four before them say whose field it is and how long.
std::string member_of(std::string_view packed, std::string_view bytes, std::size_t extra) {
  std::string member("\x1f\x8b\x08", 3);
  member += static_cast<char>(extra > 0 ? 0x04 : 0x00);
  member += std::string(5, '\0');
  member += '\xff';
  if (extra > 0) {
    member += little_endian(static_cast<std::uint32_t>(extra) + 4, 2);
    member += "HP" + little_endian(static_cast<std::uint32_t>(extra), 2);
    member += std::string(extra, '\0');
  }
  member += packed;
  member += little_endian(crc32(bytes), 4);
  return member + little_endian(static_cast<std::uint32_t>(bytes.size()), 4);
}

/// RFC 1951 section 3.2.4: as it is, in blocks of at most 65,535 bytes.
void add_stored(std::string& blocks, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto part = bytes.substr(0, kStoredMax);
    const auto length = static_cast<std::uint32_t>(part.size());
    blocks += '\0';
    blocks += little_endian(length, 2) + little_endian(~length, 2);
    blocks += part;
    bytes.remove_prefix(part.size());
  }
}

std::size_t size_for(std::size_t wanted) {
  for (const auto size : kPageSizes)
    if (wanted <= size) return size;
  return wanted;
}

void fill_up(Response& response) {
  response.body.resize(std::max(response.body.size(), size_for(response.body.size())), ' ');
}

/// The compressed body with its padding; false if it fits into no size.
bool put_packed(Response& response, std::string_view packed, std::string_view text) {
  const auto plain = packed.size() + kMemberBytes;
  // The six bytes that announce the padding must fit as well.
  const auto size = size_for(plain + 7);
  const auto extra = size - plain - 6;
  if (size <= plain + 6 || extra > kExtraMax) return false;
  response.body = member_of(packed, text, extra);
  response.header("Content-Encoding", "gzip");
  return true;
}

}  // namespace

std::string gzip(std::string_view bytes, std::size_t extra) {
  CHECK(extra <= kExtraMax);
  return member_of(deflated(bytes), bytes, extra);
}

bool takes_gzip(std::string_view accept_encoding) {
  for (const auto part : split(accept_encoding, ',')) {
    const auto semicolon = part.find(';');
    if (lower_ascii(trim(part.substr(0, semicolon))) != "gzip") continue;
    if (semicolon == std::string_view::npos) return true;
    const auto weight = trim(part.substr(semicolon + 1));
    return weight.find_first_of("123456789") != std::string_view::npos;
  }
  return false;
}

void give_size(const Request& request, Response& response) {
  const bool has_size = std::any_of(response.headers.begin(), response.headers.end(),
                                    [](const auto& header) { return header.first == "Vary"; });
  if (has_size) return;
  response.header("Vary", "Accept-Encoding, Accept-Language");
  const auto accepts = request.headers.find("accept-encoding");
  if (accepts != request.headers.end() && takes_gzip(accepts->second) &&
      put_packed(response, deflated(response.body), std::string(response.body)))
    return;
  fill_up(response);
}

SizedForm::SizedForm(Response page, const std::vector<std::string>& marks) {
  const std::string text = std::move(page.body);
  page.body.clear();
  page_ = std::move(page);
  page_.header("Vary", "Accept-Encoding, Accept-Language");
  for (std::size_t at = 0; at <= text.size();) {
    auto next = std::string::npos;
    std::optional<std::size_t> value;
    for (std::size_t i = 0; i < marks.size(); ++i)
      if (const auto found = text.find(marks[i], at); found < next) {
        next = found;
        value = i;
      }
    const auto part = text.substr(at, next == std::string::npos ? next : next - at);
    parts_.push_back({part, part.empty() ? "" : deflated(part, true), value});
    if (!value) break;
    at = next + marks[*value].size();
  }
}

Response SizedForm::fill(bool gzip, const std::vector<std::string>& values) const {
  Response response = page_;
  std::string text, packed;
  for (const auto& part : parts_) {
    text += part.text;
    packed += part.packed;
    if (!part.value) continue;
    text += values.at(*part.value);
    add_stored(packed, values.at(*part.value));
  }
  packed += kLastBlock;
  if (gzip && put_packed(response, packed, text)) return response;
  response.body = std::move(text);
  fill_up(response);
  return response;
}

}  // namespace hotline::http
