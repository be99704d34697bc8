// Any WHOIS answer: never a crash; what would be written to or connected to is always strict.
#include <cstdlib>

#include "net/rdap.h"
#include "net/whois.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace hotline;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto record = net::read_whois(text);
  for (const auto& email : {record.abuse_email, record.registrar_abuse})
    if (!email.empty() && net::strict_email(email) != email) std::abort();
  if (!record.country.empty() && record.country.size() != 2) std::abort();
  if (record.start.empty() != record.end.empty()) std::abort();
  if (!record.start.empty() && !url::parse_ip(record.start)) std::abort();
  if (record.referral.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") !=
      std::string::npos)
    std::abort();
  if (const auto line = net::whois_question("whois.arin.net", text))
    if (line->find_first_of("\r\n") != std::string::npos) std::abort();
  return 0;
}
