// Site marks: by what the same site is known again when it comes back under another name.
//
// A capture gives them (net/fingerprint.h makes them from the page): the nesting of
// the tags and the names of scripts are near marks, a favicon and a wallet are
// equal marks. Each is remembered with case and host. Here is what is alike, and
// how many hosts carry the same; what follows from it (the template of a forum
// program is on a thousand honest hosts) is the caller's judgement.
//
// Forgotten with forget(); never part of a fact, for a wallet's digest is personal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "casework/casework.h"
#include "db/db.h"

namespace hotline::casework {

/// Spelled as stored.
enum class MarkKind : std::uint8_t {
  structure,  ///< Simhash of the tags' order: 16 hex digits, compared by distance.
  paths,      ///< Simhash of the names of scripts, styles and pictures: likewise.
  favicon,    ///< SHA-256 of the favicon: the same or not.
  payment,    ///< SHA-256 of a wallet on the page: the same or not.
};
[[nodiscard]] std::string_view name(MarkKind kind);

struct SiteMark {
  MarkKind kind = MarkKind::structure;
  std::string value;  ///< Lower-case hex.
};

/// Another case that bears a mark like one of ours.
struct AlikeSite {
  CaseId casefile;
  std::string host;
  SightingId sighting;  ///< The last that showed it.
  SiteMark mark;        ///< As it stands there.
  int distance = 0;     ///< Bits that differ from ours; 0 for equal marks.
  Instant first_seen{}, last_seen{};
};

class SiteMarkStore {
 public:
  /// Two pages of one template are mostly within so many of 64 bits, of two templates beyond 20.
  static constexpr int kNearBits = 8;

  explicit SiteMarkStore(db::Transaction& tx) : tx_(tx) {}

  /// Again for the same case and host: only the last sighting changes. Empty values are skipped.
  Done remember(const Sighting& sighting, std::string_view host,
                const std::vector<SiteMark>& marks);
  Result<std::vector<SiteMark>> of_case(const CaseId& casefile);
  /// Cases of this tenant, except `besides`, with a mark like one of `marks`: nearest first, then
  /// newest, at most 200. Near marks are compared with each that the tenant has.
  Result<std::vector<AlikeSite>> alike(const TenantId& tenant, const CaseId& besides,
                                       const std::vector<SiteMark>& marks,
                                       int near_bits = kNearBits);
  /// How many hosts carry exactly this mark: one that many carry says little.
  Result<std::int64_t> hosts_with(const TenantId& tenant, const SiteMark& mark);
  Done forget(const CaseId& casefile);

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::casework
