// Mailbox: where partners' mails lie until they are taken, a Maildir or an IMAP folder.
//
// Only the first part of a mail is ever read (net/mail_reader.h), into memory.
// What was taken is deleted at once, with everything that was attached to it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace hotline::net {

class Mailbox {
 public:
  virtual ~Mailbox() = default;
  /// At most `limit` names of mails, oldest first. Error `unavailable`.
  virtual Result<std::vector<std::string>> waiting(std::size_t limit) = 0;
  /// The first kMailBytesMax bytes. Error `not_found` if it is gone.
  virtual Result<std::string> read(const std::string& name) = 0;
  /// For good. What is gone already is no error.
  virtual Done remove(const std::string& name) = 0;
};

/// Mails in `folder`/new and `folder`/cur. Error `not_found` if there is no such folder.
[[nodiscard]] Result<std::unique_ptr<Mailbox>> open_maildir(const std::string& folder);

struct ImapAccount {
  std::string url;  ///< "imaps://mail.example/INBOX"; imap:// only to loopback.
  std::string user, password;
};
/// Error `invalid` for any other address.
[[nodiscard]] Result<std::unique_ptr<Mailbox>> open_imap(ImapAccount account);

}  // namespace hotline::net
