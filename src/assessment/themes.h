// Themes: what a person may wish not to meet today.
//
// Chosen at the check-in or for always, without a reason; routing keeps such cases
// away. A theme is only what is known before anybody looks: what matching suggests
// and what kind of file it is. What nobody has seen yet has no theme but `unseen`.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "assessment/assessment_store.h"

namespace hotline::assessment {

struct Theme {
  std::string_view id;  ///< As stored and sent.
  std::string_view label;
};
inline constexpr std::array kThemes = {
    Theme{"most_severe", "What is known to be of the most severe kind"},
    Theme{"youngest", "What is known to show the youngest"},
    Theme{"video", "Videos"},
    Theme{"unseen", "What nobody has seen before"},
};
[[nodiscard]] bool is_theme(std::string_view id);

/// The themes of a waiting case. Cases without a picture to look at have none.
[[nodiscard]] Result<std::vector<std::string>> themes_of(db::Transaction& tx,
                                                         const CaseId& casefile,
                                                         const Scheme& scheme);
/// 0 not known or least, 1 second, 2 most severe: by the scheme's order of categories and ages.
[[nodiscard]] int severity_of(const Scheme& scheme, const Grade& grade);

}  // namespace hotline::assessment
