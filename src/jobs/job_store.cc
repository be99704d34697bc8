#include "jobs/jobs.h"

namespace hotline::jobs {

namespace {

constexpr std::string_view kSchedule = R"sql(
  INSERT INTO job (kind, subject, due) VALUES ($1, $2, $3)
  ON CONFLICT (kind, subject) DO UPDATE
     SET due = excluded.due, attempts = 0, given_up = 0, sentence = '', holder = '')sql";

constexpr std::string_view kHasten = R"sql(
  INSERT INTO job (kind, subject, due) VALUES ($1, $2, $3)
  ON CONFLICT (kind, subject) DO UPDATE
     SET due = CASE WHEN job.given_up = 0 AND job.due < excluded.due THEN job.due ELSE excluded.due END,
         given_up = 0,
         holder = CASE WHEN job.given_up = 0 AND job.due < excluded.due THEN job.holder ELSE '' END)sql";

// The due condition stands twice on purpose: in PostgreSQL a second worker waits for the row and
// then rechecks the outer condition only. Without it both workers take the same job.
constexpr std::string_view kTakeDue = R"sql(
  UPDATE job SET due = $2, holder = $4
   WHERE due <= $1 AND given_up = 0
     AND (kind, subject) IN (SELECT kind, subject FROM job
                              WHERE due <= $1 AND given_up = 0 ORDER BY due LIMIT $3)
  RETURNING kind, subject, attempts)sql";

constexpr std::string_view kReclaim =
    "UPDATE job SET due = $2, holder = '' WHERE holder = $1 AND due > $2";

// "due = $3" is the end of the lease: whoever scheduled the job anew has changed it.
constexpr std::string_view kFinish =
    "DELETE FROM job WHERE kind = $1 AND subject = $2 AND due = $3";
constexpr std::string_view kAgain = R"sql(
  UPDATE job SET due = $4, attempts = 0, sentence = '', holder = ''
   WHERE kind = $1 AND subject = $2 AND due = $3)sql";
constexpr std::string_view kFail = R"sql(
  UPDATE job SET due = $4, attempts = attempts + 1, sentence = $5, given_up = $6, holder = ''
   WHERE kind = $1 AND subject = $2 AND due = $3)sql";

constexpr std::string_view kGivenUp =
    "SELECT kind, subject, sentence, attempts FROM job WHERE given_up = 1 ORDER BY kind, subject";
constexpr std::string_view kNextDue = "SELECT min(due) FROM job WHERE given_up = 0";
constexpr std::string_view kWaiting = "SELECT count(*) FROM job WHERE given_up = 0 AND due < $1";

}  // namespace

Done JobStore::schedule(std::string_view kind, std::string_view subject, Instant due) {
  TRY_DONE(tx_.run(kSchedule, {std::string(kind), std::string(subject), us(due)}));
  return {};
}

Done JobStore::hasten(std::string_view kind, std::string_view subject, Instant due) {
  TRY_DONE(tx_.run(kHasten, {std::string(kind), std::string(subject), us(due)}));
  return {};
}

Result<std::vector<DueJob>> JobStore::take_due(std::string_view holder, Instant now,
                                               microseconds lease, int limit) {
  CHECK(lease.count() > 0 && limit > 0);
  const Instant until = now + lease;
  TRY(rows, tx_.run(kTakeDue, {us(now), us(until), std::int64_t{limit}, std::string(holder)}));
  std::vector<DueJob> due;
  for (const auto& row : rows)
    due.push_back({row.text(0), row.text(1), static_cast<int>(row.integer(2)), until});
  return due;
}

Result<std::int64_t> JobStore::reclaim(std::string_view holder, Instant now) {
  return tx_.change(kReclaim, {std::string(holder), us(now)});
}

Done JobStore::finish(const DueJob& job) {
  TRY_DONE(tx_.run(kFinish, {job.kind, job.subject, us(job.lease_until)}));
  return {};
}

Done JobStore::again(const DueJob& job, Instant due) {
  TRY_DONE(tx_.run(kAgain, {job.kind, job.subject, us(job.lease_until), us(due)}));
  return {};
}

Done JobStore::fail_until(const DueJob& job, Instant due, const Error& error) {
  TRY_DONE(tx_.run(kFail, {job.kind, job.subject, us(job.lease_until), us(due), error.sentence,
                           std::int64_t{0}}));
  return {};
}

Done JobStore::give_up(const DueJob& job, const Error& error) {
  TRY_DONE(tx_.run(kFail, {job.kind, job.subject, us(job.lease_until), us(job.lease_until),
                           error.sentence, std::int64_t{1}}));
  return {};
}

Result<std::vector<JobStore::Trouble>> JobStore::given_up() {
  TRY(rows, tx_.run(kGivenUp));
  std::vector<Trouble> troubles;
  for (const auto& row : rows)
    troubles.push_back({row.text(0), row.text(1), row.text(2), static_cast<int>(row.integer(3))});
  return troubles;
}

Result<std::optional<Instant>> JobStore::next_due() {
  TRY(rows, tx_.run(kNextDue));
  if (rows.empty() || rows[0].is_null(0)) return std::optional<Instant>();
  return std::optional<Instant>(instant(rows[0].integer(0)));
}

Result<std::int64_t> JobStore::waiting(Instant due_before) {
  TRY(rows, tx_.run(kWaiting, {us(due_before)}));
  return rows[0].integer(0);
}

}  // namespace hotline::jobs
