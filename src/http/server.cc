// The server over epoll: one thread runs all sockets, a pool runs the handlers.
//
// A slow handler never stops the sockets and a slow client never holds a handler.
// A request costs one read and one write of the socket; quick handlers are answered
// where they were read. Every wait has a total deadline, not one that each byte
// renews. When all places are taken, the client that has kept us waiting longest
// makes room.
#include "http/server.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <ctime>
#include <list>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "base/log.h"
#include "http/fair_queue.h"
#include "http/framing.h"
#include "http/reader.h"
#include "http/source.h"

namespace hotline::http {

using std::chrono::steady_clock;

namespace {

using namespace std::chrono_literals;

// After a refusal we read and forget so much, so that the client sees the answer rather than
// a reset connection (RFC 9112 section 9.6); what comes after it is cut off.
constexpr std::size_t kDrainedBytesMax = 64 * 1024;
constexpr std::chrono::seconds kDrainDeadline{2};
// The rest of a form that was too large: browsers show no answer before they have sent it all.
constexpr std::size_t kClippedBytesMax = 32 * 1024 * 1024;
constexpr std::chrono::seconds kClippedDeadline{15};
constexpr std::chrono::milliseconds kAcceptAgain{50};
constexpr std::chrono::milliseconds kSweep{100};  ///< Deadlines are looked at so often.
constexpr int kSpareFiles = 64;
constexpr int kEventsMax = 256;
constexpr int kRequestsInTurn = 16;  ///< Of one client, before the others have theirs.
constexpr std::size_t kReadBytes = 32 * 1024;
constexpr auto kNever = steady_clock::time_point::max();

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

std::string address_of(const sockaddr_storage& from, socklen_t length) {
  char host[NI_MAXHOST];
  if (getnameinfo(reinterpret_cast<const sockaddr*>(&from), length, host, sizeof host, nullptr, 0,
                  NI_NUMERICHOST) != 0)
    return "";
  return host;
}

/// A descriptor that closes itself.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    reset();
    number_ = std::exchange(other.number_, -1);
    return *this;
  }
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  void reset() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_ = -1;
};

}  // namespace

struct Server::Impl {
  /// reading: a request, or waiting for one; working: a handler has it; writing: the answer;
  /// forgetting: what still comes after the last answer.
  enum class Phase : std::uint8_t { reading, working, writing, forgetting, closed };

  struct Client {
    Client(int socket, const RequestReader::Limits& limits) : socket(socket), reader(limits) {}
    Descriptor socket;
    Phase phase = Phase::reading;
    /// May be tried without waiting; the kernel tells only of changes.
    bool readable = true, writable = true, ended = false;
    bool begun = false;  ///< The deadline is that of a request.
    bool keep = false;
    RequestReader reader;
    std::string head, body;  ///< Of the answer.
    std::size_t written = 0;
    std::size_t forget = 0;  ///< Bytes to read and forget after the last answer; 0: none.
    std::chrono::seconds forget_deadline{};
    steady_clock::time_point deadline = kNever, waits_since;
    std::uint64_t source = 0;
    int* place_count = nullptr;
    std::list<std::shared_ptr<Client>>::iterator place;
    /// It waits for nobody but itself.
    [[nodiscard]] bool waits() const { return phase != Phase::working && phase != Phase::closed; }
  };
  using ClientPointer = std::shared_ptr<Client>;
  struct Finished {
    ClientPointer client;
    Response response;
    bool head = false;
  };

  Impl(ServerOptions given, Router routes)
      : options(std::move(given)), router(std::move(routes)), pool(options.handler_threads) {}

  Done listen();
  Done open_bell();
  void run();
  [[nodiscard]] int pause() const;
  void handle(const epoll_event& event);
  void accept_all();
  void add_client(int socket, const sockaddr_storage& from, socklen_t length);
  void listen_again();
  void make_room();
  void close(Client& client);
  void sweep();
  void begin_stopping();
  void take_finished();
  void ring() const;

  void go_on(Client& client);
  bool read_some(Client& client);
  bool forget_some(Client& client);
  bool write_some(Client& client);
  void reply_done(Client& client);
  void take_request(Client& client);
  void reply(Client& client, Response response, bool head);
  void refuse(Client& client, int status);
  std::uint64_t source_of(RawRequest& raw, const Client& client);
  const std::string& date();

