#include "workflow/jobs_table.h"

#include <algorithm>

#include "base/log.h"
#include "lists/url_list.h"
#include "workflow/known_items.h"

namespace hotline::workflow {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

// What it is called, what it does, longest run, failures in a row before a person is told.
constexpr Job kJobs[] = {
    {"capture_case", capture_case, minutes(5), 12},
    {"unmask_case", unmask_case, minutes(5), 12},
    {"trace_case", trace_case, minutes(2), 12},
    {takedown::kSendJob, send_notice, minutes(3), 30},
    {takedown::kDeadlineJob, notice_deadline, minutes(1), 12},
    {takedown::kHoldJob, hold_ends, minutes(1), 12},
    {takedown::kLivenessJob, check_liveness, minutes(3), 200},
    {"tell_reporters", tell_reporters_now, minutes(2), 200},
    {"tell_copies", tell_copies, minutes(1), 30},
    {"list_hashes", list_hashes, minutes(1), 100},
    {"sign_lists", sign_lists, minutes(2), 200},
    {"tell_member", tell_member, minutes(1), 60},
    {"read_mailbox", read_mailbox, minutes(5), 200},
    {"read_replies", read_replies, minutes(5), 200},
    {"expire_lists", expire_lists, minutes(1), 100},
};

/// Doubling from ten seconds to an hour: our own trouble is retried soon, a long outage calmly.
microseconds pause_after(int attempts) {
  return std::min<microseconds>(hours(1), std::chrono::seconds(10) * (1 << std::min(attempts, 10)));
}

}  // namespace

std::span<const Job> job_table() {
  return kJobs;
}

const Job* find_job(std::string_view name) {
  const auto found = std::find_if(std::begin(kJobs), std::end(kJobs),
                                  [&](const Job& job) { return job.name == name; });
  return found == std::end(kJobs) ? nullptr : found;
}

Done run_job(const Parts& parts, const jobs::DueJob& due) {
  const Job* job = find_job(due.kind);
  Result<Again> again =
      job ? Result<Again>(std::unexpected(Error{ErrorKind::corrupt, "It did not run."}))
          : Result<Again>(fail(ErrorKind::corrupt, "No such job exists."));
  if (job) {
    try {
      again = job->run(parts, due.subject);
    } catch (const std::exception&) {
      // One of the two places where exceptions are caught: a library threw. The job is tried again.
      again = fail(ErrorKind::corrupt, "The job threw an exception.");
    }
  }
  if (!again)
    log::trouble("job_failed", again.error(), {{"job", due.kind}, {"subject", due.subject}});
  return parts.database.transact([&](db::Transaction& tx) -> Done {
    jobs::JobStore store(tx);
    if (again) return *again ? store.again(due, **again) : store.finish(due);
    const bool hopeless = again.error().kind == ErrorKind::invalid ||
                          again.error().kind == ErrorKind::not_found || !job ||
                          due.attempts + 1 >= job->attempts;
    if (hopeless) return store.give_up(due, again.error());
    return store.fail_until(due, parts.clock.now() + pause_after(due.attempts), again.error());
  });
}

Result<Again> expire_lists(const Parts& parts, const std::string&) {
  const Instant now = parts.clock.now();
  TRY_DONE(parts.database.transact([&](db::Transaction& tx) {
    return lists::UrlList(tx, lists::list_policy(parts.settings)).expire(now);
  }));
  return Again(now + hours(1));
}

}  // namespace hotline::workflow
