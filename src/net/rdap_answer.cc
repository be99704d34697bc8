#include "net/rdap_answer.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace hotline::net {

namespace {

constexpr std::size_t kTextMax = 200;
constexpr int kEntityDepthMax = 6;
constexpr int kEntitiesMax = 500;

std::string short_text(const json::value& object, std::string_view key) {
  const auto text = text_at(object, key);
  return text ? std::string(trim(clip_utf8(clean_utf8(*text), kTextMax))) : "";
}

const json::array* array_at(const json::value& object, std::string_view key) {
  const auto* value = member(object, key);
  return value != nullptr ? value->if_array() : nullptr;
}

bool has_role(const json::value& entity, std::string_view wanted) {
  const auto* roles = array_at(entity, "roles");
  return roles != nullptr &&
         std::any_of(roles->begin(), roles->end(), [wanted](const json::value& role) {
           return role.is_string() && lower_ascii(role.get_string()) == wanted;
         });
}
bool is_abuse(const json::value& entity) {
  return has_role(entity, "abuse");
}

// jCard (RFC 7095): ["vcard", [["email", {parameters}, "text", "abuse@isp.example"], …]].
std::string email_of(const json::value& entity) {
  const auto* card = array_at(entity, "vcardArray");
  if (card == nullptr || card->size() < 2) return {};
  const auto* properties = (*card)[1].if_array();
  if (properties == nullptr) return {};
  for (const auto& property : *properties) {
    const auto* parts = property.if_array();
    if (parts == nullptr || parts->size() < 4 || !(*parts)[0].is_string() ||
        !(*parts)[3].is_string() || lower_ascii((*parts)[0].get_string()) != "email")
      continue;
    std::string_view text = (*parts)[3].get_string();
    if (text.size() > 7 && lower_ascii(text.substr(0, 7)) == "mailto:") text.remove_prefix(7);
    if (auto email = strict_email(text)) return *std::move(email);
  }
  return {};
}

std::string abuse_email(const json::value& object, int depth, int& entities_left) {
  const auto* entities = array_at(object, "entities");
  if (entities == nullptr || depth == 0) return {};
  for (const auto& entity : *entities) {
    if (--entities_left < 0) return {};
    if (!is_abuse(entity)) continue;
    if (auto email = email_of(entity); !email.empty()) return email;
  }
  for (const auto& entity : *entities) {
    auto email = abuse_email(entity, depth - 1, entities_left);
    if (!email.empty()) return email;
  }
  return {};
}

std::string link_above(const json::value& object) {
  const auto* links = array_at(object, "links");
  if (links == nullptr) return {};
  for (const auto& link : *links) {
    if (text_at(link, "rel") != "up") continue;
    const auto href = text_at(link, "href");
    if (href && href->size() < 1000) return *href;
  }
  return {};
}

std::string ip_text(const json::value& object, std::string_view key) {
  // RIPE writes "192.0.2.0", others "192.0.2.0/32".
  const auto text = short_text(object, key);
  const auto ip = url::parse_ip(std::string_view(text).substr(0, text.find('/')));
  return ip ? ip->text() : "";
}

std::string country_code(std::string text) {
  if (text.size() != 2) return {};
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c < 'A' || c > 'Z') return {};
  }
  return text;
}

// One service of a bootstrap file: [["192.0.2.0/24", …], ["https://rdap.example/", …]].
int longest_prefix(const json::array& networks, const url::IpAddress& ip) {
  int longest = -1;
  for (const auto& text : networks) {
    if (!text.is_string()) continue;
    const auto network = url::parse_network(std::string_view(text.get_string()));
    if (network && network->contains(ip)) longest = std::max(longest, network->prefix);
  }
  return longest;
}

