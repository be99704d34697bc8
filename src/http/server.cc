// The server over Boost.Beast and Asio: the one expensive file of this module.
//
// One thread runs all sockets as coroutines; handlers run on a pool, so a slow
// handler never stops the sockets and a slow client never holds a handler. Every
// wait has a total deadline, not one that each byte renews. When all places are
// taken, the client that has kept us waiting longest makes room.
#include "http/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "base/log.h"
#include "base/text.h"
#include "http/fair_queue.h"
#include "http/framing.h"
#include "http/source.h"

namespace hotline::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using asio::ip::tcp;
using std::chrono::steady_clock;

namespace {

// After a refusal we read and forget so much, so that the client sees the answer rather than
// a reset connection (RFC 9112 section 9.6); what comes after it is cut off.
constexpr std::size_t kDrainedBytesMax = 64 * 1024;
constexpr std::chrono::seconds kDrainDeadline{2};
// The rest of a form that was too large: browsers show no answer before they have sent it all.
constexpr std::size_t kClippedBytesMax = 32 * 1024 * 1024;
constexpr std::chrono::seconds kClippedDeadline{15};
constexpr std::chrono::milliseconds kAcceptAgain{50};
constexpr int kSpareFiles = 64;

constexpr int kGone = -1;  ///< The client left, or was too slow.

using HeaderParser = wire::request_parser<wire::empty_body>;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

/// As many open files as the machine lets us have; gives how many clients fit.
int raise_file_limit(int connections_wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return connections_wanted;
  const rlim_t wanted = static_cast<rlim_t>(connections_wanted) + kSpareFiles;
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur >= wanted) return connections_wanted;
  return std::max(1, static_cast<int>(limit.rlim_cur) - kSpareFiles);
}

RawRequest raw_of(const HeaderParser& parser) {
  const auto& message = parser.get();
  RawRequest raw;
  raw.method = std::string(message.method_string());
  raw.target = std::string(message.target());
  raw.http_1_1 = message.version() == 11;
  raw.headers.reserve(16);
  for (const auto& field : message)
    raw.headers.emplace_back(lower_ascii(std::string_view(field.name_string())),
                             std::string(field.value()));
  return raw;
}

int status_of_parse_error(beast::error_code error) {
  if (error == wire::error::body_limit) return 413;
  if (error == wire::error::header_limit || error == wire::error::buffer_overflow) return 431;
  return 400;
}

/// True if the client broke the protocol and is still there to be told.
bool is_protocol_error(beast::error_code error) {
  return error.category() == wire::make_error_code(wire::error::bad_method).category() &&
         error != wire::error::end_of_stream && error != wire::error::partial_message;
}

}  // namespace

struct Server::Impl {
  Impl(ServerOptions given, Router routes)
      : options(std::move(given)),
        router(std::move(routes)),
        acceptor(loop),
        pool(options.handler_threads) {}

  /// One client. `waits_since`: since when we wait for it; empty while we work for it.
  struct Client {
    explicit Client(tcp::socket socket) : stream(std::move(socket)) {}
    beast::tcp_stream stream;
    std::optional<steady_clock::time_point> waits_since = steady_clock::now();
    std::uint64_t source = 0;
  };
  using Clients = std::list<std::shared_ptr<Client>>;

  Done listen();
  void make_room();
  std::uint64_t source_of(RawRequest& raw, const Client& client);
  void begin_stopping();
  asio::awaitable<void> accept_all();
  asio::awaitable<void> serve(std::shared_ptr<Client> client);
  asio::awaitable<bool> wait_for_request(Client& client, beast::flat_buffer& buffer);
  asio::awaitable<bool> serve_one(Client& client, beast::flat_buffer& buffer);
  asio::awaitable<int> read_body(Client& client, beast::flat_buffer& buffer, HeaderParser& header,
                                 std::string& body);
  asio::awaitable<int> read_clipped(Client& client, beast::flat_buffer& buffer, std::string& body);
  asio::awaitable<void> forget_rest(Client& client, std::size_t bytes_max,
                                    std::chrono::seconds deadline);
  asio::awaitable<bool> refuse(Client& client, int status);
  asio::awaitable<bool> reply(Client& client, Response response, bool head, bool keep,
                              unsigned version);
  asio::awaitable<Response> run_handler(Request request);

