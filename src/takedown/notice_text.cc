#include "takedown/notice_text.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "base/text.h"

namespace hotline::takedown {

namespace {

constexpr std::array<std::string_view, 5> kLanguages = {"en", "de", "es", "fr", "nl"};
constexpr std::string_view kSubjectMark = "Subject: ";
constexpr std::string_view kAlsoMark = "--- also ---";  // The short form inside another's mail.

Result<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorKind::not_found, "A file of policy/notices cannot be read.");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// "2030-03-04 09:00 UTC": the same in every language.
std::string moment(Instant at) {
  const std::string full = rfc3339(at);
  return full.substr(0, 10) + " " + full.substr(11, 5) + " UTC";
}

/// One line whatever came: a value never begins a line of its own in a letter.
std::string one_line(std::string_view text) {
  std::string line = clean_utf8(text);
  for (char& letter : line)
    if (letter == '\n' || letter == '\t') letter = ' ';
  return std::string(trim(line));
}

std::string location_lines(const Notice& notice) {
  std::string lines;
  for (const auto& location : notice.locations) lines += "  " + one_line(location) + "\n";
  if (!lines.empty()) lines.pop_back();
  return lines;
}

std::string digest_lines(const Notice& notice) {
  std::string lines;
  for (const auto& item : notice.items)
    if (!item.sha256.empty()) lines += "SHA-256: " + one_line(item.sha256) + "\n";
  return lines.empty() ? "" : "\n" + lines;
}

std::string network_line(const Hosting& hosting) {
  std::vector<std::string> parts;
  if (!hosting.network.empty()) parts.push_back(one_line(hosting.network));
  if (hosting.asn != 0) parts.push_back("AS" + std::to_string(hosting.asn));
  if (!hosting.ip.empty()) parts.push_back(one_line(hosting.ip));
  if (!hosting.country.empty()) parts.push_back(one_line(hosting.country));
  return join(parts, ", ");
}

std::string word_at(const std::map<std::string, std::string, std::less<>>& words,
                    std::string_view key) {
  const auto found = words.find(key);
  return found == words.end() ? "" : found->second;
}

}  // namespace

Result<std::string> fill(std::string_view text,
                         const std::map<std::string, std::string, std::less<>>& values) {
  std::string out;
  while (true) {
    const auto open = text.find("{{");
    if (open == std::string_view::npos) return out + std::string(text);
    const auto close = text.find("}}", open);
    if (close == std::string_view::npos)
      return fail(ErrorKind::invalid, "A placeholder is not closed.");
    out += text.substr(0, open);
    const auto key = text.substr(open + 2, close - open - 2);
    const auto found = values.find(key);
    if (found == values.end())
      return fail(ErrorKind::invalid, "Nobody fills the placeholder " + std::string(key) + ".");
    out += found->second;
    text.remove_prefix(close + 2);
  }
}

Done NoticeTexts::add_file(const std::string& folder, const std::string& language) {
  TRY(text, read_text(folder + "/notice." + language + ".txt"));
  const auto wrong = [&](const std::string& what) {
    return fail(ErrorKind::invalid, "notice." + language + ".txt " + what);
  };
  Section& section = languages_[language];
  LetterText* letter = nullptr;
  LetterText also;
  bool begins = false;
  for (const auto line : split(text, '\n')) {
    if (line == kAlsoMark) {
      letter = &also;
      begins = true;
    } else if (line.starts_with("--- ") && line.ends_with(" ---")) {
      const auto kind = parse_letter_kind(line.substr(4, line.size() - 8));
      if (!kind) return wrong("has a section that is no kind of letter.");
      letter = &section[*kind];
      begins = true;
    } else if (letter == nullptr) {
      if (!trim(line).empty()) return wrong("begins before its first section.");
    } else if (begins) {
      if (!line.starts_with(kSubjectMark)) return wrong("has a section without a subject.");
      letter->subject = trim(line.substr(kSubjectMark.size()));
      begins = false;
    } else {
      letter->text += std::string(line) + "\n";
    }
  }
  for (const auto kind :
       {LetterKind::first, LetterKind::reminder, LetterKind::escalation, LetterKind::withdrawal}) {
    const auto found = section.find(kind);
    if (found == section.end()) return wrong("lacks the section " + std::string(name(kind)) + ".");
    found->second.text = std::string(trim(found->second.text)) + "\n";
    if (found->second.subject.find("[Hotline {{reference}}]") == std::string::npos)
      return wrong("has a subject without the reference in brackets.");
  }
  if (trim(also.text).empty()) return wrong("lacks the section also.");
  also_[language] = std::string(trim(also.text)) + "\n";
  return {};
}

