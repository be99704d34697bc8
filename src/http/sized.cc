#include "http/sized.h"

#include <boost/beast/zlib/deflate_stream.hpp>
#include <boost/crc.hpp>

#include "base/text.h"

namespace hotline::http {

namespace {

constexpr std::size_t kExtraMax = 65535 - 4;
constexpr int kCompression = 1;  ///< Pages are small, and filled up anyway.
constexpr int kWindowBits = 15;
constexpr int kMemoryLevel = 8;

std::string little_endian(std::uint32_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>((number >> (8 * i)) & 0xff);
  return text;
}

std::string deflated(std::string_view bytes) {
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
  stream.write(params, zlib::Flush::finish, error);
  CHECK(error == zlib::error::end_of_stream || !error);
  out.resize(params.total_out);
  return out;
}

/// With `extra` bytes of padding; the four before them say whose field it is and how long.
std::string member_of(std::string_view packed, std::string_view bytes, std::size_t extra) {
  boost::crc_32_type sum;
  sum.process_bytes(bytes.data(), bytes.size());
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
  member += little_endian(sum.checksum(), 4);
  return member + little_endian(static_cast<std::uint32_t>(bytes.size()), 4);
}

std::size_t size_for(std::size_t wanted) {
  for (const auto size : kPageSizes)
    if (wanted <= size) return size;
  return wanted;
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
  response.header("Vary", "Accept-Encoding, Accept-Language");
  const auto accepts = request.headers.find("accept-encoding");
  if (accepts != request.headers.end() && takes_gzip(accepts->second)) {
    const auto packed = deflated(response.body);
    const auto plain = member_of(packed, response.body, 0);
    // The six bytes that announce the padding must fit as well.
    const auto size = size_for(plain.size() + 7);
    const auto extra = size - plain.size() - 6;
    if (size > plain.size() + 6 && extra <= kExtraMax) {
      response.body = member_of(packed, response.body, extra);
      response.header("Content-Encoding", "gzip");
      return;
    }
  }
  response.body.resize(std::max(response.body.size(), size_for(response.body.size())), ' ');
}

}  // namespace hotline::http
