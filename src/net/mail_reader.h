// Reading one received mail: who, which signatures our own server found, the plain text.
//
// Attachments are counted and never decoded. Only the topmost
// Authentication-Results header is read, and only if our own server wrote it:
// everything below came with the mail and may be the sender's invention.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hotline::net {

/// So much of a mail is looked at; the rest is never read.
inline constexpr std::size_t kMailBytesMax = 256 * 1024;

struct ReceivedMail {
  std::string from;                       ///< addr-spec, lower case.
  std::string key;                        ///< Message-ID, or a digest of head and text.
  std::vector<std::string> dkim_domains;  ///< With a valid signature, as our server found.
  std::string text;                       ///< Of the text/plain parts, UTF-8, lines by \n.
  int attachments = 0;
  bool automatic = false;  ///< A bounce, a list or an answering machine.
};

/// `our_server` is the authserv-id (RFC 8601) to trust; empty: no signature counts. Error
/// `invalid` if it is no mail, or does not have exactly one sender.
[[nodiscard]] Result<ReceivedMail> read_mail(std::string_view bytes, std::string_view our_server);

/// What a mail server says about one mail of ours (RFC 3464).
struct DeliveryReport {
  std::string action;      ///< failed, delayed, delivered, relayed or expanded.
  std::string status;      ///< "5.1.1", or empty.
  std::string recipient;   ///< Final-Recipient, or empty.
  std::string diagnostic;  ///< One line, at most 300 bytes.
};

/// A mail that came back to the mailbox that our notices name.
struct ReceivedReply {
  std::string from;     ///< addr-spec in lower case; empty if it has not exactly one sender.
  std::string key;      ///< Message-ID, or a digest of head and text.
  std::string subject;  ///< Decoded, one line, at most 500 bytes.
  std::string text;     ///< Of the text/plain parts, UTF-8, lines by \n.
  /// Message-IDs without brackets: In-Reply-To, References, and that of a returned mail.
  std::vector<std::string> answers_to;
  std::optional<DeliveryReport> report;
  int attachments = 0;
  bool automatic = false;  ///< RFC 3834: nobody wrote it.
};

/// Error `invalid` if it is no mail. A bounce need not have a sender.
[[nodiscard]] Result<ReceivedReply> read_reply(std::string_view bytes);

/// The domains of "dkim=pass" in one Authentication-Results value of `our_server`.
[[nodiscard]] std::vector<std::string> dkim_passes(std::string_view value,
                                                   std::string_view our_server);

}  // namespace hotline::net
