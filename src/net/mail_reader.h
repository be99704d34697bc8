// Reading one received mail: who, which signatures our own server found, the plain text.
//
// Attachments are counted and never decoded. Only the topmost
// Authentication-Results header is read, and only if our own server wrote it:
// everything below came with the mail and may be the sender's invention.
#pragma once

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

/// The domains of "dkim=pass" in one Authentication-Results value of `our_server`.
[[nodiscard]] std::vector<std::string> dkim_passes(std::string_view value,
                                                   std::string_view our_server);

}  // namespace hotline::net
