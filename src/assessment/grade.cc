#include "assessment/grade.h"

#include <algorithm>

namespace hotline::assessment {

namespace {

bool is_outside_scheme(std::string_view category) {
  return category == kUnsure || category == kFurniture || category == kNotLoaded;
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

/// girl and boy together are both; not_determined adds nothing to what is known.
std::string joined_sex(const std::string& a, const std::string& b) {
  if (a.empty() || a == kNotDetermined) return b;
  if (b.empty() || b == kNotDetermined || a == b) return a;
  return "both";
}

bool counts(const Scheme& scheme, const ItemGrade& one) {
  return one.filled_in ? !one.grade.category.empty() : is_complete(scheme, one.grade);
}

struct Tally {
  std::size_t actionable = 0, unsure = 0, not_loaded = 0, open = 0, half = 0, seen = 0;
};

Tally tally(const Scheme& scheme, const std::vector<ItemGrade>& items) {
  Tally count;
  for (const auto& one : items) {
    const auto& category = one.grade.category;
    if (category.empty() && !one.needed) continue;
    ++count.seen;
    if (category.empty())
      ++count.open;
    else if (!counts(scheme, one))
      ++count.half;
    else if (category == kUnsure)
      ++count.unsure;
    else if (category == kNotLoaded)
      ++count.not_loaded;
    else if (is_actionable(scheme, one.grade))
      ++count.actionable;
  }
  return count;
}

Outcome actionable_outcome(const Scheme& scheme, const std::vector<ItemGrade>& items) {
  Outcome outcome;
  outcome.verdict = Verdict::actionable;
  const Grade* deciding = nullptr;
  for (const auto& one : items) {
    if (!is_actionable(scheme, one.grade) || !counts(scheme, one)) continue;
    const auto rank = [&](const Grade& grade) {
      return std::pair(scheme.severity(grade.category), scheme.age_order(grade.age));
    };
    if (deciding == nullptr || rank(one.grade) < rank(*deciding)) {
      deciding = &one.grade;
      outcome.item = one.item;
      outcome.category = one.grade.category;
    }
    if (outcome.age.empty() || scheme.age_order(one.grade.age) < scheme.age_order(outcome.age))
      outcome.age = one.grade.age;
    outcome.sex = joined_sex(outcome.sex, one.grade.sex);
  }
  // What an earlier decision elsewhere did not record is not determined, never guessed.
  if (outcome.age.empty()) outcome.age = kNotDetermined;
  if (outcome.sex.empty()) outcome.sex = kNotDetermined;
  return outcome;
}

}  // namespace

Done check(const Scheme& scheme, const Grade& grade) {
  if (!grade.category.empty() && !is_outside_scheme(grade.category) &&
      scheme.category(grade.category) == nullptr)
    return fail(ErrorKind::invalid, "This category is not in the scheme.");
  if (!grade.age.empty() && !scheme.has_age(grade.age))
    return fail(ErrorKind::invalid, "This age is not in the scheme.");
  if (!grade.sex.empty() && !scheme.has_sex(grade.sex))
    return fail(ErrorKind::invalid, "This sex is not in the scheme.");
  for (const auto& flag : grade.flags)
    if (!scheme.has_flag(flag)) return fail(ErrorKind::invalid, "This flag is not in the scheme.");
  if (!is_actionable(scheme, grade) && (!grade.age.empty() || !grade.sex.empty()))
    return fail(ErrorKind::invalid, "Age and sex belong to an actionable category.");
  return {};
}

bool is_complete(const Scheme& scheme, const Grade& grade) {
  if (grade.category.empty()) return false;
  return !is_actionable(scheme, grade) || (!grade.age.empty() && !grade.sex.empty());
}

bool is_actionable(const Scheme& scheme, const Grade& grade) {
  const Category* category = scheme.category(grade.category);
  return category != nullptr && category->actionable;
}

bool is_whole(const Grade& grade) {
  if (grade.category.empty() || is_outside_scheme(grade.category)) return false;
  return grade.category == kNotActionable || (!grade.age.empty() && !grade.sex.empty());
}

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::actionable: return "actionable";
    case Verdict::not_actionable: return "not_actionable";
    case Verdict::gone: return "gone";
    case Verdict::unsure: return "unsure";
  }
  return "unknown";
}

Result<Verdict> parse_verdict(std::string_view text) {
  for (const auto verdict :
       {Verdict::actionable, Verdict::not_actionable, Verdict::gone, Verdict::unsure})
    if (name(verdict) == text) return verdict;
  return fail(ErrorKind::invalid, "A verdict is actionable, not_actionable, gone or unsure.");
}

std::string_view name(GradeMode mode) {
  return mode == GradeMode::act_on_page ? "act_on_page" : "grade_all";
}

Result<GradeMode> parse_grade_mode(std::string_view text) {
  for (const auto mode : {GradeMode::act_on_page, GradeMode::grade_all})
    if (name(mode) == text) return mode;
  return fail(ErrorKind::invalid, "A mode is act_on_page or grade_all.");
}

Result<Outcome> outcome_of(const Scheme& scheme, const std::vector<ItemGrade>& items,
                           GradeMode mode) {
  const Tally count = tally(scheme, items);
  if (count.half > 0)
    return fail(ErrorKind::conflict, counted(count.half, "item has", "items have") +
                                         " a category but no age or sex yet.");
  const bool enough = mode == GradeMode::act_on_page && count.actionable > 0;
  if (count.open > 0 && !enough)
    return fail(ErrorKind::conflict,
                counted(count.open, "item is", "items are") + " not decided yet.");
  if (count.actionable > 0) return actionable_outcome(scheme, items);
  Outcome outcome;
  if (count.unsure > 0)
    outcome.verdict = Verdict::unsure;
  else if (count.seen > 0 && count.not_loaded == count.seen)
    outcome.verdict = Verdict::gone;
  else if (count.seen > 0)
    outcome.verdict = Verdict::not_actionable;
  else
    return fail(ErrorKind::conflict, "There is no item to decide by: say what the page is.");
  return outcome;
}

}  // namespace hotline::assessment
