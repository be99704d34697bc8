#include "tracing/episode_store.h"

#include <set>

#include "base/json.h"
#include "base/text.h"
#include "facts/facts.h"

namespace hotline::tracing {

namespace {

constexpr std::string_view kColumns = R"sql(
  SELECT id, tenant, casefile, address, host, ips, networks, network, network_name, parent, contact,
         upstream_contact, asn, organisation, cdn, country, confidence, votes, contact_set_by,
         contact_reason, began, confirmed, ended, details
    FROM hosting_episode )sql";
constexpr std::string_view kInsert = R"sql(
  INSERT INTO hosting_episode (id, tenant, casefile, address, host, ips, networks, network,
    network_name, parent, contact, upstream_contact, asn, organisation, cdn, country, confidence,
    votes, began, confirmed, details)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
    $21))sql";
constexpr std::string_view kInsertAnswer = R"sql(
  INSERT INTO trace_answer (episode, number, trace, method, question, answer, source, at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (episode, trace, number) DO UPDATE SET method = excluded.method,
    question = excluded.question, answer = excluded.answer, source = excluded.source, at = excluded.at)sql";
constexpr std::string_view kClearConfirming =
    "DELETE FROM trace_answer WHERE episode = $1 AND trace = 'confirming'";
constexpr std::string_view kAnswers = R"sql(
  SELECT method, question, answer, source, at FROM trace_answer WHERE episode = $1
   ORDER BY at, trace, number)sql";
constexpr std::string_view kConfirm = "UPDATE hosting_episode SET confirmed = $2 WHERE id = $1";
constexpr std::string_view kEnd = "UPDATE hosting_episode SET ended = $2 WHERE id = $1";
constexpr std::string_view kOverride = R"sql(
  UPDATE hosting_episode SET contact = $2, contact_set_by = $3, contact_reason = $4, contact_set_at = $5
   WHERE id = $1)sql";

std::string list_text(const std::vector<std::string>& values) {
  json::array list;
  for (const auto& value : values) list.emplace_back(value);
  return json::serialize(list);
}

Result<std::vector<std::string>> list_of(std::string_view text) {
  TRY(parsed, parse_json(text));
  if (!parsed.is_array()) return fail(ErrorKind::corrupt, "A stored list is no list.");
  std::vector<std::string> values;
  for (const auto& value : parsed.get_array())
    if (value.is_string()) values.emplace_back(value.get_string());
  return values;
}

std::string votes_text(const std::vector<CountryVote>& votes) {
  json::array list;
  for (const auto& vote : votes)
    list.emplace_back(
        json::object{{"method", vote.method}, {"country", vote.country}, {"source", vote.source}});
  return json::serialize(list);
}

Result<CountryFinding> finding_of(const std::string& country, std::string_view confidence,
                                  std::string_view votes) {
  CountryFinding finding;
  finding.country = country;
  TRY(degree, parse_confidence(confidence));
  finding.confidence = degree;
  TRY(parsed, parse_json(votes));
  if (!parsed.is_array()) return fail(ErrorKind::corrupt, "An episode's votes are no list.");
  for (const auto& vote : parsed.get_array())
    finding.votes.push_back({text_at(vote, "method").value_or(""),
                             text_at(vote, "country").value_or(""),
                             text_at(vote, "source").value_or("")});
  std::set<std::string_view> agreeing;
  for (const auto& vote : finding.votes)
    if (vote.country == country) agreeing.insert(vote.method);
  finding.agreeing = static_cast<int>(agreeing.size());
  return finding;
}

Result<HostingEpisode> episode_of(const db::Row& row) {
  HostingEpisode episode;
  TRY(id, EpisodeId::parse(row.text(0)));
  TRY(tenant, casework::TenantId::parse(row.text(1)));
  TRY(casefile, casework::CaseId::parse(row.text(2)));
  TRY(address, casework::AddressId::parse(row.text(3)));
  TRY(ips, list_of(row.text(5)));
  TRY(networks, list_of(row.text(6)));
  TRY(country, finding_of(row.text(15), row.text(16), row.text(17)));
  episode.id = id;
  episode.tenant = tenant;
  episode.casefile = casefile;
  episode.address = address;
  episode.hosting = {row.text(4),
                     std::move(ips),
                     std::move(networks),
                     row.text(7),
                     row.text(8),
                     row.text(9),
                     row.text(10),
                     row.text(11),
                     row.integer(12),
                     row.text(13),
                     row.text(14),
                     std::move(country),
                     {}};
  TRY_DONE(read_details(row.text(23), episode.hosting));
  episode.contact_set_by = row.text(18);
  episode.contact_reason = row.text(19);
  episode.from = instant(row.integer(20));
  episode.confirmed = instant(row.integer(21));
  if (const auto ended = row.maybe_integer(22)) episode.to = instant(*ended);
  return episode;
}

/// The name of an IP's or a CDN's owner never goes in here: ids, countries and counts only.
facts::Fact traced_fact(const HostingEpisode& episode, Instant now) {
  json::object details{{"episode", episode.id.str()},
                       {"country", episode.hosting.country.country},
                       {"asn", episode.hosting.asn},
                       {"cdn", episode.hosting.cdn},
                       {"confidence", std::string(name(episode.hosting.country.confidence))},
                       {"methods", episode.hosting.country.votes.size()},
                       {"agreeing", episode.hosting.country.agreeing}};
  return {episode.tenant.str(),  "url_traced",       "system", episode.casefile.str(),
          episode.address.str(), std::move(details), now};
}

