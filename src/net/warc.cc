#include "net/warc.h"

#include <algorithm>
#include <array>

#include "base/crypto.h"
#include "base/text.h"
#include "net/capture_wire.h"

namespace hotline::net {

namespace {

using std::string_view;

constexpr std::size_t kHeadBytesMax = 64 * 1024;
constexpr std::size_t kRecordsMax = 10'000;

std::string fresh_id() {
  auto bytes = crypto::random_bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  const auto digits = hex(bytes);
  return "<urn:uuid:" + digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-" +
         digits.substr(12, 4) + "-" + digits.substr(16, 4) + "-" + digits.substr(20) + ">";
}

std::string sha256_of(string_view bytes) {
  return "sha256:" + hex(crypto::sha256(bytes));
}

// Nothing that a server said may begin a line of ours.
std::string field(string_view name, string_view value) {
  std::string line(name);
  line += ": ";
  for (const char c : value) line += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return line + "\r\n";
}

struct Part {
  string_view type, target, content_type;
  std::string more;  ///< Other fields, each with its line end.
  std::string id;
  Instant at;
};

void add(std::string& file, const Part& part, string_view block) {
  file += "WARC/1.1\r\n" + field("WARC-Type", part.type) + field("WARC-Record-ID", part.id) +
          field("WARC-Date", rfc3339(part.at));
  if (!part.target.empty()) file += field("WARC-Target-URI", part.target);
  file += part.more + field("Content-Type", part.content_type) +
          field("WARC-Block-Digest", sha256_of(block)) +
          field("Content-Length", std::to_string(block.size())) + "\r\n";
  file += block;
  file += "\r\n\r\n";
}

// "HTTP/2 200" -> "HTTP/1.1 200 ": readers of archives know no other status line.
std::string status_line(string_view line) {
  const auto blank = line.find(' ');
  if (!line.starts_with("HTTP/") || blank == string_view::npos) return "HTTP/1.1 000 \r\n";
  std::string status(line.substr(blank + 1));
  if (status.find(' ') == std::string::npos) status += ' ';
  return (line.starts_with("HTTP/1.0") ? "HTTP/1.0 " : "HTTP/1.1 ") + status + "\r\n";
}

bool describes_encoding(string_view header) {
  return header == "content-encoding" || header == "transfer-encoding" ||
         header == "content-length";
}

std::string response_block(const Exchange& exchange, string_view body) {
  string_view rest = exchange.response;
  const auto next = [&rest] {
    const auto line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(rest.size(), line.size() + 2));
    return line;
  };
  std::string block = status_line(next());
  while (!rest.empty()) {
    const auto line = next();
    if (describes_encoding(lower_ascii(trim(line.substr(0, line.find(':'))))))
      block += "X-Archive-Orig-";
    block += std::string(line) + "\r\n";
  }
  block += field("Content-Length", std::to_string(body.size())) + "\r\n";
  return block += body;
}

string_view body_of(const Capture& capture, const Exchange& exchange) {
  if (exchange.body_of == Exchange::kPageBody) return capture.page;
  const auto index = static_cast<std::size_t>(exchange.body_of) - 1;
  if (exchange.body_of > 0 && index < capture.media.size()) return capture.media[index].bytes;
  return exchange.body;
}

void add_exchange(std::string& file, const Capture& capture, const Exchange& exchange,
                  const std::string& warcinfo) {
  const auto at = instant(exchange.at_us);
  const auto response_id = fresh_id(), request_id = fresh_id();
  std::string place = field("WARC-Warcinfo-ID", warcinfo);
  if (!exchange.ip.empty()) place += field("WARC-IP-Address", exchange.ip);
  const auto body = body_of(capture, exchange);
  if (!exchange.response.empty())
    add(file,
        {.type = "response",
         .target = exchange.url,
         .content_type = "application/http; msgtype=response",
         .more = place + field("WARC-Payload-Digest", sha256_of(body)) +
                 (exchange.cut ? field("WARC-Truncated", "length") : ""),
         .id = response_id,
         .at = at},
        response_block(exchange, body));
  if (!exchange.request.empty())
    add(file,
        {.type = "request",
         .target = exchange.url,
         .content_type = "application/http; msgtype=request",
         .more = place + field("WARC-Concurrent-To", response_id),
         .id = request_id,
         .at = at},
        exchange.request);
}

// --- reading -----------------------------------------------------------------------------------

std::unexpected<Error> broken(std::size_t at) {
  return fail(ErrorKind::invalid,
              "The archive breaks the WARC format at byte " + std::to_string(at) + ".");
}

struct Head {
  WarcRecord record;
  std::string digest;
  std::int64_t length = -1;
};

bool take_field(Head& head, string_view line) {
  const auto colon = line.find(':');
  if (colon == string_view::npos || colon == 0) return false;
  const auto name = lower_ascii(trim(line.substr(0, colon)));
  const auto value = trim(line.substr(colon + 1));
  if (name == "warc-type") head.record.type = value;
  if (name == "warc-record-id") head.record.id = value;
  if (name == "warc-date") head.record.date = value;
  if (name == "warc-target-uri") head.record.target = value;
  if (name == "content-type") head.record.content_type = value;
  if (name == "warc-block-digest") head.digest = value;
  if (name == "content-length") {
    const auto length = parse_integer(value);
    // Two lengths are an ambiguity, and one of them a trick.
    if (!length || *length < 0 || head.length >= 0) return false;
    head.length = *length;
  }
  return true;
}

Done check_digest(Head& head, std::size_t number) {
  const auto colon = head.digest.find(':');
  if (colon == std::string::npos) return {};
  const auto algorithm = lower_ascii(head.digest.substr(0, colon));
  const auto value = lower_ascii(head.digest.substr(colon + 1));
  std::string own;
  if (algorithm == "sha256") own = hex(crypto::sha256(head.record.block));
  if (algorithm == "sha1") own = hex(crypto::sha1(head.record.block));
  // Other tools write base 32, which we do not compare.
  if (own.empty() || value.size() != own.size()) return {};
  if (own != value)
    return fail(ErrorKind::corrupt,
                "Record " + std::to_string(number) + " of the archive has another digest.");
  head.record.checked = true;
  return {};
}

}  // namespace

