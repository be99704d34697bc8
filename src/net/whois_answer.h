// What a WHOIS server says (RFC 3912 has no format), read with suspicion. Pure text to values.
//
// Five registries and hundreds of registrars write "key: value" lines each in
// their own words; read here is what tracing needs and nothing else. What is not
// understood is left empty: the text itself is the evidence.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hotline::net {

inline constexpr std::size_t kWhoisBytesMax = 128 * 1024;

struct WhoisRecord {
  bool nothing = false;      ///< "No match", "NOT FOUND": the server knows nobody.
  bool refused = false;      ///< Too many questions, or access denied: no answer at all.
  std::string start, end;    ///< First and last address, in our own text form.
  std::string handle;        ///< NetHandle, or the range where the registry has no handles.
  std::string name;          ///< netname
  std::string organisation;  ///< Of the network or of the autonomous system.
  std::string country;       ///< ISO 3166-1, or empty.
  std::string abuse_email;   ///< One strict addr-spec, or empty.
  std::string parent;
  std::string registrar;        ///< Of a domain.
  std::string registrar_abuse;  ///< One strict addr-spec, or empty.
  std::string registry;         ///< Who runs the top-level domain (IANA's answer).
  std::string created;          ///< As it stands there.
  std::string referral;  ///< The next server to ask, a plain host name in lower case, or empty.
  std::vector<std::string> name_servers;
};

/// Never fails: hostile bytes give an empty record. Looks at the first 128 KiB; time is linear.
[[nodiscard]] WhoisRecord read_whois(std::string_view text);

}  // namespace hotline::net