std::string best_server(const json::array& servers) {
  std::string best;
  for (const auto& server : servers) {
    if (!server.is_string()) continue;
    const std::string_view text = server.get_string();
    const bool secure = text.starts_with("https://");
    if (!secure && !text.starts_with("http://")) continue;
    if (best.empty() || (secure && !best.starts_with("https://"))) best = text;
  }
  if (!best.empty() && best.back() != '/') best += '/';
  return best;
}

}  // namespace

Result<std::string> strict_email(std::string_view text) {
  const auto bad = [] { return fail(ErrorKind::invalid, "This is not a plain e-mail address."); };
  constexpr std::string_view kAtomMarks = "!#$%&'*+-/=?^_`{|}~";
  const auto letter_or_digit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  if (text.size() > 254) return bad();
  const auto at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at > 64) return bad();
  for (const auto atom : split(text.substr(0, at), '.')) {
    if (atom.empty()) return bad();
    for (const char c : atom)
      if (!letter_or_digit(c) && kAtomMarks.find(c) == std::string_view::npos) return bad();
  }
  const auto labels = split(text.substr(at + 1), '.');
  if (labels.size() < 2) return bad();
  for (const auto label : labels) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-')
      return bad();
    for (const char c : label)
      if (!letter_or_digit(c) && c != '-') return bad();
  }
  // "abuse@127.0.0.1" is no domain.
  if (labels.back().find_first_not_of("0123456789") == std::string_view::npos) return bad();
  return std::string(text.substr(0, at + 1)) + lower_ascii(text.substr(at + 1));
}

Result<RdapAnswer> read_rdap_network(std::string_view body) {
  if (body.size() > kRdapBytesMax) return fail(ErrorKind::invalid, "The RDAP answer is too large.");
  TRY(object, parse_json(body));
  if (text_at(object, "objectClassName") != "ip network")
    return fail(ErrorKind::invalid, "The RDAP answer is not about a network.");
  RdapAnswer answer;
  auto& network = answer.network;
  network.handle = short_text(object, "handle");
  network.name = short_text(object, "name");
  network.country = country_code(short_text(object, "country"));
  network.start = ip_text(object, "startAddress");
  network.end = ip_text(object, "endAddress");
  network.parent_handle = short_text(object, "parentHandle");
  int entities_left = kEntitiesMax;
  network.abuse_email = abuse_email(object, kEntityDepthMax, entities_left);
  network.raw = body;
  answer.above = link_above(object);
  return answer;
}

namespace {

/// The "fn" of an entity's card.
std::string name_of_entity(const json::value& entity) {
  const auto* card = array_at(entity, "vcardArray");
  const auto* properties = card != nullptr && card->size() > 1 ? (*card)[1].if_array() : nullptr;
  if (properties == nullptr) return {};
  for (const auto& property : *properties) {
    const auto* parts = property.if_array();
    if (parts != nullptr && parts->size() >= 4 && (*parts)[0] == "fn" && (*parts)[3].is_string())
      return std::string(trim(clip_utf8(clean_utf8((*parts)[3].get_string()), kTextMax)));
  }
  return {};
}

void take_entities(const json::value& object, RdapDomain& domain) {
  const auto* entities = array_at(object, "entities");
  if (entities == nullptr) return;
  int left = kEntitiesMax;
  for (const auto& entity : *entities) {
    if (--left < 0 || !has_role(entity, "registrar")) continue;
    domain.registrar = name_of_entity(entity);
    if (domain.registrar.empty()) domain.registrar = short_text(entity, "handle");
    domain.registrar_abuse = abuse_email(entity, kEntityDepthMax, left);
    return;
  }
}

/// Calls `take(keys, servers)` for each service of a bootstrap file.
template <class Take>
Done each_service(std::string_view file, Take take) {
  TRY(object, parse_json(file));
  const auto* services = array_at(object, "services");
  if (services == nullptr)
    return fail(ErrorKind::invalid, "The RDAP bootstrap file has no services.");
  for (const auto& service : *services) {
    const auto* parts = service.if_array();
    if (parts == nullptr || parts->size() < 2) continue;
    const auto* keys = (*parts)[0].if_array();
    const auto* servers = (*parts)[1].if_array();
    if (keys != nullptr && servers != nullptr) take(*keys, *servers);
  }
  return {};
}

Result<std::string> found_server(std::string server) {
  if (server.empty()) return fail(ErrorKind::not_found, "No RDAP server is known for this.");
  return server;
}

}  // namespace

