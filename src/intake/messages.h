// Messages: the hotline asks, a reporter whom nobody knows answers.
//
// ask_reporter() puts a question into the reporter's status parcel, which only
// their receipt opens; what they write back comes through the drop like a report
// (SubmissionKind::message) and is filed by take_message(). Neither side learns
// more than the words. The reporter can have all of it deleted (erase_contact()).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "casework/casework.h"
#include "db/db.h"
#include "intake/parcel.h"
#include "intake/submission.h"

namespace hotline::intake {

/// More of them a receipt does not take; a conversation that long belongs on the telephone.
inline constexpr std::int64_t kMessagesMax = 100;
inline constexpr std::size_t kQuestionBytesMax = 4000;

/// Asks whoever made `report` of this case; fact `reporter_asked`. Error `invalid` for an empty
/// text or a conversation that is full, `not_found` if that reporter holds no receipt.
Done ask_reporter(db::Transaction& tx, const casework::CaseId& casefile,
                  const casework::ReportId& report, std::string_view text,
                  const casework::PersonId& person, Instant now);

/// Files a reporter's message; fact `reporter_answered`. Nothing happens for a receipt that we do
/// not know, an empty text or an id that is filed already.
Done take_message(db::Transaction& tx, std::string_view drop_id, const Submission& submission,
                  Instant now);

struct Conversation {
  casework::ReportId report;  ///< Their first report of this case.
  std::string door, language;
  Instant received_at{};
  bool has_contact = false;
  struct Line {
    std::string author;  ///< A person's id, or "reporter".
    std::string text;
    Instant at{};
  };
  std::vector<Line> lines;
};
/// Of everybody who reported this case and holds a receipt.
[[nodiscard]] Result<std::vector<Conversation>> conversations(db::Transaction& tx,
                                                              const casework::CaseId& casefile);

}  // namespace hotline::intake
