// The worker: takes reports out of the drop, seals facts, follows them, runs jobs.
//
// tick() is the whole of it and has no thread of its own: a scenario calls it with
// a clock that jumps; the program calls it from several threads (jobs) and one
// (everything else). Killed at any moment and started again, it goes on where the
// database says that it was.
#pragma once

#include "workflow/parts.h"

namespace hotline::workflow {

class Worker {
 public:
  explicit Worker(const Parts& parts) : parts_(parts) {}

  /// Once, when the program starts: jobs that a killed worker held are due again, and the jobs
  /// that always run are there.
  Done start();

  /// Files what lies in the drop, seals new facts and follows them. True if there was anything.
  Result<bool> follow_what_happened();

  /// Runs one due job. False if none is due.
  Result<bool> run_one_job();

 private:
  Result<bool> drain();
  Result<bool> follow_facts();
  Parts parts_;
};

}  // namespace hotline::workflow
