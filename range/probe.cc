#include "range/probe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hotline::range {

bool takes_connections(const std::string& ip, int port) {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool up = inet_pton(AF_INET, ip.c_str(), &to.sin_addr) == 1 &&
                  connect(probe, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  close(probe);
  return up;
}

}  // namespace hotline::range