std::string write_warc(const Capture& capture, const WarcAbout& about) {
  std::string file;
  const auto info = fresh_id();
  add(file,
      {.type = "warcinfo", .content_type = "application/warc-fields", .id = info, .at = about.at},
      field("software", about.maker) + field("format", "WARC file version 1.1") +
          field("description", "One look at a reported address"));
  for (const auto& exchange : capture.exchanges) add_exchange(file, capture, exchange, info);
  const auto own = field("WARC-Warcinfo-ID", info);
  if (!capture.screenshot.empty())
    add(file,
        {.type = "resource",
         .target = "urn:screenshot:" + about.address,
         .content_type = "image/png",
         .more = own,
         .id = fresh_id(),
         .at = about.at},
        capture.screenshot);
  json::object found = summary(capture);
  found["recipe"] = recipe_json(about.recipe);
  found["text"] = capture.text;
  add(file,
      {.type = "metadata",
       .target = about.address,
       .content_type = "application/json",
       .more = own,
       .id = fresh_id(),
       .at = about.at},
      json::serialize(found));
  return file;
}

Result<std::vector<WarcRecord>> read_warc(string_view file) {
  std::vector<WarcRecord> records;
  for (std::size_t at = 0; at < file.size();) {
    const auto start = at;
    if (records.size() >= kRecordsMax || file.substr(at, 7) != "WARC/1.") return broken(start);
    Head head;
    for (bool first = true;; first = false) {
      const auto end =
          file.substr(0, std::min(file.size(), start + kHeadBytesMax)).find("\r\n", at);
      if (end == string_view::npos) return broken(at);
      const auto line = file.substr(at, end - at);
      at = end + 2;
      if (line.empty()) break;
      if (!first && !take_field(head, line)) return broken(at - line.size() - 2);
    }
    if (head.length < 0 || head.record.type.empty() || head.record.id.empty()) return broken(start);
    const auto length = static_cast<std::size_t>(head.length);
    if (file.size() - at < 4 || length > file.size() - at - 4) return broken(at);
    head.record.block = file.substr(at, length);
    at += length;
    if (file.substr(at, 4) != "\r\n\r\n") return broken(at);
    at += 4;
    TRY_DONE(check_digest(head, records.size() + 1));
    records.push_back(std::move(head.record));
  }
  if (records.empty()) return broken(0);
  return records;
}

}  // namespace hotline::net
