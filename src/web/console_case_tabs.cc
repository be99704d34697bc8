// The tabs of a case beside the grading screen: addresses, hosting, actions, timeline.
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

void fill_votes(Page& row, const tracing::CountryFinding& country) {
  std::vector<std::string> votes;
  for (const auto& vote : country.votes)
    votes.push_back(words_of(vote.method) + " says " + vote.country);
  row.set("COUNTRY", country.country.empty() ? "not known" : country.country)
      .set("CONFIDENCE", std::string(name(country.confidence)))
      .set("VOTES", join(votes, "; "));
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
    row.set("FROM", shown_time(traced->episode.from))
        .set("TO", traced->episode.to ? shown_time(*traced->episode.to) : "now")
        .set("CONFIRMED", shown_ago(traced->episode.confirmed, now))
        .set("IPS", defang(join(hosting.ips, ", ")))
        .set("NETWORK", hosting.network_name.empty() ? hosting.network : hosting.network_name)
        .set("ASN", hosting.asn == 0 ? "-" : "AS" + std::to_string(hosting.asn))
        .set("ORGANISATION", hosting.organisation)
        .set("CONTACT", hosting.contact.empty() ? "none found" : hosting.contact)
        .set("UPSTREAM", hosting.upstream_contact.empty() ? "none found" : hosting.upstream_contact)
        .set("CDN", hosting.cdn)
        .show("HAS_CDN", !hosting.cdn.empty());
    fill_votes(row, hosting.country);
    for (const auto& answer : traced->answers)
      row.add("RAW")
          .set("METHOD", words_of(answer.method))
          .set("SOURCE", defang(answer.source))
          .set("AT", shown_time(answer.at))
          .set("TEXT", clip_utf8(defang(answer.answer), 4000));
  }
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
