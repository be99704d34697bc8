// What a pack puts on the pages of its portal: partner, law, help lines, logo, colours.
#pragma once

#include <string>
#include <string_view>

#include "base/settings.h"
#include "intake/pack.h"
#include "web/i18n.h"
#include "web/pages.h"

namespace hotline::web {

/// Fills the sections of the frame that a portal without a pack leaves out.
void fill_pack(Page& frame, const intake::Pack& pack, const Messages& messages,
               std::string_view language);

/// portal.css with the pack's two colours; dark and forced colours stay as they are.
[[nodiscard]] std::string pack_style(std::string style, const intake::Pack& pack);

/// The installation's settings as this portal sees them.
[[nodiscard]] Result<Settings> pack_settings(const Settings& settings, const intake::Pack& pack,
                                             const std::vector<std::string>& languages);

}  // namespace hotline::web
