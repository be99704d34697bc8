// CDN hints: how a content delivery network in front of a host is noticed.
//
// Data, not code: policy/cdn.json names organisations, autonomous systems, networks,
// CNAME endings, response headers and names on certificates. A hit means that the network that
// answers is not where the bytes lie, so country and contact are those of the edge.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "url/ip.h"

namespace hotline::tracing {

struct CdnHint {
  std::string id;                          ///< "range-cdn"; stands in facts.
  std::vector<std::string> organisations;  ///< Lower case; a part of the AS or network name.
  std::vector<std::int64_t> asns;
  std::vector<std::string> cname_ends;  ///< ".edge.example"
  std::vector<std::string>
      headers;  ///< "name: part of the value", lower case; "name:" is any value.
  std::vector<url::Network> networks;
  std::vector<std::string> certificate_names;  ///< Lower case; a part of a name or the issuer.
};

class CdnHints {
 public:
  CdnHints() = default;
  /// The text of policy/cdn.json. Error `invalid` names the row.
  [[nodiscard]] static Result<CdnHints> parse(std::string_view text);
  [[nodiscard]] static Result<CdnHints> load(const std::string& path);

  struct Seen {
    std::string organisation, network_name;
    std::int64_t asn = 0;
    std::string canonical_name;    ///< Where the CNAME chain ended.
    std::string server_headers;    ///< JSON object text, as in net::Capture::server, or empty.
    std::string certificate = {};  ///< JSON text, as in net::Capture::certificate, or empty.
    std::vector<std::string> ips = {};
  };
  struct Found {
    std::string id;  ///< Of the first row that fits, or empty.
    std::string by;  ///< In words, by what: "its alias edge7.fastedge.example".
  };
  [[nodiscard]] Found match(const Seen& seen) const;
  [[nodiscard]] std::string find(const Seen& seen) const { return match(seen).id; }
  [[nodiscard]] const std::vector<CdnHint>& rows() const { return rows_; }

 private:
  std::vector<CdnHint> rows_;
};

}  // namespace hotline::tracing
