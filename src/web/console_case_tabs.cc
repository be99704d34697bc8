// The tabs of a case beside the grading screen: addresses, hosting, actions, timeline.
#include "base/json.h"
#include "base/text.h"
#include "web/console_case.h"

namespace hotline::web {

namespace {

using takedown::NoticeState;

std::string notice_words(NoticeState state) {
  switch (state) {
    case NoticeState::held: return "Held: waits for the police";
    case NoticeState::ready: return "Ready: waits in the outbox";
    case NoticeState::sent: return "Sent";
    case NoticeState::reminded: return "Reminded";
    case NoticeState::escalated: return "Escalated to the network above";
    case NoticeState::removed: return "Removed";
    case NoticeState::moved: return "Moved: another notice follows it";
    case NoticeState::withdrawn: return "Withdrawn";
  }
  return "";
}

std::string words_of(std::string_view stored) {
  return replace_all(std::string(stored), "_", " ");
}

void fill_letters(Page& row, const NoticeOnPage& shown) {
  for (const auto& letter : shown.letters) {
    // Written as it leaves: until then it has no recipient of its own.
    const bool upstream = letter.kind == takedown::LetterKind::escalation;
    const std::string& planned = upstream ? shown.notice.hosting.upstream : shown.notice.contact;
    row.add("LETTER")
        .set("KIND", words_of(name(letter.kind)))
        .set("LETTER_STATE", words_of(name(letter.state)))
        .set("RECIPIENT", letter.recipient.empty() ? planned : letter.recipient)
        .set("AT", shown_time(letter.sent_at.value_or(letter.due)));
  }
  for (const auto& answer : shown.answers)
    row.add("ANSWER")
        .set("SAID", words_of(name(answer.answer)))
        .set("WORDS", defang(answer.words))
        .set("FORWARD", defang(answer.forward))
        .set("AT", shown_time(answer.at));
}

std::string confidence_words(const tracing::CountryFinding& country) {
  switch (country.confidence) {
    case tracing::Confidence::none: return "nobody knows";
    case tracing::Confidence::low: return "low: not enough agree, or they contradict each other";
    case tracing::Confidence::medium:
      return "medium: the network's registry or the files, and one more";
    case tracing::Confidence::high:
      return "high: registry, files and a third independent method agree";
  }
  return "";
}

void fill_votes(Page& row, const tracing::CountryFinding& country) {
  row.set("COUNTRY", country.country.empty() ? "not known" : country.country)
      .set("CONFIDENCE", confidence_words(country))
      .show("NO_VOTES", country.votes.empty());
  for (const auto& vote : country.votes)
    row.add("VOTE")
        .set("METHOD", words_of(vote.method))
        .set("SAYS", vote.country)
        .set("SOURCE", defang(vote.source))
        .set("AGREES", vote.country == country.country ? "agrees" : "disagrees")
        .show("AGAINST", vote.country != country.country);
}

/// The system's number, and what the imported table has it in.
std::string system_words(const tracing::HostingTrace& hosting) {
  std::string words = hosting.asn == 0 ? "system not known" : "AS" + std::to_string(hosting.asn);
  if (!hosting.organisation.empty()) words += " " + hosting.organisation;
  if (!hosting.announced.prefix.empty()) words += ", announces " + hosting.announced.prefix;
  return words;
}

std::string name_holder_words(const tracing::NameHolder& holder) {
  std::string words = holder.registrar.empty() ? "registrar not known" : holder.registrar;
  if (!holder.registrar_abuse.empty()) words += ", abuse to " + holder.registrar_abuse;
  if (!holder.registry.empty()) words += "; registry " + defang(holder.registry);
  if (!holder.created.empty()) words += "; registered " + holder.created.substr(0, 10);
  return words;
}

void fill_proxy(Page& row, const tracing::HostingTrace& hosting) {
  const bool told = !hosting.origin.ip.empty();
  row.set("CDN", hosting.cdn)
      .set("CDN_SEEN_BY", hosting.cdn_seen_by.empty() ? "not noted" : hosting.cdn_seen_by)
      .set("ORIGIN", defang(hosting.origin.ip))
      .set("ORIGIN_SOURCE", defang(hosting.origin.source))
      .set("ORIGIN_PROOF", hosting.origin.is_signed ? "signed by the operator"
                                                    : "by its reporting interface, not signed")
      .show("HAS_CDN", !hosting.cdn.empty())
      .show("HAS_ORIGIN", told)
      .show("EDGE_ONLY", !hosting.cdn.empty() && !told);
}

/// "CN = gallery.example" and its names, as the look saw them.
std::string certificate_words(const std::string& certificate) {
  const auto parsed = parse_json(certificate);
  if (!parsed) return "";
  const auto at = [&](std::string_view key) { return text_at(*parsed, key).value_or(""); };
  return clip_utf8(at("subject") + ", issued by " + at("issuer") + ", until " + at("until") +
                       (at("names").empty() ? "" : "; names " + at("names")),
                   1000);
}

}  // namespace

void fill_addresses(Page& page, const CaseFile& file, Instant now) {
  page.set("ADDRESS", clip_utf8(defang(file.address.canonical.empty() ? file.address.verbatim
                                                                      : file.address.canonical),
                                2000))
      .set("VERBATIM", clip_utf8(defang(file.address.verbatim), 2000))
      .show("NOT_FETCHED", file.address.canonical.empty())
      .show("NO_SIGHTING", file.sightings.empty());
  for (const auto& report : file.reports) {
    Page& row = page.add("REPORT");
    if (const auto access = file.access.find(report.id); access != file.access.end())
      fill_access(row, access->second);
    row.set("CASE", file.casefile.id.str())
        .set("REPORT_ID", report.id.str())
        .set("WHEN", shown_time(report.received_at))
        .set("DOOR", report.door)
        .set("LANGUAGE", report.language)
        .set("ACCESS", defang(report.access))
        .set("REMARKS", defang(report.remarks))
        .show("HAS_ACCESS", !report.access.empty())
        .show("HAS_REMARKS", !report.remarks.empty())
        .show("DUPLICATE", report.duplicate);
  }
  for (auto sighting = file.sightings.rbegin(); sighting != file.sightings.rend(); ++sighting)
    page.add("SIGHTING")
        .set("WHEN", shown_ago(sighting->at, now))
        .set("OUTCOME", std::string(name(sighting->outcome)))
        .set("STATUS", sighting->http_status == 0 ? "-" : std::to_string(sighting->http_status))
        .set("IP", defang(sighting->ip))
        .set("FINAL", clip_utf8(defang(sighting->final_url), 500))
        .set("FAILURE", sighting->failure);
}

void fill_hosting(Page& page, const CaseFile& file, Instant now) {
  page.show("NONE", file.episodes.empty());
  for (auto traced = file.episodes.rbegin(); traced != file.episodes.rend(); ++traced) {
    const auto& hosting = traced->episode.hosting;
    Page& row = page.add("EPISODE");
    row.set("HOST", defang(hosting.host))
        .set("FROM", shown_time(traced->episode.from))
        .set("TO", traced->episode.to ? shown_time(*traced->episode.to) : "now")
        .set("CONFIRMED", shown_ago(traced->episode.confirmed, now))
        .set("IPS", defang(join(hosting.ips, ", ")))
        .set("NETWORK", hosting.network_name.empty() ? hosting.network : hosting.network_name)
        .set("SYSTEM", system_words(hosting))
        .set("NAME_HOLDER", name_holder_words(hosting.name_holder))
        .set("NAME_SERVERS", defang(join(hosting.name_servers, ", ")))
        .set("MAIL_SERVERS", defang(join(hosting.mail_exchanges, ", ")))
        .set("ALIAS", defang(hosting.canonical_name))
        .set("CERTIFICATE", defang(certificate_words(hosting.certificate)))
        .set("CONTACT", hosting.contact.empty() ? "none found" : hosting.contact)
        .set("UPSTREAM", hosting.upstream_contact.empty() ? "none found" : hosting.upstream_contact)
        .show("IS_NOW", !traced->episode.to.has_value())
        .show("HAS_NAME_HOLDER", !hosting.name_holder.name.empty())
        .show("HAS_NAME_SERVERS", !hosting.name_servers.empty())
        .show("HAS_MAIL_SERVERS", !hosting.mail_exchanges.empty())
        .show("HAS_ALIAS", !hosting.canonical_name.empty())
        .show("HAS_CERTIFICATE", !hosting.certificate.empty())
        .show("HAS_DIFFERENCES", !hosting.differences.empty());
    fill_votes(row, hosting.country);
    fill_proxy(row, hosting);
    for (const auto& sentence : hosting.differences)
      row.add("DIFFERENCE").set("SENTENCE", defang(sentence));
    for (const auto& answer : traced->answers)
      row.add("RAW")
          .set("METHOD", words_of(answer.method))
          .set("QUESTION", defang(answer.question))
          .set("SOURCE", defang(answer.source))
          .set("AT", shown_time(answer.at))
          .set("TEXT", clip_utf8(defang(answer.answer), 8000));
  }
  page.show("HAS_LINKS", !file.site_links.empty());
  for (const auto& link : file.site_links)
    page.add("LINK")
        .set("CASE", link.earlier.str())
        .set("LINK_HOST", defang(link.earlier_host))
        .set("MARKS", join(link.marks, ", "))
        .set("SURE", link.sure ? "the same site" : "perhaps the same site: look first")
        .set("WHEN", shown_ago(link.at, now));
}

void fill_actions(Page& page, const CaseFile& file, const accounts::Person& person, Instant now) {
  const bool may_cancel = accounts::allowed(person.role, accounts::Action::cancel_notice);
  page.show("NONE", file.notices.empty());
  for (auto shown = file.notices.rbegin(); shown != file.notices.rend(); ++shown) {
    const auto& notice = shown->notice;
    const bool waits = notice.state == NoticeState::ready && notice.leaves_at.has_value();
    Page& row = page.add("NOTICE");
    row.set("CASE", file.casefile.id.str())
        .set("NOTICE_ID", notice.id.str())
        .set("NOTICE_REFERENCE", takedown::reference(notice.id))
        .set("STATE_WORDS", notice_words(notice.state))
        .set("CONTACT",
             notice.contact.empty() ? "nobody yet: a person must say whom" : notice.contact)
        .set("COUNTRY", notice.hosting.country.empty() ? "not known" : notice.hosting.country)
        .set("NETWORK", notice.hosting.network)
        .set("TROUBLE", notice.trouble)
        .set("HOLD_REASON", notice.hold_reason)
        .set("OPENED", shown_time(notice.opened_at))
        .set("ENDED", notice.closed_at ? shown_time(*notice.closed_at) : "")
        .set("ENDING", notice.ending ? words_of(name(*notice.ending)) : "")
        .set("LEAVES", waits ? shown_ago(*notice.leaves_at, now) : "")
        .set("LEAVES_AT", waits ? rfc3339(*notice.leaves_at) : "")
        .set("DEADLINE", notice.deadline ? shown_ago(*notice.deadline, now) : "")
        .show("HAS_DEADLINE", notice.deadline.has_value() && takedown::is_open(notice.state))
        .show("HAS_TROUBLE", !notice.trouble.empty())
        .show("HAS_HOLD", notice.state == NoticeState::held)
        .show("HAS_ENDED", notice.closed_at.has_value())
        .show("WAITS", waits)
        .show("CAN_CANCEL", may_cancel && waits);
    fill_letters(row, *shown);
  }
}

void fill_timeline(Page& page, const CaseFile& file, const accounts::Person& person) {
  for (std::size_t i = file.facts.size(); i-- > 0;) {
    const auto& fact = file.facts[i];
    if (file.desk && !may_see_fact(fact, file.desk->entry, person.id)) continue;
    // A page of three hundred previews is one line: each view stands in the facts all the same.
    std::size_t alike = 1;
    while (fact.kind == "evidence_opened" && i > 0 && file.facts[i - 1].kind == fact.kind &&
           file.facts[i - 1].actor == fact.actor) {
      ++alike;
      --i;
    }
    page.add("FACT")
        .set("WHEN", shown_time(fact.at))
        .set("WHO", actor_words(file.names, fact.actor))
        .set("WHAT",
             alike == 1 ? fact_words(fact) : "Opened " + std::to_string(alike) + " previews");
  }
}

}  // namespace hotline::web
