// Tracing a case's address, and turning what was found into what takedown needs.
#include "workflow/trace.h"

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
  std::string server;  ///< Headers of the last look, where CDNs show themselves.
};

/// The server line of the last sighting's record; empty if there is none.
Result<std::string> last_server(const Parts& parts, db::Transaction& tx,
                                const casework::CaseId& id) {
  TRY(sighting, casework::CaseworkStore(tx).last_seen(id));
  if (!sighting || sighting->record.empty()) return std::string();
  TRY(record_id, casework::EvidenceId::parse(sighting->record));
  TRY(record, parts.evidence.read(tx, record_id));
  TRY(value, parse_json(record));
  return text_at(value, "server").value_or("");
}

Result<Traced> read_traced(const Parts& parts, const casework::CaseId& id,
                           const casework::AddressId& address) {
  return parts.database.read([&](db::Transaction& tx) -> Result<Traced> {
    casework::CaseworkStore store(tx);
    TRY(casefile, store.casefile(id));
    TRY(found, store.address(address));
    // The last look's headers are those of the page's host only.
    std::string server;
    if (address == casefile.address) {
      TRY(line, last_server(parts, tx, id));
      server = line;
    }
    return Traced{casefile, found, server};
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
  TRY(trace, parts.tracer.trace(traced.address.host, traced.server, now));
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

/// One trace a host: what lies beside it lives where it lives.
Result<Again> trace_case(const Parts& parts, const std::string& text) {
  TRY(id, casework::CaseId::parse(text));
  TRY(casefile, parts.database.read(
                    [&](db::Transaction& tx) { return casework::CaseworkStore(tx).casefile(id); }));
  TRY_DONE(trace_now(parts, id, casefile.address));
  TRY(media, parts.database.transact([&](db::Transaction& tx) {
    return foreign_media(tx, casefile, parts.clock.now());
  }));
  std::set<std::string> traced;
  for (const auto& medium : media)
    if (traced.size() < kForeignHostsMax && traced.insert(medium.address.host).second)
      TRY_DONE(trace_now(parts, id, medium.address.id));
  return Again();
}

}  // namespace hotline::workflow
