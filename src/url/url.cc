#include "url/url.h"

#include <algorithm>

#include "base/text.h"
#include "url/host.h"

namespace hotline::url {

namespace {

using std::string_view;

std::unexpected<Error> refuse(const char* sentence) {
  return fail(ErrorKind::invalid, sentence);
}

bool unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void append_escaped(std::string& to, unsigned char byte) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  to += '%';
  to += kDigits[byte >> 4];
  to += kDigits[byte & 15];
}

// A lone "%" becomes "%25": left alone, it could join what follows once that is decoded, and the
// canonical form of the canonical form would differ.
std::string normal_escapes(string_view text) {
  constexpr string_view kNeverBare = "\"<>`{}|\\^";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
      if (low < 0) {
        out += "%25";
        continue;
      }
      const auto decoded = static_cast<unsigned char>(high * 16 + low);
      if (unreserved(static_cast<char>(decoded)))
        out += static_cast<char>(decoded);
      else
        append_escaped(out, decoded);
      i += 2;
    } else if (byte <= 0x20 || byte >= 0x7f || kNeverBare.find(c) != string_view::npos) {
      append_escaped(out, byte);
    } else {
      out += c;
    }
  }
  return out;
}

// `path` begins with "/" and has its escapes normalised, so "%2e" is a dot already.
std::string without_dots(string_view path) {
  std::vector<string_view> kept;
  const auto segments = split(path.substr(1), '/');
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const bool last = i + 1 == segments.size();
    if (segments[i] == "..") {
      if (!kept.empty()) kept.pop_back();
      if (last) kept.emplace_back();
    } else if (segments[i] == ".") {
      if (last) kept.emplace_back();
    } else {
      kept.push_back(segments[i]);
    }
  }
  std::string out;
  for (const auto segment : kept) {
    out += '/';
    out += segment;
  }
  return out.empty() ? "/" : out;
}

// WHATWG: control characters and blanks around an address are dropped, tabs and line breaks in it
// too.
std::string stripped(string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= 0x20) text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= 0x20) text.remove_suffix(1);
  std::string out;
  for (const char c : text)
    if (c != '\t' && c != '\n' && c != '\r') out += c;
  return out;
}

// "javascript" for "javascript:alert(1)"; nothing for "a.example/x:y".
string_view scheme_of(string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ':') return text.substr(0, i);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool later = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    if (!letter && (i == 0 || !later)) break;
  }
  return {};
}

void set_path_and_query(Url& url, string_view rest) {
  rest = rest.substr(0, rest.find('#'));
  const auto mark = rest.find('?');
  std::string path(rest.substr(0, mark));
  std::replace(path.begin(), path.end(), '\\', '/');
  if (path.empty() || path.front() != '/') path.insert(path.begin(), '/');
  url.path = without_dots(normal_escapes(path));
  url.query = mark == string_view::npos ? "" : normal_escapes(rest.substr(mark + 1));
}

Done set_authority(Url& url, string_view authority) {
  if (authority.find('@') != string_view::npos)
    return refuse("An address with a user name or password in it is not taken.");
  string_view host = authority;
  string_view port;
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  if (colon != string_view::npos && (bracket == string_view::npos || colon > bracket)) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
  }
  TRY(parsed, parse_host(host));
  url.host = std::move(parsed);
  url.port = url.scheme == "https" ? 443 : 80;
  if (port.empty()) return {};
  const bool digits =
      std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  while (port.size() > 1 && port.front() == '0') port.remove_prefix(1);
  const auto number = digits && port.size() <= 5 ? parse_integer(port) : Result<std::int64_t>(0);
  if (!number || *number < 1 || *number > 65535)
    return refuse("The address has an impossible port.");
  url.port = static_cast<int>(*number);
  return {};
}

// `text` is stripped and begins after "scheme:".
Result<Url> parse_after_scheme(std::string scheme, string_view text) {
  Url url;
  url.scheme = std::move(scheme);
  // Browsers take any number of slashes here, in both directions.
  while (!text.empty() && (text.front() == '/' || text.front() == '\\')) text.remove_prefix(1);
  const auto end = std::min(text.find_first_of("/\\?#"), text.size());
  TRY_DONE(set_authority(url, text.substr(0, end)));
  set_path_and_query(url, text.substr(end));
  if (url.canonical().size() > kAddressBytesMax) return refuse("The address is too long.");
  return url;
}

bool web_scheme(string_view scheme) {
  return scheme == "http" || scheme == "https";
}

}  // namespace

std::string Url::origin() const {
  return scheme + "://" + host + (default_port() ? "" : ":" + std::to_string(port));
}

std::string Url::target() const {
  return query.empty() ? path : path + "?" + query;
}

std::string Url::canonical() const {
  return origin() + target();
}

bool Url::default_port() const {
  return port == (scheme == "https" ? 443 : 80);
}

std::optional<IpAddress> Url::ip() const {
  string_view literal = host;
  if (!literal.empty() && literal.front() == '[') literal = literal.substr(1, literal.size() - 2);
  const auto ip = parse_ip(literal);
  if (!ip) return std::nullopt;
  return *ip;
}

Result<Url> parse(string_view address) {
  if (address.size() > kAddressBytesMax) return refuse("The address is too long.");
  const std::string text = stripped(address);
  const auto written = scheme_of(text);
  if (written.empty()) return refuse("This is not a web address.");
  std::string scheme = lower_ascii(written);
  if (!web_scheme(scheme)) return refuse("Only addresses that begin with http or https are taken.");
  TRY(url, parse_after_scheme(std::move(scheme), string_view(text).substr(written.size() + 1)));
  url.verbatim = address;
  return url;
}

Result<Url> resolve_relative(const Url& base, string_view reference) {
  if (reference.size() > kAddressBytesMax) return refuse("The address is too long.");
  std::string text = stripped(reference);
  const auto written = scheme_of(text);
  const std::string scheme = lower_ascii(written);
  const auto is_slash = [&](std::size_t i) {
    return i < text.size() && (text[i] == '/' || text[i] == '\\');
  };
  if (!scheme.empty()) {
    // "http:a/b" on an http page is relative to it, says WHATWG; with a slash it is not.
    if (!web_scheme(scheme))
      return refuse("Only addresses that begin with http or https are taken.");
    if (scheme != base.scheme || is_slash(scheme.size() + 1)) return parse(text);
    text = text.substr(scheme.size() + 1);
  }
  if (is_slash(0) && is_slash(1)) {
    TRY(url, parse_after_scheme(base.scheme, text));
    url.verbatim = reference;
    return url;
  }
  Url url = base;
  url.verbatim = reference;
  if (is_slash(0)) {
    set_path_and_query(url, text);
  } else if (!text.empty() && text.front() == '?') {
    set_path_and_query(url, base.path + text);
  } else if (!text.empty() && text.front() != '#') {
    set_path_and_query(url, base.path.substr(0, base.path.rfind('/') + 1) + text);
  }
  if (url.canonical().size() > kAddressBytesMax) return refuse("The address is too long.");
  return url;
}

}  // namespace hotline::url
