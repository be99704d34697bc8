// Everything the hotline does on its own, in one table.
//
// A job looks at one subject, does one step and says when to look again. No job
// calls another: it writes a fact, and steps.cc says what follows. A job that is
// not in the table does not run.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "facts/facts.h"
#include "jobs/jobs.h"
#include "workflow/parts.h"

namespace hotline::workflow {

/// When to look again; nothing: this subject is done (or has been scheduled anew by the step).
using Again = std::optional<Instant>;

struct Job {
  std::string_view name;  ///< As operators see it; also the kind in the queue.
  Result<Again> (*run)(const Parts& parts, const std::string& subject);
  microseconds longest;  ///< Lease: a run never takes longer.
  int attempts;          ///< So many failures in a row before a person is told.
};

[[nodiscard]] std::span<const Job> job_table();
/// Null if there is none.
[[nodiscard]] const Job* find_job(std::string_view name);

/// Runs one taken job and writes what came of it into the queue: finished, again, tried later
/// (doubling, at most an hour), or given up. Whether it retries follows from the error's kind.
Done run_job(const Parts& parts, const jobs::DueJob& job);

// The steps, one file each where they are long.
Result<Again> capture_case(const Parts& parts, const std::string& casefile);   // capture.cc
Result<Again> unmask_case(const Parts& parts, const std::string& casefile);    // disguise.cc
Result<Again> trace_case(const Parts& parts, const std::string& casefile);     // trace.cc
Result<Again> send_notice(const Parts& parts, const std::string& notice);      // notices.cc
Result<Again> notice_deadline(const Parts& parts, const std::string& notice);  // notices.cc
Result<Again> check_liveness(const Parts& parts, const std::string& notice);   // notices.cc
Result<Again> tell_reporters_now(const Parts& parts, const std::string&);      // reporters.cc
Result<Again> list_hashes(const Parts& parts, const std::string& casefile);    // hash_lists.cc
Result<Again> sign_lists(const Parts& parts, const std::string&);              // hash_lists.cc
Result<Again> hold_ends(const Parts& parts, const std::string& notice);        // notices.cc
Result<Again> read_mailbox(const Parts& parts, const std::string&);            // mailbox.cc
Result<Again> read_replies(const Parts& parts, const std::string&);            // mailbox.cc
Result<Again> expire_lists(const Parts& parts, const std::string& subject);    // jobs_table.cc
Result<Again> tell_member(const Parts& parts, const std::string& message);     // recalls.cc

/// A step: the entry that left its list was wrong, and members are told (recalls.cc).
Done recall_entry(const Parts& parts, db::Transaction& tx, const facts::Fact& fact);

// A step: the same site under another name.
Done link_sites(const Parts& parts, db::Transaction& tx,
                const facts::Fact& fact);  // site_identity.cc

/// A recipe: the address from which reporters say one must come, or empty (disguise.cc).
[[nodiscard]] std::string reported_referrer(const std::vector<casework::Report>& reports);

// Steps that ask for a job of disguise.cc or hash_lists.cc.
Done prove_the_disguise(const Parts& parts, db::Transaction& tx, const facts::Fact& fact);
Done offer_hashes(const Parts& parts, db::Transaction& tx, const facts::Fact& fact);
Done sign_soon(const Parts& parts, db::Transaction& tx, const facts::Fact& fact);

}  // namespace hotline::workflow
