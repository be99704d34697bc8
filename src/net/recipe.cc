#include "net/recipe.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/crypto.h"
#include "base/text.h"
#include "url/url.h"

namespace hotline::net {

namespace {

constexpr std::size_t kPartsMax = 10;
constexpr std::size_t kWordsMax = 4000;

double likeness(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::size_t both = 0;
  for (const auto& one : a) both += b.count(one);
  const auto either = a.size() + b.size() - both;
  return either == 0 ? 1.0 : static_cast<double>(both) / static_cast<double>(either);
}

std::set<std::string> pictures_of(const Capture& capture) {
  std::set<std::string> digests;
  for (const auto& medium : capture.media) digests.insert(crypto::sha256(medium.bytes));
  return digests;
}

std::set<std::string> words_of(const Capture& capture) {
  std::set<std::string> words;
  const std::string text = replace_all(capture.title + " " + capture.text, "\n", " ");
  for (const auto word : split(text, ' '))
    if (!word.empty() && words.size() < kWordsMax) words.insert(lower_ascii(word));
  return words;
}

Result<std::string> line_at(const json::value& object, std::string_view key) {
  const auto* found = member(object, key);
  if (found == nullptr) return std::string();
  const auto text = text_at(object, key);
  const bool plain =
      text && text->size() <= 2000 && std::none_of(text->begin(), text->end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
      });
  if (!plain)
    return fail(ErrorKind::invalid,
                "The member " + std::string(key) + " of the recipe is no line.");
  return *text;
}

Result<std::vector<std::string>> lines_at(const json::value& object, std::string_view key) {
  const auto* found = member(object, key);
  if (found == nullptr) return std::vector<std::string>();
  const auto bad = [&] {
    return fail(ErrorKind::invalid,
                "The member " + std::string(key) + " of the recipe is no list of lines.");
  };
  if (!found->is_array() || found->get_array().size() > kPartsMax) return bad();
  std::vector<std::string> lines;
  for (const auto& one : found->get_array()) {
    TRY(line, line_at(json::object{{std::string(key), one}}, key));
    if (line.empty()) return bad();
    lines.push_back(std::move(line));
  }
  return lines;
}

// The recipe without its n-th part; nothing if it has no more parts.
std::optional<Recipe> without(const Recipe& recipe, std::size_t part) {
  Recipe less = recipe;
  if (part < less.via.size()) {
    less.via.erase(less.via.begin() + static_cast<std::ptrdiff_t>(part));
    return less;
  }
  part -= less.via.size();
  if (part < less.cookies.size()) {
    less.cookies.erase(less.cookies.begin() + static_cast<std::ptrdiff_t>(part));
    return less;
  }
  part -= less.cookies.size();
  for (std::string* text : {&less.referrer, &less.locale, &less.agent, &less.exit}) {
    if (text->empty()) continue;
    if (part-- != 0) continue;
    text->clear();
    return less;
  }
  return std::nullopt;
}

// Drops part after part for which the page shows the same without it.
Done shrink(Fetcher& fetcher, const FetchRequest& request, Unmasking& unmasking) {
  for (std::size_t part = 0;;) {
    const auto less = without(unmasking.smallest, part);
    if (!less) return {};
    if (less->empty()) {
      // That was looked at already, and it was the disguise.
      ++part;
      continue;
    }
    TRY(capture, fetcher.look(follow(request, *less)));
    ++unmasking.looks;
    if (shows_same(capture, unmasking.shown))
      unmasking.smallest = *less;
    else
      ++part;
  }
}

}  // namespace

bool Recipe::empty() const {
  return via.empty() && referrer.empty() && cookies.empty() && locale.empty() && agent.empty() &&
         exit.empty();
}

std::string Recipe::parts() const {
  std::vector<std::string> names;
  if (!via.empty()) names.emplace_back("pages before");
  if (!referrer.empty()) names.emplace_back("referrer");
  if (!cookies.empty()) names.emplace_back("cookies");
  if (!locale.empty()) names.emplace_back("language");
  if (!agent.empty()) names.emplace_back("browser");
  if (!exit.empty()) names.emplace_back("network");
  return join(names, ", ");
}

json::object recipe_json(const Recipe& recipe) {
  json::object object;
  const auto add_list = [&](const char* key, const std::vector<std::string>& lines) {
    json::array list;
    for (const auto& line : lines) list.emplace_back(line);
    if (!list.empty()) object[key] = std::move(list);
  };
  add_list("via", recipe.via);
  if (!recipe.referrer.empty()) object["referrer"] = recipe.referrer;
  add_list("cookies", recipe.cookies);
  if (!recipe.locale.empty()) object["locale"] = recipe.locale;
  if (!recipe.agent.empty()) object["agent"] = recipe.agent;
  if (!recipe.exit.empty()) object["exit"] = recipe.exit;
  return object;
}