Done keep_answers(db::Transaction& tx, const EpisodeId& id, std::string_view trace,
                  const std::vector<RawAnswer>& answers) {
  std::int64_t number = 0;
  for (const auto& answer : answers)
    TRY_DONE(tx.run(kInsertAnswer, {id.str(), number++, std::string(trace), answer.method,
                                    answer.question, answer.answer, answer.source, us(answer.at)}));
  return {};
}

}  // namespace

Result<std::vector<HostingEpisode>> EpisodeStore::select(std::string_view where,
                                                         const db::Values& values) {
  TRY(rows, tx_.run(std::string(kColumns) + std::string(where), values));
  std::vector<HostingEpisode> episodes;
  for (const auto& row : rows) {
    TRY(episode, episode_of(row));
    episodes.push_back(std::move(episode));
  }
  return episodes;
}

Result<HostingEpisode> EpisodeStore::episode(const EpisodeId& id) {
  TRY(found, select("WHERE id = $1", {id.str()}));
  if (found.empty()) return fail(ErrorKind::not_found, "There is no such hosting episode.");
  return std::move(found.front());
}

Result<std::optional<HostingEpisode>> EpisodeStore::current(const casework::AddressId& address) {
  TRY(found, select("WHERE address = $1 AND ended IS NULL", {address.str()}));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

Result<std::vector<HostingEpisode>> EpisodeStore::episodes(const casework::AddressId& address) {
  return select("WHERE address = $1 ORDER BY began, id", {address.str()});
}

Result<std::vector<HostingEpisode>> EpisodeStore::episodes_of_case(
    const casework::CaseId& casefile) {
  return select("WHERE casefile = $1 ORDER BY began, id", {casefile.str()});
}

Result<std::vector<RawAnswer>> EpisodeStore::answers(const EpisodeId& id) {
  TRY(rows, tx_.run(kAnswers, {id.str()}));
  std::vector<RawAnswer> answers;
  for (const auto& row : rows)
    answers.push_back(
        {row.text(0), row.text(1), row.text(2), row.text(3), instant(row.integer(4))});
  return answers;
}

Result<Recorded> EpisodeStore::record(const casework::Case& casefile, const HostingTrace& trace,
                                      Instant now) {
  Recorded recorded;
  TRY(last, current(casefile.address));
  if (trace.ips.empty()) {
    recorded.episode = std::move(last);
    if (recorded.episode)
      TRY_DONE(keep_answers(tx_, recorded.episode->id, "no_address", trace.answers));
    return recorded;
  }
  if (last && same_hosting(last->hosting, trace)) {
    TRY_DONE(tx_.run(kConfirm, {last->id.str(), us(now)}));
    TRY_DONE(tx_.run(kClearConfirming, {last->id.str()}));
    TRY_DONE(keep_answers(tx_, last->id, "confirming", trace.answers));
    last->confirmed = now;
    recorded.episode = std::move(last);
    return recorded;
  }
  if (last) {
    TRY_DONE(tx_.run(kEnd, {last->id.str(), us(now)}));
    last->to = now;
    recorded.previous = std::move(last);
  }
  HostingEpisode fresh;
  fresh.id = EpisodeId::make(now);
  fresh.tenant = casefile.tenant;
  fresh.casefile = casefile.id;
  fresh.address = casefile.address;
  fresh.hosting = trace;
  fresh.hosting.answers.clear();
  fresh.from = fresh.confirmed = now;
  TRY_DONE(tx_.run(kInsert, {fresh.id.str(),
                             fresh.tenant.str(),
                             fresh.casefile.str(),
                             fresh.address.str(),
                             trace.host,
                             list_text(trace.ips),
                             list_text(trace.networks),
                             trace.network,
                             trace.network_name,
                             trace.parent,
                             trace.contact,
                             trace.upstream_contact,
                             trace.asn,
                             trace.organisation,
                             trace.cdn,
                             trace.country.country,
                             std::string(name(trace.country.confidence)),
                             votes_text(trace.country.votes),
                             us(now),
                             us(now),
                             details_text(trace)}));
  TRY_DONE(keep_answers(tx_, fresh.id, "first", trace.answers));
  TRY_DONE(facts::FactStore(tx_).append(traced_fact(fresh, now)));
  recorded.episode = std::move(fresh);
  recorded.began = true;
  return recorded;
}

Done EpisodeStore::override_contact(const EpisodeId& id, std::string_view email,
                                    const casework::PersonId& person, std::string_view reason,
                                    Instant now) {
  TRY(strict, net::strict_email(email));
  if (trim(reason).empty()) return fail(ErrorKind::invalid, "Say why the contact is changed.");
  TRY(episode, this->episode(id));
  TRY_DONE(tx_.run(kOverride,
                   {id.str(), strict, person.str(), clip_utf8(clean_utf8(reason), 2000), us(now)}));
  return facts::FactStore(tx_).append({episode.tenant.str(), "contact_changed", person.str(),
                                       episode.casefile.str(), episode.address.str(),
                                       json::object{{"episode", id.str()}}, now});
}

}  // namespace hotline::tracing
