// Content: the pages and pictures of all sites, and which of them a site shows now.
//
// DIR/content/SITE/{shown,soft} is written once; DIR/web/SITE is a link to one of
// them or to an empty folder, so a host "removes" by pointing a link elsewhere and
// the web server needs no signal. A site that can move has a second link, SITE@moved.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "range/world.h"

namespace hotline::range {

/// Spelled as stored and printed.
enum class SiteState : std::uint8_t {
  up,         ///< As sites.json says.
  gone,       ///< 404 for everything.
  soft_gone,  ///< A page that says "removed", with status 200.
  moved,      ///< At its second address; nothing at the first.
};
[[nodiscard]] std::string_view name(SiteState state);
[[nodiscard]] Result<SiteState> parse_site_state(std::string_view text);

/// Writes all pages and pictures below DIR/content. What lies there already is kept.
[[nodiscard]] Done write_content(const World& world, const std::string& dir);
/// From now on visitors see `state`.
[[nodiscard]] Done show(const Site& site, SiteState state, const std::string& dir);

}  // namespace hotline::range