  ServerOptions options;
  Router router;
  Descriptor listener, poll, bell;
  std::list<ClientPointer> clients;
  std::vector<ClientPointer> leaving;  ///< Closed in this turn: events may still name them.
  std::vector<ClientPointer> again;    ///< Had their turn and have more.
  FairQueue pool;
  Sources sources;
  std::unordered_map<std::uint64_t, int> places;  ///< How many each source holds.
  steady_clock::time_point now = steady_clock::now();
  steady_clock::time_point next_sweep, listen_at = kNever;
  std::string date_text;
  std::time_t date_second = 0;
  std::array<char, kReadBytes> bytes;
  std::thread thread;
  int port = 0;
  bool stopping = false;  // Touched on the loop's thread only.

  std::atomic<bool> stop_asked = false, quit = false;
  std::mutex lock;
  std::vector<Finished> finished;  // Under `lock`.
  std::condition_variable emptied;
  bool empty = false;  // Under `lock`: stopping, and the last client has left.
  bool stopped = false;
};

Done Server::Impl::listen() {
  addrinfo wanted{};
  wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(options.host.c_str(), std::to_string(options.port).c_str(), &wanted, &found) != 0)
    return fail(ErrorKind::invalid, "The address to listen on is not an IP address.");
  listener = Descriptor(
      ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  const int on = 1;
  const bool good = listener.is_open() &&
                    ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                    ::bind(listener.get(), found->ai_addr, found->ai_addrlen) == 0 &&
                    ::listen(listener.get(), SOMAXCONN) == 0;
  const int trouble = errno;
  freeaddrinfo(found);
  if (!good)
    return fail(ErrorKind::unavailable, "Cannot listen on port " + std::to_string(options.port) +
                                            ": " + std::strerror(trouble) + ".");
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&bound), &length);
  port = ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(bound).sin6_port
                                           : reinterpret_cast<sockaddr_in&>(bound).sin_port);
  return open_bell();
}

Done Server::Impl::open_bell() {
  poll = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
  bell = Descriptor(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  epoll_event accepting{}, ringing{};
  accepting.events = ringing.events = EPOLLIN;
  accepting.data.ptr = &listener;
  ringing.data.ptr = &bell;
  if (!poll.is_open() || !bell.is_open() ||
      ::epoll_ctl(poll.get(), EPOLL_CTL_ADD, listener.get(), &accepting) != 0 ||
      ::epoll_ctl(poll.get(), EPOLL_CTL_ADD, bell.get(), &ringing) != 0)
    return fail(ErrorKind::unavailable, "The system gives no more descriptors.");
  return {};
}

/// How long the next wait may take, in milliseconds.
int Server::Impl::pause() const {
  if (!again.empty()) return 0;
  if (clients.empty() && listen_at == kNever) return -1;
  const auto until = std::min(next_sweep, listen_at);
  return std::max(
      0, static_cast<int>(
             std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now()).count()));
}

void Server::Impl::run() {
  std::array<epoll_event, kEventsMax> events;
  while (!quit) {
    const int count = ::epoll_wait(poll.get(), events.data(), kEventsMax, pause());
    now = steady_clock::now();
    for (int i = 0; i < count; ++i) handle(events[static_cast<std::size_t>(i)]);
    for (const auto& client : std::exchange(again, {})) go_on(*client);
    if (stop_asked && !stopping) begin_stopping();
    if (listen_at <= now) listen_again();
    if (next_sweep <= now) sweep();
    leaving.clear();
    if (!stopping || !clients.empty()) continue;
    const std::lock_guard guard(lock);
    empty = true;
    emptied.notify_all();
  }
  clients.clear();
}

void Server::Impl::handle(const epoll_event& event) {
  if (event.data.ptr == &listener) return accept_all();
  if (event.data.ptr == &bell) return take_finished();
  auto& client = *static_cast<Client*>(event.data.ptr);
  if (event.events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) client.readable = true;
  if (event.events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) client.writable = true;
  if (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) client.ended = true;
  go_on(client);
}

