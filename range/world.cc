#include "range/world.h"

#include <arpa/inet.h>

#include <array>
#include <cstring>

#include "base/json.h"
#include "base/text.h"
#include "range/files.h"

namespace hotline::range {
namespace {

std::string text_or(const json::value& from, std::string_view key,
                    std::string_view otherwise = "") {
  const auto found = text_at(from, key);
  return found ? *found : std::string(otherwise);
}

Result<std::string> need_text(const json::value& from, std::string_view key) {
  const auto found = text_at(from, key);
  if (!found || found->empty())
    return fail(ErrorKind::invalid, "sites.json: " + std::string(key) + " is missing somewhere.");
  return *found;
}

const json::array& list_at(const json::value& from, std::string_view key) {
  static const json::array kEmpty;
  const auto* found = member(from, key);
  return found && found->is_array() ? found->get_array() : kEmpty;
}

std::vector<std::string> texts_at(const json::value& from, std::string_view key) {
  std::vector<std::string> all;
  for (const auto& one : list_at(from, key))
    if (one.is_string()) all.emplace_back(std::string_view(one.get_string()));
  return all;
}

Result<std::vector<Deed>> deeds_at(const json::value& from, std::string_view key) {
  std::vector<Deed> deeds;
  for (const auto& one : list_at(from, key)) {
    const auto after = integer_at(one, "after");
    TRY(what, need_text(one, "do"));
    if (!after) return fail(ErrorKind::invalid, "sites.json: a deed without a time.");
    deeds.push_back({std::chrono::seconds(*after), what});
  }
  return deeds;
}

Result<Network> read_network(const json::value& from) {
  Network made;
  TRY(handle, need_text(from, "handle"));
  TRY(cidr, need_text(from, "cidr"));
  TRY(cidr6, need_text(from, "cidr6"));
  TRY(name, need_text(from, "name"));
  TRY(country, need_text(from, "country"));
  TRY(abuse, need_text(from, "abuse"));
  made.handle = handle;
  made.cidr = cidr;
  made.cidr6 = cidr6;
  made.name = name;
  made.country = country;
  made.abuse = abuse;
  made.parent = text_or(from, "parent");
  made.asn = integer_at(from, "asn").value_or(0);
  const auto* rdap = member(from, "rdap");
  made.rdap = !(rdap && rdap->is_bool() && !rdap->get_bool());
  made.geo_says = text_or(from, "geo_says");
  return made;
}

/// Every second picture of a gallery is a copy of the one before it, in another form.
void add_gallery(const json::value& gallery, std::vector<Shown>& pictures) {
  static constexpr std::array kCopies = {"smaller", "compressed", "png", "webp", "larger"};
  const auto first = integer_at(gallery, "first_seed").value_or(0);
  const auto seeds = integer_at(gallery, "seeds").value_or(0);
  for (std::int64_t i = 0; i < seeds; ++i) {
    pictures.push_back({static_cast<std::uint64_t>(first + i), "original"});
    pictures.push_back({static_cast<std::uint64_t>(first + i),
                        kCopies[static_cast<std::size_t>(i) % kCopies.size()]});
  }
}

Result<Script> read_script(const json::value& from) {
  Script script;
  TRY(first, deeds_at(from, "on_notice"));
  TRY(later, deeds_at(from, "on_later_notice"));
  TRY(after_move, deeds_at(from, "on_notice_after_move"));
  TRY(escalation, deeds_at(from, "on_escalation"));
  script.first = first;
  script.later = later;
  script.after_move = after_move;
  script.escalation = escalation;
  script.repeats = member(from, "on_later_notice") == nullptr;
  return script;
}

Result<Site> read_site(const json::value& from) {
  Site made;
  TRY(name, need_text(from, "name"));
  TRY(address, need_text(from, "address"));
  TRY(network, need_text(from, "network"));
  TRY(page, need_text(from, "page"));
  TRY(title, need_text(from, "title"));
  TRY(shows, need_text(from, "shows"));
  TRY(script, read_script(from));
  made.name = name;
  made.address = address;
  made.network = network;
  made.page = page;
  made.title = title;
  made.shows = shows;
  made.script = script;
  made.address6 = text_or(from, "address6");
  made.referrer = text_or(from, "referrer");
  made.origin = text_or(from, "origin");
  made.alias = text_or(from, "alias");
  made.links = texts_at(from, "links");
  made.columns = static_cast<int>(integer_at(from, "columns").value_or(1));
  made.bytes_a_second = static_cast<int>(integer_at(from, "bytes_a_second").value_or(0));
  const auto* listens = member(from, "listens");
  made.listens = !(listens && listens->is_bool() && !listens->get_bool());
  const auto* tls = member(from, "tls");
  made.tls = tls && tls->is_bool() && tls->get_bool();
  if (const auto* moves = member(from, "moves_to")) {
    made.moved_address = text_or(*moves, "address");
    made.moved_network = text_or(*moves, "network");
  }
  for (const auto& one : list_at(from, "pictures"))
    made.pictures.push_back({static_cast<std::uint64_t>(integer_at(one, "seed").value_or(0)),
                             text_or(one, "form", "original")});
  if (const auto* gallery = member(from, "gallery")) add_gallery(*gallery, made.pictures);
  return made;
}

struct Prefix {
  int family = 0;
  std::array<unsigned char, 16> bytes{};
  int bits = 0;
};

/// An address is a prefix of full length. Family 0 where the text is neither.
Prefix parse_prefix(std::string_view text) {
  Prefix made;
  const auto slash = text.find('/');
  const std::string ip(text.substr(0, slash));
  int family = AF_INET;
  if (inet_pton(AF_INET, ip.c_str(), made.bytes.data()) != 1) {
    family = AF_INET6;
    if (inet_pton(AF_INET6, ip.c_str(), made.bytes.data()) != 1) return {};
  }
  const int most = family == AF_INET ? 32 : 128;
  made.bits = most;
  if (slash != std::string_view::npos) {
    const auto bits = parse_integer(text.substr(slash + 1));
    if (!bits || *bits < 0 || *bits > most) return {};
    made.bits = static_cast<int>(*bits);
  }
  made.family = family;
  return made;
}

bool bit(const std::array<unsigned char, 16>& bytes, int at) {
  return (bytes[static_cast<std::size_t>(at / 8)] >> (7 - at % 8)) & 1;
}

bool holds(const Prefix& network, const Prefix& ip) {
  if (network.family == 0 || network.family != ip.family || network.bits > ip.bits) return false;
  for (int at = 0; at < network.bits; ++at)
    if (bit(network.bytes, at) != bit(ip.bytes, at)) return false;
  return true;
}

std::string print(const Prefix& prefix) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(prefix.family, prefix.bytes.data(), text.data(), text.size());
  return text.data();
}

}  // namespace

