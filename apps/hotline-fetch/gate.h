// Gate: the one process of a look that has a network.
//
// All that reads a stranger's bytes (the HTTP client, the HTML parser, the browser)
// runs in networks without a route. What it wants from the world it asks of the
// gate over a socket: an answer of the DNS, or a connection to a number. The gate
// reads its own settings, checks the number and the port again by itself, connects
// through the look's exit (net/exits.h), and hands over the connected socket. It never
// sees a byte that the other side sends, except what the exit's own proxy says.
//
// So a client that has been taken over can do no more than connect to what the
// rules allow. Which rules: net/egress.h.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>

#include "apps/hotline-fetch/sockets.h"
#include "base/json.h"
#include "base/settings.h"
#include "net/exits.h"
#include "net/resolver.h"

namespace hotline::fetch {

class Gate {
 public:
  /// Starts the gate's process, for one look. Only while there is one thread. Error `invalid` if a
  /// setting is wrong, `unavailable` if the process cannot start.
  [[nodiscard]] static Result<std::unique_ptr<Gate>> build(const Settings& settings,
                                                           const net::Exit& exit);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // Both are safe to call from several threads.

  /// A connection to this number. Error `unavailable` if nobody answers, `forbidden` if the gate
  /// does not let it through.
  [[nodiscard]] Result<Descriptor> connect(const url::IpAddress& ip, int port,
                                           std::chrono::milliseconds time);
  /// The same where the exit looks names up at its far end.
  [[nodiscard]] Result<Descriptor> connect_by_name(const std::string& host, int port,
                                                   std::chrono::milliseconds time);

  /// Asks the gate for every look-up. Lives no longer than the gate.
  [[nodiscard]] std::unique_ptr<net::Resolver> resolver();
  [[nodiscard]] bool by_name() const { return exit_.by_name(); }

 private:
  friend class GateResolver;
  Gate() = default;
  [[nodiscard]] Result<Parcel> ask(const json::object& question, std::chrono::milliseconds time);
  [[nodiscard]] Result<Descriptor> connection(json::object question,
                                              std::chrono::milliseconds time);

  net::Exit exit_;
  pid_t keeper_ = -1;
  Descriptor channel_;
};

/// What the gate's process does until the other end of `channel` closes; then it ends.
[[noreturn]] void keep_gate(const Settings& settings, const net::Exit& exit, int channel);

}  // namespace hotline::fetch
