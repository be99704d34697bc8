// Where a case's address lives now, for the jobs that need to know.
#pragma once

#include "takedown/notice.h"
#include "tracing/episode_store.h"
#include "workflow/parts.h"

namespace hotline::workflow {

/// Traces and records. Empty for an address without a host. Error `unavailable` if the DNS did
/// not answer.
[[nodiscard]] Result<tracing::Recorded> trace_now(const Parts& parts, const casework::CaseId& id);

/// What a notice keeps of an episode.
[[nodiscard]] takedown::Hosting hosting_of(const tracing::HostingEpisode& episode);

}  // namespace hotline::workflow