Result<RdapDomain> read_rdap_domain(std::string_view body) {
  if (body.size() > kRdapBytesMax) return fail(ErrorKind::invalid, "The RDAP answer is too large.");
  TRY(object, parse_json(body));
  if (text_at(object, "objectClassName") != "domain")
    return fail(ErrorKind::invalid, "The RDAP answer is not about a domain.");
  RdapDomain domain;
  domain.name = lower_ascii(short_text(object, "ldhName"));
  take_entities(object, domain);
  if (const auto* events = array_at(object, "events"))
    for (const auto& event : *events)
      if (text_at(event, "eventAction") == "registration")
        domain.created = short_text(event, "eventDate");
  if (const auto* servers = array_at(object, "nameservers"))
    for (const auto& server : *servers)
      if (domain.name_servers.size() < 20)
        domain.name_servers.push_back(lower_ascii(short_text(server, "ldhName")));
  if (const auto* statuses = array_at(object, "status"))
    for (const auto& status : *statuses)
      if (status.is_string() && domain.statuses.size() < 20)
        domain.statuses.push_back(clip_utf8(clean_utf8(status.get_string()), kTextMax));
  domain.raw = body;
  return domain;
}

Result<RdapSystem> read_rdap_system(std::string_view body) {
  if (body.size() > kRdapBytesMax) return fail(ErrorKind::invalid, "The RDAP answer is too large.");
  TRY(object, parse_json(body));
  if (text_at(object, "objectClassName") != "autnum")
    return fail(ErrorKind::invalid, "The RDAP answer is not about an autonomous system.");
  RdapSystem system;
  system.handle = short_text(object, "handle");
  system.name = short_text(object, "name");
  system.country = country_code(short_text(object, "country"));
  int left = kEntitiesMax;
  system.abuse_email = abuse_email(object, kEntityDepthMax, left);
  system.raw = body;
  return system;
}

Result<std::string> bootstrap_server(std::string_view file, const url::IpAddress& ip) {
  std::string server;
  int longest = -1;
  TRY_DONE(each_service(file, [&](const json::array& networks, const json::array& servers) {
    const int prefix = longest_prefix(networks, ip);
    if (prefix <= longest) return;
    auto best = best_server(servers);
    if (best.empty()) return;
    longest = prefix;
    server = std::move(best);
  }));
  return found_server(std::move(server));
}

Result<std::string> bootstrap_server_for_name(std::string_view file, std::string_view name) {
  const std::string end = lower_ascii(name.substr(name.rfind('.') + 1));
  std::string server;
  TRY_DONE(each_service(file, [&](const json::array& ends, const json::array& servers) {
    for (const auto& one : ends)
      if (one.is_string() && lower_ascii(one.get_string()) == end && server.empty())
        server = best_server(servers);
  }));
  return found_server(std::move(server));
}

Result<std::string> bootstrap_server_for_system(std::string_view file, std::int64_t number) {
  std::string server;
  TRY_DONE(each_service(file, [&](const json::array& ranges, const json::array& servers) {
    for (const auto& one : ranges) {
      if (!one.is_string()) continue;
      const std::string_view range = one.get_string();  // "64496-64511" or "64496"
      const auto dash = range.find('-');
      const auto first = parse_integer(range.substr(0, dash));
      const auto last =
          dash == std::string_view::npos ? first : parse_integer(range.substr(dash + 1));
      if (first && last && *first <= number && number <= *last && server.empty())
        server = best_server(servers);
    }
  }));
  return found_server(std::move(server));
}

}  // namespace hotline::net
