// How several methods become one country: weights, not a plain vote, because a name
// server abroad says much less than the registry of the network itself.
#include <algorithm>
#include <map>
#include <set>

#include "tracing/tracing.h"

namespace hotline::tracing {

namespace {

/// The two kinds that look at the hosting network itself.
bool is_registry(std::string_view method) {
  return method == "rdap_network" || method == "whois_network";
}
bool is_strong(std::string_view method) {
  return is_registry(method) || method == "geolocation";
}

/// Methods that draw on one source are one kind: they cannot confirm each other.
std::string_view kind_of(std::string_view method) {
  if (is_registry(method) || method == "rdap_parent") return "registry";
  if (method == "name_servers" || method == "mail_exchange") return "neighbours";
  return method;  // geolocation, ipv6_network, origin_system, top_level_domain
}

/// In twelfths, so that several geolocation files can share one weight.
int weight(std::string_view method, std::size_t files) {
  if (method == "geolocation") return static_cast<int>(48 / std::max<std::size_t>(files, 1));
  if (is_registry(method)) return 48;
  if (method == "origin_system") return 30;
  if (method == "ipv6_network" || method == "rdap_parent") return 24;
  return 12;  // name_servers, mail_exchange, top_level_domain: hints
}

Confidence confidence_in(const std::string& country, const std::vector<CountryVote>& votes) {
  std::set<std::string_view> strong_for, strong_against, kinds;
  for (const auto& vote : votes) {
    if (vote.country == country) kinds.insert(kind_of(vote.method));
    if (is_strong(vote.method))
      (vote.country == country ? strong_for : strong_against).insert(kind_of(vote.method));
  }
  const bool undisputed = strong_against.empty();
  if (strong_for.size() == 2 && undisputed && kinds.size() >= 3) return Confidence::high;
  // Files that differ among themselves do not undo what the registry says with one of them.
  const bool only_files_differ = strong_for.size() == 2 && strong_against.size() == 1 &&
                                 strong_against.contains("geolocation");
  if (!strong_for.empty() && (undisputed || only_files_differ) && kinds.size() >= 2)
    return Confidence::medium;
  return Confidence::low;
}

}  // namespace

std::string_view name(Confidence confidence) {
  switch (confidence) {
    case Confidence::none: return "none";
    case Confidence::low: return "low";
    case Confidence::medium: return "medium";
    case Confidence::high: return "high";
  }
  return "none";
}

Result<Confidence> parse_confidence(std::string_view text) {
  for (const auto confidence :
       {Confidence::none, Confidence::low, Confidence::medium, Confidence::high})
    if (name(confidence) == text) return confidence;
  return fail(ErrorKind::invalid, "This is no degree of confidence.");
}

CountryFinding combine(std::vector<CountryVote> votes) {
  std::erase_if(votes, [](const CountryVote& vote) { return vote.country.size() != 2; });
  CountryFinding found;
  found.votes = std::move(votes);
  const auto files = static_cast<std::size_t>(
      std::count_if(found.votes.begin(), found.votes.end(),
                    [](const CountryVote& vote) { return vote.method == "geolocation"; }));
  std::map<std::string, int> weights;
  for (const auto& vote : found.votes) weights[vote.country] += weight(vote.method, files);
  int best = 0;
  // In the order of the votes, so that a tie goes to the method that was asked first: the registry.
  for (const auto& vote : found.votes)
    if (weights[vote.country] > best) {
      best = weights[vote.country];
      found.country = vote.country;
    }
  if (found.country.empty()) return found;
  std::set<std::string_view> agreeing;
  for (const auto& vote : found.votes)
    if (vote.country == found.country) agreeing.insert(vote.method);
  found.agreeing = static_cast<int>(agreeing.size());
  found.confidence = confidence_in(found.country, found.votes);
  return found;
}

}  // namespace hotline::tracing
