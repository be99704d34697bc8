// The HTTP client of one look: checked, bounded and without memory.
//
// Each address and each redirect goes through Egress again; the gate connects to
// the numbers that were checked, and the socket callback checks them a last time.
// Certificate errors are noted, not obeyed: we look at a stranger's page, we do
// not trust it. No credentials ever; no cookies and no referrer unless the recipe
// says so, and never beyond the end of this look.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include "apps/hotline-fetch/gate.h"
#include "net/egress.h"
#include "net/fetcher.h"

namespace hotline::fetch {

using TimePoint = std::chrono::steady_clock::time_point;

/// As the browser itself says, so that both readings of a page look like one visitor.
inline const std::string kBrowserAgent =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 "
    "Safari/537.36";

struct Want {
  std::string url;  ///< Canonical.
  std::string referrer;
  bool page = false;  ///< Asks as a browser asks for a page, else as for a picture.
};

/// How all requests of one look present themselves.
struct Manner {
  std::string agent, locale;  ///< Empty: as our browser does.
  std::string cookies;        ///< For the host of `cookies_for`.
  url::Url cookies_for;
  bool keep_cookies = false;  ///< Those that servers set, until this look ends.
  bool exchanges = false;
};

struct Got {
  net::FetchVerdict verdict = net::FetchVerdict::no_answer;
  std::vector<net::Hop> hops;
  int status = 0;
  std::string final_url, content_type, server, certificate, body, sentence;
  std::vector<net::Exchange> exchanges;  ///< The last one's body is `body`.
};

struct ClientLimits {
  std::size_t page_size_max = 0;
  std::size_t media_size_max = 0;
  std::size_t total_size_max = 0;  ///< Of all bodies together.
  TimePoint deadline;
};

class WebClient {
 public:
  WebClient(net::Egress& egress, Gate& gate, const ClientLimits& limits, Manner manner);
  ~WebClient();
  WebClient(const WebClient&) = delete;
  WebClient& operator=(const WebClient&) = delete;

  /// Also follows a page's own <meta http-equiv=refresh>.
  [[nodiscard]] Got get(const Want& want);
  /// In the order of `wants`; several at once, at most six from one host.
  [[nodiscard]] std::vector<Got> get_all(const std::vector<Want>& wants);

 private:
  [[nodiscard]] Got follow(void* curl, const Want& want);

  net::Egress& egress_;
  Gate& gate_;
  ClientLimits limits_;
  Manner manner_;
  void* jar_ = nullptr;  ///< curl's share of cookies, if they are kept.
  std::mutex jar_mutex_;
  std::atomic<std::size_t> total_{0};
};

}  // namespace hotline::fetch
