// Findings: what an analyst finds out about a case besides its grade.
//
// A region is a frame on a picture around a place, a thing or words that may say
// where it was made; never around a person: who draws one says so each time, and
// without that it is refused. A place is a country with how sure, a method is a
// word of policy/methods.json, research is where something was looked up and what
// came of it. A series holds cases that belong together. While a second look runs,
// its reader sees only their own findings. Nothing here is decided by itself.
//
// Facts: finding_noted, finding_removed, series_changed.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/people.h"
#include "assessment/grade.h"
#include "assessment/scheme.h"

namespace hotline::assessment {

struct FindingTag {
  static constexpr std::string_view prefix = "fnd_";
};
using FindingId = Id<FindingTag>;
struct SeriesTag {
  static constexpr std::string_view prefix = "ser_";
};
using SeriesId = Id<SeriesTag>;

struct Thing {
  std::string_view id, label;
};
/// What may stand inside a region's frame. There is no word for a person.
inline constexpr std::array kRegionThings = {
    Thing{"room", "Room or furniture"}, Thing{"view", "View or building"},
    Thing{"object", "Object"},          Thing{"writing", "Writing or logo"},
    Thing{"plug", "Plug or switch"},    Thing{"cloth", "Textile, nobody wearing it"}};

/// In thousandths of the picture, from its top left.
struct Frame {
  std::int64_t left = 0, top = 0, width = 0, height = 0;
  friend bool operator==(const Frame&, const Frame&) = default;
};

struct Finding {
  FindingId id;
  CaseId casefile;
  std::string item;  ///< Item id; empty for the whole case.
  PersonId person;
  std::string kind;             ///< region, place, method, research
  std::string value;            ///< A thing, a country ("NL"), a method's id, a source.
  std::int64_t confidence = 0;  ///< Of a place: 1 to 100.
  std::string words;
  Frame frame;
  bool nobody_inside = false;  ///< Said for a region by who draws it; not stored, only asked.
  Instant at{};
};

/// Words for how a site works, as versioned data.
struct Vocabulary {
  int version = 0;
  std::vector<Choice> methods;
  /// policy/methods.json. Error `invalid` says what breaks it.
  [[nodiscard]] static Result<Vocabulary> open(const std::string& path);
  [[nodiscard]] const Choice* method(std::string_view id) const;
};

/// Error `invalid` in words if something is missing or stands where it may not.
[[nodiscard]] Done check(const Finding& finding, const Vocabulary& vocabulary);

[[nodiscard]] Result<FindingId> add_finding(db::Transaction& tx, const accounts::Person& person,
                                            Finding finding, const Vocabulary& vocabulary,
                                            Instant now);
/// Own ones only. Error `not_found` for any other.
[[nodiscard]] Done remove_finding(db::Transaction& tx, const accounts::Person& person,
                                  const FindingId& id, Instant now);
/// Newest first, without removed ones.
[[nodiscard]] Result<std::vector<Finding>> findings_of(db::Transaction& tx,
                                                       const accounts::Person& person,
                                                       const CaseId& casefile);

struct Series {
  SeriesId id;
  std::string name;
  std::int64_t cases = 0;
};
/// Makes it if there is none of that name, and adds the case.
[[nodiscard]] Result<SeriesId> add_to_series(db::Transaction& tx, const accounts::Person& person,
                                             const CaseId& casefile, std::string_view name,
                                             Instant now);
[[nodiscard]] Done leave_series(db::Transaction& tx, const accounts::Person& person,
                                const SeriesId& series, const CaseId& casefile, Instant now);
[[nodiscard]] Result<std::vector<Series>> all_series(db::Transaction& tx, const TenantId& tenant);
[[nodiscard]] Result<std::vector<Series>> series_of_case(db::Transaction& tx,
                                                         const CaseId& casefile);
[[nodiscard]] Result<std::vector<CaseId>> cases_of_series(db::Transaction& tx,
                                                          const TenantId& tenant,
                                                          const SeriesId& series);

/// Another case, and why it may be the same people's, in words.
struct SimilarCase {
  CaseId casefile;
  int strength = 0;
  std::vector<std::string> reasons;
};
/// Cases that share items, host, series, methods, country or site marks; strongest first.
[[nodiscard]] Result<std::vector<SimilarCase>> similar_cases(db::Transaction& tx,
                                                             const accounts::Person& person,
                                                             const CaseId& casefile, int limit);

/// What a person answered about an item (law_rules.h): label to answer.
[[nodiscard]] Done answer_labels(db::Transaction& tx, const accounts::Person& person,
                                 const CaseId& casefile, const ItemId& item,
                                 const std::vector<std::pair<std::string, std::string>>& answers,
                                 Instant now);
[[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> labels_of(
    db::Transaction& tx, const accounts::Person& person, const CaseId& casefile,
    const ItemId& item);

}  // namespace hotline::assessment
