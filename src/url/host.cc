#include "url/host.h"

#include <idn2.h>
#include <libpsl.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/text.h"
#include "url/url.h"

namespace hotline::url {

namespace {

constexpr std::size_t kHostBytesMax = 1024;

std::unexpected<Error> bad_host() {
  return fail(ErrorKind::invalid, "The address has no valid host name.");
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
        hex_digit(text[i + 2]) >= 0) {
      decoded += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

// UTS #46, non-transitional. Plain ASCII names skip it: libidn2 refuses hyphens in the third and
// fourth place, which browsers accept.
Result<std::string> to_a_labels(const std::string& host) {
  const bool plain = std::all_of(host.begin(), host.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  std::string lowered = lower_ascii(host);
  if (plain && lowered.find("xn--") == std::string::npos) return lowered;
  char* encoded = nullptr;
  const int rc = ::idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(lowered.c_str()),
                                  reinterpret_cast<std::uint8_t**>(&encoded),
                                  IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const std::unique_ptr<char, void (*)(void*)> owned(encoded, ::idn2_free);
  if (rc != IDN2_OK) return bad_host();
  return lower_ascii(encoded);
}

bool labels_valid(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  for (const auto label : split(host, '.')) {
    if (label.empty() || label.size() > 63) return false;
    for (const char c : label)
      if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_') return false;
  }
  return true;
}

// One part of a numeric host. Nothing if it is not a number; larger values saturate.
std::optional<std::uint64_t> number_part(std::string_view part) {
  if (part.empty()) return std::nullopt;
  int base = 10;
  if (part.size() >= 2 && part[0] == '0' && (part[1] == 'x' || part[1] == 'X')) {
    part.remove_prefix(2);
    base = 16;
  } else if (part.size() >= 2 && part[0] == '0') {
    part.remove_prefix(1);
    base = 8;
  }
  std::uint64_t value = 0;
  for (const char c : part) {
    const int digit = hex_digit(c);
    if (digit < 0 || digit >= base) return std::nullopt;
    value = std::min<std::uint64_t>(
        value * static_cast<std::uint64_t>(base) + static_cast<std::uint64_t>(digit),
        std::uint64_t{1} << 40);
  }
  return value;
}

const psl_ctx_t* suffixes() {
  static const std::unique_ptr<psl_ctx_t, void (*)(psl_ctx_t*)> list(::psl_latest(nullptr),
                                                                     ::psl_free);
  return list ? list.get() : ::psl_builtin();
}

}  // namespace

Result<std::optional<IpAddress>> parse_number_host(std::string_view host) {
  auto parts = split(host, '.');
  if (parts.size() > 1 && parts.back().empty()) parts.pop_back();
  const auto last = parts.back();
  const bool digits = !last.empty() && std::all_of(last.begin(), last.end(),
                                                   [](char c) { return c >= '0' && c <= '9'; });
  if (!digits && !number_part(last)) return std::nullopt;
  if (parts.size() > 4) return bad_host();
  std::uint64_t address = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto value = number_part(parts[i]);
    if (!value) return bad_host();
    const bool is_last = i + 1 == parts.size();
    const std::uint64_t limit = is_last ? std::uint64_t{1} << (8 * (5 - parts.size())) : 256;
    if (*value >= limit) return bad_host();
    address += is_last ? *value : *value << (8 * (3 - i));
  }
  return IpAddress::v4(static_cast<std::uint32_t>(address));
}

Result<std::string> parse_host(std::string_view host) {
  if (host.empty() || host.size() > kHostBytesMax) return bad_host();
  if (host.front() == '[') {
    if (host.back() != ']') return bad_host();
    const auto ip = parse_ip(host.substr(1, host.size() - 2));
    if (!ip || !ip->v6) return bad_host();
    return "[" + ip->text() + "]";
  }
  const std::string decoded = percent_decoded(host);
  if (decoded.find('\0') != std::string::npos) return bad_host();
  TRY(name, to_a_labels(decoded));
  if (!name.empty() && name.back() == '.') name.pop_back();
  if (!labels_valid(name)) return bad_host();
  TRY(ip, parse_number_host(name));
  return ip ? ip->text() : name;
}

bool has_known_suffix(std::string_view host) {
  const auto dot = host.rfind('.');
  if (dot == std::string_view::npos) return false;
  const std::string last(host.substr(dot + 1));
  if (last == "example" || last == "test" || last == "onion") return true;
  return ::psl_is_public_suffix2(suffixes(), last.c_str(), PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) !=
         0;
}

std::string registrable_domain(std::string_view host) {
  std::string name = lower_ascii(host);
  if (!name.empty() && name.back() == '.') name.pop_back();
  if (name.empty() || name.size() > 253 || name.front() == '[' || parse_ip(name)) return name;
  const char* domain = ::psl_registrable_domain(suffixes(), name.c_str());
  return domain ? domain : name;
}

}  // namespace hotline::url
