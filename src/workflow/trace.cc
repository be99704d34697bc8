// Tracing a case's address, and turning what was found into what takedown needs.
#include "workflow/trace.h"

#include <chrono>
#include <set>

#include "base/json.h"
#include "casework/casework_store.h"
#include "url/url.h"
#include "workflow/jobs_table.h"

namespace hotline::workflow {

namespace {

// A page that embeds from more hosts than this is a search engine's.
constexpr std::size_t kForeignHostsMax = 20;

struct Traced {
  casework::Case casefile;
  casework::Address address;
  tracing::SeenServer seen;  ///< By the last look, where proxies show themselves.
};

/// What the last sighting's record says of its server; empty if there is none.
Result<tracing::SeenServer> last_server(const Parts& parts, db::Transaction& tx,
                                        const casework::CaseId& id) {
  tracing::SeenServer seen;
  TRY(sighting, casework::CaseworkStore(tx).last_seen(id));
  if (!sighting || sighting->record.empty()) return seen;
  TRY(record_id, casework::EvidenceId::parse(sighting->record));
  TRY(record, parts.evidence.read(tx, record_id));
  TRY(value, parse_json(record));
  seen.headers = text_at(value, "server").value_or("");
  seen.certificate = text_at(value, "certificate").value_or("");
  if (const auto* marks = member(value, "fingerprints"))
    seen.favicon = text_at(*marks, "favicon").value_or("");
  return seen;
}

Result<Traced> read_traced(const Parts& parts, const casework::CaseId& id,
                           const casework::AddressId& address) {
  return parts.database.read([&](db::Transaction& tx) -> Result<Traced> {
    casework::CaseworkStore store(tx);
    TRY(casefile, store.casefile(id));
    TRY(found, store.address(address));
    // What the last look saw is of the page's host only.
    tracing::SeenServer seen;
    if (address == casefile.address) {
      TRY(server, last_server(parts, tx, id));
      seen = std::move(server);
    }
    return Traced{casefile, found, std::move(seen)};
  });
}

}  // namespace

takedown::Hosting hosting_of(const tracing::HostingEpisode& episode) {
  const tracing::HostingTrace& trace = episode.hosting;
  return {episode.id.str(),
          trace.ips.empty() ? "" : trace.ips.front(),
          trace.asn,
          trace.network_name.empty() ? trace.network : trace.network_name,
          trace.country.country,
          trace.cdn,
          trace.contact,
          trace.upstream_contact};
}

Result<tracing::Recorded> trace_now(const Parts& parts, const casework::CaseId& id,
                                    const casework::AddressId& address) {
  TRY(traced, read_traced(parts, id, address));
  if (traced.address.host.empty()) return tracing::Recorded{};
  const Instant now = parts.clock.now();
  TRY(trace, parts.tracer.trace(traced.address.host, traced.seen, now));
  return parts.database.transact([&](db::Transaction& tx) {
    casework::Case at = traced.casefile;
    at.address = address;
    return tracing::EpisodeStore(tx).record(at, trace, now);
  });
}

Result<std::vector<ForeignMedium>> foreign_media(db::Transaction& tx,
                                                 const casework::Case& casefile, Instant now) {
  casework::CaseworkStore store(tx);
  std::vector<ForeignMedium> found;
  TRY(page, store.address(casefile.address));
  TRY(sighting, store.last_seen(casefile.id));
  if (!sighting) return found;
  TRY(seen, store.items_of_sighting(sighting->id));
  for (const auto& one : seen) {
    const auto place = url::parse(one.media_url);
    if (!place || place->host == page.host) continue;
    TRY(address, store.find_or_add_address(casefile.tenant, one.media_url, place->canonical(),
                                           place->host, now));
    found.push_back({std::move(address), one.item});
  }
  return found;
}

namespace {

/// Whether a run of this job has traced the address a moment ago.
Result<bool> just_traced(const Parts& parts, const casework::AddressId& address) {
  constexpr auto kMoment = std::chrono::minutes(10);
  return parts.database.read([&](db::Transaction& tx) -> Result<bool> {
    TRY(episode, tracing::EpisodeStore(tx).current(address));
    return episode && parts.clock.now() - episode->confirmed < kMoment;
  });
}

}  // namespace

/// One trace a host: what lies beside it lives where it lives. Slow registries must not outlast the
/// job's lease: the rest is traced in another run.
Result<Again> trace_case(const Parts& parts, const std::string& text) {
  TRY(id, casework::CaseId::parse(text));
  TRY(casefile, parts.database.read(
                    [&](db::Transaction& tx) { return casework::CaseworkStore(tx).casefile(id); }));
  constexpr auto kRunTime = std::chrono::seconds(50);
  const auto began = std::chrono::steady_clock::now();
  TRY_DONE(trace_now(parts, id, casefile.address));
  TRY(media, parts.database.transact([&](db::Transaction& tx) {
    return foreign_media(tx, casefile, parts.clock.now());
  }));
  std::set<std::string> traced;
  int fresh = 0;
  for (const auto& medium : media) {
    if (traced.size() >= kForeignHostsMax || !traced.insert(medium.address.host).second) continue;
    TRY(already, just_traced(parts, medium.address.id));
    if (already) continue;
    if (fresh++ > 0 && std::chrono::steady_clock::now() - began > kRunTime)
      return parts.clock.now();
    TRY_DONE(trace_now(parts, id, medium.address.id));
  }
  return Again();
}

}  // namespace hotline::workflow