  ServerOptions options;
  Router router;
  asio::io_context loop{1};
  tcp::acceptor acceptor;
  Clients clients;
  FairQueue pool;
  Sources sources;
  std::unordered_map<std::uint64_t, int> places;  ///< How many each source holds.
  std::thread thread;
  int port = 0;
  bool stopping = false;  // Touched on the loop's thread only.
  std::mutex lock;
  std::condition_variable emptied;
  bool empty = false;  // Under `lock`: stopping, and the last client has left.
  bool stopped = false;
};

Done Server::Impl::listen() {
  beast::error_code error;
  const auto address = asio::ip::make_address(options.host, error);
  if (error) return fail(ErrorKind::invalid, "The address to listen on is not an IP address.");
  const tcp::endpoint endpoint(address, static_cast<std::uint16_t>(options.port));
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    return fail(ErrorKind::unavailable, "Cannot listen on port " + std::to_string(options.port) +
                                            ": " + error.message() + ".");
  port = acceptor.local_endpoint().port();
  return {};
}

void Server::Impl::make_room() {
  if (clients.size() < static_cast<std::size_t>(options.connections_max)) return;
  // Behind a proxy all are one source, and the one that waits longest leaves.
  Client* slowest = nullptr;
  int most = 0;
  for (const auto& client : clients) {
    if (!client->waits_since) continue;
    const int held = places[client->source];
    if (held < most || (held == most && *client->waits_since >= *slowest->waits_since)) continue;
    most = held;
    slowest = client.get();
  }
  if (!slowest) return;
  slowest->waits_since.reset();
  slowest->stream.close();
}

asio::awaitable<void> Server::Impl::accept_all() {
  asio::steady_timer pause(loop);
  while (!stopping) {
    auto [error, socket] = co_await acceptor.async_accept(kNoThrow);
    if (stopping || error == asio::error::operation_aborted) co_return;
    if (error) {
      // Out of files or memory: the waiting clients stay in the kernel's queue meanwhile.
      make_room();
      pause.expires_after(kAcceptAgain);
      co_await pause.async_wait(kNoThrow);
      continue;
    }
    make_room();
    beast::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto client = std::make_shared<Client>(std::move(socket));
    beast::error_code gone;
    const auto from = client->stream.socket().remote_endpoint(gone);
    if (!gone) client->source = sources.number(from.address().to_string(), SystemClock().now());
    ++places[client->source];
    const auto place = clients.insert(clients.end(), client);
    asio::co_spawn(loop, serve(std::move(client)), [this, place](std::exception_ptr) {
      const auto held = places.find((*place)->source);
      if (--held->second == 0) places.erase(held);
      clients.erase(place);
      if (!stopping || !clients.empty()) return;
      const std::lock_guard guard(lock);
      empty = true;
      emptied.notify_all();
    });
  }
}

asio::awaitable<void> Server::Impl::serve(std::shared_ptr<Client> client) {
  beast::flat_buffer buffer(options.header_bytes_max + options.body_bytes_max + 4096);
  while (co_await serve_one(*client, buffer)) {
  }
  beast::error_code ignored;
  client->stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
  client->stream.close();
}

/// Waits for the first byte of a request; false if none comes.
asio::awaitable<bool> Server::Impl::wait_for_request(Client& client, beast::flat_buffer& buffer) {
  client.waits_since = steady_clock::now();
  if (buffer.size() > 0) co_return true;
  if (stopping) co_return false;
  client.stream.expires_after(options.idle_deadline);
  auto [error, count] = co_await client.stream.async_read_some(buffer.prepare(4096), kNoThrow);
  if (!error) buffer.commit(count);
  co_return !error;
}