void Server::Impl::accept_all() {
  for (int i = 0; i < kEventsMax && !stopping; ++i) {
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    const int socket = ::accept4(listener.get(), reinterpret_cast<sockaddr*>(&from), &length,
                                 SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket >= 0) {
      make_room();
      add_client(socket, from, length);
      continue;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return;
    if (errno == EINTR || errno == ECONNABORTED) continue;
    // Out of files or memory: the waiting clients stay in the kernel's queue meanwhile.
    make_room();
    epoll_event silent{};
    silent.data.ptr = &listener;
    ::epoll_ctl(poll.get(), EPOLL_CTL_MOD, listener.get(), &silent);
    listen_at = now + kAcceptAgain;
    return;
  }
}

void Server::Impl::listen_again() {
  listen_at = kNever;
  epoll_event accepting{};
  accepting.events = EPOLLIN;
  accepting.data.ptr = &listener;
  if (!stopping) ::epoll_ctl(poll.get(), EPOLL_CTL_MOD, listener.get(), &accepting);
}

void Server::Impl::add_client(int socket, const sockaddr_storage& from, socklen_t length) {
  const RequestReader::Limits limits{options.header_bytes_max, options.body_bytes_max,
                                     options.clip_large_forms};
  auto client = std::make_shared<Client>(socket, limits);
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  client->source = sources.number(address_of(from, length), SystemClock().now());
  client->place_count = &places[client->source];
  ++*client->place_count;
  client->waits_since = now;
  client->deadline = now + options.idle_deadline;
  client->place = clients.insert(clients.end(), client);
  epoll_event all{};
  all.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  all.data.ptr = client.get();
  if (::epoll_ctl(poll.get(), EPOLL_CTL_ADD, socket, &all) != 0) return close(*client);
  go_on(*client);
}

void Server::Impl::make_room() {
  if (clients.size() < static_cast<std::size_t>(options.connections_max)) return;
  // Behind a proxy all are one source, and the one that waits longest leaves.
  Client* slowest = nullptr;
  for (const auto& client : clients) {
    if (!client->waits()) continue;
    const int held = *client->place_count;
    if (slowest && (held < *slowest->place_count ||
                    (held == *slowest->place_count && client->waits_since >= slowest->waits_since)))
      continue;
    slowest = client.get();
  }
  if (slowest) close(*slowest);
}

void Server::Impl::close(Client& client) {
  if (client.phase == Phase::closed) return;
  client.phase = Phase::closed;
  ::shutdown(client.socket.get(), SHUT_RDWR);
  client.socket.reset();
  if (--*client.place_count == 0) places.erase(client.source);
  leaving.push_back(*client.place);
  clients.erase(client.place);
}

void Server::Impl::sweep() {
  next_sweep = now + kSweep;
  for (auto place = clients.begin(); place != clients.end();) {
    Client& client = **place++;
    if (client.deadline <= now) close(client);
  }
}

void Server::Impl::begin_stopping() {
  stopping = true;
  listener.reset();
  for (auto place = clients.begin(); place != clients.end();) {
    Client& client = **place++;
    client.keep = false;
    if (client.phase == Phase::reading) close(client);
  }
}

void Server::Impl::ring() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto rung = ::write(bell.get(), &one, sizeof one);
}

/// What the handlers have answered meanwhile.
void Server::Impl::take_finished() {
  std::uint64_t rings = 0;
  [[maybe_unused]] const auto heard = ::read(bell.get(), &rings, sizeof rings);
  std::vector<Finished> all;
  {
    const std::lock_guard guard(lock);
    all.swap(finished);
  }
  for (auto& one : all) {
    if (one.client->phase != Phase::working) continue;
    reply(*one.client, std::move(one.response), one.head);
    go_on(*one.client);
  }
}

/// As far as it goes without waiting.
void Server::Impl::go_on(Client& client) {
  for (int turns = 0; turns < kRequestsInTurn;) {
    switch (client.phase) {
      case Phase::reading: {
        const auto state = client.reader.advance();
        if (state == RequestReader::State::complete) {
          ++turns;
          take_request(client);
        } else if (state == RequestReader::State::refused) {
          refuse(client, client.reader.status());
        } else if (!read_some(client)) {
          return;
        }
        break;
      }
      case Phase::writing:
        if (!write_some(client)) return;
        break;
      case Phase::forgetting:
        if (!forget_some(client)) return;
        break;
      case Phase::working:
      case Phase::closed: return;
    }
  }
  again.push_back(*client.place);
}

/// False if there is nothing to read now, or never again.
bool Server::Impl::read_some(Client& client) {
  if (client.reader.begun() && !client.begun) {
    // From here to the end of the body one deadline holds, however the bytes trickle.
    client.begun = true;
    client.deadline = now + options.request_deadline;
  }
  if (client.reader.take_continue()) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    if (::send(client.socket.get(), kContinue.data(), kContinue.size(), MSG_NOSIGNAL) < 0) {
      close(client);
      return false;
    }
  }
  if (!client.readable) return false;
  const auto got = ::recv(client.socket.get(), bytes.data(), bytes.size(), 0);
  if (got > 0) {
    // A short read has emptied the socket, and more is a new event; but not its end.
    if (static_cast<std::size_t>(got) < bytes.size() && !client.ended) client.readable = false;
    client.reader.add({bytes.data(), static_cast<std::size_t>(got)});
    return true;
  }
  if (got < 0 && errno == EINTR) return true;
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    client.readable = false;
    return false;
  }
  close(client);
  return false;
}

