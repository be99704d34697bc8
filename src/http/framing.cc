#include "http/framing.h"

#include <algorithm>

#include "base/clock.h"
#include "base/text.h"

namespace hotline::http {

namespace {

std::vector<std::string_view> values_of(const RawRequest& raw, std::string_view name) {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : raw.headers)
    if (key == name) values.push_back(value);
  return values;
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.size() <= 18 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<std::string> decode_path(std::string_view path) {
  std::string text;
  text.reserve(path.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    char c = path[i];
    if (c == '%') {
      const int high = i + 2 < path.size() ? hex_digit(path[i + 1]) : -1;
      const int low = high >= 0 ? hex_digit(path[i + 2]) : -1;
      if (low < 0) return fail(ErrorKind::invalid, "The path has a broken escape.");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      return fail(ErrorKind::invalid, "The path has a control character.");
    text += c;
  }
  for (const auto segment : split(text, '/'))
    if (segment == "..") return fail(ErrorKind::invalid, "The path climbs.");
  return text;
}

/// "http://host/path" (RFC 9112 section 3.2.2) is read as its path.
std::string_view origin_form(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!lower_ascii(target.substr(0, scheme.size())).starts_with(scheme)) continue;
    const auto slash = target.find('/', scheme.size());
    return slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  return target;
}

void add_cookies(Request& request, std::string_view header) {
  for (const auto part : split(header, ';')) {
    const auto pair = trim(part);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    // The first of two with one name is the more specific one (RFC 6265 section 5.4).
    request.cookies.emplace(pair.substr(0, equals), pair.substr(equals + 1));
  }
}

/// A line break in a value would begin a header of its own.
void add_clean(std::string& text, std::string_view part) {
  const auto begin = text.size();
  text += part;
  for (auto i = begin; i < text.size(); ++i)
    if (text[i] == '\r' || text[i] == '\n' || text[i] == '\0') text[i] = ' ';
}

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

/// RFC 9110 section 15; clients ignore it.
std::string_view reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: return "Status";
  }
}

bool is_form(std::string_view content_type) {
  const auto type = lower_ascii(trim(content_type.substr(0, content_type.find(';'))));
  return type == "application/x-www-form-urlencoded";
}

}  // namespace

int refusal_of(const RawRequest& raw) {
  const auto lengths = values_of(raw, "content-length");
  const auto encodings = values_of(raw, "transfer-encoding");
  if (!encodings.empty()) {
    if (!lengths.empty() || encodings.size() != 1 || !raw.http_1_1) return 400;
    if (lower_ascii(trim(encodings[0])) != "chunked") return 400;
  }
  if (lengths.size() > 1 || (lengths.size() == 1 && !is_digits(trim(lengths[0])))) return 400;
  const auto hosts = values_of(raw, "host");
  if (hosts.size() > 1 || (raw.http_1_1 && hosts.empty())) return 400;
  const auto types = values_of(raw, "content-type");
  if (types.size() > 1) return 400;
  if (types.size() == 1 && lower_ascii(trim(types[0])).starts_with("multipart/")) return 415;
  if (!values_of(raw, "content-encoding").empty()) return 415;
  return 0;
}

bool wants_continue(const RawRequest& raw) {
  const auto values = values_of(raw, "expect");
  return raw.http_1_1 && values.size() == 1 && lower_ascii(trim(values[0])) == "100-continue";
}

bool is_form(const RawRequest& raw) {
  const auto types = values_of(raw, "content-type");
  return types.size() == 1 && is_form(types[0]);
}

Result<Request> request_of(RawRequest raw, std::string body) {
  Request request;
  const auto target = origin_form(raw.target);
  if (!target.starts_with('/')) return fail(ErrorKind::invalid, "The target is no path.");
  const auto question = target.find('?');
  TRY(path, decode_path(target.substr(0, question)));
  request.path = std::move(path);
  if (question != std::string_view::npos)
    request.query = parse_form(target.substr(question + 1, target.find('#') - question - 1));
  request.method = std::move(raw.method);
  for (auto& [name, value] : raw.headers) {
    if (name == "cookie") add_cookies(request, value);
    const auto place = request.headers.lower_bound(name);
    if (place != request.headers.end() && place->first == name)
      place->second += ", " + value;
    else
      request.headers.emplace_hint(place, std::move(name), std::move(value));
  }
  const auto type = request.headers.find("content-type");
  if (type != request.headers.end() && is_form(type->second)) request.form = parse_form(body);
  request.body = std::move(body);
  return request;
}

std::string http_date(Instant now) {
  return replace_all(rfc5322(now), "+0000", "GMT");
}

std::string head_text(const Response& response, const CommonHeaders& common, std::string_view date,
                      std::string_view connection) {
  std::string text;
  text.reserve(640);
  text += "HTTP/1.1 ";
  text += std::to_string(response.status);
  text += ' ';
  text += reason_of(response.status);
  text += "\r\n";
  const auto add = [&text](std::string_view name, std::string_view value) {
    add_clean(text, name);
    text += ": ";
    add_clean(text, value);
    text += "\r\n";
  };
  const auto is_set = [&response](std::string_view name) {
    return std::any_of(response.headers.begin(), response.headers.end(),
                       [name](const auto& header) { return same_name(header.first, name); });
  };
  for (const auto& [name, value] : response.headers) add(name, value);
  for (const auto& [name, value] : common)
    if (!is_set(name)) add(name, value);
  // RFC 9110 section 6.6.1 wants a date from a server that has a clock.
  if (!is_set("Date")) add("Date", date);
  if (allows_body(response.status)) add("Content-Length", std::to_string(response.body.size()));
  if (!connection.empty()) add("Connection", connection);
  return text += "\r\n";
}

bool allows_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace hotline::http
