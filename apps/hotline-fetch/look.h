// Look: the order of things in one capture. Plain HTTP first, then the browser if the answer is a
// page, then the page's pictures.
#pragma once

#include "apps/hotline-fetch/browser_jail.h"
#include "apps/hotline-fetch/gate.h"
#include "base/settings.h"
#include "net/egress.h"
#include "net/fetcher.h"

namespace hotline::fetch {

/// `jail` is null if no browser may or can be used; `jail_note` then says why, or is empty.
[[nodiscard]] net::Capture look(const Settings& settings, const net::FetchRequest& request,
                                net::Egress& egress, Gate& gate, BrowserJail* jail,
                                std::string jail_note);

}  // namespace hotline::fetch
