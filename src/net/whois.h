// WHOIS (RFC 3912): who holds an address, a network or a name, where RDAP knows nothing.
//
// The first server is one that we chose; every further one is named by an answer
// and therefore a stranger: it must be a plain name, resolve to addresses that
// may be reached (url/ip.h), listens on the WHOIS port only, and is connected to
// by number. Not for reported addresses: nothing is fetched here.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/resolver.h"
#include "net/whois_answer.h"
#include "url/ip.h"

namespace hotline::net {

/// What one server said to one question.
struct WhoisAnswer {
  std::string server;
  std::string question;  ///< As it was sent.
  std::string text;      ///< As received, at most 128 KiB.
  WhoisRecord record;
};

class Whois {
 public:
  virtual ~Whois() = default;
  /// An IP address, "AS64500" or a domain name. The answers in the order of the referrals; the last
  /// that knew something is the best. Error `unavailable` if no server answered at all, `invalid`
  /// if the question is none of these. An answer that says "nobody" is an answer.
  virtual Result<std::vector<WhoisAnswer>> ask(std::string_view question) = 0;
};

struct WhoisOptions {
  std::string server = "whois.iana.org";         ///< Name or address.
  int port = 43;                                 ///< Of every server.
  std::vector<url::Network> test_networks = {};  ///< Reachable though not global.
  std::chrono::milliseconds time{10000};         ///< For one server.
};
/// `resolver` must outlive it. Safe to use from several threads if the resolver is.
[[nodiscard]] std::unique_ptr<Whois> open_whois(WhoisOptions options, Resolver& resolver);

/// What is sent to this server for that question: some want flags (ARIN, DENIC). Error `invalid`.
[[nodiscard]] Result<std::string> whois_question(std::string_view server,
                                                 std::string_view question);

}  // namespace hotline::net
