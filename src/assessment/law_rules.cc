#include "assessment/law_rules.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/json.h"

namespace hotline::assessment {

namespace {

namespace fs = std::filesystem;
constexpr int kDepthMax = 4;

bool has(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void add_once(std::vector<std::string>& words, std::string_view word) {
  if (!has(words, word)) words.emplace_back(word);
}

std::unexpected<Error> broken(const std::string& what) {
  return fail(ErrorKind::invalid, "The rules " + what + ".");
}

Result<std::string> file_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  if (!file) return fail(ErrorKind::unavailable, "A file of policy/rules could not be read.");
  return text;
}

const json::array* list_at(const json::value& object, std::string_view key) {
  const json::value* found = member(object, key);
  return found && found->is_array() ? &found->get_array() : nullptr;
}

/// What a field of that scheme may come to; fields beside the scheme's three are yes or no.
bool is_class(const Scheme& scheme, std::string_view field, std::string_view gives) {
  if (gives == kCannotDecide || gives == kNotDetermined) return false;
  if (field == "category") return scheme.category(gives) != nullptr;
  if (field == "age") return scheme.has_age(gives);
  if (field == "sex") return scheme.has_sex(gives);
  return scheme.has_flag(field) && (gives == "yes" || gives == "no");
}

}  // namespace

bool Label::takes(std::string_view answer) const {
  return answer == kCannotDecide ||
         std::any_of(answers.begin(), answers.end(),
                     [&](const Choice& one) { return one.id == answer; });
}

const Label* LawRules::label(std::string_view id) const {
  for (const auto& one : labels_)
    if (one.id == id) return &one;
  return nullptr;
}

LawRules::Truth LawRules::holds(const Condition& condition, const Answers& answers,
                                std::vector<std::string>& missing) {
  Truth truth = Truth::yes;
  std::vector<std::string> unanswered;
  for (const auto& [label, wanted] : condition.all) {
    const auto answer = answers.find(label);
    if (answer == answers.end() || answer->second == kCannotDecide) {
      truth = Truth::unknown;
      add_once(unanswered, label);
    } else if (!has(wanted, answer->second)) {
      return Truth::no;
    }
  }
  if (!condition.any.empty()) {
    Truth best = Truth::no;
    for (const auto& one : condition.any) best = std::max(best, holds(one, answers, unanswered));
    if (best == Truth::no) return Truth::no;
    truth = std::min(truth, best);
  }
  if (truth == Truth::unknown)
    for (const auto& label : unanswered) add_once(missing, label);
  return truth;
}

Mapped LawRules::map_field(const Field& field, const Answers& answers) {
  Mapped mapped{field.scheme, field.id, std::string(kCannotDecide), "", {}, {}};
  const Rule* holding = nullptr;
  for (const auto& rule : field.rules) {
    const auto truth = holds(rule.when, answers, mapped.missing);
    if (truth == Truth::no) continue;
    add_once(mapped.possible, rule.gives);
    holding = &rule;
    if (truth == Truth::yes) break;
    holding = nullptr;
  }
  // A rule that holds decides only if none before it might give something else.
  if (holding == nullptr || mapped.possible.size() > 1) return mapped;
  mapped.gives = holding->gives;
  mapped.why = holding->why;
  mapped.possible.clear();
  mapped.missing.clear();
  return mapped;
}

std::vector<Mapped> LawRules::map(const Answers& answers) const {
  std::vector<Mapped> all;
  all.reserve(fields_.size());
  for (const auto& field : fields_) all.push_back(map_field(field, answers));
  return all;
}

Result<LawRules> LawRules::open(const std::string& policy, const Schemes& schemes) {
  TRY(labels, file_text(policy + "/labels.json"));
  std::vector<fs::path> paths;
  std::error_code trouble;
  for (const auto& entry : fs::directory_iterator(policy + "/rules", trouble))
    if (entry.path().extension() == ".json") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> texts;
  for (const auto& path : paths) {
    TRY(text, file_text(path));
    texts.push_back(std::move(text));
  }
  return parse(labels, texts, schemes);
}

Result<LawRules> LawRules::parse(std::string_view labels_json,
                                 const std::vector<std::string>& rules_json,
                                 const Schemes& schemes) {
  LawRules rules;
  TRY_DONE(rules.read_labels(labels_json));
  for (const auto& text : rules_json) TRY_DONE(rules.read_rules(text, schemes));
  return rules;
}

Done LawRules::read_labels(std::string_view json_text) {
  TRY(root, parse_json(json_text));
  version_ = integer_at(root, "version").value_or(0);
  const json::array* list = list_at(root, "labels");
  if (version_ < 1 || list == nullptr) return broken("have no labels.json with a version");
  for (const json::value& one : *list) {
    Label label{text_at(one, "id").value_or(""), text_at(one, "question").value_or(""), {}};
    const json::array* answers = list_at(one, "answers");
    if (label.id.empty() || label.question.empty() || answers == nullptr || this->label(label.id))
      return broken("have a label without id, question or answers, or twice the same");
    for (const json::value& answer : *answers) {
      Choice choice{text_at(answer, "id").value_or(""), text_at(answer, "label").value_or("")};
      if (choice.id.empty() || choice.label.empty() || label.takes(choice.id))
        return broken("have an answer of " + label.id + " without id or label, or twice the same");
      label.answers.push_back(std::move(choice));
    }
    labels_.push_back(std::move(label));
  }
  return {};
}

template <class Value>
Result<LawRules::Condition> LawRules::read_condition(const Value& when, int depth) const {
  if (!when.is_object() || when.get_object().empty() || depth > kDepthMax)
    return broken("have a rule without a condition");
  Condition condition;
  for (const auto& [key, value] : when.get_object()) {
    if (!value.is_array() || value.get_array().empty())
      return broken("have a condition that is no list");
    if (key == "any") {
      for (const json::value& one : value.get_array()) {
        TRY(inner, read_condition(one, depth + 1));
        condition.any.push_back(std::move(inner));
      }
      continue;
    }
    const Label* asked = label(std::string_view(key));
    if (asked == nullptr) return broken("ask for a label that does not exist: " + std::string(key));
    std::vector<std::string> wanted;
    for (const json::value& answer : value.get_array()) {
      const std::string text = answer.is_string() ? std::string(answer.get_string()) : "";
      // "Cannot decide" proves nothing, so nothing may follow from it.
      if (text == kCannotDecide || !asked->takes(text))
        return broken("ask for an answer that " + asked->id + " does not have");
      wanted.push_back(text);
    }
    condition.all.emplace_back(std::string(key), std::move(wanted));
  }
  return condition;
}

template <class Value>
Done LawRules::check_case(std::string_view scheme, const Value& one) const {
  const std::string says = text_at(one, "says").value_or("");
  const json::value* given = member(one, "answers");
  const json::value* gives = member(one, "gives");
  if (says.empty() || !given || !given->is_object() || !gives || !gives->is_object())
    return broken("have a case without words, answers or result");
  Answers answers;
  for (const auto& [key, value] : given->get_object()) {
    const Label* asked = label(std::string_view(key));
    const std::string text = value.is_string() ? std::string(value.get_string()) : "";
    if (!asked || !asked->takes(text)) return broken("have a case with an unknown answer: " + says);
    answers[std::string(key)] = text;
  }
  for (const auto& [key, value] : gives->get_object()) {
    const auto field = std::find_if(fields_.begin(), fields_.end(), [&](const Field& candidate) {
      return candidate.scheme == scheme && candidate.id == std::string_view(key);
    });
    if (field == fields_.end() || !value.is_string() ||
        map_field(*field, answers).gives != std::string_view(value.get_string()))
      return broken("of " + std::string(scheme) + " do not give what its text says: " + says);
  }
  return {};
}

Done LawRules::read_rules(std::string_view json_text, const Schemes& schemes) {
  TRY(root, parse_json(json_text));
  const std::string id = text_at(root, "scheme").value_or("");
  const auto scheme = schemes.find(id);
  if (!scheme) return broken("are of a scheme that is not installed: " + id);
  const json::array* fields = list_at(root, "fields");
  const json::array* cases = list_at(root, "cases");
  Source source{id, text_at(root, "source").value_or(""), integer_at(root, "version").value_or(0),
                0};
  if (!fields || !cases || cases->empty() || source.text.empty() || source.version < 1)
    return broken("of " + id + " lack source, version, fields or cases");
  if (integer_at(root, "labels").value_or(0) != version_)
    return broken("of " + id + " were written for another version of the labels");
  for (const json::value& one : *fields) {
    Field field{id, text_at(one, "id").value_or(""), {}};
    const json::array* rules = list_at(one, "rules");
    if (!rules) return broken("of " + id + " have a field without rules");
    for (const json::value& rule : *rules) {
      const std::string gives = text_at(rule, "gives").value_or("");
      if (!is_class(**scheme, field.id, gives))
        return broken("of " + id + " give a class that the scheme does not have: " + gives);
      const json::value* when = member(rule, "when");
      if (!when) return broken("of " + id + " have a rule without a condition");
      TRY(condition, read_condition(*when, 0));
      field.rules.push_back({gives, text_at(rule, "why").value_or(""), std::move(condition)});
    }
    fields_.push_back(std::move(field));
  }
  for (const json::value& one : *cases) TRY_DONE(check_case(id, one));
  source.cases = cases->size();
  sources_.push_back(std::move(source));
  return {};
}

}  // namespace hotline::assessment