/// Takes the proxy's header out of the request: nobody behind this sees an address.
std::uint64_t Server::Impl::source_of(RawRequest& raw, const Client& client) {
  if (options.source_header.empty()) return client.source;
  std::uint64_t source = client.source;
  std::erase_if(raw.headers, [&](const auto& header) {
    if (header.first != options.source_header) return false;
    // The last one of a list is what our own proxy has seen.
    const auto comma = header.second.rfind(',');
    const auto number = sources.number(
        std::string_view(header.second).substr(comma == std::string::npos ? 0 : comma + 1),
        SystemClock().now());
    if (number != 0) source = number;
    return true;
  });
  return source;
}

/// One request and its answer; true if the connection goes on.
asio::awaitable<bool> Server::Impl::serve_one(Client& client, beast::flat_buffer& buffer) {
  if (!co_await wait_for_request(client, buffer)) co_return false;
  // From here to the end of the body one deadline holds, however the bytes trickle.
  client.stream.expires_after(options.request_deadline);
  HeaderParser parser;
  parser.header_limit(static_cast<std::uint32_t>(options.header_bytes_max));
  parser.body_limit(boost::none);  // Whoever reads the body sets its limit.
  {
    auto [error, count] = co_await wire::async_read_header(client.stream, buffer, parser, kNoThrow);
    if (is_protocol_error(error)) co_return co_await refuse(client, status_of_parse_error(error));
    if (error) co_return false;
  }
  RawRequest raw = raw_of(parser);
  if (const int status = refusal_of(raw); status != 0) co_return co_await refuse(client, status);
  const auto length = parser.content_length();
  const bool too_large = length && *length > options.body_bytes_max;
  const bool clipped = too_large && options.clip_large_forms && is_form(raw);
  if (too_large && !clipped) co_return co_await refuse(client, 413);
  if (wants_continue(raw)) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    auto [error, count] =
        co_await asio::async_write(client.stream, asio::buffer(kContinue), kNoThrow);
    if (error) co_return false;
  }
  const bool keep = parser.get().keep_alive() && !clipped;
  const unsigned version = parser.get().version();
  const bool head = raw.method == "HEAD";
  std::string body;
  int trouble = 0;
  if (clipped)
    trouble = co_await read_clipped(client, buffer, body);
  else
    trouble = co_await read_body(client, buffer, parser, body);
  if (trouble == kGone) co_return false;
  if (trouble != 0) co_return co_await refuse(client, trouble);
  client.waits_since.reset();
  client.stream.expires_never();
  const auto source = source_of(raw, client);
  auto request = request_of(std::move(raw), std::move(body));
  if (request) request->source = source;
  if (!request) co_return co_await refuse(client, status_of(request.error().kind));
  // Two statements on purpose: g++ 12 destroys a value twice that comes out of `?:` with co_await.
  Response response;
  if (router.is_quick(*request))
    response = router.answer(*std::move(request));
  else
    response = co_await run_handler(*std::move(request));
  const bool goes_on =
      co_await reply(client, std::move(response), head, keep && !stopping, version);
  if (clipped) co_await forget_rest(client, kClippedBytesMax, kClippedDeadline);
  co_return goes_on;
}

/// 0, kGone, or the status to refuse with.
asio::awaitable<int> Server::Impl::read_body(Client& client, beast::flat_buffer& buffer,
                                             HeaderParser& header, std::string& body) {
  wire::request_parser<wire::string_body> parser(std::move(header));
  parser.body_limit(options.body_bytes_max);
  if (!parser.is_done()) {
    auto [error, count] = co_await wire::async_read(client.stream, buffer, parser, kNoThrow);
    if (is_protocol_error(error)) co_return status_of_parse_error(error);
    if (error) co_return kGone;
  }
  body = std::move(parser.get().body());
  co_return 0;
}

