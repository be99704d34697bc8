// Grades: what a person says about an item, and what follows for the address.
//
// A grade is filled in key by key: category, then age, then sex. The address takes
// the most severe category and the youngest age of its items (as published figures
// count it), together with the item that decided. Pure functions: nothing stored.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "assessment/scheme.h"
#include "casework/casework.h"

namespace hotline::assessment {

using casework::CaseId;
using casework::ItemId;
using casework::PersonId;
using casework::TenantId;

struct Grade {
  std::string category;  ///< Of the scheme, or unsure, furniture, not_loaded; empty: no grade.
  std::string age;
  std::string sex;
  std::vector<std::string> flags;
  friend bool operator==(const Grade&, const Grade&) = default;
};

/// Error `invalid` if a word is not in the scheme, or age or sex stand without an actionable
/// category.
[[nodiscard]] Done check(const Scheme& scheme, const Grade& grade);
/// Whether nothing required is missing: an actionable category needs age and sex.
[[nodiscard]] bool is_complete(const Scheme& scheme, const Grade& grade);
[[nodiscard]] bool is_actionable(const Scheme& scheme, const Grade& grade);
/// Whether this is a decision under a scheme, seen without it: a category that is not unsure,
/// furniture or not_loaded, with age and sex unless it is not_actionable.
[[nodiscard]] bool is_whole(const Grade& grade);

/// Spelled as it is stored, sent and printed.
enum class Verdict : std::uint8_t { actionable, not_actionable, gone, unsure };
[[nodiscard]] std::string_view name(Verdict verdict);
[[nodiscard]] Result<Verdict> parse_verdict(std::string_view text);

/// act_on_page: one confirmed item is enough, the rest stays ungraded. grade_all: every item.
enum class GradeMode : std::uint8_t { act_on_page, grade_all };
[[nodiscard]] std::string_view name(GradeMode mode);
[[nodiscard]] Result<GradeMode> parse_grade_mode(std::string_view text);

struct ItemGrade {
  ItemId item;
  Grade grade;
  bool needed = true;      ///< False for page furniture, which nobody has to look at.
  bool filled_in = false;  ///< Known from earlier: its age and sex may never have been asked.
};

/// What an address comes to.
struct Outcome {
  Verdict verdict = Verdict::unsure;
  std::string category;  ///< Most severe; empty unless actionable.
  std::string age;       ///< Youngest; empty unless actionable.
  std::string sex;       ///< Of all actionable items together; empty unless actionable.
  ItemId item;           ///< The one that decided; empty unless actionable.
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// Error `conflict` with a sentence for the analyst if something is still to be decided.
[[nodiscard]] Result<Outcome> outcome_of(const Scheme& scheme, const std::vector<ItemGrade>& items,
                                         GradeMode mode);

}  // namespace hotline::assessment
