// Assessment, as the workflow and the other rooms see it.
//
// A case enters the queue when its address has been captured. Analysts claim and
// decide it at the desk (desk.h); a finished case has a verdict. What matching
// knows about its items is filled in (exact) or suggested (near) beforehand, so
// that nobody looks at the same picture twice. Nothing here sends anything.
//
// Facts: case_queued, case_reopened. The desk's facts stand in desk.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "assessment/grade.h"
#include "db/db.h"

namespace hotline::assessment {

/// Higher comes first; the words are shown to the analyst as the reason.
struct Priority {
  std::int64_t rank = 0;
  std::string words;
};

/// What is known about a case when it enters the queue.
struct Signals {
  int reports = 1;      ///< How many people told us.
  int new_items = 0;    ///< Pictures and videos that nobody has assessed.
  int known_items = 0;  ///< Filled in from earlier decisions.
  bool child_at_risk = false;
  bool returned = false;  ///< It was removed once and is back.
};
/// The default order: a child at risk, what came back, what is new, what many people report.
/// Equal ranks wait in the order of their arrival.
[[nodiscard]] Priority priority_of(const Signals& signals);

/// The case waits for an analyst. True if it was not there before; a case that waits or is
/// claimed keeps its place unless the new rank is higher, and a decided one stays decided
/// (see reopen()). `scheme` is the id of the scheme to decide under ("scheme.active").
[[nodiscard]] Result<bool> enqueue(db::Transaction& tx, const CaseId& casefile,
                                   const Priority& priority, std::string_view scheme, Instant now);

/// A decided case waits again, because there is something new on its address. The verdict that
/// stood is withdrawn only by a person; verdict() gives it until the case is decided anew.
/// Error `conflict` if the case is not decided.
[[nodiscard]] Done reopen(db::Transaction& tx, const CaseId& casefile, const Priority& priority,
                          Instant now);

/// What matching knows about one item of the case.
struct Prefill {
  ItemId item;
  std::string category;  ///< A word that the case's scheme has not is kept, but not applied.
  std::string age;       ///< May be empty: not known.
  std::string sex;       ///< May be empty: not known.
  std::string
      source;  ///< In words, shown to the analyst: "decided here by 2 people, last 2030-01-02".
  bool exact = false;  ///< Exact: counts as decided. Near: a suggestion, accepted with one key.
};
/// Replaces what was filled in for the item before; an analyst's own decision is never touched.
/// Error `not_found` if the case is not in the queue: enqueue() comes first.
[[nodiscard]] Done prefill(db::Transaction& tx, const CaseId& casefile, const Prefill& known,
                           Instant now);

/// The verdict that stands.
struct Standing {
  Outcome outcome;
  std::string scheme;  ///< "uk_abc_1"
  PersonId by;         ///< Who finished the look that decided.
  Instant at{};
};
/// Nothing if the case is not decided, or its assessment was withdrawn.
[[nodiscard]] Result<std::optional<Standing>> verdict(db::Transaction& tx, const CaseId& casefile);

/// The people whose own complete decision about this item stands, in any case of the tenant.
/// Filled-in knowledge does not count: acting without a view needs two of these.
[[nodiscard]] Result<std::vector<PersonId>> graders_of(db::Transaction& tx, const ItemId& item);

/// The decisions of people that stand for the items of a finished case, for matching to learn:
/// complete grades only, furniture and things not loaded left out.
struct Learned {
  ItemId item;
  Grade grade;
  PersonId by;
};
[[nodiscard]] Result<std::vector<Learned>> decisions_of(db::Transaction& tx,
                                                        const CaseId& casefile);

}  // namespace hotline::assessment
