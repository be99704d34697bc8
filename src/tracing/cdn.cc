#include "tracing/cdn.h"

#include <fstream>
#include <sstream>

#include "base/json.h"
#include "base/text.h"

namespace hotline::tracing {

namespace {

Result<std::vector<std::string>> texts(const json::value& row, std::string_view key) {
  std::vector<std::string> out;
  const json::value* list = member(row, key);
  if (list == nullptr) return out;
  if (!list->is_array())
    return fail(ErrorKind::invalid, "In cdn.json, " + std::string(key) + " is not a list.");
  for (const auto& entry : list->get_array()) {
    if (!entry.is_string() || entry.get_string().empty())
      return fail(ErrorKind::invalid, "In cdn.json, " + std::string(key) + " holds no text.");
    out.push_back(lower_ascii(entry.get_string()));
  }
  return out;
}

/// Header names in lower case with their values, whether the look stored text or lists.
std::vector<std::pair<std::string, std::string>> headers_of(std::string_view object_text) {
  std::vector<std::pair<std::string, std::string>> out;
  const auto parsed = parse_json(object_text);
  if (!parsed || !parsed->is_object()) return out;
  for (const auto& [key, value] : parsed->get_object()) {
    if (value.is_string())
      out.emplace_back(lower_ascii(key), lower_ascii(value.get_string()));
    else if (value.is_array())
      for (const auto& one : value.get_array())
        if (one.is_string()) out.emplace_back(lower_ascii(key), lower_ascii(one.get_string()));
  }
  return out;
}

bool header_fits(std::string_view hint, const std::pair<std::string, std::string>& header) {
  const auto colon = hint.find(':');
  if (colon == std::string_view::npos) return false;
  return header.first == trim(hint.substr(0, colon)) &&
         header.second.find(trim(hint.substr(colon + 1))) != std::string::npos;
}

/// By what the row fits, in words; empty if it does not.
std::string fits(const CdnHint& row, const CdnHints::Seen& seen,
                 const std::vector<std::pair<std::string, std::string>>& headers) {
  const std::string organisation = lower_ascii(seen.organisation);
  const std::string network = lower_ascii(seen.network_name);
  const std::string name = lower_ascii(seen.canonical_name);
  const std::string certificate = lower_ascii(seen.certificate);
  for (const auto& part : row.organisations)
    if (organisation.find(part) != std::string::npos || network.find(part) != std::string::npos)
      return "the name of its network";
  for (const auto asn : row.asns)
    if (asn != 0 && asn == seen.asn) return "its autonomous system AS" + std::to_string(asn);
  for (const auto& one : row.networks)
    for (const auto& text : seen.ips)
      if (const auto ip = url::parse_ip(text); ip && one.contains(*ip))
        return "its address, in " + one.text();
  for (const auto& end : row.cname_ends)
    if (name.ends_with(end)) return "its alias " + name;
  for (const auto& hint : row.headers)
    for (const auto& header : headers)
      if (header_fits(hint, header)) return "the header " + header.first;
  for (const auto& part : row.certificate_names)
    if (certificate.find(part) != std::string::npos) return "the certificate, which names " + part;
  return "";
}

}  // namespace

Result<CdnHints> CdnHints::parse(std::string_view text) {
  TRY(document, parse_json(text));
  const json::value* rows = member(document, "cdns");
  if (rows == nullptr || !rows->is_array())
    return fail(ErrorKind::invalid, "cdn.json has no list named cdns.");
  CdnHints hints;
  for (const auto& row : rows->get_array()) {
    CdnHint hint;
    hint.id = text_at(row, "id").value_or("");
    if (hint.id.empty() ||
        hint.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos)
      return fail(ErrorKind::invalid, "A row of cdn.json has no id of a-z, 0-9 and '-'.");
    TRY(organisations, texts(row, "organisations"));
    TRY(ends, texts(row, "cname_ends"));
    TRY(headers, texts(row, "headers"));
    hint.organisations = std::move(organisations);
    hint.cname_ends = std::move(ends);
    hint.headers = std::move(headers);
    TRY(certificate_names, texts(row, "certificate_names"));
    hint.certificate_names = std::move(certificate_names);
    TRY(network_texts, texts(row, "networks"));
    TRY(networks, url::parse_networks(network_texts));
    hint.networks = std::move(networks);
    if (const json::value* asns = member(row, "asns"); asns != nullptr && asns->is_array())
      for (const auto& asn : asns->get_array())
        if (asn.is_int64()) hint.asns.push_back(asn.get_int64());
    hints.rows_.push_back(std::move(hint));
  }
  return hints;
}

Result<CdnHints> CdnHints::load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorKind::not_found, "The file with the CDN hints cannot be read.");
  std::ostringstream text;
  text << file.rdbuf();
  return parse(text.str());
}

CdnHints::Found CdnHints::match(const Seen& seen) const {
  const auto headers = headers_of(seen.server_headers);
  for (const auto& row : rows_)
    if (auto by = fits(row, seen, headers); !by.empty()) return {row.id, std::move(by)};
  return {};
}

}  // namespace hotline::tracing
