// An IMAP server on loopback, as much of it as a mailbox asks for; keeps what it was asked.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "net/sockets.h"

namespace hotline::net {

class ImapDouble {
 public:
  explicit ImapDouble(std::map<int, std::string> mails) : mails_(std::move(mails)) {
    listener_ = loopback_socket(SOCK_STREAM, 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~ImapDouble() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  [[nodiscard]] int port() const { return port_of(listener_); }
  [[nodiscard]] std::map<int, std::string> mails() {
    const std::lock_guard lock(mutex_);
    return mails_;
  }
  [[nodiscard]] std::vector<std::string> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
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

  void talk(int fd) {
    std::string buffer;
    if (!send_all(fd, "* OK ready\r\n")) return;
    char bytes[4096];
    for (;;) {
      const auto end = buffer.find("\r\n");
      if (end == std::string::npos) {
        const auto got = ::recv(fd, bytes, sizeof bytes, 0);
        if (got <= 0) return;
        buffer.append(bytes, static_cast<std::size_t>(got));
        continue;
      }
      const auto line = buffer.substr(0, end);
      buffer.erase(0, end + 2);
      const auto blank = line.find(' ');
      const auto tag = line.substr(0, blank), command = line.substr(blank + 1);
      const auto answer = answer_to(command);
      send_all(fd, answer + tag + " OK done\r\n");
      if (command == "LOGOUT") return;
    }
  }

  std::string answer_to(const std::string& command) {
    const std::lock_guard lock(mutex_);
    asked_.push_back(command);
    if (command == "CAPABILITY") return "* CAPABILITY IMAP4rev1 SASL-IR\r\n";
    if (command.starts_with("SELECT")) return "* 3 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n";
    if (command.starts_with("UID SEARCH")) {
      std::string found = "* SEARCH";
      for (const auto& [uid, mail] : mails_) found += " " + std::to_string(uid);
      return found + "\r\n";
    }
    if (command.starts_with("UID FETCH ")) {
      const auto mail = mails_.find(std::atoi(command.c_str() + 10));
      if (mail == mails_.end()) return "";
      const auto cut = mail->second.substr(0, 256 * 1024);
      return "* 1 FETCH (UID " + std::to_string(mail->first) + " BODY[]<0> {" +
             std::to_string(cut.size()) + "}\r\n" + cut + ")\r\n";
    }
    if (command.starts_with("UID STORE ")) mails_.erase(std::atoi(command.c_str() + 10));
    return "";
  }

  std::map<int, std::string> mails_;
  std::vector<std::string> asked_;
  int listener_ = -1;
  std::thread thread_;
  std::mutex mutex_;
};

}  // namespace hotline::net
