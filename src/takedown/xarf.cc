#include "takedown/xarf.h"

#include "base/crypto.h"
#include "base/text.h"

namespace hotline::takedown {

namespace {

constexpr std::string_view kVersion = "4.2.0";

json::object party(const TwinSender& sender) {
  return {{"org", sender.organisation}, {"contact", sender.contact}, {"domain", sender.domain}};
}

json::array digests(const Notice& notice) {
  json::array all;
  for (const auto& item : notice.items) {
    json::object one;
    if (!item.md5.empty()) one["md5"] = item.md5;
    if (!item.sha1.empty()) one["sha1"] = item.sha1;
    if (!item.sha256.empty()) one["sha256"] = item.sha256;
    if (!one.empty()) all.emplace_back(std::move(one));
  }
  return all;
}

/// Host of an http address in lower case; empty if it does not fit XARF's domain pattern.
std::string domain_of(std::string_view address) {
  const auto scheme = address.find("://");
  if (scheme == std::string_view::npos) return "";
  std::string_view host = address.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#:"));
  const std::string low = lower_ascii(host);
  if (low.find('.') == std::string::npos ||
      low.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") != std::string::npos ||
      low.find_first_not_of("0123456789.") == std::string::npos)
    return "";
  return low;
}

}  // namespace

std::string uuid_of(std::string_view name) {
  std::string bytes = crypto::sha256("hotline uuid " + std::string(name)).substr(0, 16);
  bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0f) | 0x80);
  bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3f) | 0x80);
  const std::string text = hex(bytes);
  return text.substr(0, 8) + "-" + text.substr(8, 4) + "-" + text.substr(12, 4) + "-" +
         text.substr(16, 4) + "-" + text.substr(20);
}

Twin make_twin(const Notice& notice, std::string_view letter, const TwinSender& sender,
               Instant at) {
  const std::string url = notice.locations.empty() ? "" : notice.locations.front();
  json::object document;
  document["report_id"] = uuid_of(letter);
  document["timestamp"] = rfc3339(at);
  document["reporter"] = party(sender);
  document["sender"] = party(sender);
  document["source_identifier"] = notice.hosting.ip;
  document["url"] = url;
  if (const auto domain = domain_of(url); !domain.empty()) document["domain"] = domain;
  document["detection_method"] = "manual_review";
  document["verification_method"] = "manual";
  document["verified_at"] = rfc3339(at);
  json::array locations;
  for (const auto& location : notice.locations) locations.emplace_back(location);
  document["locations"] = std::move(locations);
  document["reference"] = reference(notice.id);
  document["requested_action"] = json::array{"preserve", "remove"};
  if (notice.hosting.asn != 0) document["asn"] = notice.hosting.asn;
  if (!notice.hosting.country.empty()) document["country_code"] = notice.hosting.country;
  if (!notice.hosting.cdn.empty()) document["behind_cdn"] = notice.hosting.cdn;
  json::array hashes = digests(notice);
  if (!hashes.empty()) {
    document["hash_values"] = hashes.front();  // XARF has room for one file; all of them follow.
    document["item_hashes"] = std::move(hashes);
  }
  // XARF demands a source: without an address it would not validate, so it is not called XARF.
  if (!notice.baseline || notice.hosting.ip.empty()) {
    document["format"] = "hotline-notice";
    document["format_version"] = 1;
    return {"notice.json", std::move(document)};
  }
  document["xarf_version"] = kVersion;
  document["category"] = "content";
  document["type"] = "csam";
  document["classification"] = "baseline";
  return {"xarf.json", std::move(document)};
}

}  // namespace hotline::takedown
