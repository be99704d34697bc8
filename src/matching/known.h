// What is known about a picture or video that somebody has graded before.
//
// A known item has digests of its exact bytes (MD5, SHA-1, SHA-256) and, where
// it is a picture, a PDQ hash; and gradings: who put it into which category. It
// comes from our own assessments (one grading a person) or from a list (a count
// of graders). Gradings that differ are a conflict: it is shown, never averaged.
// A withdrawn item stays as a row, so that every matcher learns that it is gone.
//
// Values only; storing is known_store.h, finding is matcher.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "casework/casework.h"
#include "media/lab.h"

namespace hotline::matching {

struct KnownTag {
  static constexpr std::string_view prefix = "knw_";
};
using KnownId = Id<KnownTag>;

/// A PDQ hash below this quality is never matched, on either side.
inline constexpr int kQualityMin = 50;
/// Two PDQ hashes within this distance are near copies.
inline constexpr int kNearDistance = 31;
/// A film is a near copy, or a piece, of a known one when so many of its frames are in that.
inline constexpr double kFilmPercent = 80;

/// What can be looked up. Empty texts are unknown; hex is lower case.
struct Hashes {
  std::string md5, sha1, sha256;
  std::string pdq;  ///< Profile FULL.
  int pdq_quality = 0;
  std::vector<media::VpdqFrame> frames;  ///< Of a film or animation (vPDQ), at most kFramesMax.
  friend bool operator==(const Hashes&, const Hashes&) = default;
};
inline constexpr std::size_t kFramesMax = 20000;
/// Every so-manieth frame, so that at most kFramesMax are left.
[[nodiscard]] std::vector<media::VpdqFrame> thinned(std::vector<media::VpdqFrame> frames);
[[nodiscard]] Hashes hashes_of(const media::Findings& findings);
[[nodiscard]] Hashes hashes_of(const casework::Item& item);
/// Error `invalid` if a hash has another length or other characters than hex, if the quality is
/// not 0 to 100, or if there is no hash at all.
Done check(const Hashes& hashes);

struct Known {
  KnownId id;
  casework::TenantId tenant;
  std::string source;  ///< "own", or the list that it came from.
  std::string ref;     ///< Our item id, or the list's own reference.
  Hashes hashes;
  std::string scheme;     ///< The grading scheme of category and age, "uk_abc".
  std::string category;   ///< Of the latest grading.
  std::string age;        ///< Age band of the youngest, or empty.
  std::string sex;        ///< Or empty.
  std::string words;      ///< What the source says of itself ("two officers"), at most 200 bytes.
  int graders = 0;        ///< People who agree with `category`.
  bool conflict = false;  ///< Some standing grading has another category.
  Instant added_at{};
  std::optional<Instant> withdrawn_at;
  std::int64_t version = 0;  ///< Of the tenant's known set when this row last changed.
};

/// Spelled as stored and sent. `exact`: the same bytes. `near`: PDQ within kNearDistance, or a film
/// of whose frames kFilmPercent have such a partner in a known film.
enum class MatchKind : std::uint8_t { none, near, exact };
[[nodiscard]] std::string_view name(MatchKind kind);
[[nodiscard]] Result<MatchKind> parse_match_kind(std::string_view text);

/// The best answer, with what a person needs to trust it.
struct Match {
  MatchKind kind = MatchKind::none;
  KnownId known;     ///< Empty for none, like all below.
  std::string by;    ///< What agreed: sha256, sha1, md5, pdq or vpdq.
  int distance = 0;  ///< Bits of PDQ; 0 for exact; kNearDistance for vpdq: it never counts alone.
  std::string source, ref, scheme, category, age, sex;
  int graders = 0;
  bool conflict = false;  ///< Known items of this kind of match, or gradings of one, disagree.
  int others = 0;         ///< Further known items that match in the same way.
  /// Of vpdq: this film's frames that are in the known one, and the other way round, 0 to 100.
  double query_percent = 0, known_percent = 0;
};

}  // namespace hotline::matching
