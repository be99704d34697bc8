// A DNS server on loopback for the names that a test gives it; all others do not exist.
#pragma once

#include <poll.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "net/sockets.h"
#include "url/ip.h"

namespace hotline::net {

class DnsDouble {
 public:
  /// Values of one name: addresses, or "alias.example" for a CNAME. `count` is how often the name
  /// was asked before, over both types.
  using Answers = std::function<std::vector<std::string>(int count)>;

  DnsDouble() : socket_(loopback_socket(SOCK_DGRAM, 0)), thread_([this] { serve(); }) {}
  ~DnsDouble() {
    stopping_ = true;
    thread_.join();
    ::close(socket_);
  }

  void set(const std::string& name, std::vector<std::string> values) {
    set(name, [values](int) { return values; });
  }
  void set(const std::string& name, Answers answers) {
    const std::lock_guard lock(mutex_);
    names_[name] = std::move(answers);
  }
  [[nodiscard]] std::string server() const {
    return "127.0.0.1@" + std::to_string(port_of(socket_));
  }

 private:
  static void add16(std::string& to, unsigned value) {
    to += static_cast<char>(value >> 8);
    to += static_cast<char>(value & 255);
  }
  static std::string wire_name(const std::string& name) {
    std::string wire;
    for (const auto label : split(name, '.')) {
      wire += static_cast<char>(label.size());
      wire += label;
    }
    return wire + '\0';
  }

  void add_record(std::string& to, const std::string& owner, unsigned type, std::string rdata) {
    to += wire_name(owner);
    add16(to, type);
    add16(to, 1);
    to += std::string(4, '\0');  // TTL 0.
    add16(to, static_cast<unsigned>(rdata.size()));
    to += rdata;
  }

  // Follows aliases as a full resolver does.
  unsigned answer(std::string name, unsigned type, std::string& records, bool& exists) {
    unsigned count = 0;
    for (int chain = 0; chain < 8; ++chain) {
      const std::lock_guard lock(mutex_);
      const auto found = names_.find(name);
      if (found == names_.end()) return count;
      exists = true;
      std::string next;
      for (const auto& value : found->second(asked_[name]++)) {
        const auto ip = url::parse_ip(value);
        if (!ip) {
          add_record(records, name, 5, wire_name(value));
          next = value;
          ++count;
        } else if ((ip->v6 ? 28u : 1u) == type) {
          add_record(records, name, type,
                     {reinterpret_cast<const char*>(ip->bytes.data()), ip->v6 ? 16u : 4u});
          ++count;
        }
      }
      if (next.empty()) return count;
      name = next;
    }
    return count;
  }

  void serve() {
    while (!stopping_) {
      pollfd ready{socket_, POLLIN, 0};
      if (::poll(&ready, 1, 50) <= 0) continue;
      char bytes[1500];
      sockaddr_in from{};
      socklen_t length = sizeof from;
      const auto got =
          ::recvfrom(socket_, bytes, sizeof bytes, 0, reinterpret_cast<sockaddr*>(&from), &length);
      if (got < 17) continue;
      std::string name;
      std::size_t at = 12;
      while (bytes[at] != 0) {
        const auto label = static_cast<unsigned char>(bytes[at]);
        name += (name.empty() ? "" : ".") + std::string(bytes + at + 1, label);
        at += 1u + label;
      }
      const unsigned type = static_cast<unsigned char>(bytes[at + 1]) * 256u +
                            static_cast<unsigned char>(bytes[at + 2]);
      std::string records;
      bool exists = false;
      const auto count = answer(lower_ascii(name), type, records, exists);
      std::string reply(bytes, 2);
      reply += static_cast<char>(0x85);
      reply += static_cast<char>(exists ? 0x80 : 0x83);
      add16(reply, 1);
      add16(reply, count);
      add16(reply, 0);
      add16(reply, 0);
      reply.append(bytes + 12, at + 5 - 12);
      reply += records;
      ::sendto(socket_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), length);
    }
  }

  int socket_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::map<std::string, Answers> names_;
  std::map<std::string, int> asked_;
  std::thread thread_;
};

}  // namespace hotline::net
