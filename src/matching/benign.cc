#include "matching/benign.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "matching/cluster.h"

namespace hotline::matching {

namespace {
// PDQ sets the bits above the median: 128, but for ties in flat pictures.
constexpr int kBitsMin = 96, kBitsMax = 160;
}  // namespace

std::string_view name(PdqRefusal refusal) {
  switch (refusal) {
    case PdqRefusal::none: return "none";
    case PdqRefusal::low_quality: return "low_quality";
    case PdqRefusal::benign: return "benign";
    case PdqRefusal::over_general: return "over_general";
  }
  return "none";
}

Result<BenignSet> BenignSet::load(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return fail(ErrorKind::not_found, "The set of benign hashes cannot be read.");
  return parse(text.str());
}

Result<BenignSet> BenignSet::parse(std::string_view text) {
  std::vector<Hash256> hashes;
  std::size_t number = 0;
  for (const auto line : split(text, '\n')) {
    ++number;
    const auto clean = trim(line);
    if (clean.empty() || clean.front() == '#') continue;
    const auto hash = Hash256::parse(clean);
    if (!hash || hash->is_zero())
      return fail(ErrorKind::invalid,
                  "Line " + std::to_string(number) + " of the benign set is no PDQ hash.");
    hashes.push_back(*hash);
  }
  BenignSet set;
  set.pictures_.add_all(hashes);
  return set;
}

PdqRefusal BenignSet::check(std::string_view pdq, int quality, int neighbours) const {
  const auto hash = Hash256::parse(pdq);
  if (!hash || hash->is_zero() || quality < kQualityMin) return PdqRefusal::low_quality;
  const int bits = distance(*hash, Hash256{});
  if (bits < kBitsMin || bits > kBitsMax) return PdqRefusal::over_general;
  for (const auto& way : turned(*hash))
    if (!pictures_.find(way, kNearDistance).empty()) return PdqRefusal::benign;
  return neighbours > kNeighboursMax ? PdqRefusal::over_general : PdqRefusal::none;
}

}  // namespace hotline::matching
