#include "apps/hotline-fetch/egress_proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"

namespace hotline::fetch {

namespace {

using std::string_view;

constexpr std::size_t kHeadBytesMax = 64 * 1024;
constexpr int kOpenMax = 96;
constexpr std::size_t kCrewMax = 4000;
constexpr std::size_t kPassedMax = 192u << 20;  // Of one look, both directions.
constexpr std::size_t kBlockedMax = 20;
constexpr int kConnectMs = 6000;
constexpr int kIdleMs = 15000;

// Where Chromium goes by itself (time, updates, models), whatever its switches say. No page needs
// these, and a look must not tell anybody that it happens.
bool browsers_own_errand(string_view host) {
  constexpr std::array<string_view, 9> kErrands = {
      "clients1.google.com",         "clients2.google.com",
      "clients3.google.com",         "clients4.google.com",
      "update.googleapis.com",       "optimizationguide-pa.googleapis.com",
      "safebrowsing.googleapis.com", "content-autofill.googleapis.com",
      "edgedl.me.gvt1.com"};
  return std::find(kErrands.begin(), kErrands.end(), host) != kErrands.end();
}

// Belongs to the way from the browser to us, not to the request.
bool stays_here(string_view header) {
  constexpr std::array<string_view, 9> kHop = {"connection",
                                               "proxy-connection",
                                               "proxy-authorization",
                                               "proxy-authenticate",
                                               "keep-alive",
                                               "te",
                                               "trailer",
                                               "upgrade",
                                               "http2-settings"};
  return std::find(kHop.begin(), kHop.end(), header) != kHop.end();
}

bool send_all(int fd, string_view bytes, const std::atomic<bool>& stopping) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (sent == 0 || (errno != EAGAIN && errno != EINTR)) return false;
    pollfd ready{fd, POLLOUT, 0};
    if (stopping || ::poll(&ready, 1, 1000) < 0 || (ready.revents & (POLLERR | POLLHUP)) != 0)
      return false;
  }
  return true;
}

void answer(int client, string_view status, const std::atomic<bool>& stopping) {
  send_all(client,
           "HTTP/1.1 " + std::string(status) +
               "\r\nContent-Length: 0\r\nConnection: close\r\nCache-Control: no-store\r\n\r\n",
           stopping);
}

}  // namespace

Result<ProxyRequest> parse_proxy_request(string_view head) {
  const auto bad = [] { return fail(ErrorKind::invalid, "This is no request to a proxy."); };
  const auto end = head.find("\r\n");
  const auto first = head.substr(0, end);
  const auto method_end = first.find(' ');
  const auto target_end = first.rfind(' ');
  if (end == string_view::npos || method_end == string_view::npos || method_end == target_end)
    return bad();
  const auto method = first.substr(0, method_end);
  const auto target = first.substr(method_end + 1, target_end - method_end - 1);
  if (!first.substr(target_end + 1).starts_with("HTTP/1.") || target.empty()) return bad();
  for (const char c : method)
    if (c < 'A' || c > 'Z') return bad();
  ProxyRequest request;
  request.tunnel = method == "CONNECT";
  if (request.tunnel) {
    // "host:443": a scheme makes it an address that the one parser reads.
    if (target.find_first_of("/?#\\") != string_view::npos) return bad();
    TRY(url, url::parse("https://" + std::string(target) + "/"));
    request.url = std::move(url);
    return request;
  }
  TRY(url, url::parse(target));
  if (url.scheme != "http") return bad();
  request.url = std::move(url);
  const auto after = target.find_first_of("/?#", 7);
  std::string path(after == string_view::npos ? "/" : target.substr(after));
  if (path.front() != '/') path.insert(path.begin(), '/');
  request.forward = std::string(method) + " " + path.substr(0, path.find('#')) + " HTTP/1.1\r\n";
  for (auto rest = head.substr(end + 2); !rest.empty();) {
    const auto line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(rest.size(), line.size() + 2));
    if (line.empty()) break;
    if (line.find_first_of("\r\n") != string_view::npos) return bad();
    if (stays_here(lower_ascii(trim(line.substr(0, line.find(':')))))) continue;
    request.forward += std::string(line) + "\r\n";
  }
  // One request a connection: the next one may be for another host.
  request.forward += "Connection: close\r\n\r\n";
  return request;
}

EgressProxy::EgressProxy(net::Egress& egress, Gate& gate, int listener,
                         std::chrono::steady_clock::time_point deadline)
    : egress_(egress), gate_(gate), listener_(listener), deadline_(deadline) {
  acceptor_ = std::thread([this] { accept_all(); });
}

