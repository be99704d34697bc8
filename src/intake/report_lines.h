// Report lines: what partners send many of at once, by CSV, JSON or mail.
//
// The three readers give the same lines, and take_lines() puts each into the
// drop as a submission of its own, so that behind the door nothing knows them
// apart. Every line has its own answer. The drop id is made from the source and
// the line's key, so that whatever is sent twice is one report. Text only: a
// line that carries a file is refused, and nothing of it is kept.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "intake/drop.h"

namespace hotline::intake {

struct ReportLine {
  int number = 0;  ///< As the sender counts: line of the file or mail, or place in the list.
  std::string address;
  std::string app, group, user;  ///< Where there is no address.
  std::string place;             ///< website, app, chat, sharing, game, mail, onion, other
  std::string seen;              ///< today, yesterday, earlier, unsure
  std::string access, remarks, language;
  std::string reference;  ///< The sender's own; the same again is the same report.
  std::string wrong;      ///< Why it cannot be taken; empty: it can.
};

inline constexpr std::size_t kCsvLinesMax = 10'000;
inline constexpr std::size_t kJsonLinesMax = 100;
inline constexpr std::size_t kMailLinesMax = 200;

/// RFC 4180 with a first line of column names; comma, semicolon or tab. Error `invalid` for a file
/// that is none, an unknown column or too many lines; a wrong line says so itself.
[[nodiscard]] Result<std::vector<ReportLine>> lines_from_csv(std::string_view text);

/// {"reports":[{"address":…},{"app":…,"user":…}]}. Error `invalid` names what is no such object.
[[nodiscard]] Result<std::vector<ReportLine>> lines_from_json(std::string_view text);

/// A mail's text: addresses, each line for itself, and blocks of "app: …", "group: …", "user: …".
/// "note: …" belongs to its block. Quoted lines and the signature are left out. `token` is what a
/// line "token: …" says; it goes into no report.
struct MailLines {
  std::vector<ReportLine> lines;
  std::string token;
};
[[nodiscard]] MailLines lines_from_mail(std::string_view text);

struct LineSource {
  std::string door;  ///< csv, api or mailbox
  std::string name;  ///< Whose lines: a member's id, a mail address, what the command was told.
  /// Of the whole sending (Idempotency-Key, Message-ID): the line's place in it is its key. Empty:
  /// the line's reference is its key, or its words and how often they stood there before.
  std::string key;
};

struct LineAnswer {
  int number = 0;
  bool taken = false;
  std::string reference;  ///< Ours, if it was taken.
  std::string theirs;
  std::string sentence;  ///< Why it was not.
};

/// Durable when it gives a value; the same lines again get the same answers and make nothing new.
/// Error `unavailable` as Drop::put(): nothing may be answered then, and all may be sent again.
[[nodiscard]] Result<std::vector<LineAnswer>> take_lines(Drop& drop, const LineSource& source,
                                                         const std::vector<ReportLine>& lines,
                                                         Instant now);

/// The sentence why a line cannot be taken, or empty.
[[nodiscard]] std::string wrong_with(const ReportLine& line);

/// "app: …\ngroup: …\nuser: …", as analysts read it.
[[nodiscard]] std::string where_without_address(std::string_view app, std::string_view group,
                                                std::string_view user);

/// The answers as CSV: line, reference, result, sentence.
[[nodiscard]] std::string answers_csv(const std::vector<LineAnswer>& answers);

}  // namespace hotline::intake
