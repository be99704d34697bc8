// How several methods become one country: weights, not a plain vote, because a name
// server abroad says much less than the registry of the network itself.
#include <algorithm>
#include <map>

#include "tracing/tracing.h"

namespace hotline::tracing {

namespace {

/// The two methods that look at the hosting network itself.
bool is_strong(std::string_view method) {
  return method == "rdap_network" || method == "geolocation";
}

int weight(std::string_view method) {
  if (is_strong(method)) return 4;
  if (method == "ipv6_network" || method == "rdap_parent") return 2;
  return 1;  // name_servers, mail_exchange, top_level_domain: hints
}

Confidence confidence_in(const std::string& country, const std::vector<CountryVote>& votes,
                         int agreeing) {
  int strong_for = 0;
  int strong_against = 0;
  for (const auto& vote : votes) {
    if (!is_strong(vote.method)) continue;
    (vote.country == country ? strong_for : strong_against) += 1;
  }
  if (strong_for == 2 && agreeing >= 3) return Confidence::high;
  if (strong_for >= 1 && strong_against == 0 && agreeing >= 2) return Confidence::medium;
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
  std::map<std::string, int> weights;
  for (const auto& vote : found.votes) weights[vote.country] += weight(vote.method);
  int best = 0;
  // In the order of the votes, so that a tie goes to the method that was asked first: the registry.
  for (const auto& vote : found.votes)
    if (weights[vote.country] > best) {
      best = weights[vote.country];
      found.country = vote.country;
    }
  if (found.country.empty()) return found;
  found.agreeing = static_cast<int>(
      std::count_if(found.votes.begin(), found.votes.end(),
                    [&](const CountryVote& vote) { return vote.country == found.country; }));
  found.confidence = confidence_in(found.country, found.votes, found.agreeing);
  return found;
}

}  // namespace hotline::tracing
