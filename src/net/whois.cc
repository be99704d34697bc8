#include "net/whois.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/text.h"

namespace hotline::net {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kServersMax = 4;

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

bool wait_for(int fd, short what, Clock::time_point end) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
  pollfd ready{fd, what, 0};
  return left.count() > 0 && ::poll(&ready, 1, static_cast<int>(left.count())) > 0;
}

bool connect_by_number(int fd, const url::IpAddress& ip, int port, Clock::time_point end) {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_in);
  if (ip.v6) {
    auto* six = reinterpret_cast<sockaddr_in6*>(&storage);
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(static_cast<std::uint16_t>(port));
    std::memcpy(&six->sin6_addr, ip.bytes.data(), 16);
    length = sizeof(sockaddr_in6);
  } else {
    auto* four = reinterpret_cast<sockaddr_in*>(&storage);
    four->sin_family = AF_INET;
    four->sin_port = htons(static_cast<std::uint16_t>(port));
    std::memcpy(&four->sin_addr, ip.bytes.data(), 4);
  }
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&storage), length) == 0) return true;
  if (errno != EINPROGRESS || !wait_for(fd, POLLOUT, end)) return false;
  int trouble = 0;
  socklen_t size = sizeof trouble;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &trouble, &size) == 0 && trouble == 0;
}

bool send_line(int fd, std::string_view line, Clock::time_point end) {
  while (!line.empty()) {
    const auto sent = ::send(fd, line.data(), line.size(), MSG_NOSIGNAL);
    if (sent > 0)
      line.remove_prefix(static_cast<std::size_t>(sent));
    else if (errno != EAGAIN || !wait_for(fd, POLLOUT, end))
      return false;
  }
  return true;
}

/// Until the server closes, the time is over or the answer is as long as we read at all.
std::string receive(int fd, Clock::time_point end) {
  std::string text;
  char chunk[8192];
  while (text.size() < kWhoisBytesMax && wait_for(fd, POLLIN, end)) {
    const auto got = ::recv(fd, chunk, sizeof chunk, 0);
    if (got == 0) break;
    if (got < 0 && errno == EAGAIN) continue;
    if (got < 0) break;
    text.append(chunk, std::min(static_cast<std::size_t>(got), kWhoisBytesMax - text.size()));
  }
  return text;
}

class Port43 final : public Whois {
 public:
  Port43(WhoisOptions options, Resolver& resolver)
      : options_(std::move(options)), resolver_(resolver) {}

  Result<std::vector<WhoisAnswer>> ask(std::string_view question) override {
    std::vector<WhoisAnswer> answers;
    std::vector<std::string> asked;
    std::string server = options_.server;
    Error last{ErrorKind::unavailable, "No WHOIS server answered."};
    while (!server.empty() && asked.size() < kServersMax &&
           std::find(asked.begin(), asked.end(), server) == asked.end()) {
      asked.push_back(server);
      auto answer = ask_one(server, question);
      if (!answer) {
        if (answers.empty()) last = answer.error();
        break;
      }
      server = answer->record.referral;
      answers.push_back(*std::move(answer));
    }
    if (answers.empty()) return std::unexpected(last);
    return answers;
  }

 private:
  Result<WhoisAnswer> ask_one(const std::string& server, std::string_view question) {
    TRY(line, whois_question(server, question));
    TRY(ips, addresses_of(server));
    const auto end = Clock::now() + options_.time;
    for (const auto& ip : ips) {
      const Socket socket(
          ::socket(ip.v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      if (socket.fd() < 0 || !connect_by_number(socket.fd(), ip, options_.port, end)) continue;
      if (!send_line(socket.fd(), line + "\r\n", end)) continue;
      WhoisAnswer answer{server, line, receive(socket.fd(), end), {}};
      if (answer.text.empty()) continue;
      answer.record = read_whois(answer.text);
      return answer;
    }
    return fail(ErrorKind::unavailable, "The WHOIS server " + server + " did not answer.");
  }

  /// As with every stranger's name: one address that may not be reached spoils all of them.
  Result<std::vector<url::IpAddress>> addresses_of(const std::string& server) {
    std::vector<url::IpAddress> ips;
    if (const auto literal = url::parse_ip(server)) {
      ips.push_back(*literal);
    } else {
      for (const auto* type : {"A", "AAAA"}) {
        const auto found = resolver_.look_up(server, type);
        if (!found) continue;
        for (const auto& value : found->values)
          if (const auto ip = url::parse_ip(value)) ips.push_back(*ip);
      }
    }
    if (ips.empty())
      return fail(ErrorKind::unavailable, "The WHOIS server " + server + " has no address.");
    for (const auto& ip : ips)
      if (!url::may_reach(ip, options_.test_networks))
        return fail(ErrorKind::unavailable,
                    "The WHOIS server " + server + " lies where nobody may be asked.");
    return ips;
  }

  WhoisOptions options_;
  Resolver& resolver_;
};

}  // namespace

Result<std::string> whois_question(std::string_view server, std::string_view question) {
  if (question.empty() || question.size() > 253)
    return fail(ErrorKind::invalid, "This cannot be asked of a WHOIS server.");
  for (const char c : question)
    if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '-' &&
        c != '.' && c != ':' && c != '_')
      return fail(ErrorKind::invalid, "This cannot be asked of a WHOIS server.");
  if (question.front() == '-')  // A flag to some servers.
    return fail(ErrorKind::invalid, "This cannot be asked of a WHOIS server.");
  const bool address = url::parse_ip(question).has_value();
  if (server == "whois.arin.net" && address) return "n + " + std::string(question);
  if (server == "whois.denic.de" && !address) return "-T dn,ace " + std::string(question);
  return std::string(question);
}

std::unique_ptr<Whois> open_whois(WhoisOptions options, Resolver& resolver) {
  return std::make_unique<Port43>(std::move(options), resolver);
}

}  // namespace hotline::net
