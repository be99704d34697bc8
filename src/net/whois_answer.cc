#include "net/whois_answer.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "net/rdap.h"
#include "url/ip.h"

namespace hotline::net {

namespace {

using std::string_view;

constexpr std::size_t kLinesMax = 4000;
constexpr std::size_t kValueBytesMax = 300;
constexpr std::size_t kNameServersMax = 20;

bool starts_lower(string_view lower, string_view with) {
  return lower.substr(0, with.size()) == with;
}

std::string shown(string_view value) {
  return std::string(
      trim(clip_utf8(clean_utf8(replace_all(std::string(value), "\t", " ")), kValueBytesMax)));
}

void first(std::string& to, string_view value) {
  if (to.empty()) to = shown(value);
}

std::string country_of(string_view value) {
  // "NL # and elsewhere"; one registry writes "EU", which is no country.
  std::string code(trim(value.substr(0, value.find('#'))));
  if (code.size() != 2) return {};
  for (char& c : code) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c < 'A' || c > 'Z') return {};
  }
  return code == "EU" || code == "ZZ" || code == "AP" ? "" : code;
}

void first_email(std::string& to, string_view value) {
  if (!to.empty()) return;
  value = trim(value);
  if (lower_ascii(value.substr(0, 7)) == "mailto:") value.remove_prefix(7);
  if (auto strict = strict_email(value)) to = *std::move(strict);
}

/// "whois://whois.ripe.net:43", "http://whois.registrar.example/", "whois.ripe.net".
std::string server_name(string_view value) {
  value = trim(value);
  if (const auto scheme = value.find("://"); scheme != string_view::npos) {
    // A registry that speaks another protocol (rwhois) cannot be asked here.
    const auto word = lower_ascii(value.substr(0, scheme));
    if (word != "whois" && word != "http" && word != "https") return {};
    value.remove_prefix(scheme + 3);
  }
  value = value.substr(0, value.find_first_of("/:? \t"));
  if (value.empty() || value.size() > 253 || value.find('.') == string_view::npos) return {};
  const auto name = lower_ascii(value);
  for (const auto label : split(name, '.')) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-')
      return {};
    for (const char c : label)
      if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') return {};
  }
  // An address instead of a name would pass the look-up by; no registry refers to one.
  return url::parse_ip(name) ? std::string() : name;
}

/// "192.0.2.0 - 192.0.2.255", "2001:db8::/32", "192.0.2/24" (LACNIC).
void take_range(WhoisRecord& record, string_view value) {
  if (!record.start.empty()) return;
  value = trim(value.substr(0, value.find(',')));
  if (const auto dash = value.find('-'); dash != string_view::npos) {
    const auto low = url::parse_ip(trim(value.substr(0, dash)));
    const auto high = url::parse_ip(trim(value.substr(dash + 1)));
    if (!low || !high || low->v6 != high->v6 || *high < *low) return;
    record.start = low->text();
    record.end = high->text();
    return;
  }
  std::string whole(value);
  if (const auto slash = whole.find('/');
      slash != std::string::npos && whole.find(':') == std::string::npos)
    while (std::count(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(whole.find('/')),
                      '.') < 3)
      whole.insert(whole.find('/'), ".0");
  const auto network = url::parse_network(whole);
  if (!network) return;
  auto last = network->first;
  for (int bit = network->prefix; bit < (last.v6 ? 128 : 32); ++bit)
    last.bytes[static_cast<std::size_t>(bit / 8)] |= static_cast<std::uint8_t>(128 >> bit % 8);
  record.start = network->first.text();
  record.end = last.text();
}

/// "% Abuse contact for '192.0.2.0 - 192.0.2.255' is 'abuse@isp.example'" (RIPE, APNIC).
void take_comment(WhoisRecord& record, string_view line) {
  const auto lower = lower_ascii(line);
  const auto at = lower.find("abuse contact for ");
  const auto is = lower.find(" is '");
  if (at == std::string::npos || is == std::string::npos || is < at) return;
  const auto rest = line.substr(is + 5);
  first_email(record.abuse_email, rest.substr(0, rest.find('\'')));
}

