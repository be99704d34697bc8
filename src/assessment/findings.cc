#include "assessment/findings.h"

#include <algorithm>
#include <fstream>

#include "base/json.h"

namespace hotline::assessment {

namespace {

bool is_country(std::string_view text) {
  return text.size() == 2 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

Done check_region(const Finding& finding) {
  const auto& frame = finding.frame;
  if (!finding.nobody_inside)
    return fail(ErrorKind::invalid,
                "A frame is never drawn over a person, or any part of one. Say that nobody is "
                "inside, or draw it elsewhere.");
  if (std::none_of(kRegionThings.begin(), kRegionThings.end(),
                   [&](const Thing& thing) { return thing.id == finding.value; }))
    return fail(ErrorKind::invalid, "Say what is inside the frame.");
  if (finding.item.empty()) return fail(ErrorKind::invalid, "A frame stands on an item.");
  if (frame.left < 0 || frame.top < 0 || frame.width < 10 || frame.height < 10 ||
      frame.left + frame.width > 1000 || frame.top + frame.height > 1000)
    return fail(ErrorKind::invalid, "The frame does not lie within the picture.");
  // Around everything there is no place left that it could be around.
  if (frame.width * frame.height > 500 * 1000)
    return fail(ErrorKind::invalid, "A frame covers half of the picture at most.");
  return {};
}

}  // namespace

Done check(const Finding& finding, const Vocabulary& vocabulary) {
  if (finding.kind == "region") return check_region(finding);
  if (finding.kind == "place") {
    if (!is_country(finding.value))
      return fail(ErrorKind::invalid, "A country is two capital letters, as in NL.");
    if (finding.confidence < 1 || finding.confidence > 100)
      return fail(ErrorKind::invalid, "Say how sure you are: 1 to 100 percent.");
    if (finding.words.empty()) return fail(ErrorKind::invalid, "Say what speaks for this place.");
    return {};
  }
  if (finding.kind == "method") {
    if (vocabulary.method(finding.value) == nullptr)
      return fail(ErrorKind::invalid, "This way of working is not in the vocabulary.");
    return {};
  }
  if (finding.kind != "research")
    return fail(ErrorKind::invalid, "There is no such kind of finding.");
  if (finding.value.empty() || finding.words.empty())
    return fail(ErrorKind::invalid, "Say where it was looked up, and what came of it.");
  return {};
}

const Choice* Vocabulary::method(std::string_view id) const {
  for (const auto& one : methods)
    if (one.id == id) return &one;
  return nullptr;
}

Result<Vocabulary> Vocabulary::open(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  if (!file) return fail(ErrorKind::not_found, "There is no policy/methods.json.");
  TRY(root, parse_json(text));
  Vocabulary vocabulary;
  vocabulary.version = static_cast<int>(integer_at(root, "version").value_or(0));
  const json::value* list = member(root, "methods");
  if (vocabulary.version < 1 || !list || !list->is_array())
    return fail(ErrorKind::invalid, "policy/methods.json has no version or no methods.");
  for (const json::value& one : list->get_array()) {
    Choice method{text_at(one, "id").value_or(""), text_at(one, "label").value_or("")};
    if (method.id.empty() || method.label.empty() || vocabulary.method(method.id))
      return fail(ErrorKind::invalid,
                  "policy/methods.json has a method without id or label, or twice the same.");
    vocabulary.methods.push_back(std::move(method));
  }
  return vocabulary;
}

}  // namespace hotline::assessment
