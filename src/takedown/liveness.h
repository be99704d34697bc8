// Liveness: is it still there? A verdict with its evidence, not a guess.
//
// judge() compares one look at an address with what was there when it was assessed.
// It is pure: no clock, no network, no database. Our own trouble, a host that is
// slow, one that asks for a test first and a page that merely looks different are
// never called gone; nor is a page whose confirmed pictures are still served beside
// it. What a verdict leads to, and that `gone` must be seen twice, stands in
// monitor.h; how often is looked in lanes.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/fetcher.h"

namespace hotline::takedown {

/// Spelled as stored and in facts.
enum class Verdict : std::uint8_t {
  up,         ///< The item, or the page as it was, is there.
  gone,       ///< 404, 410 or no such name.
  soft_gone,  ///< Status 200, but the page says "removed" and the media are not there.
  changed,    ///< Something else is there: a person looks.
  moved,      ///< Still there, in another network.
  blocked,    ///< They do not let us look (401, 403, 429, 451 …).
  unknown,    ///< We cannot tell: we are down, or they do not answer.
};
[[nodiscard]] std::string_view name(Verdict verdict);
[[nodiscard]] Result<Verdict> parse_verdict(std::string_view text);

/// What a page was when it was assessed. Digests and sketches only: no text is kept.
struct Fingerprint {
  std::uint64_t text_sketch = 0;  ///< Simhash of the visible text's three-word shingles.
  int text_words = 0;
  std::string title_digest;        ///< Hex SHA-256 of the title, or empty.
  std::string page_digest;         ///< Hex SHA-256 of the body.
  std::vector<std::string> media;  ///< Hex SHA-256 of each medium's bytes, sorted, no repeats.
  std::vector<std::string>
      media_places;  ///< Hex SHA-256 of each medium's address, sorted, no repeats.
};
[[nodiscard]] Fingerprint fingerprint(const net::Capture& capture);
/// Number of differing bits; up to kSameText of 64 is the same page with another date on it.
[[nodiscard]] int text_distance(const Fingerprint& a, const Fingerprint& b);
inline constexpr int kSameText = 10;

/// How "removed" pages look, as data (policy/soft_gone.json): phrases in many languages, lower
/// case.
class RemovalPhrases {
 public:
  [[nodiscard]] static Result<RemovalPhrases> parse(std::string_view text);
  [[nodiscard]] static Result<RemovalPhrases> load(const std::string& path);
  /// Whether title or the first part of the text says so.
  [[nodiscard]] bool found_in(std::string_view title, std::string_view text) const;
  /// Whether they ask who we are instead of answering: a test for robots, a shield, a wall.
  [[nodiscard]] bool challenge_in(std::string_view title, std::string_view text) const;
  [[nodiscard]] const std::vector<std::string>& all() const { return phrases_; }

 private:
  std::vector<std::string> phrases_, challenges_;
};

/// Everything one verdict rests on.
struct Look {
  std::optional<net::Capture> capture;  ///< Nothing: the jail itself failed.
  std::optional<bool> canaries_answer;  ///< Nothing: not asked, or none configured.
  bool hosting_moved = false;           ///< Traced now, elsewhere than then.
  std::optional<Fingerprint>
      absent_page;  ///< What this host shows for an address that cannot exist.
  std::vector<Fingerprint> learned_removed;  ///< "Removed" pages that this host has shown before.
  std::vector<std::string> confirmed;  ///< SHA-256 of the items that people confirmed, sorted.
  /// Looks at the notice's further addresses (the pictures themselves), where the page is gone.
  std::vector<net::Capture> places;
  /// What the second vantage said, where one is configured and was asked.
  std::optional<Verdict> second;
};

struct Judgement {
  Verdict verdict = Verdict::unknown;
  std::string why;           ///< One short word for the record: "status_404", "canaries_fail" …
  bool unreachable = false;  ///< With `unknown`: they did not answer, though our canaries did.
  bool ours = false;         ///< With `unknown`: the trouble is ours, so nothing leaves now.
};
/// `before` is empty if nothing was ever captured: then an answer that is no clear refusal is `up`.
[[nodiscard]] Judgement judge(const Look& look, const std::optional<Fingerprint>& before,
                              const RemovalPhrases& phrases);
/// Whether the verdict could become an end, so that canaries (and an absent page) are worth asking.
[[nodiscard]] bool needs_canaries(const Judgement& judgement);
/// Gone or soft-gone.
[[nodiscard]] constexpr bool is_gone(Verdict verdict) {
  return verdict == Verdict::gone || verdict == Verdict::soft_gone;
}
/// The same page, apart from a date or a counter.
[[nodiscard]] bool same_text(const Fingerprint& a, const Fingerprint& b);

}  // namespace hotline::takedown
