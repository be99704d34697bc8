// Egress proxy: the door of the browser jail.
//
// Speaks just enough of HTTP proxying (CONNECT and absolute addresses) to learn
// where the browser wants to go, asks Egress, has the gate connect by number and passes bytes.
// It serves one connection a thread, for the length of one look.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "apps/hotline-fetch/gate.h"
#include "net/egress.h"

namespace hotline::fetch {

/// Where a request's first lines want to go, and what is to be sent there first.
struct ProxyRequest {
  bool tunnel = false;  ///< CONNECT.
  url::Url url;
  std::string forward;  ///< For a plain request: its head, as an origin server wants it.
};

/// `head` is the request line and headers up to and with the empty line. Error `invalid`.
[[nodiscard]] Result<ProxyRequest> parse_proxy_request(std::string_view head);

class EgressProxy {
 public:
  /// Begins to accept on `listener`, which stays the caller's.
  EgressProxy(net::Egress& egress, Gate& gate, int listener,
              std::chrono::steady_clock::time_point deadline);
  ~EgressProxy() { stop(); }

  /// Ends all connections and waits for their threads.
  void stop();
  /// What was refused, at most 20 different addresses. After stop().
  [[nodiscard]] std::vector<net::Hop> blocked() const { return blocked_; }

 private:
  void accept_all();
  void serve(int client);
  [[nodiscard]] Descriptor connect_to(const net::Route& route, const url::Url& url) const;
  void pass(int client, int server);
  void note_blocked(const url::Url& url, const std::string& why);
  [[nodiscard]] int milliseconds_left() const;

  net::Egress& egress_;
  Gate& gate_;
  int listener_;
  std::chrono::steady_clock::time_point deadline_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> open_{0};
  std::atomic<std::size_t> passed_{0};
  std::mutex mutex_;
  std::vector<net::Hop> blocked_;
  std::vector<std::thread> crew_;
  std::thread acceptor_;
};

}  // namespace hotline::fetch