Result<World> World::load(const std::string& path) {
  TRY(text, read_file(path));
  TRY(root, parse_json(text));
  World made;
  TRY(home, need_text(root, "home_country"));
  TRY(name_server, need_text(root, "name_server"));
  TRY(mail_server, need_text(root, "mail_server"));
  TRY(registry, need_text(root, "registry"));
  made.home_country = home;
  made.name_server = name_server;
  made.mail_server = mail_server;
  made.registry = registry;
  made.second_name_server = text_or(root, "second_name_server", name_server);
  made.disclosure = text_or(root, "disclosure", registry);
  made.habits = text_or(root, "habits", registry);
  made.canaries = texts_at(root, "canaries");
  for (const auto& one : list_at(root, "known_picture_seeds"))
    if (one.is_int64()) made.known_seeds.push_back(static_cast<std::uint64_t>(one.get_int64()));
  for (const auto& one : list_at(root, "networks")) {
    TRY(network, read_network(one));
    if (!network.parent.empty() && !made.network(network.parent))
      return fail(ErrorKind::invalid, "sites.json: a network's parent must stand above it.");
    made.networks.push_back(network);
  }
  for (const auto& one : list_at(root, "sites")) {
    TRY(site, read_site(one));
    const auto* network = made.network(site.network);
    if (!network || !lies_in(site.address, network->cidr))
      return fail(ErrorKind::invalid, "sites.json: " + site.name + " is not in its network.");
    made.sites.push_back(site);
  }
  return made;
}

const Site* World::site(std::string_view name) const {
  for (const auto& one : sites)
    if (one.name == name) return &one;
  return nullptr;
}

const Network* World::network(std::string_view handle) const {
  for (const auto& one : networks)
    if (one.handle == handle) return &one;
  return nullptr;
}

const Network* World::holder(std::string_view ip) const {
  const Network* best = nullptr;
  int best_bits = -1;
  const auto asked = parse_prefix(ip);
  for (const auto& one : networks)
    for (const auto& cidr : {one.cidr, one.cidr6}) {
      const auto prefix = parse_prefix(cidr);
      if (!holds(prefix, asked) || prefix.bits <= best_bits) continue;
      best = &one;
      best_bits = prefix.bits;
    }
  return best;
}

std::vector<std::string> World::addresses() const {
  std::vector<std::string> all = {name_server,        mail_server, registry,
                                  second_name_server, disclosure,  habits};
  for (const auto& one : sites)
    for (const auto& ip : {one.address, one.address6, one.origin, one.moved_address})
      if (!ip.empty()) all.push_back(ip);
  return all;
}

bool lies_in(std::string_view ip, std::string_view cidr) {
  return holds(parse_prefix(cidr), parse_prefix(ip));
}

Span span_of(std::string_view cidr) {
  auto first = parse_prefix(cidr);
  CHECK(first.family != 0);
  auto last = first;
  const int most = first.family == AF_INET ? 32 : 128;
  for (int at = first.bits; at < most; ++at) {
    const auto mask = static_cast<unsigned char>(1U << (7 - at % 8));
    first.bytes[static_cast<std::size_t>(at / 8)] &= static_cast<unsigned char>(~mask);
    last.bytes[static_cast<std::size_t>(at / 8)] |= mask;
  }
  return {print(first), print(last)};
}

std::string domain_of(std::string_view mailbox) {
  const auto at = mailbox.rfind('@');
  return at == std::string_view::npos ? std::string() : std::string(mailbox.substr(at + 1));
}

}  // namespace hotline::range
