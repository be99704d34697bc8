// The public portal: reporting, receipts and checking, without script, cookie or account.
//
// Every page is a plain form. The portal reads nothing but status parcels, and
// those only with the receipt in the request; it writes nothing but the drop. It
// keeps no state between two requests (portal_journey.h), but for how much each source
// has sent this hour (portal_sources.h). Pages in every language
// of the settings lie under /<language>/.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/settings.h"
#include "http/http.h"
#include "intake/drop.h"
#include "intake/pack.h"
#include "web/i18n.h"
#include "web/pages.h"

namespace hotline::web {

struct PortalParts {
  const Settings& settings;
  const Pages& pages;        ///< web/portal
  const Messages& messages;  ///< web/messages
  intake::Drop& drop;
  const Clock& clock;
  crypto::Key key;  ///< Of the journeys; keys/portal.key.
  std::string status_folder;
  std::string style;                   ///< The text of portal.css; stands in every page.
  const intake::Pack* pack = nullptr;  ///< Null: the main portal.
};

/// All routes of the portal. The parts must outlive the router. Error `invalid` if the settings
/// name a language that has no messages.
[[nodiscard]] Result<http::Router> portal_router(PortalParts parts);

/// What every response of the portal carries.
[[nodiscard]] http::CommonHeaders portal_headers();

/// The last word on every response: pages leave in one of a few sizes (http/sized.h).
void finish_page(const http::Request& request, http::Response& response);

}  // namespace hotline::web
