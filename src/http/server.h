// The server: one listener, an event loop, total deadlines for every client.
//
// A slow header, body or reader costs a little memory and never a thread;
// handlers run on a pool of their own, which serves all sources in turn. When all
// places are taken, the source that holds most of them makes room. No address of
// a client is kept or logged (source.h).
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "http/http.h"

namespace hotline::http {

struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 0;  ///< 0: any free one; see Server::port().
  int handler_threads = 4;
  std::size_t header_bytes_max = 16 * 1024;
  std::size_t body_bytes_max = 64 * 1024;  ///< More is 413 and the connection closes.
  /// A form that is larger is read up to the limit and answered like any other; the rest is read
  /// and forgotten. For a reporter who pasted a whole book into the address field.
  bool clip_large_forms = false;
  std::chrono::seconds request_deadline{15};  ///< From the first byte to the last of a request.
  std::chrono::seconds response_deadline{30};
  std::chrono::seconds idle_deadline{30};
  int connections_max = 4096;
  /// The header in which a proxy of ours names the client's address, in lower case; empty: the
  /// client is whoever connects. It is made into Request::source and then forgotten.
  std::string source_header;
  CommonHeaders common_headers;
};

class Server {
 public:
  /// Listens at once; serves until destroyed. Error `unavailable` if the port is taken.
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(ServerOptions options, Router router);
  ~Server();
  [[nodiscard]] int port() const;
  /// Takes no new connections and waits for the running answers (at most `wait`).
  void stop(std::chrono::milliseconds wait);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hotline::http
