// Mailer: one message to one mail server, by SMTP (RFC 5321).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/taken_marks.h"

namespace hotline::net {

struct Attachment {
  std::string name;          ///< "xarf.json"
  std::string content_type;  ///< "application/json"
  std::string bytes;
};

struct Mail {
  std::string from;  ///< addr-spec
  std::string from_name;
  std::string to;  ///< addr-spec
  std::string subject;
  std::string message_id;   ///< Without the angle brackets; the same for every try.
  std::string in_reply_to;  ///< Without the angle brackets, or empty.
  std::string language;     ///< Content-Language, or empty.
  Instant date{};
  std::string text;  ///< Plain text, UTF-8, lines by \n.
  std::vector<Attachment> attachments;
  bool auto_generated = true;  ///< RFC 3834
};

/// The message as it goes over the wire (RFC 5322, CRLF). Every header value is encoded;
/// a line break or control character in one is `invalid`, never folded in.
[[nodiscard]] Result<std::string> compose(const Mail& mail);

class Mailer {
 public:
  virtual ~Mailer() = default;
  /// The server's last line. A mail that the server has taken before (the same `message_id`) is
  /// not handed over again: that is success too. Error `invalid` for a permanent refusal (5xx: do
  /// not try again), `unavailable` for anything else.
  virtual Result<std::string> send(const Mail& mail) = 0;
};

/// `marks` remembers what was taken, from the moment of the 250 on; see taken_marks.h.
[[nodiscard]] std::unique_ptr<Mailer> open_mailer(const std::string& host, int port,
                                                  TakenMarks marks = {});

}  // namespace hotline::net