Done NoticeTexts::add_law(const json::value& law) {
  const auto read_words = [](const json::value* object, Words& words) {
    if (object == nullptr || !object->is_object()) return;
    for (const auto& [key, value] : object->get_object())
      if (value.is_string())
        words.insert_or_assign(std::string(key), std::string(value.get_string()));
  };
  const auto read_languages = [&](std::string_view key, auto& by_language) {
    const json::value* object = member(law, key);
    if (object == nullptr || !object->is_object()) return;
    for (const auto& [language, words] : object->get_object())
      read_words(&words, by_language[std::string(language)]);
  };
  read_languages("categories", categories_);
  read_languages("legal_basis", legal_basis_);
  read_languages("roles", roles_);
  read_languages("history", history_);
  read_words(member(law, "cdn_note"), cdn_notes_);
  read_words(member(law, "country_language"), country_language_);
  if (const json::value* countries = member(law, "eu");
      countries != nullptr && countries->is_array())
    for (const auto& country : countries->get_array())
      if (country.is_string()) union_countries_.emplace_back(country.get_string());
  for (const auto& [language, section] : languages_)
    if (word_at(categories_[language], "default").empty() ||
        word_at(legal_basis_[language], "default").empty() || word_at(cdn_notes_, language).empty())
      return fail(ErrorKind::invalid,
                  "law.json lacks default words in the language " + language + ".");
  for (const auto& [language, section] : languages_) {
    for (const auto rung : kRungs)
      if (rung != Rung::host && word_at(roles_[language], name(rung)).empty())
        return fail(ErrorKind::invalid, "law.json lacks a role in the language " + language + ".");
    for (const std::string_view what : {"asked", "unreachable"})
      if (word_at(history_[language], what).empty())
        return fail(ErrorKind::invalid, "law.json lacks history in the language " + language + ".");
  }
  return {};
}

Done NoticeTexts::check_complete() const {
  Notice sample;
  sample.hosting.cdn = "sample";
  for (const auto& [language, section] : languages_)
    for (const auto& [kind, letter] : section) {
      const auto known = values(sample, {kind, language}, language);
      for (const auto& text : {letter.subject, letter.text, also_.at(language)})
        if (const auto filled = fill(text, known); !filled)
          return fail(ErrorKind::invalid,
                      "notice." + language + ".txt: " + filled.error().sentence);
    }
  return {};
}

Result<NoticeTexts> NoticeTexts::load(const std::string& folder) {
  NoticeTexts texts;
  for (const auto language : kLanguages) TRY_DONE(texts.add_file(folder, std::string(language)));
  TRY(text, read_text(folder + "/law.json"));
  TRY(law, parse_json(text));
  TRY_DONE(texts.add_law(law));
  TRY_DONE(texts.check_complete());
  TRY(replies_text, read_text(folder + "/replies.json"));
  TRY(replies, parse_json(replies_text));
  TRY_DONE(texts.add_phrases(replies));
  return texts;
}

Done NoticeTexts::add_phrases(const json::value& replies) {
  const json::value* rows = member(replies, "meanings");
  if (rows == nullptr || !rows->is_array())
    return fail(ErrorKind::invalid, "replies.json has no meanings.");
  for (const auto& row : rows->get_array()) {
    const auto meaning = text_at(row, "meaning").value_or("");
    if (!parse_answer(meaning))
      return fail(ErrorKind::invalid, "replies.json has a meaning that is no answer.");
    const json::value* phrases = member(row, "phrases");
    if (phrases == nullptr || !phrases->is_array()) continue;
    for (const auto& phrase : phrases->get_array())
      if (phrase.is_string() && !phrase.get_string().empty())
        phrases_.emplace_back(std::string(phrase.get_string()), meaning);
  }
  return {};
}

