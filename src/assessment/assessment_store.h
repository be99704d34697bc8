// Storing the queue, finished looks, decisions and prefilled knowledge. No rules here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "assessment/assessment.h"
#include "assessment/queue_state.h"
#include "assessment/steps.h"

namespace hotline::assessment {

/// A case's place in the queue.
struct Entry {
  CaseId casefile;
  TenantId tenant;
  QueueState state = QueueState::waiting;
  int look = 1;  ///< 1 first, 2 second and blind, 3 the senior who decides between them.
  Priority priority;
  std::string scheme;
  GradeMode mode = GradeMode::act_on_page;
  Instant entered_at{};
  std::optional<PersonId> claimed_by;
  Instant claimed_until{};
};

/// A finished look.
struct Look {
  int look = 1;
  PersonId person;
  Outcome outcome;
  std::string scheme;
  bool decides = false;
  Instant finished_at{};
  std::optional<Instant> withdrawn_at;
};

struct Candidate {
  TenantId tenant;
  PersonId person;
  int look_max = 2;
};

class AssessmentStore {
 public:
  explicit AssessmentStore(db::Transaction& tx) : tx_(tx) {}

  /// False if the case is there already.
  Result<bool> add(const Entry& entry);
  Result<std::optional<Entry>> entry(const CaseId& casefile);
  /// Highest rank first, then oldest.
  Result<std::vector<Entry>> entries(const TenantId& tenant, QueueState state, int limit);
  Result<std::vector<Entry>> claimed_by(const PersonId& person);
  Result<std::int64_t> count(const TenantId& tenant, QueueState state, int look);
  /// The cases that this person may take now, best first: none whose earlier look was theirs.
  Result<std::vector<CaseId>> best_for(const Candidate& candidate, int limit, Instant now);
  /// Whether this person gave an opinion when colleagues were called over: no blind reader then.
  Result<bool> was_consulted(const CaseId& casefile, const PersonId& person);
  /// False if somebody else has it. The condition is checked where it is changed.
  Result<bool> take(const CaseId& casefile, const PersonId& person, Instant until, Instant now);
  Done extend(const CaseId& casefile, Instant until);
  /// Ends any claim.
  Done set_state(const CaseId& casefile, QueueState state, int look);
  Done set_priority(const CaseId& casefile, const Priority& priority);
  Done set_mode(const CaseId& casefile, GradeMode mode);

  Done add_look(const CaseId& casefile, const Look& look);
  /// Oldest first.
  Result<std::vector<Look>> looks(const CaseId& casefile);
  /// Marks the looks that decide and still stand.
  Done withdraw_looks(const CaseId& casefile, Instant now);
  /// Cases that this person finished, newest first.
  Result<std::vector<CaseId>> finished_by(const PersonId& person, int limit);

  /// A second reader's choice after comparing.
  struct Compared {
    int look = 2;
    PersonId person;
    bool keeps = true;
    std::string reason;
    Instant at{};
  };
  Done add_compared(const CaseId& casefile, const Compared& compared);
  Result<std::vector<Compared>> compared(const CaseId& casefile);
  /// Cases whose second look ended in [from, to).
  Result<std::vector<CaseId>> read_twice(const TenantId& tenant, Instant from, Instant to);

  Done add_event(const CaseId& casefile, int look, const Event& event);
  /// In order.
  Result<std::vector<Event>> events(const CaseId& casefile, int look);
  struct Where {
    CaseId casefile;
    int look;
  };
  Result<std::vector<Where>> looks_at_item(const ItemId& item);

  Done put_prefill(const CaseId& casefile, const Prefill& known, Instant now);
  Result<std::vector<Prefill>> prefills(const CaseId& casefile);

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::assessment
