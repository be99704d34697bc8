// One assessment, all laws: what each grading scheme makes of one set of answers.
//
// policy/labels.json holds the questions that are asked once about an item, in
// words of no law. policy/rules/<scheme>.json holds, for each field of a scheme,
// rules in order: the first that holds gives the class. Logic has three values:
// an answer that is "cannot decide", or not there, makes a condition neither true
// nor false, and a rule that might hold makes the field "cannot decide" unless
// every class that is still possible is the same one. So nothing is ever a
// default: no rule, no class. Each file brings cases from the scheme's own text;
// a file whose cases do not come out is refused, as is one that names a class,
// a label or an answer that does not exist.
//
// Mapping only. Storing answers is item_labels.h; grading by key is desk.h, and
// what rules give is never written into a grade.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "assessment/scheme.h"

namespace hotline::assessment {

inline constexpr std::string_view kCannotDecide = "cannot_decide";

struct Label {
  std::string id, question;
  std::vector<Choice> answers;  ///< Without cannot_decide, which every label has.
  [[nodiscard]] bool takes(std::string_view answer) const;
};

/// Label to answer. A label that is missing is unanswered.
using Answers = std::map<std::string, std::string, std::less<>>;

/// What one field of a scheme comes to.
struct Mapped {
  std::string scheme, field;
  std::string gives;  ///< kCannotDecide if more than one class is possible, or none.
  std::string why;    ///< The rule's words; empty for kCannotDecide.
  std::vector<std::string> possible;  ///< For kCannotDecide: what it might still be.
  std::vector<std::string> missing;   ///< For kCannotDecide: the labels that would tell.
};

class LawRules {
 public:
  /// labels.json and rules/*.json of `policy`. Error `invalid` names the file and what breaks it.
  [[nodiscard]] static Result<LawRules> open(const std::string& policy, const Schemes& schemes);
  [[nodiscard]] static Result<LawRules> parse(std::string_view labels_json,
                                              const std::vector<std::string>& rules_json,
                                              const Schemes& schemes);

  [[nodiscard]] const std::vector<Label>& labels() const { return labels_; }
  [[nodiscard]] const Label* label(std::string_view id) const;
  [[nodiscard]] std::int64_t labels_version() const { return version_; }
  struct Source {
    std::string scheme, text;
    std::int64_t version = 0;
    std::size_t cases = 0;
  };
  [[nodiscard]] const std::vector<Source>& sources() const { return sources_; }

  /// Every field of every scheme, in the order of the files.
  [[nodiscard]] std::vector<Mapped> map(const Answers& answers) const;

 private:
  struct Condition {
    std::vector<std::pair<std::string, std::vector<std::string>>> all;
    std::vector<Condition> any;  ///< Empty: no such part.
  };
  struct Rule {
    std::string gives, why;
    Condition when;
  };
  struct Field {
    std::string scheme, id;
    std::vector<Rule> rules;
  };
  enum class Truth : std::uint8_t { no, unknown, yes };

  [[nodiscard]] static Truth holds(const Condition& condition, const Answers& answers,
                                   std::vector<std::string>& missing);
  [[nodiscard]] static Mapped map_field(const Field& field, const Answers& answers);
  [[nodiscard]] Done read_labels(std::string_view json_text);
  [[nodiscard]] Done read_rules(std::string_view json_text, const Schemes& schemes);
  template <class Value>
  [[nodiscard]] Result<Condition> read_condition(const Value& when, int depth) const;
  template <class Value>
  [[nodiscard]] Done check_case(std::string_view scheme, const Value& one) const;

  std::vector<Label> labels_;
  std::int64_t version_ = 0;
  std::vector<Field> fields_;
  std::vector<Source> sources_;
};

}  // namespace hotline::assessment
