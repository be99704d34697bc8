// Jobs: the durable queue of everything the system does on its own.
//
// A job is (kind, subject) with a due time; there is at most one of each. It is
// taken with a lease, does one step on one subject, and says when to look again.
// Taking moves the due time before anything is done, so a killed worker's jobs
// come back by themselves. What the jobs do stands in workflow/.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "db/db.h"

namespace hotline::jobs {

struct DueJob {
  std::string kind;
  std::string subject;  ///< An id as text.
  int attempts = 0;     ///< Failures in a row so far.
  Instant lease_until{};
};

class JobStore {
 public:
  explicit JobStore(db::Transaction& tx) : tx_(tx) {}

  /// Makes the job, or moves its due time if it is there. Failures are forgotten.
  Done schedule(std::string_view kind, std::string_view subject, Instant due);
  /// Like schedule(), but never later than it is due already.
  Done hasten(std::string_view kind, std::string_view subject, Instant due);
  /// At most `limit` due jobs, held by `holder`; each is not due again before `now + lease`.
  Result<std::vector<DueJob>> take_due(std::string_view holder, Instant now, microseconds lease,
                                       int limit);
  /// What `holder` held when it was killed is due at once. A worker calls it when it starts.
  Result<std::int64_t> reclaim(std::string_view holder, Instant now);

  // The end of a taken job. None of them touches a job that has been scheduled anew meanwhile
  // (by the job itself or by anyone else): then its new due time stands.

  /// Nothing more to do.
  Done finish(const DueJob& job);
  /// Done for now; look again at `due`.
  Done again(const DueJob& job, Instant due);
  /// It failed: look again at `due`; the sentence is kept for the operator.
  Done fail_until(const DueJob& job, Instant due, const Error& error);
  /// Given up: stays visible to doctor, is not taken any more until scheduled again.
  Done give_up(const DueJob& job, const Error& error);

  struct Trouble {
    std::string kind, subject, sentence;
    int attempts;
  };
  Result<std::vector<Trouble>> given_up();
  /// Due time of the next job, if any: a scenario jumps its clock there.
  Result<std::optional<Instant>> next_due();
  Result<std::int64_t> waiting(Instant due_before);

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::jobs
