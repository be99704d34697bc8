// Fields, forms, and the ready-made responses.
#include "base/json.h"
#include "http/http.h"

namespace hotline::http {

namespace {

// A form with more fields than this is no form of ours; the rest is left unread.
constexpr std::size_t kFieldCountMax = 2000;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decode_form_part(std::string_view part) {
  std::string text;
  text.reserve(part.size());
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] == '+') {
      text += ' ';
    } else if (part[i] == '%' && i + 2 < part.size() && hex_digit(part[i + 1]) >= 0 &&
               hex_digit(part[i + 2]) >= 0) {
      text += static_cast<char>(hex_digit(part[i + 1]) * 16 + hex_digit(part[i + 2]));
      i += 2;
    } else {
      text += part[i];
    }
  }
  return text;
}

std::string_view title_of(int status) {
  switch (status) {
    case 400: return "Not understood";
    case 401: return "Who are you";
    case 403: return "Not allowed";
    case 404: return "Not found";
    case 405: return "Method not allowed";
    case 408: return "Too slow";
    case 409: return "Changed meanwhile";
    case 413: return "Too large";
    case 415: return "Unsupported form";
    case 422: return "Another request";
    case 429: return "Too often";
    case 431: return "Header too large";
    case 503: return "Try again";
    default: return "Internal error";
  }
}

}  // namespace

void Fields::add(std::string name, std::string value) {
  fields_.emplace_back(std::move(name), std::move(value));
}

std::string Fields::get(std::string_view name) const {
  for (const auto& [key, value] : fields_)
    if (key == name) return value;
  return "";
}

std::vector<std::string> Fields::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : fields_)
    if (key == name) values.push_back(value);
  return values;
}

bool Fields::has(std::string_view name) const {
  for (const auto& field : fields_)
    if (field.first == name) return true;
  return false;
}

Fields parse_form(std::string_view body) {
  Fields fields;
  std::size_t count = 0;
  while (!body.empty() && count < kFieldCountMax) {
    const auto end = body.find('&');
    const auto pair = body.substr(0, end);
    body = end == std::string_view::npos ? std::string_view{} : body.substr(end + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const auto value =
        equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    fields.add(decode_form_part(pair.substr(0, equals)), decode_form_part(value));
    ++count;
  }
  return fields;
}

Response& Response::header(std::string name, std::string value) {
  headers.emplace_back(std::move(name), std::move(value));
  return *this;
}

Response html(std::string body, int status) {
  return {status, {{"Content-Type", "text/html; charset=utf-8"}}, std::move(body)};
}

Response json_text(std::string body, int status) {
  return {status, {{"Content-Type", "application/json"}}, std::move(body)};
}

Response plain(std::string body, int status) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(body)};
}

Response see_other(std::string location) {
  return {303, {{"Location", std::move(location)}}, ""};
}

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid: return 400;
    case ErrorKind::not_found: return 404;
    case ErrorKind::conflict: return 409;
    case ErrorKind::forbidden: return 403;
    case ErrorKind::unavailable: return 503;
    case ErrorKind::corrupt: return 500;
  }
  return 500;
}

Response problem_of_status(int status, std::string_view detail) {
  json::object body{{"type", "about:blank"}, {"title", title_of(status)}, {"status", status}};
  if (!detail.empty()) body["detail"] = detail;
  return {status, {{"Content-Type", "application/problem+json"}}, json::serialize(body)};
}

Response problem(const Error& error) {
  return problem_of_status(status_of(error.kind), error.sentence);
}

}  // namespace hotline::http
