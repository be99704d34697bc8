// Where a case's address lives now, for the jobs that need to know.
#pragma once

#include <vector>

#include "takedown/notice.h"
#include "tracing/episode_store.h"
#include "workflow/parts.h"

namespace hotline::workflow {

/// Traces and records. Empty for an address without a host. Error `unavailable` if the DNS did
/// not answer.
[[nodiscard]] Result<tracing::Recorded> trace_now(const Parts& parts, const casework::CaseId& id,
                                                  const casework::AddressId& address);

/// Pictures of the case's last sighting that people confirmed (or may yet) and that lie at another
/// host than the page, each with its own address record; made if new.
struct ForeignMedium {
  casework::Address address;
  casework::ItemId item;
};
[[nodiscard]] Result<std::vector<ForeignMedium>> foreign_media(db::Transaction& tx,
                                                               const casework::Case& casefile,
                                                               Instant now);

/// What a notice keeps of an episode.
[[nodiscard]] takedown::Hosting hosting_of(const tracing::HostingEpisode& episode);

}  // namespace hotline::workflow
