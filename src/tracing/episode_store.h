// Storing hosting episodes and the raw answers behind them.
//
// Recording a trace appends the fact `url_traced` when it begins an episode; a
// trace that finds nothing new only moves `confirmed`.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "db/db.h"
#include "tracing/tracing.h"

namespace hotline::tracing {

/// What recording a trace came to.
struct Recorded {
  std::optional<HostingEpisode> episode;  ///< The open one now; nothing if the name has no address.
  std::optional<HostingEpisode> previous;  ///< The one that was closed by this trace.
  bool began = false;                      ///< `episode` is new.
  [[nodiscard]] bool moved() const { return began && previous; }
};

class EpisodeStore {
 public:
  explicit EpisodeStore(db::Transaction& tx) : tx_(tx) {}

  /// Keeps the answers and begins, confirms or closes an episode. A name without addresses closes
  /// nothing: it may come back; the liveness verdict decides what that means.
  Result<Recorded> record(const casework::Case& casefile, const HostingTrace& trace, Instant now);

  Result<HostingEpisode> episode(const EpisodeId& id);
  /// The one that lasts; nothing if it was never traced.
  Result<std::optional<HostingEpisode>> current(const casework::AddressId& address);
  /// Oldest first.
  Result<std::vector<HostingEpisode>> episodes(const casework::AddressId& address);
  /// Of all addresses of the case: its page and the pictures that lie elsewhere. Oldest first.
  Result<std::vector<HostingEpisode>> episodes_of_case(const casework::CaseId& casefile);
  /// Oldest first.
  Result<std::vector<RawAnswer>> answers(const EpisodeId& id);

  /// A person knows better whom to write to. `email` must be one strict addr-spec and `reason` not
  /// empty, else `invalid`. The traced contact stays in the raw answers.
  Done override_contact(const EpisodeId& id, std::string_view email,
                        const casework::PersonId& person, std::string_view reason, Instant now);

 private:
  Result<std::vector<HostingEpisode>> select(std::string_view sql, const db::Values& values);
  db::Transaction& tx_;
};

}  // namespace hotline::tracing