std::string NoticeTexts::meaning_of(std::string_view words) const {
  std::string low = lower_ascii(words);
  std::replace(low.begin(), low.end(), '\n', ' ');
  for (const auto& [phrase, meaning] : phrases_)
    if (low.find(phrase) != std::string::npos) return meaning;
  return "";
}

std::map<std::string, std::string, std::less<>> NoticeTexts::values(
    const Notice& notice, const LetterFacts& facts, std::string_view language) const {
  const std::string cdn = notice.hosting.cdn.empty() ? "" : word_at(cdn_notes_, language) + "\n\n";
  std::string category = category_words(notice.category, language);
  const std::string first_sent = moment(notice.sent_at.value_or(notice.opened_at));
  if (notice.baseline && !categories_.at(std::string(language)).contains(notice.category))
    category = category_words("baseline", language);
  return {{"reference", notice.id.empty() ? "NTC-" : reference(notice.id)},
          {"organisation", one_line(facts.organisation)},
          {"web", one_line(facts.web)},
          {"mailbox", one_line(facts.mailbox)},
          {"category", std::move(category)},
          {"law", legal_basis(notice.hosting.country, language)},
          {"locations", location_lines(notice)},
          {"digests", digest_lines(notice)},
          {"network", network_line(notice.hosting)},
          {"seen", moment(facts.seen)},
          {"first_sent", first_sent},
          {"history", replace_all(word_at(history_.find(language)->second,
                                          facts.unreachable ? "unreachable" : "asked"),
                                  "{{first_sent}}", first_sent)},
          {"role", word_at(roles_.find(language)->second, name(notice.step))},
          {"hours", std::to_string(facts.hours)},
          {"link_expires", moment(notice.link_expires)},
          {"answer_link", std::string(kLinkPlaceholder)},
          {"cdn", cdn}};
}

LetterText NoticeTexts::write(const Notice& notice, const LetterFacts& facts) const {
  const std::string language = has_language(facts.language) ? facts.language : "en";
  const auto in = [&](const std::string& one) {
    const LetterText& letter = languages_.at(one).at(facts.kind);
    const auto known = values(notice, facts, one);
    const auto subject = fill(letter.subject, known);
    const auto text = fill(facts.also ? also_.at(one) : letter.text, known);
    CHECK(subject && text);  // load() has tried every placeholder.
    return LetterText{*subject, *text};
  };
  LetterText letter = in(language);
  // The country only suggests a language, so what everyone can read follows.
  if (language != "en") letter.text += "\n----- English -----\n\n" + in("en").text;
  return letter;
}

std::string NoticeTexts::category_words(std::string_view category,
                                        std::string_view language) const {
  const auto found = categories_.find(has_language(language) ? language : "en");
  const std::string words = word_at(found->second, category);
  return words.empty() ? word_at(found->second, "default") : words;
}

std::string NoticeTexts::legal_basis(std::string_view country, std::string_view language) const {
  const Words& lines = legal_basis_.find(has_language(language) ? language : "en")->second;
  if (country.size() == 2)
    if (std::string line = word_at(lines, country); !line.empty()) return line;
  if (std::find(union_countries_.begin(), union_countries_.end(), country) !=
      union_countries_.end())
    if (std::string line = word_at(lines, "@eu"); !line.empty()) return line;
  return word_at(lines, "default");
}

std::string NoticeTexts::language_of(std::string_view country) const {
  const std::string language = word_at(country_language_, country);
  return has_language(language) ? language : "en";
}

bool NoticeTexts::has_language(std::string_view language) const {
  return languages_.find(language) != languages_.end();
}

}  // namespace hotline::takedown
