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
  bool aside = false;  ///< A redirect whose long body was not read to its end.
  Cut cut = Cut::none;
  int status = 0;
  std::string ip, location, content_type, body, certificate, trouble;
  std::string request_head, response_head;  ///< Only if the manner wants exchanges.
  json::object server;
  json::object shown_certificate;  ///< Subject, issuer, names and digest; empty without TLS.
};

/// What all requests of one look share.
struct Surroundings {
  const net::Egress& egress;
  Gate& gate;
  const ClientLimits& limits;
  const Manner& manner;
  void* jar;                        ///< curl's share of cookies, or null.
  std::atomic<std::size_t>& total;  ///< The kept bytes of all threads.
};

/// `curl` is an easy handle that this thread uses for all its requests of one look.
[[nodiscard]] Answer ask(void* curl, const url::Url& url, const net::Route& route, const Want& want,
                         const Surroundings& around);

}  // namespace hotline::fetch