void EgressProxy::stop() {
  stopping_ = true;
  if (acceptor_.joinable()) acceptor_.join();
  for (auto& thread : crew_)
    if (thread.joinable()) thread.join();
  crew_.clear();
}

int EgressProxy::milliseconds_left() const {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline_ - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1'000'000));
}

void EgressProxy::accept_all() {
  while (!stopping_ && milliseconds_left() > 0) {
    pollfd ready{listener_, POLLIN, 0};
    if (::poll(&ready, 1, 100) <= 0) continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0) continue;
    if (open_ >= kOpenMax || crew_.size() >= kCrewMax) {
      ::close(client);
      continue;
    }
    ++open_;
    crew_.emplace_back([this, client] {
      serve(client);
      ::close(client);
      --open_;
    });
  }
}

void EgressProxy::serve(int client) {
  std::string head;
  std::size_t end = std::string::npos;
  while (end == std::string::npos) {
    pollfd ready{client, POLLIN, 0};
    if (stopping_ || milliseconds_left() == 0 || head.size() > kHeadBytesMax) return;
    if (::poll(&ready, 1, 200) <= 0) continue;
    std::array<char, 16384> buffer;
    const auto got = ::recv(client, buffer.data(), buffer.size(), 0);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return;
    if (got > 0) head.append(buffer.data(), static_cast<std::size_t>(got));
    end = head.find("\r\n\r\n");
  }
  const std::string early = head.substr(end + 4);
  const auto request = parse_proxy_request(string_view(head).substr(0, end + 4));
  if (!request) return answer(client, "400 Bad Request", stopping_);
  if (browsers_own_errand(request->url.host)) return answer(client, "403 Forbidden", stopping_);
  const auto route = egress_.route(request->url);
  if (route.verdict != net::FetchVerdict::answered) {
    if (route.verdict == net::FetchVerdict::refused) note_blocked(request->url, route.note);
    return answer(client, "502 Bad Gateway", stopping_);
  }
  const Descriptor server = connect_to(route, request->url);
  if (!server.good()) return answer(client, "504 Gateway Timeout", stopping_);
  const bool begun =
      (request->tunnel ? send_all(client, "HTTP/1.1 200 Connected\r\n\r\n", stopping_)
                       : send_all(server.get(), request->forward, stopping_)) &&
      send_all(server.get(), early, stopping_);
  if (begun) pass(client, server.get());
}

// By number, and only numbers that were checked. Not good() if none answers.
Descriptor EgressProxy::connect_to(const net::Route& route, const url::Url& url) const {
  const auto time = [this] {
    return std::chrono::milliseconds(std::min(kConnectMs, milliseconds_left()));
  };
  if (route.by_name) {
    auto socket = gate_.connect_by_name(url.host, url.port, time());
    return socket ? *std::move(socket) : Descriptor();
  }
  for (const auto& ip : route.ips) {
    if (!egress_.may_connect(ip, url.port) || stopping_) continue;
    if (auto socket = gate_.connect(ip, url.port, time())) return *std::move(socket);
  }
  return {};
}

void EgressProxy::pass(int client, int server) {
  std::array<pollfd, 2> ends = {{{client, POLLIN, 0}, {server, POLLIN, 0}}};
  int idle = 0;
  std::array<char, 65536> buffer;
  while (!stopping_ && milliseconds_left() > 0 && idle < kIdleMs && passed_ < kPassedMax) {
    const int ready = ::poll(ends.data(), ends.size(), 200);
    if (ready < 0 && errno != EINTR) return;
    idle = ready == 0 ? idle + 200 : 0;
    for (std::size_t i = 0; i < 2; ++i) {
      if (ends[i].fd < 0 || (ends[i].revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
      const int other = i == 0 ? server : client;
      const auto got = ::recv(ends[i].fd, buffer.data(), buffer.size(), 0);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (got <= 0) {
        // Half closed: the other direction may still have something to say.
        ::shutdown(other, SHUT_WR);
        ends[i].fd = -1;
        if (ends[0].fd < 0 && ends[1].fd < 0) return;
        if (i == 1) return;
        continue;
      }
      passed_ += static_cast<std::size_t>(got);
      if (!send_all(other, {buffer.data(), static_cast<std::size_t>(got)}, stopping_)) return;
    }
  }
}

void EgressProxy::note_blocked(const url::Url& url, const std::string& why) {
  const std::lock_guard lock(mutex_);
  const auto address = url.canonical();
  const bool known = std::any_of(blocked_.begin(), blocked_.end(),
                                 [&](const net::Hop& hop) { return hop.url == address; });
  if (!known && blocked_.size() < kBlockedMax)
    blocked_.push_back({.url = address, .note = why + " (asked for by the page)"});
}

}  // namespace hotline::fetch