Result<Recipe> read_recipe(const json::value& object) {
  if (!object.is_object()) return fail(ErrorKind::invalid, "A recipe is a JSON object.");
  constexpr std::array<std::string_view, 6> kMembers = {"via",    "referrer", "cookies",
                                                        "locale", "agent",    "exit"};
  for (const auto& one : object.get_object())
    if (std::find(kMembers.begin(), kMembers.end(), std::string_view(one.key())) == kMembers.end())
      return fail(ErrorKind::invalid,
                  "A recipe has no member " + clip_utf8(std::string(one.key()), 40) + ".");
  Recipe recipe;
  TRY(via, lines_at(object, "via"));
  for (const auto& page : via) {
    TRY(address, url::canonical_from_report(page));
    recipe.via.push_back(std::move(address));
  }
  TRY(referrer, line_at(object, "referrer"));
  if (!referrer.empty()) {
    TRY(address, url::canonical_from_report(referrer));
    recipe.referrer = std::move(address);
  }
  TRY(cookies, lines_at(object, "cookies"));
  for (const auto& cookie : cookies)
    if (const auto equals = cookie.find('=');
        equals == std::string::npos || equals == 0 || cookie.find(';') != std::string::npos)
      return fail(ErrorKind::invalid, "A cookie of a recipe is not name=value.");
  recipe.cookies = std::move(cookies);
  TRY(locale, line_at(object, "locale"));
  TRY(agent, line_at(object, "agent"));
  TRY(exit, line_at(object, "exit"));
  recipe.locale = std::move(locale);
  recipe.agent = std::move(agent);
  recipe.exit = std::move(exit);
  return recipe;
}

FetchRequest follow(FetchRequest request, const Recipe& recipe) {
  request.via = recipe.via;
  request.referrer = recipe.referrer;
  request.cookies = join(recipe.cookies, "; ");
  request.locale = recipe.locale;
  request.agent = recipe.agent;
  request.exit = recipe.exit;
  return request;
}

bool shows_same(const Capture& a, const Capture& b) {
  if (a.verdict != b.verdict || a.status != b.status) return false;
  const auto host = [](const Capture& capture) {
    const auto url = url::parse(capture.final_url);
    return url ? url::registrable_domain(url->host) : std::string();
  };
  if (host(a) != host(b)) return false;
  if (a.page == b.page) return true;
  if (!a.media.empty() || !b.media.empty()) return likeness(pictures_of(a), pictures_of(b)) >= 0.5;
  return likeness(words_of(a), words_of(b)) >= 0.6;
}

Result<Unmasking> unmask(Fetcher& fetcher, const FetchRequest& request, const Recipe& recipe) {
  Unmasking unmasking;
  TRY(shown, fetcher.look(follow(request, recipe)));
  TRY(plain, fetcher.look(follow(request, {})));
  unmasking.looks = 2;
  unmasking.shown = std::move(shown);
  unmasking.plain = std::move(plain);
  unmasking.disguised = !shows_same(unmasking.shown, unmasking.plain);
  if (!unmasking.disguised) return unmasking;
  // A page that shows everybody something else each time is not disguised, only restless.
  // In this order one that takes turns is seen too.
  TRY(plain_again, fetcher.look(follow(request, {})));
  TRY(again, fetcher.look(follow(request, recipe)));
  unmasking.looks += 2;
  unmasking.steady = shows_same(again, unmasking.shown) && shows_same(plain_again, unmasking.plain);
  unmasking.smallest = recipe;
  if (unmasking.steady) TRY_DONE(shrink(fetcher, request, unmasking));
  return unmasking;
}

std::vector<Recipe> usual_recipes(const std::vector<std::string>& exits) {
  std::vector<Recipe> recipes = {
      {.referrer = "https://www.google.com/"},
      {.referrer = "https://duckduckgo.com/"},
      {.agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
                "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"},
      {.locale = "de-DE,de;q=0.9"},
      {.locale = "ru-RU,ru;q=0.9"},
      {.locale = "es-ES,es;q=0.9"},
  };
  for (const auto& exit : exits) recipes.push_back({.exit = exit});
  return recipes;
}

}  // namespace hotline::net
