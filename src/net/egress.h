// Egress: whether, and to which numbers, hotline-fetch may connect for an address.
//
// A host is resolved once in the life of an Egress, which is one look. That one
// answer feeds the check and every connection, so a name cannot be public when
// checked and private when used. One address that may not be reached spoils the
// whole answer: an honest site has no private address among its public ones.
//
// Only decides; who connects must call may_connect() on what it is about to
// connect to, and connect by number.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/settings.h"
#include "net/fetcher.h"
#include "net/resolver.h"
#include "url/url.h"

namespace hotline::net {

struct Route {
  FetchVerdict verdict = FetchVerdict::refused;  ///< `answered` means: go.
  std::string note;                              ///< Why not, as Hop::note.
  std::vector<url::IpAddress> ips;               ///< IPv4 first.
  bool by_name = false;  ///< No numbers: the exit looks the name up at its far end.
};

struct PortRange {
  int first = 0, last = 0;
};

class Egress {
 public:
  /// From net.test_networks and net.ports. Error `invalid` names the setting. With `by_name`
  /// (net/exits.h) names are not looked up here; without `resolver` no name passes at all.
  [[nodiscard]] static Result<std::unique_ptr<Egress>> open(const Settings& settings,
                                                            std::unique_ptr<Resolver> resolver,
                                                            bool by_name = false);

  /// Safe to use from several threads; two that ask for the same host wait for one answer.
  [[nodiscard]] Route route(const url::Url& url);
  [[nodiscard]] bool may_connect(const url::IpAddress& ip, int port) const;

 private:
  Egress() = default;
  [[nodiscard]] Route resolve(const std::string& host);
  [[nodiscard]] Route judge(std::vector<url::IpAddress> ips) const;
  [[nodiscard]] bool port_allowed(int port) const;

  struct Slot {
    std::once_flag once;
    Route route;
  };

  std::unique_ptr<Resolver> resolver_;
  bool by_name_ = false;
  std::vector<url::Network> test_networks_;
  std::vector<PortRange> ports_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Slot>> hosts_;
};

}  // namespace hotline::net
