#include "net/rdap.h"

#include <algorithm>
#include <bit>
#include <map>
#include <mutex>
#include <optional>

#include "base/text.h"
#include "net/http_get.h"
#include "net/rdap_answer.h"
#include "net/rdap_bootstrap.h"
#include "url/ip.h"
#include "url/url.h"

namespace hotline::net {

namespace {

constexpr int kClimbMax = 12;
constexpr std::size_t kRememberedMax = 10000;

/// The longest prefix that covers both ends of a network.
int common_prefix(const url::IpAddress& first, const url::IpAddress& last) {
  int prefix = 0;
  for (std::size_t i = 0; i < (first.v6 ? 16u : 4u); ++i) {
    const auto differs = static_cast<std::uint8_t>(first.bytes[i] ^ last.bytes[i]);
    prefix += std::countl_zero(differs);
    if (differs != 0) break;
  }
  return prefix;
}

std::string escaped(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == ':';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

// Registries without names for their networks use the range itself ("192.0.2.0 - 192.0.2.255"),
// others hide its first address in the name ("NET-192-0-2-0-1").
std::optional<url::IpAddress> address_in_handle(std::string_view handle) {
  const auto first = handle.substr(0, handle.find_first_of(" /"));
  if (const auto ip = url::parse_ip(first)) return *ip;
  if (handle.starts_with("NET-")) {
    const auto parts = split(handle.substr(4), '-');
    if (parts.size() >= 4) {
      std::vector<std::string> numbers(parts.begin(), parts.begin() + 4);
      if (const auto ip = url::parse_ip(join(numbers, "."))) return *ip;
    }
  }
  return std::nullopt;
}

class HttpRdap final : public Rdap {
 public:
  explicit HttpRdap(RdapOptions options)
      : base_(std::move(options.base)),
        test_networks_(options.test_networks),
        bootstrap_({options.folder, options.bootstrap_url, options.test_networks}) {
    if (!base_.empty() && base_.back() != '/') base_ += '/';
  }

  Result<RdapDomain> domain(std::string_view name) override {
    if (name.empty() || name.size() > 253 || name.find('.') == std::string_view::npos)
      return fail(ErrorKind::invalid, "This is not a domain.");
    TRY(server, base_.empty() ? bootstrap_.for_name(name) : Result<std::string>(base_));
    TRY(answer, get(server + "domain/" + escaped(name)));
    auto read = read_rdap_domain(answer.body);
    if (!read) return fail(ErrorKind::unavailable, read.error().sentence);
    read->source = origin_of(answer.url);
    return read;
  }

  Result<RdapSystem> system(std::int64_t number) override {
    TRY(server, base_.empty() ? bootstrap_.for_system(number) : Result<std::string>(base_));
    TRY(answer, get(server + "autnum/" + std::to_string(number)));
    auto read = read_rdap_system(answer.body);
    if (!read) return fail(ErrorKind::unavailable, read.error().sentence);
    read->source = origin_of(answer.url);
    return read;
  }

  Result<RdapNetwork> network(std::string_view text) override {
    TRY(ip, url::parse_ip(text));
    TRY(server, server_for(ip));
    TRY(answer, ask(server + "ip/" + ip.text()));
    remember(ip, answer);
    return answer.network;
  }

  Result<RdapNetwork> by_handle(std::string_view handle) override {
    if (handle.empty() || handle.size() > 200)
      return fail(ErrorKind::invalid, "This is not a network's handle.");
    const auto known = recall(std::string(handle));
    if (known && !known->above.empty() && may_ask(known->above)) {
      auto answer = ask(known->above);
      if (answer && answer->network.handle == handle) {
        remember(known->below, *answer);
        return answer->network;
      }
    }
    if (known) {
      auto found = climb(known->below, known->prefix - 1, handle);
      if (found || found.error().kind != ErrorKind::not_found) return found;
    }
    if (const auto ip = address_in_handle(handle)) {
      auto found = climb(*ip, ip->v6 ? 128 : 32, handle);
      if (found || found.error().kind != ErrorKind::not_found) return found;
    }
    if (base_.empty())
      return fail(ErrorKind::not_found, "No registry is known for this network's handle.");
    // Not in RFC 9082; some servers answer it.
    TRY(answer, ask(base_ + "ip/" + escaped(handle)));
    return answer.network;
  }

 private:
  struct Remembered {
    url::IpAddress below;
    int prefix = 0;
    std::string above;
  };

  // RFC 9082 has no question by handle. "Who holds this prefix" is answered with the narrowest
  // network around it, so asking for a little more than a network gives the one above.
  Result<RdapNetwork> climb(const url::IpAddress& ip, int prefix, std::string_view handle) {
    for (int step = 0; step < kClimbMax && prefix >= 1; ++step) {
      TRY(network, url::parse_network(ip.text() + "/" + std::to_string(prefix)));
      TRY(server, server_for(ip));
      TRY(answer, ask(server + "ip/" + network.text()));
      remember(ip, answer);
      if (answer.network.handle == handle) return answer.network;
      const auto first = url::parse_ip(answer.network.start);
      const auto last = url::parse_ip(answer.network.end);
      if (!first || !last || first->v6 != last->v6) break;
      prefix = std::min(prefix, common_prefix(*first, *last)) - 1;
    }
    return fail(ErrorKind::not_found, "The registry does not know this network's handle.");
  }

  Result<HttpAnswer> get(const std::string& url) const {
    TRY(answer, http_get({.url = url,
                          .accept = "application/rdap+json",
                          .bytes_max = kRdapBytesMax,
                          .guarded = base_.empty(),
                          .test_networks = test_networks_}));
    if (answer.status == 404 || answer.status == 400)
      return fail(ErrorKind::not_found, "The registry does not know this.");
    if (answer.status != 200)
      return fail(ErrorKind::unavailable,
                  "The registry answered with status " + std::to_string(answer.status) + ".");
    return answer;
  }

  static std::string origin_of(const std::string& address) {
    const auto parsed = url::parse(address);
    return parsed ? parsed->origin() : "";
  }

  Result<RdapAnswer> ask(const std::string& url) const {
    TRY(answer, get(url));
    auto read = read_rdap_network(answer.body);
    if (!read) return fail(ErrorKind::unavailable, read.error().sentence);
    read->network.source = origin_of(answer.url);
    return read;
  }

  // A link in an answer may not lead us to another place than the registries themselves.
  [[nodiscard]] bool may_ask(const std::string& link) const {
    const auto url = url::parse(link);
    if (!url) return false;
    if (base_.empty()) return url->scheme == "https" && !url->ip();
    const auto base = url::parse(base_);
    return base && base->origin() == url->origin();
  }

  Result<std::string> server_for(const url::IpAddress& ip) {
    if (!base_.empty()) return base_;
    return bootstrap_.for_ip(ip);
  }

  void remember(const url::IpAddress& ip, const RdapAnswer& answer) {
    const auto first = url::parse_ip(answer.network.start);
    const auto last = url::parse_ip(answer.network.end);
    if (answer.network.parent_handle.empty() || !first || !last || first->v6 != last->v6) return;
    const std::lock_guard lock(mutex_);
    if (remembered_.size() >= kRememberedMax) remembered_.clear();
    remembered_[answer.network.parent_handle] = {ip, common_prefix(*first, *last), answer.above};
  }

  std::optional<Remembered> recall(const std::string& handle) {
    const std::lock_guard lock(mutex_);
    const auto found = remembered_.find(handle);
    if (found == remembered_.end()) return std::nullopt;
    return found->second;
  }

  std::string base_;
  std::vector<url::Network> test_networks_;
  Bootstrap bootstrap_;
  std::mutex mutex_;
  std::map<std::string, Remembered> remembered_;
};

}  // namespace

std::unique_ptr<Rdap> open_rdap(RdapOptions options) {
  return std::make_unique<HttpRdap>(std::move(options));
}

}  // namespace hotline::net
