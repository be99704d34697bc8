// A mail server on loopback that says what its script says and keeps what it got.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "net/sockets.h"

namespace hotline::net {

class SmtpDouble {
 public:
  struct Script {
    std::string greeting = "220 mx.isp.example ready";
    std::string sender = "250 2.1.0 ok";
    std::string recipient = "250 2.1.5 ok";
    std::string end = "250 2.0.0 taken";  ///< Empty: closes instead of answering.
    std::function<bool()> on_quit = {};   ///< Whether QUIT is answered; else it closes.
  };
  struct Received {
    std::string from, to, message;
  };

  SmtpDouble() : SmtpDouble(Script{}) {}
  explicit SmtpDouble(Script script) : script_(std::move(script)) {
    listener_ = loopback_socket(SOCK_STREAM, 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~SmtpDouble() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  [[nodiscard]] int port() const { return port_of(listener_); }
  [[nodiscard]] std::vector<Received> received() {
    const std::lock_guard lock(mutex_);
    return received_;
  }

 private:
  void serve() {
    for (;;) {
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      talk(fd);
      ::close(fd);
    }
  }

  static bool read_line(int fd, std::string& buffer, std::string& line) {
    for (;;) {
      const auto end = buffer.find("\r\n");
      if (end != std::string::npos) {
        line = buffer.substr(0, end);
        buffer.erase(0, end + 2);
        return true;
      }
      char bytes[4096];
      const auto got = ::recv(fd, bytes, sizeof bytes, 0);
      if (got <= 0) return false;
      buffer.append(bytes, static_cast<std::size_t>(got));
    }
  }

  void talk(int fd) {
    Received mail;
    std::string buffer, line;
    if (!send_all(fd, script_.greeting + "\r\n")) return;
    while (read_line(fd, buffer, line)) {
      std::string answer = "250 ok";
      if (line.starts_with("MAIL FROM")) {
        mail.from = line;
        answer = script_.sender;
      } else if (line.starts_with("RCPT TO")) {
        mail.to = line;
        answer = script_.recipient;
      } else if (line == "DATA") {
        send_all(fd, "354 go on\r\n");
        while (read_line(fd, buffer, line) && line != ".")
          mail.message += (line.starts_with(".") ? line.substr(1) : line) + "\r\n";
        if (script_.end.empty()) return;
        answer = script_.end;
        if (answer.starts_with("250")) {
          const std::lock_guard lock(mutex_);
          received_.push_back(mail);
        }
      } else if (line == "QUIT") {
        if (script_.on_quit && !script_.on_quit()) return;
        send_all(fd, "221 bye\r\n");
        return;
      }
      if (!send_all(fd, answer + "\r\n")) return;
    }
  }

  Script script_;
  int listener_ = -1;
  std::thread thread_;
  std::mutex mutex_;
  std::vector<Received> received_;
};

}  // namespace hotline::net
