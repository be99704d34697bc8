#include "workflow/worker.h"

#include "base/log.h"
#include "facts/facts.h"
#include "workflow/jobs_table.h"
#include "workflow/reporters.h"
#include "workflow/steps.h"

namespace hotline::workflow {

namespace {
constexpr std::string_view kReader = "workflow";
constexpr int kFactsAtOnce = 200;
constexpr int kDropAtOnce = 100;
}  // namespace

Done Worker::start() {
  const Instant now = parts_.clock.now();
  return parts_.database.transact([&](db::Transaction& tx) -> Done {
    jobs::JobStore store(tx);
    TRY_DONE(store.reclaim(parts_.settings.text("worker.name"), now));
    TRY_DONE(store.hasten("tell_reporters", "all", now));
    TRY_DONE(store.hasten("sign_lists", "all", now));
    TRY_DONE(store.hasten("read_mailbox", "all", now));
    TRY_DONE(store.hasten("read_replies", "all", now));
    return store.hasten("expire_lists", "all", now);
  });
}

Result<bool> Worker::drain() {
  TRY(drained, intake::drain(parts_.database, parts_.drop, parts_.vault, parts_.tenant,
                             parts_.clock.now(), kDropAtOnce));
  if (parts_.portals) {
    TRY(others, parts_.portals->drain(parts_.database, parts_.clock.now(), kDropAtOnce));
    drained.submissions += others.submissions;
    drained.repeated += others.repeated;
    drained.broken += others.broken;
  }
  if (drained.broken > 0) log::trouble("drop_set_aside", {{"submissions", drained.broken}});
  if (drained.submissions == 0) return drained.repeated > 0;
  // The receipt must answer soon: parcels and first mails go out with the next free job.
  TRY_DONE(parts_.database.transact([&](db::Transaction& tx) { return ask_to_tell(parts_, tx); }));
  return true;
}

Result<bool> Worker::follow_facts() {
  TRY(sealed,
      parts_.database.transact([](db::Transaction& tx) { return facts::FactStore(tx).seal(); }));
  TRY(facts, parts_.database.read([](db::Transaction& tx) -> Result<std::vector<facts::Fact>> {
    facts::FactStore store(tx);
    TRY(position, store.cursor(kReader));
    return store.after(position, kFactsAtOnce);
  }));
  for (const facts::Fact& fact : facts) {
    // What follows and the reader's place are one transaction: nothing is followed twice.
    const Done done = parts_.database.transact([&](db::Transaction& tx) -> Done {
      TRY_DONE(follow(parts_, tx, fact));
      return facts::FactStore(tx).move_cursor(kReader, fact.position);
    });
    if (!done) {
      log::trouble("fact_not_followed", done.error(),
                   {{"fact", fact.kind}, {"position", fact.position}});
      return std::unexpected(done.error());
    }
  }
  return sealed > 0 || !facts.empty();
}

Result<bool> Worker::follow_what_happened() {
  TRY(filed, drain());
  TRY(followed, follow_facts());
  return filed || followed;
}

Result<bool> Worker::run_one_job() {
  // Every job of the table ends within its own longest time; the lease covers the longest of all.
  constexpr microseconds kLease = std::chrono::minutes(6);
  TRY(due, parts_.database.transact([&](db::Transaction& tx) {
    return jobs::JobStore(tx).take_due(parts_.settings.text("worker.name"), parts_.clock.now(),
                                       kLease, 1);
  }));
  if (due.empty()) return false;
  TRY_DONE(run_job(parts_, due.front()));
  return true;
}

}  // namespace hotline::workflow
