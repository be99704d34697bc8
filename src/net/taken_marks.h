// TakenMarks: which mails a mail server has taken, kept outside the database.
//
// Between a server's 250 and the commit that says `sent` a program may be killed; without a
// mark the mail would leave again. A mark is one file made by one system call the moment the
// 250 is read, so that not even a busy database widens that window. It survives the death of
// the program; a power cut between 250 and the disk's next write is the part that nobody closes.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace hotline::net {

class TakenMarks {
 public:
  /// The folder is made if there is none; an empty `folder` keeps nothing. Marks of 90 days and
  /// older go: what they stood for was committed long ago.
  [[nodiscard]] static Result<TakenMarks> open(std::string folder);
  TakenMarks() = default;

  [[nodiscard]] bool has(std::string_view message_id) const;
  /// Error `unavailable` if the mark cannot be made.
  Done set(std::string_view message_id) const;

 private:
  explicit TakenMarks(std::string folder) : folder_(std::move(folder)) {}
  // The name gives nothing away: mails to reporters are marked as well.
  [[nodiscard]] std::string path(std::string_view message_id) const;

  std::string folder_;
};

}  // namespace hotline::net
