// One request of the look: one address, one answer, no redirect followed. Used by web_client.cc.
#pragma once

#include <atomic>
#include <string>

#include "apps/hotline-fetch/web_client.h"
#include "base/json.h"
#include "url/url.h"

namespace hotline::fetch {

/// Why an answer is not whole.
enum class Cut { none, size, ratio, headers };

struct Answer {
  bool connected = false;
  bool timed_out = false;
  bool whole = false;
  Cut cut = Cut::none;
  int status = 0;
  std::string ip, location, content_type, body, certificate, trouble;
  json::object server;
};

/// `curl` is an easy handle that this thread uses for all its requests of one look. `total` counts
/// the kept bytes of all threads.
[[nodiscard]] Answer ask(void* curl, const url::Url& url, const net::Route& route,
                         const net::Egress& egress, const Want& want, const ClientLimits& limits,
                         std::atomic<std::size_t>& total);

}  // namespace hotline::fetch
