// Tracing a case's address, and turning what was found into what takedown needs.
#include "workflow/trace.h"

#include "base/json.h"
#include "casework/casework_store.h"
#include "workflow/jobs_table.h"

namespace hotline::workflow {

namespace {

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

Result<Traced> read_traced(const Parts& parts, const casework::CaseId& id) {
  return parts.database.read([&](db::Transaction& tx) -> Result<Traced> {
    casework::CaseworkStore store(tx);
    TRY(casefile, store.casefile(id));
    TRY(address, store.address(casefile.address));
    TRY(server, last_server(parts, tx, id));
    return Traced{casefile, address, server};
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

Result<tracing::Recorded> trace_now(const Parts& parts, const casework::CaseId& id) {
  TRY(traced, read_traced(parts, id));
  if (traced.address.host.empty()) return tracing::Recorded{};
  const Instant now = parts.clock.now();
  TRY(trace, parts.tracer.trace(traced.address.host, traced.server, now));
  return parts.database.transact([&](db::Transaction& tx) {
    return tracing::EpisodeStore(tx).record(traced.casefile, trace, now);
  });
}

Result<Again> trace_case(const Parts& parts, const std::string& casefile) {
  TRY(id, casework::CaseId::parse(casefile));
  TRY_DONE(trace_now(parts, id));
  return Again();
}

}  // namespace hotline::workflow
