#include "web/recognised.h"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>

#include "base/text.h"
#include "casework/casework.h"
#include "url/url.h"

namespace hotline::web {

namespace {

bool is_hex(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return std::isxdigit(c) != 0; });
}

bool all_of_kind(std::string_view text, bool (*fits)(unsigned char)) {
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return fits(static_cast<unsigned char>(c)); });
}

/// As people write so that nobody clicks: hxxp, [.], (dot), [@].
std::string refanged(std::string text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kWays = {
      {{"hxxp", "http"},
       {"[.]", "."},
       {"(.)", "."},
       {"[dot]", "."},
       {"(dot)", "."},
       {"[:]", ":"},
       {"[@]", "@"},
       {"(at)", "@"},
       {"[at]", "@"},
       {"[://]", "://"}}};
  for (const auto& [from, to] : kWays) text = replace_all(std::move(text), from, to);
  return text;
}

bool is_host(std::string_view text) {
  if (text.find('.') == std::string_view::npos || text.front() == '.' || text.back() == '.')
    return false;
  return all_of_kind(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c >= 0x80;
  });
}

/// Four by four and more, in groups: what the portal's receipts look like.
bool is_receipt(std::string_view text) {
  const auto groups = split(text, '-');
  return groups.size() >= 4 &&
         std::all_of(groups.begin(), groups.end(),
                     [](std::string_view one) {
                       return one.size() >= 1 && one.size() <= 4 &&
                              all_of_kind(one, [](unsigned char c) {
                                return std::isdigit(c) != 0 || (c >= 'A' && c <= 'Z');
                              });
                     }) &&
         groups[0].size() == 4 && groups[1].size() == 4 && groups[2].size() == 4;
}

}  // namespace

Recognised recognise(std::string_view pasted) {
  const std::string clean = clip_utf8(clean_utf8(trim(pasted)), 8192);
  if (clean.empty()) return {};
  const std::string lower = lower_ascii(clean);
  if (casework::CaseId::parse(lower)) return {Pasted::reference, lower};
  if (is_receipt(clean)) return {Pasted::receipt, ""};
  if (is_hex(lower)) {
    if (lower.size() == 32) return {Pasted::md5, lower};
    if (lower.size() == 40) return {Pasted::sha1, lower};
    if (lower.size() == 64) return {Pasted::sha256_or_pdq, lower};
  }
  const std::string plain = refanged(lower);
  boost::system::error_code none;
  if (boost::asio::ip::make_address(plain, none); !none) return {Pasted::ip, plain};
  const auto at = plain.find('@');
  if (at != std::string::npos && at > 0 && plain.find('/') == std::string::npos &&
      is_host(plain.substr(at + 1)))
    return {Pasted::mailbox, plain};
  if (clean.size() == 6 && all_of_kind(clean, [](unsigned char c) { return std::isalnum(c) != 0; }))
    return {Pasted::reference, lower};
  if (is_host(plain)) return {Pasted::host, plain};
  if (url::canonical_from_report(clean)) return {Pasted::address, clean};
  return {Pasted::words, clean};
}

std::string_view words_of(Pasted what) {
  switch (what) {
    case Pasted::nothing: return "Nothing was pasted.";
    case Pasted::address: return "This is an address.";
    case Pasted::reference: return "This is a case's reference.";
    case Pasted::receipt:
      return "This is a reporter's receipt. It opens only the reporter's own page and is looked "
             "up nowhere here.";
    case Pasted::md5: return "This is an MD5 digest.";
    case Pasted::sha1: return "This is a SHA-1 digest.";
    case Pasted::sha256_or_pdq: return "This is a SHA-256 digest, or the PDQ of a picture.";
    case Pasted::ip: return "This is an IP address.";
    case Pasted::host: return "This is a host.";
    case Pasted::mailbox: return "This is a mailbox.";
    case Pasted::words:
      return "These are words: they are looked for in names of series and in findings.";
  }
  return "";
}

}  // namespace hotline::web
