#include "http/reader.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace hotline::http {

namespace {

constexpr std::size_t kChunkLineMax = 256;
constexpr std::size_t kTrailerMax = 4096;
constexpr std::size_t kKeptBytes = 4096;          ///< Of an idle connection's buffer.
constexpr std::size_t kReadBytesMax = 64 * 1024;  ///< So many read ones may stay in the buffer.

/// RFC 9110 section 5.6.2.
constexpr std::array<bool, 256> kToken = [] {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return kToken[static_cast<unsigned char>(c)]; });
}

bool is_target(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7f;
  });
}

bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
  });
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view name) {
  std::string text(name);
  for (auto& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

bool same_word(std::string_view a, std::string_view lower_b) {
  return a.size() == lower_b.size() &&
         std::equal(a.begin(), a.end(), lower_b.begin(), [](char x, char y) {
           return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
         });
}

/// "keep-alive, close" names `word`.
bool names_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (same_word(without_blanks(list.substr(0, comma)), word)) return true;
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
  return false;
}

bool stays_open(const RawRequest& raw) {
  bool close = false, keep = false;
  for (const auto& [name, value] : raw.headers) {
    if (name != "connection") continue;
    close = close || names_word(value, "close");
    keep = keep || names_word(value, "keep-alive");
  }
  return !close && (raw.http_1_1 || keep);
}

const std::string* field(const RawRequest& raw, std::string_view name) {
  for (const auto& [key, value] : raw.headers)
    if (key == name) return &value;
  return nullptr;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void RequestReader::add(std::string_view bytes) {
  // Chunks whose sizes say much about little must not fill the memory.
  if (part_ != Part::head && at_ > kReadBytesMax) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  buffer_.append(bytes);
}

RequestReader::State RequestReader::advance() {
  if (status_ != 0) return State::refused;
  for (bool goes_on = true; goes_on && part_ != Part::complete;) {
    switch (part_) {
      case Part::head: goes_on = read_head(); break;
      case Part::sized: goes_on = read_body(Part::complete); break;
      case Part::chunk_size: goes_on = read_chunk_size(); break;
      case Part::chunk: goes_on = read_body(Part::chunk_end); break;
      case Part::chunk_end: goes_on = read_chunk_end(); break;
      case Part::trailer: goes_on = read_trailer(); break;
      case Part::complete: break;
    }
    if (status_ != 0) return State::refused;
  }
  return part_ == Part::complete ? State::complete : State::more;
}

bool RequestReader::take_continue() {
  const bool waits = continue_ && part_ != Part::head && part_ != Part::complete;
  continue_ = false;
  return waits;
}

void RequestReader::next() {
  buffer_.erase(0, at_);
  if (buffer_.empty() && buffer_.capacity() > kKeptBytes) buffer_ = std::string();
  at_ = scanned_ = line_ = head_end_ = 0;
  part_ = Part::head;
  wanted_ = trailer_bytes_ = 0;
  keep_ = clipped_ = continue_ = false;
  raw_ = {};
  body_ = std::string();
}

/// Looks for the empty line; every line must end in CR LF.
bool RequestReader::find_head_end() {
  while (true) {
    const auto end = buffer_.find('\n', scanned_);
    if (end == std::string::npos || end >= limits_.header_bytes_max) {
      scanned_ = std::min(buffer_.size(), limits_.header_bytes_max);
      return false;
    }
    if (end == line_ || buffer_[end - 1] != '\r') {
      status_ = 400;
      return false;
    }
    scanned_ = end + 1;
    const bool empty = end - 1 == line_;
    line_ = scanned_;
    if (!empty) continue;
    if (end - 1 != at_) {
      head_end_ = scanned_;
      return true;
    }
    // Empty lines before the request line are left out (RFC 9112 section 2.2).
    at_ = scanned_;
  }
}

bool RequestReader::read_head() {
  if (!find_head_end()) {
    if (status_ == 0 && buffer_.size() > limits_.header_bytes_max) status_ = 431;
    return false;
  }
  status_ = parse_head(std::string_view(buffer_).substr(at_, head_end_ - 2 - at_));
  if (status_ == 0) status_ = refusal_of(raw_);
  at_ = head_end_;
  if (status_ == 0) status_ = begin_body();
  return status_ == 0;
}

/// `head`: all its lines, each with its end.
int RequestReader::parse_head(std::string_view head) {
  const auto take = [&head] {
    const auto end = head.find("\r\n");
    const auto line = head.substr(0, end);
    head.remove_prefix(end + 2);
    return line;
  };
  const auto first = take();
  const auto blank = first.find(' ');
  const auto last = first.rfind(' ');
  if (blank == std::string_view::npos || blank == last) return 400;
  const auto version = first.substr(last + 1);
  const auto target = first.substr(blank + 1, last - blank - 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return 400;
  if (!is_token(first.substr(0, blank)) || !is_target(target)) return 400;
  raw_.method = first.substr(0, blank);
  raw_.target = target;
  raw_.http_1_1 = version == "HTTP/1.1";
  raw_.headers.reserve(8);
  while (!head.empty()) {
    const auto line = take();
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return 400;
    const auto value = without_blanks(line.substr(colon + 1));
    if (!is_field_value(value)) return 400;
    raw_.headers.emplace_back(lower(line.substr(0, colon)), std::string(value));
  }
  return 0;
}

int RequestReader::begin_body() {
  keep_ = stays_open(raw_);
  continue_ = wants_continue(raw_);
  part_ = Part::complete;
  if (field(raw_, "transfer-encoding")) {
    part_ = Part::chunk_size;
    return 0;
  }
  const auto* length = field(raw_, "content-length");
  if (!length) return 0;
  wanted_ = 0;
  for (const char c : *length)
    if (c >= '0' && c <= '9') wanted_ = wanted_ * 10 + static_cast<std::size_t>(c - '0');
  if (wanted_ > limits_.body_bytes_max) {
    if (!limits_.clip_large_forms || !is_form(raw_)) return 413;
    clipped_ = true;
    keep_ = false;
    wanted_ = limits_.body_bytes_max;
  }
  if (wanted_ > 0) part_ = Part::sized;
  return 0;
}

bool RequestReader::read_body(Part next) {
  const auto part = left().substr(0, wanted_);
  body_.append(part);
  at_ += part.size();
  wanted_ -= part.size();
  if (at_ == buffer_.size()) {
    buffer_.clear();
    at_ = 0;
  }
  if (wanted_ == 0) part_ = next;
  return wanted_ == 0;
}

bool RequestReader::take_line(std::size_t max, std::string_view& line) {
  const auto text = left().substr(0, max + 2);
  const auto end = text.find('\n');
  if (end == std::string_view::npos) {
    if (text.size() > max) status_ = 400;
    return false;
  }
  if (end == 0 || text[end - 1] != '\r') {
    status_ = 400;
    return false;
  }
  line = text.substr(0, end - 1);
  at_ += end + 1;
  return true;
}

bool RequestReader::read_chunk_size() {
  std::string_view line;
  if (!take_line(kChunkLineMax, line)) return false;
  const auto digits = without_blanks(line.substr(0, line.find(';')));
  const bool is_hex =
      std::all_of(digits.begin(), digits.end(), [](char c) { return hex_value(c) >= 0; });
  if (digits.empty() || digits.size() > 15 || !is_hex || !is_field_value(line)) {
    status_ = 400;
    return false;
  }
  wanted_ = 0;
  for (const char c : digits) wanted_ = wanted_ * 16 + static_cast<std::size_t>(hex_value(c));
  if (wanted_ > limits_.body_bytes_max - body_.size()) {
    status_ = 413;
    return false;
  }
  part_ = wanted_ == 0 ? Part::trailer : Part::chunk;
  return true;
}

bool RequestReader::read_chunk_end() {
  const auto text = left().substr(0, 2);
  if (text != std::string_view("\r\n").substr(0, text.size())) status_ = 400;
  if (status_ != 0 || text.size() < 2) return false;
  at_ += 2;
  part_ = Part::chunk_size;
  return true;
}

/// Fields after the last chunk are read and forgotten.
bool RequestReader::read_trailer() {
  std::string_view line;
  if (!take_line(kTrailerMax, line)) return false;
  trailer_bytes_ += line.size();
  if (trailer_bytes_ > kTrailerMax) status_ = 400;
  if (line.empty()) part_ = Part::complete;
  return status_ == 0;
}

}  // namespace hotline::http