bool says_nothing(string_view lower) {
  constexpr std::array<string_view, 10> kNothing = {
      "no match",           "not found",
      "no entries found",   "no data found",
      "domain not found",   "no object found",
      "% no entries found", "%error:101",
      "% nothing found",    "no whois server is known"};
  return std::any_of(kNothing.begin(), kNothing.end(),
                     [&](string_view start) { return starts_lower(lower, start); });
}

bool says_refused(string_view lower) {
  constexpr std::array<string_view, 8> kRefused = {
      "%error:201",       "%error:305",    "query rate",           "% query rate",
      "too many queries", "access denied", "whois limit exceeded", "% access from your host"};
  return std::any_of(kRefused.begin(), kRefused.end(), [&](string_view start) {
    return lower.substr(0, 80).find(start) != string_view::npos;
  });
}

void take_network(WhoisRecord& record, const std::string& key, string_view value) {
  if (key == "inetnum" || key == "inet6num" || key == "netrange") take_range(record, value);
  if (key == "cidr" || key == "route" || key == "route6") take_range(record, value);
  if (key == "nethandle") first(record.handle, value);
  if (key == "netname") first(record.name, value);
  if (key == "parent") {
    // "Northern Transit (NET-192-0-2-0-1)"
    const auto open = value.rfind('('), close = value.rfind(')');
    first(record.parent, open != string_view::npos && close != string_view::npos && open < close
                             ? value.substr(open + 1, close - open - 1)
                             : value);
  }
  if (key == "country" && record.country.empty()) record.country = country_of(value);
  constexpr std::array<string_view, 7> kHolder = {"org-name", "orgname", "organization", "owner",
                                                  "as-name",  "asname",  "org"};
  if (std::find(kHolder.begin(), kHolder.end(), key) != kHolder.end())
    first(record.organisation, value);
  constexpr std::array<string_view, 5> kAbuse = {"abuse-mailbox", "orgabuseemail", "rabuseemail",
                                                 "abuse-email", "abuse contact email"};
  if (std::find(kAbuse.begin(), kAbuse.end(), key) != kAbuse.end())
    first_email(record.abuse_email, value);
}

void take_domain(WhoisRecord& record, const std::string& key, string_view value) {
  if (key == "registrar" || key == "registrar name" || key == "sponsoring registrar")
    first(record.registrar, value);
  if (key == "registrar abuse contact email") first_email(record.registrar_abuse, value);
  if (key == "creation date" || key == "created" || key == "registered on" || key == "registered" ||
      key == "domain record activated")
    first(record.created, value);
  if ((key == "name server" || key == "nserver" || key == "nameserver") &&
      record.name_servers.size() < kNameServersMax)
    if (auto name = server_name(value); !name.empty()) record.name_servers.push_back(name);
}

void take_line(WhoisRecord& record, string_view line, bool& in_tld) {
  const auto colon = line.find(':');
  if (colon == string_view::npos || colon > 60) return;
  const auto key = lower_ascii(trim(line.substr(0, colon)));
  const auto value = trim(line.substr(colon + 1));
  if (value.empty()) return;
  if (key == "domain" && value.find('.') == string_view::npos) in_tld = true;  // IANA's own.
  if (in_tld && key == "organisation") first(record.registry, value);
  take_network(record, key, value);
  take_domain(record, key, value);
  constexpr std::array<string_view, 5> kReferral = {"refer", "whois", "referralserver",
                                                    "registrar whois server", "whois server"};
  if (record.referral.empty() &&
      std::find(kReferral.begin(), kReferral.end(), key) != kReferral.end())
    record.referral = server_name(value);
}

}  // namespace

WhoisRecord read_whois(string_view text) {
  text = text.substr(0, kWhoisBytesMax);
  WhoisRecord record;
  bool in_tld = false, any_value = false;
  std::size_t lines = 0;
  while (!text.empty() && lines++ < kLinesMax) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    const auto lower = lower_ascii(line.substr(0, 120));
    if (!any_value && says_nothing(lower)) record.nothing = true;
    if (!any_value && says_refused(lower)) record.refused = true;
    if (line.front() == '%' || line.front() == '#') {
      take_comment(record, line);
      continue;
    }
    take_line(record, line, in_tld);
    any_value = any_value || line.find(": ") != string_view::npos;
  }
  if (record.handle.empty() && !record.start.empty())
    record.handle = record.start + " - " + record.end;
  return record;
}

}  // namespace hotline::net
