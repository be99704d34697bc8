// Recipe: what must be brought along so that a disguised page shows what it is.
//
// Some sites show their visitors something harmless unless they come from a
// certain page, carry a cookie, speak a language or use a certain browser or
// network. What was needed is a recipe. It is kept as evidence, so that the next
// hotline, the police and the host can see the same thing, and it is made small,
// so that it shows what the disguise looks for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "net/fetcher.h"

namespace hotline::net {

struct Recipe {
  std::vector<std::string> via;      ///< Pages to visit before, in order; canonical addresses.
  std::string referrer;              ///< If not the last of `via`.
  std::vector<std::string> cookies;  ///< "name=value".
  std::string locale, agent, exit;

  [[nodiscard]] bool empty() const;
  /// "referrer, locale": what it consists of, for people.
  [[nodiscard]] std::string parts() const;
};

/// The format of docs/formats/capture-recipe.md.
[[nodiscard]] json::object recipe_json(const Recipe& recipe);
/// Error `invalid` names the member that is wrong.
[[nodiscard]] Result<Recipe> read_recipe(const json::value& object);
/// `request` with the recipe in it.
[[nodiscard]] FetchRequest follow(FetchRequest request, const Recipe& recipe);

/// Whether two captures show the same thing to a person, whatever changes with each visit: the same
/// outcome, and mostly the same pictures, or else mostly the same words.
[[nodiscard]] bool shows_same(const Capture& a, const Capture& b);

struct Unmasking {
  bool disguised = false;  ///< The recipe shows something else than a plain visit.
  bool steady = true;      ///< Each of the two visits showed the same thing when repeated.
  Recipe smallest;         ///< Of its parts only those without which it shows something else.
  Capture plain, shown;    ///< A visit without any recipe, and one with it.
  int looks = 0;
};

/// Looks with the recipe, without it, and with ever fewer of its parts. `request` says what kind of
/// look; recipe members in it are ignored. Error as Fetcher::look().
[[nodiscard]] Result<Unmasking> unmask(Fetcher& fetcher, const FetchRequest& request,
                                       const Recipe& recipe);

/// Recipes that disguises of the usual kinds look for: a search engine, a phone, another language,
/// and each of `exits`.
[[nodiscard]] std::vector<Recipe> usual_recipes(const std::vector<std::string>& exits);

}  // namespace hotline::net
