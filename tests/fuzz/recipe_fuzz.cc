// Any JSON as a recipe, any text as a redirect: what is read is canonical and can be followed.
// links: net url base sandbox
#include <cstdlib>

#include "net/page_parts.h"
#include "net/recipe.h"
#include "url/url.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace hotline;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  static const auto kBase = *url::parse("http://gallery.example/a/b?c");
  // A Location header, as it came.
  if (const auto next = url::resolve_relative(kBase, text)) {
    const auto again = url::parse(next->canonical());
    if (!again || again->canonical() != next->canonical()) std::abort();
  }
  const auto value = parse_json(text);
  if (!value) return 0;
  const auto recipe = net::read_recipe(*value);
  if (!recipe) return 0;
  const auto again = net::read_recipe(net::recipe_json(*recipe));
  if (!again || net::recipe_json(*again) != net::recipe_json(*recipe)) std::abort();
  const auto request = net::follow({.url = "http://gallery.example/"}, *recipe);
  for (const char c : request.cookies + request.locale + request.agent)
    if (c == '\r' || c == '\n') std::abort();
  return 0;
}
