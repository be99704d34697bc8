// Any RDAP answer: never a crash, and an abuse address in it is always a strict one.
#include <cstdlib>

#include "net/rdap_answer.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace hotline;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const auto answer = net::read_rdap_network(text)) {
    const auto& email = answer->network.abuse_email;
    if (!email.empty() && net::strict_email(email) != email) std::abort();
    if (!answer->network.country.empty() && answer->network.country.size() != 2) std::abort();
  }
  (void)net::bootstrap_server(text, *url::parse_ip("192.0.2.1"));
  (void)net::strict_email(text);
  return 0;
}