/// The first bytes of a body whose length says that it is too large.
asio::awaitable<int> Server::Impl::read_clipped(Client& client, beast::flat_buffer& buffer,
                                                std::string& body) {
  body = beast::buffers_to_string(buffer.data());
  buffer.consume(buffer.size());
  while (body.size() < options.body_bytes_max) {
    auto [error, count] = co_await client.stream.async_read_some(buffer.prepare(4096), kNoThrow);
    if (error) co_return kGone;
    buffer.commit(count);
    body += beast::buffers_to_string(buffer.data());
    buffer.consume(buffer.size());
  }
  body.resize(options.body_bytes_max);
  co_return 0;
}

asio::awaitable<Response> Server::Impl::run_handler(Request request) {
  co_return co_await asio::async_initiate<decltype(asio::use_awaitable), void(Response)>(
      [this](auto handler, Request taken) {
        const auto source = taken.source;
        pool.post(source, [this, handler = std::move(handler), taken = std::move(taken)]() mutable {
          Response response = router.answer(std::move(taken));
          asio::post(loop,
                     [handler = std::move(handler), response = std::move(response)]() mutable {
                       handler(std::move(response));
                     });
        });
      },
      asio::use_awaitable, std::move(request));
}

asio::awaitable<bool> Server::Impl::reply(Client& client, Response response, bool head, bool keep,
                                          unsigned version) {
  wire::response<wire::string_body> message(static_cast<wire::status>(response.status), version);
  for (const auto& [name, value] : complete_headers(response, options.common_headers))
    message.insert(name, value);
  message.keep_alive(keep);
  if (allows_body(response.status)) message.content_length(response.body.size());
  if (!head && allows_body(response.status)) message.body() = std::move(response.body);
  wire::response_serializer<wire::string_body> serializer(message);
  client.waits_since = steady_clock::now();
  client.stream.expires_after(options.response_deadline);
  auto [error, count] = co_await wire::async_write(client.stream, serializer, kNoThrow);
  co_return !error && keep;
}

/// Answers what is no request of ours, and closes.
asio::awaitable<bool> Server::Impl::refuse(Client& client, int status) {
  co_await reply(client, router.refusal(status), false, false, 11);
  co_await forget_rest(client, kDrainedBytesMax, kDrainDeadline);
  co_return false;
}

/// Says that we have said everything, and reads on for a while so that it arrives.
asio::awaitable<void> Server::Impl::forget_rest(Client& client, std::size_t bytes_max,
                                                std::chrono::seconds deadline) {
  beast::error_code ignored;
  client.stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  client.stream.expires_after(deadline);
  std::array<char, 16384> forgotten;
  for (std::size_t total = 0; total < bytes_max;) {
    auto [error, count] = co_await client.stream.async_read_some(asio::buffer(forgotten), kNoThrow);
    if (error) break;
    total += count;
  }
}

void Server::Impl::begin_stopping() {
  stopping = true;
  beast::error_code ignored;
  acceptor.close(ignored);
  for (const auto& client : clients)
    if (client->waits_since) client->stream.cancel();
  if (!clients.empty()) return;
  const std::lock_guard guard(lock);
  empty = true;
  emptied.notify_all();
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Router router) {
  options.connections_max = raise_file_limit(options.connections_max);
  auto impl = std::make_unique<Impl>(std::move(options), std::move(router));
  TRY_DONE(impl->listen());
  asio::co_spawn(impl->loop, impl->accept_all(), asio::detached);
  impl->thread = std::thread([parts = impl.get()] {
    const auto work = asio::make_work_guard(parts->loop);
    parts->loop.run();
  });
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::~Server() {
  stop(std::chrono::milliseconds(0));
}

int Server::port() const {
  return impl_->port;
}

void Server::stop(std::chrono::milliseconds wait) {
  if (impl_->stopped) return;
  impl_->stopped = true;
  asio::post(impl_->loop, [parts = impl_.get()] { parts->begin_stopping(); });
  {
    std::unique_lock guard(impl_->lock);
    impl_->emptied.wait_for(guard, wait, [this] { return impl_->empty; });
  }
  impl_->pool.join();
  impl_->loop.stop();
  impl_->thread.join();
}

}  // namespace hotline::http
