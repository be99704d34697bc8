// The neutral mails to reporters: one file a language, web/mails/<language>.txt.
//
// "[received]", a line "Subject: …", an empty line, the text, up to the next
// "[stage]". {organisation}, {web} and {check} are replaced. A mail never says
// what was reported: others may read it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "intake/parcel.h"

namespace hotline::intake {

struct MailText {
  std::string subject;
  std::string text;
};

class MailTexts {
 public:
  /// Error `invalid` if a language lacks a stage that is mailed, `not_found` without English.
  [[nodiscard]] static Result<MailTexts> load(const std::string& folder);
  /// In English if there is no such language.
  [[nodiscard]] MailText of(std::string_view language, Stage stage) const;
  [[nodiscard]] std::vector<std::string> languages() const;

 private:
  std::map<std::string, std::map<Stage, MailText>, std::less<>> texts_;
};

}  // namespace hotline::intake
