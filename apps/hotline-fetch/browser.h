// Browser: shows one page in the jailed Chromium and tells what it looked like.
//
// Drives it over the DevTools pipe. What the page answers is as hostile as the page:
// every text is clipped by who uses it, every wait has an end.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "apps/hotline-fetch/browser_jail.h"
#include "base/result.h"
#include "net/fetcher.h"

namespace hotline::fetch {

struct Show {
  std::string url;
  std::string referrer;
  std::vector<std::string> via;  ///< Opened before, in order, in the same profile.
  std::string cookies, locale, agent;
  std::chrono::steady_clock::time_point deadline;
};

struct Shown {
  std::string url;  ///< Where the page's own doings ended.
  std::string title, text, html;
  std::string screenshot;  ///< PNG of the whole page, at most 12,000 pixels high.
  std::string note;        ///< What is missing, or empty.
  std::vector<net::Resource> resources;
};

/// Starts the browser in `jail`. Error `unavailable` if it does not come up or shows nothing.
[[nodiscard]] Result<Shown> show(BrowserJail& jail, const Show& show);

}  // namespace hotline::fetch