bool Server::Impl::forget_some(Client& client) {
  if (!client.readable) return false;
  const auto got = ::recv(client.socket.get(), bytes.data(), bytes.size(), 0);
  if (got < 0 && errno == EINTR) return true;
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    client.readable = false;
    return false;
  }
  if (got <= 0 || static_cast<std::size_t>(got) >= client.forget) {
    close(client);
    return false;
  }
  client.forget -= static_cast<std::size_t>(got);
  return true;
}

/// True once the answer is written, or the client gone.
bool Server::Impl::write_some(Client& client) {
  while (client.writable) {
    const std::size_t total = client.head.size() + client.body.size();
    iovec parts[2];
    std::size_t count = 0;
    if (client.written < client.head.size())
      parts[count++] = {client.head.data() + client.written, client.head.size() - client.written};
    const auto of_body =
        client.written > client.head.size() ? client.written - client.head.size() : 0;
    if (of_body < client.body.size())
      parts[count++] = {client.body.data() + of_body, client.body.size() - of_body};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = count;
    const auto sent = ::sendmsg(client.socket.get(), &message, MSG_NOSIGNAL);
    if (sent >= 0) {
      client.written += static_cast<std::size_t>(sent);
      if (client.written < total) continue;
      reply_done(client);
      return true;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      close(client);
      return true;
    }
    client.writable = false;
  }
  return false;
}

void Server::Impl::reply_done(Client& client) {
  client.body = std::string();
  client.head.clear();
  if (client.keep && !stopping) {
    client.reader.next();
    client.phase = Phase::reading;
    client.begun = client.reader.begun();
    client.waits_since = now;
    client.deadline = now + (client.begun ? options.request_deadline : options.idle_deadline);
    return;
  }
  if (client.forget == 0) return close(client);
  // We have said everything, and read on for a while so that it arrives.
  ::shutdown(client.socket.get(), SHUT_WR);
  client.phase = Phase::forgetting;
  client.deadline = now + client.forget_deadline;
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

void Server::Impl::take_request(Client& client) {
  auto& reader = client.reader;
  client.phase = Phase::working;
  client.deadline = kNever;
  client.keep = reader.keeps() && !stopping;
  if (reader.clipped()) {
    client.forget = kClippedBytesMax;
    client.forget_deadline = kClippedDeadline;
  }
  const auto source = source_of(reader.raw(), client);
  auto request = request_of(std::move(reader.raw()), std::move(reader.body()));
  if (!request) return refuse(client, status_of(request.error().kind));
  request->source = source;
  const bool head = request->method == "HEAD";
  if (router.is_quick(*request)) return reply(client, router.answer(*std::move(request)), head);
  pool.post(source, [this, client = *client.place, taken = *std::move(request), head]() mutable {
    Response response = router.answer(std::move(taken));
    const std::lock_guard guard(lock);
    finished.push_back({std::move(client), std::move(response), head});
    if (finished.size() == 1) ring();
  });
}

const std::string& Server::Impl::date() {
  const auto second = std::time(nullptr);
  if (second != date_second) {
    date_second = second;
    date_text = http_date(SystemClock().now());
  }
  return date_text;
}

void Server::Impl::reply(Client& client, Response response, bool head) {
  const bool old = !client.reader.raw().http_1_1;
  client.head = head_text(response, options.common_headers, date(),
                          !client.keep ? "close"
                          : old        ? "keep-alive"
                                       : "");
  if (!head && allows_body(response.status)) client.body = std::move(response.body);
  client.written = 0;
  client.phase = Phase::writing;
  client.waits_since = now;
  client.deadline = now + options.response_deadline;
}

/// Answers what is no request of ours, and closes.
void Server::Impl::refuse(Client& client, int status) {
  client.keep = false;
  client.forget = kDrainedBytesMax;
  client.forget_deadline = kDrainDeadline;
  reply(client, router.refusal(status), false);
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Router router) {
  options.connections_max = raise_file_limit(options.connections_max);
  auto impl = std::make_unique<Impl>(std::move(options), std::move(router));
  TRY_DONE(impl->listen());
  impl->thread = std::thread([parts = impl.get()] { parts->run(); });
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::~Server() {
  stop(0ms);
}

int Server::port() const {
  return impl_->port;
}

void Server::stop(std::chrono::milliseconds wait) {
  if (impl_->stopped) return;
  impl_->stopped = true;
  impl_->stop_asked = true;
  impl_->ring();
  {
    std::unique_lock guard(impl_->lock);
    impl_->emptied.wait_for(guard, wait, [this] { return impl_->empty; });
  }
  impl_->pool.join();
  impl_->quit = true;
  impl_->ring();
  impl_->thread.join();
}

}  // namespace hotline::http
