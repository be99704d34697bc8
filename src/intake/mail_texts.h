// The neutral mails to reporters: one file a language, web/mails/<language>.txt.
//
// "[received]", a line "Subject: …", an empty line, the text, up to the next
// "[occasion]". {organisation}, {web} and {check} are replaced. A mail never says
// what was reported: others may read it.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "intake/parcel.h"

namespace hotline::intake {

/// What a reporter is written to for: a stage of the report, or a question of ours. `checking`
/// sends no mail: the next one says how it ended.
enum class Occasion : std::uint8_t { received, acted, outside_remit, not_found, question };
inline constexpr std::array kOccasions = {Occasion::received, Occasion::acted,
                                          Occasion::outside_remit, Occasion::not_found,
                                          Occasion::question};
[[nodiscard]] std::string_view name(Occasion occasion);
[[nodiscard]] Result<Occasion> parse_occasion(std::string_view text);
/// Nothing for a stage that is not mailed.
[[nodiscard]] std::optional<Occasion> occasion_of(Stage stage);

struct MailText {
  std::string subject;
  std::string text;
};

class MailTexts {
 public:
  /// Error `invalid` if a language lacks an occasion, `not_found` without English.
  [[nodiscard]] static Result<MailTexts> load(const std::string& folder);
  /// In English if there is no such language.
  [[nodiscard]] MailText of(std::string_view language, Occasion occasion) const;
  [[nodiscard]] std::vector<std::string> languages() const;

 private:
  std::map<std::string, std::map<Occasion, MailText>, std::less<>> texts_;
};

}  // namespace hotline::intake
