// A web server on loopback that answers as the test says, byte by byte if it must.
#pragma once

#include <poll.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "net/sockets.h"

namespace hotline::net {

class WebDouble {
 public:
  /// Gets the request's head and writes whatever it likes.
  using Handler = std::function<void(int fd, const std::string& path, const std::string& head)>;

  /// On the first free port from 8000 on: only such may be fetched from.
  explicit WebDouble(Handler handler) : handler_(std::move(handler)) {
    for (port_ = 8001; port_ < 8100; ++port_)
      if ((listener_ = loopback_socket(SOCK_STREAM, port_)) >= 0) break;
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~WebDouble() {
    stopping_ = true;
    acceptor_.join();
    for (auto& thread : crew_) thread.join();
    ::close(listener_);
  }

  [[nodiscard]] std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] bool stopping() const { return stopping_; }
  [[nodiscard]] std::vector<std::string> heads() {
    const std::lock_guard lock(mutex_);
    return heads_;
  }

 private:
  void accept_all() {
    while (!stopping_) {
      pollfd ready{listener_, POLLIN, 0};
      if (::poll(&ready, 1, 50) <= 0) continue;
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0) continue;
      crew_.emplace_back([this, fd] {
        serve(fd);
        ::close(fd);
      });
    }
  }

  void serve(int fd) {
    std::string head;
    while (head.find("\r\n\r\n") == std::string::npos) {
      pollfd ready{fd, POLLIN, 0};
      if (stopping_) return;
      if (::poll(&ready, 1, 50) <= 0) continue;
      char bytes[4096];
      const auto got = ::recv(fd, bytes, sizeof bytes, 0);
      if (got <= 0) return;
      head.append(bytes, static_cast<std::size_t>(got));
    }
    {
      const std::lock_guard lock(mutex_);
      heads_.push_back(head);
    }
    const auto start = head.find(' ') + 1;
    handler_(fd, head.substr(start, head.find(' ', start) - start), head);
  }

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<std::string> heads_;
  std::vector<std::thread> crew_;
  std::thread acceptor_;
};

inline std::string web_answer(const std::string& type, const std::string& body,
                              const std::string& more = "") {
  return "HTTP/1.1 200 OK\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more +
         "Connection: close\r\n\r\n" + body;
}

inline std::string web_redirect(const std::string& to) {
  return "HTTP/1.1 302 Found\r\nLocation: " + to +
         "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
}

}  // namespace hotline::net
