// The HTTP client of one look: checked, bounded and without memory.
//
// Each address and each redirect goes through Egress again; the connection is
// made to the numbers that were checked, and the socket callback checks them a
// last time. Certificate errors are noted, not obeyed: we look at a stranger's
// page, we do not trust it. No cookies, no credentials, no proxy, no referrer
// unless asked for.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "net/egress.h"
#include "net/fetcher.h"

namespace hotline::fetch {

using TimePoint = std::chrono::steady_clock::time_point;

struct Want {
  std::string url;  ///< Canonical.
  std::string referrer;
  bool page = false;  ///< Asks as a browser asks for a page, else as for a picture.
};

struct Got {
  net::FetchVerdict verdict = net::FetchVerdict::no_answer;
  std::vector<net::Hop> hops;
  int status = 0;
  std::string final_url, content_type, server, body, sentence;
};

struct ClientLimits {
  std::size_t page_size_max = 0;
  std::size_t media_size_max = 0;
  std::size_t total_size_max = 0;  ///< Of all bodies together.
  TimePoint deadline;
};

class WebClient {
 public:
  WebClient(net::Egress& egress, const ClientLimits& limits) : egress_(egress), limits_(limits) {}

  /// Also follows a page's own <meta http-equiv=refresh>.
  [[nodiscard]] Got get(const Want& want);
  /// In the order of `wants`; several at once, at most six from one host.
  [[nodiscard]] std::vector<Got> get_all(const std::vector<Want>& wants);

 private:
  [[nodiscard]] Got follow(void* curl, const Want& want);

  net::Egress& egress_;
  ClientLimits limits_;
  std::atomic<std::size_t> total_{0};
};

}  // namespace hotline::fetch
