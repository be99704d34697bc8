// RequestReader: the bytes of one connection, cut into requests.
//
// Strict wherever two servers could disagree on where a request ends (RFC 9112):
// lines end in CR LF, a field has no blank before its colon and no continuation,
// a chunk is exactly as long as it says. What framing.h refuses is refused here
// before a byte of its body is kept. No socket in here: tested and fuzzed alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/framing.h"

namespace hotline::http {

class RequestReader {
 public:
  struct Limits {
    std::size_t header_bytes_max = 16 * 1024;
    std::size_t body_bytes_max = 64 * 1024;
    bool clip_large_forms = false;  ///< See ServerOptions.
  };
  enum class State : std::uint8_t { more, complete, refused };

  explicit RequestReader(const Limits& limits) : limits_(limits) {}

  void add(std::string_view bytes);
  /// Reads as far as the bytes go. After `complete` the request may be taken; after `refused`
  /// there is status(), and nothing more is read.
  State advance();
  /// The client has begun a request that is not complete.
  [[nodiscard]] bool begun() const { return at_ < buffer_.size() || part_ != Part::head; }
  /// True once a request: the client waits for "100 Continue" before it sends the body.
  [[nodiscard]] bool take_continue();
  [[nodiscard]] int status() const { return status_; }

  // After `complete`:
  [[nodiscard]] RawRequest& raw() { return raw_; }
  [[nodiscard]] std::string& body() { return body_; }
  [[nodiscard]] bool keeps() const { return keep_; }  ///< The connection may go on.
  /// The body is only the beginning of a form that was too large.
  [[nodiscard]] bool clipped() const { return clipped_; }
  /// Forgets the request; what came after it stays.
  void next();

 private:
  enum class Part : std::uint8_t { head, sized, chunk_size, chunk, chunk_end, trailer, complete };

  [[nodiscard]] std::string_view left() const { return std::string_view(buffer_).substr(at_); }
  [[nodiscard]] bool find_head_end();
  [[nodiscard]] int parse_head(std::string_view head);
  [[nodiscard]] int begin_body();
  /// Each advances by what is there; false if more bytes are needed or status_ is set.
  bool read_head();
  /// What is left of a body or a chunk; `next` once it is whole.
  bool read_body(Part next);
  bool read_chunk_size();
  bool read_chunk_end();
  bool read_trailer();
  /// A line of at most `max` bytes, without its end; nothing if it is not there yet.
  [[nodiscard]] bool take_line(std::size_t max, std::string_view& line);

  Limits limits_;
  std::string buffer_;
  std::size_t at_ = 0;       ///< Where the unread bytes begin.
  std::size_t scanned_ = 0;  ///< Up to here no head ends.
  std::size_t line_ = 0;     ///< Where the line begins that is being scanned.
  std::size_t head_end_ = 0;
  Part part_ = Part::head;
  std::size_t wanted_ = 0;  ///< Of the body or of its chunk.
  std::size_t trailer_bytes_ = 0;
  int status_ = 0;
  bool keep_ = false, clipped_ = false, continue_ = false;
  RawRequest raw_;
  std::string body_;
};

}  // namespace hotline::http
