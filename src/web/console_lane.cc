// The queue with its filters, the lane of what may be new, and the find box: lists in words.
#include <algorithm>
#include <array>

#include "accounts/preferences.h"
#include "assessment/find.h"
#include "assessment/reach.h"
#include "base/json.h"
#include "base/text.h"
#include "casework/casework_store.h"
#include "url/url.h"
#include "web/console_pages.h"
#include "web/recognised.h"

namespace hotline::web {

namespace {

using accounts::Action;
using assessment::Entry;
using assessment::Found;
using assessment::QueueState;
using http::Request;
using http::Response;

constexpr int kQueueRead = 1000;
constexpr std::size_t kQueueShown = 200;
constexpr std::size_t kLaneShown = 50;
constexpr std::size_t kViewsMax = 20;
constexpr int kPdqBits = 31;

/// For a query: everything but letters and digits as %XX.
std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain)
      safe += c;
    else
      safe += "%" + hex(std::string_view(&c, 1));
  }
  return safe;
}

struct QueueRow {
  Entry entry;
  std::string address;
  std::size_t reports = 0;
};

struct Filter {
  QueueState state = QueueState::waiting;
  std::int64_t look = 0;  ///< 0: any.
  std::string words;
  std::int64_t hours = 0;
  /// As it stands in an address.
  [[nodiscard]] std::string query() const {
    std::string text = "state=" + std::string(name(state));
    if (look > 0) text += "&look=" + std::to_string(look);
    if (hours > 0) text += "&hours=" + std::to_string(hours);
    if (!words.empty()) text += "&words=" + escaped(words);
    return text;
  }
};

Filter filter_of(const http::Fields& query) {
  Filter filter;
  filter.state = assessment::parse_queue_state(query.get("state")).value_or(QueueState::waiting);
  filter.look = std::clamp<std::int64_t>(parse_integer(query.get("look")).value_or(0), 0, 3);
  filter.hours = std::clamp<std::int64_t>(parse_integer(query.get("hours")).value_or(0), 0, 9999);
  filter.words = clip_utf8(clean_utf8(trim(query.get("words"))), 80);
  return filter;
}

Result<std::vector<QueueRow>> queue_rows(db::Transaction& tx, const casework::TenantId& tenant,
                                         const Filter& filter, Instant now) {
  casework::CaseworkStore casework(tx);
  const bool narrow = filter.look > 0 || filter.hours > 0 || !filter.words.empty();
  TRY(entries, assessment::AssessmentStore(tx).entries(
                   tenant, filter.state, narrow ? kQueueRead : static_cast<int>(kQueueShown)));
  const std::string words = lower_ascii(filter.words);
  std::vector<QueueRow> rows;
  for (const auto& entry : entries) {
    if (rows.size() == kQueueShown) break;
    if (filter.look > 0 && entry.look != filter.look) continue;
    if (now - entry.entered_at < std::chrono::hours(filter.hours)) continue;
    TRY(casefile, casework.casefile(entry.casefile));
    TRY(address, casework.address(casefile.address));
    const auto& text = address.canonical.empty() ? address.verbatim : address.canonical;
    if (!words.empty() && lower_ascii(text).find(words) == std::string::npos &&
        lower_ascii(entry.priority.words).find(words) == std::string::npos)
      continue;
    TRY(reports, casework.reports_of_case(entry.casefile));
    rows.push_back({entry, clip_utf8(defang(text), 120), reports.size()});
  }
  return rows;
}

std::string state_words(const Entry& entry, const Names& names, Instant now) {
  static constexpr std::array kLooks = {"first look", "second look", "two disagree"};
  const std::string look = kLooks.at(static_cast<std::size_t>(std::clamp(entry.look, 1, 3)) - 1);
  if (entry.state == QueueState::claimed && entry.claimed_by)
    return actor_words(names, entry.claimed_by->str()) + ", " + look +
           (entry.claimed_until < now ? " (lapsed: free to take)" : "");
  if (entry.state == QueueState::decided) return "decided";
  return "waits, " + look;
}

// --- filters that a person keeps: names and queries in one preference, as JSON -----------------

struct View {
  std::string name, query;
};

std::vector<View> views_of(const accounts::Preferences& own) {
  std::vector<View> views;
  const auto stored = parse_json(accounts::text_of(own, "views"));
  if (!stored || !stored->is_array()) return views;
  for (const json::value& one : stored->get_array())
    views.push_back({text_at(one, "name").value_or(""), text_at(one, "query").value_or("")});
  return views;
}

Response keep_view(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const std::string name = clip_utf8(clean_utf8(trim(request.form.get("name"))), 40);
  const std::string removed = request.form.get("remove");
  // Read again from its parts, so that nothing but a filter is ever kept.
  const auto query = filter_of(http::parse_form(request.form.get("query"))).query();
  const auto done = parts.staff.database.transact([&](db::Transaction& tx) -> Done {
    TRY(own, accounts::preferences(tx, staff.person.id));
    auto views = views_of(own);
    std::erase_if(views,
                  [&](const View& one) { return one.name == (removed.empty() ? name : removed); });
    if (removed.empty()) {
      if (name.empty()) return fail(ErrorKind::invalid, "A filter needs a name.");
      if (views.size() >= kViewsMax)
        return fail(ErrorKind::invalid, "Twenty filters are enough. Remove one first.");
      views.push_back({name, query});
    }
    json::array kept;
    for (const auto& one : views)
      kept.push_back(json::object{{"name", one.name}, {"query", one.query}});
    return accounts::set_preference(tx, staff.person.id, "views", json::serialize(kept));
  });
  if (!done) return staff_refuse(parts.staff, staff, request, done.error());
  return http::see_other("/queue" + (removed.empty() ? "?" + query : ""));
}

void fill_filter(Page& page, const Filter& filter, const std::vector<View>& views) {
  for (const auto one : assessment::kQueueStates)
    page.add("STATE").set("STATE_NAME", std::string(name(one))).show("CHOSEN", one == filter.state);
  static constexpr std::array kLooks = {"Any", "First look", "Second look", "Two disagree"};
  for (std::size_t i = 0; i < kLooks.size(); ++i)
    page.add("LOOK")
        .set("VALUE", std::to_string(i))
        .set("LABEL", kLooks.at(i))
        .show("CHOSEN", static_cast<std::int64_t>(i) == filter.look);
  page.set("STATE_CHOSEN", std::string(name(filter.state)))
      .set("FILTER_WORDS", filter.words)
      .set("FILTER_HOURS", filter.hours > 0 ? std::to_string(filter.hours) : "")
      .set("QUERY_NOW", filter.query())
      .show("NO_VIEWS", views.empty());
  for (const auto& view : views)
    page.add("VIEW").set("VIEW_NAME", view.name).set("URL", "/queue?" + view.query);
}

Response queue(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const Filter filter = filter_of(request.query);
  const Instant now = parts.staff.clock.now();
  Names names;
  std::vector<View> views;
  const auto rows =
      parts.staff.database.read([&](db::Transaction& tx) -> Result<std::vector<QueueRow>> {
        TRY(people, names_of(tx, staff.person.tenant));
        TRY(own, accounts::preferences(tx, staff.person.id));
        names = std::move(people);
        views = views_of(own);
        return queue_rows(tx, staff.person.tenant, filter, now);
      });
  if (!rows) return staff_refuse(parts.staff, staff, request, rows.error());
  return staff_page(parts.staff, staff,
                    {.title = "Queue", .here = "/queue", .file = "console/queue.html"},
                    [&](Page& page) {
                      page.show("EMPTY", rows->empty()).set("COUNT", std::to_string(rows->size()));
                      fill_filter(page, filter, views);
                      for (const auto& row : *rows)
                        page.add("ROW")
                            .set("CASE", row.entry.casefile.str())
                            .set("REFERENCE", case_reference(row.entry.casefile))
                            .set("ADDRESS", row.address)
                            .set("REASON", row.entry.priority.words)
                            .set("REPORTS", std::to_string(row.reports))
                            .set("SINCE", shown_ago(row.entry.entered_at, now))
                            .set("STATE_WORDS", state_words(row.entry, names, now));
                    });
}

// --- the lane ----------------------------------------------------------------------------------

struct LaneRow {
  Entry entry;
  assessment::Reach reach;
};

Result<assessment::ReachSignals> signals_of(db::Transaction& tx, const accounts::Person& person,
                                            const Entry& entry, Instant now) {
  assessment::ReachSignals signals;
  casework::CaseworkStore casework(tx);
  TRY(sighting, casework.last_seen(entry.casefile));
  if (sighting) {
    TRY(items, casework.items_of_sighting(sighting->id));
    signals.items = static_cast<int>(items.size());
  }
  TRY(known, assessment::AssessmentStore(tx).prefills(entry.casefile));
  for (const auto& one : known) ++(one.exact ? signals.known : signals.near);
  TRY(findings, assessment::findings_of(tx, person, entry.casefile));
  for (const auto& one : findings) {
    if (one.kind == "region" || one.kind == "research") ++signals.clues;
    if (one.kind == "place")
      signals.place_confidence = std::max(signals.place_confidence, one.confidence);
  }
  TRY(casefile, casework.casefile(entry.casefile));
  TRY(address, casework.address(casefile.address));
  signals.hours_since_seen =
      std::chrono::duration_cast<std::chrono::hours>(now - address.first_seen).count();
  // Both are said by the intake, before anybody graded (assessment.h).
  signals.reporter_sees_danger = entry.priority.rank >= 1000;
  signals.returned = entry.priority.words.find("is back") != std::string::npos;
  return signals;
}

Response lane(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const Instant now = parts.staff.clock.now();
  Names names;
  const auto rows =
      parts.staff.database.read([&](db::Transaction& tx) -> Result<std::vector<LaneRow>> {
        TRY(people, names_of(tx, staff.person.tenant));
        names = std::move(people);
        TRY(entries, assessment::AssessmentStore(tx).entries(staff.person.tenant,
                                                             QueueState::waiting, kQueueShown));
        std::vector<LaneRow> list;
        for (const auto& entry : entries) {
          if (entry.look != 1) continue;
          TRY(signals, signals_of(tx, staff.person, entry, now));
          list.push_back({entry, assessment::reach_of(signals)});
        }
        std::stable_sort(list.begin(), list.end(), [](const LaneRow& a, const LaneRow& b) {
          return a.reach.order > b.reach.order;
        });
        if (list.size() > kLaneShown) list.resize(kLaneShown);
        return list;
      });
  if (!rows) return staff_refuse(parts.staff, staff, request, rows.error());
  return staff_page(
      parts.staff, staff,
      {.title = "New, perhaps reachable", .here = "/queue", .file = "console/lane.html"},
      [&](Page& page) {
        page.show("NONE", rows->empty());
        for (const auto& one : *rows) {
          Page& row = page.add("ROW");
          row.set("CASE", one.entry.casefile.str())
              .set("REFERENCE", case_reference(one.entry.casefile))
              .set("SINCE", shown_ago(one.entry.entered_at, now))
              .set("STATE_WORDS", state_words(one.entry, names, now));
          for (const auto& reason : one.reach.reasons) row.add("BECAUSE").set("WORDS", reason);
        }
      });
}

// --- the find box ------------------------------------------------------------------------------

Result<std::vector<Found>> by_address(db::Transaction& tx, const casework::TenantId& tenant,
                                      const std::string& text) {
  casework::CaseworkStore casework(tx);
  const auto canonical = url::canonical_from_report(text);
  if (!canonical) return std::vector<Found>{};
  const auto address = casework.address_by_canonical(tenant, *canonical);
  if (!address) return std::vector<Found>{};
  TRY(found, casework.case_of_address(address->id));
  if (!found) return std::vector<Found>{};
  return std::vector<Found>{{found->id, "this address"}};
}

Result<std::vector<Found>> by_case(db::Transaction& tx, const casework::TenantId& tenant,
                                   const std::string& text) {
  const auto id = casework::CaseId::parse(text);
  if (!id) return assessment::by_reference(tx, tenant, text);
  const auto found = casework::CaseworkStore(tx).casefile(*id);
  if (!found || found->tenant != tenant) return std::vector<Found>{};
  return std::vector<Found>{{*id, "its reference"}};
}

Result<std::vector<Found>> look_up(db::Transaction& tx, const casework::TenantId& tenant,
                                   const Recognised& pasted) {
  switch (pasted.what) {
    case Pasted::address: return by_address(tx, tenant, pasted.value);
    case Pasted::reference: return by_case(tx, tenant, pasted.value);
    case Pasted::md5: return assessment::by_digest(tx, tenant, "md5", pasted.value);
    case Pasted::sha1: return assessment::by_digest(tx, tenant, "sha1", pasted.value);
    case Pasted::sha256_or_pdq: {
      TRY(digest, assessment::by_digest(tx, tenant, "sha256", pasted.value));
      TRY(alike, assessment::by_pdq(tx, tenant, pasted.value, kPdqBits));
      digest.insert(digest.end(), alike.begin(), alike.end());
      return digest;
    }
    case Pasted::ip: return assessment::by_ip(tx, tenant, pasted.value);
    case Pasted::host: {
      TRY(whole, by_address(tx, tenant, pasted.value));
      TRY(others, assessment::by_host(tx, tenant, pasted.value));
      whole.insert(whole.end(), others.begin(), others.end());
      return whole;
    }
    case Pasted::mailbox: return assessment::by_mailbox(tx, tenant, pasted.value);
    case Pasted::words: return assessment::by_words(tx, tenant, pasted.value);
    case Pasted::nothing:
    case Pasted::receipt: return std::vector<Found>{};
  }
  return std::vector<Found>{};
}

// A POST, so that an address stands in no history and no log.
Response find(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto pasted = recognise(request.form.get("q"));
  const auto found = parts.staff.database.read(
      [&](db::Transaction& tx) { return look_up(tx, staff.person.tenant, pasted); });
  if (!found) return staff_refuse(parts.staff, staff, request, found.error());
  const bool exact = pasted.what == Pasted::address || pasted.what == Pasted::reference;
  if (exact && found->size() == 1)
    return http::see_other("/cases/" + found->front().casefile.str());
  return staff_page(
      parts.staff, staff,
      {.title = "Find",
       .here = "",
       .file = "console/found.html",
       .status = found->empty() ? 404 : 200},
      [&](Page& page) {
        page.set("WHAT", std::string(words_of(pasted.what))).show("NONE", found->empty());
        for (const auto& one : *found)
          page.add("HIT")
              .set("CASE", one.casefile.str())
              .set("REFERENCE", case_reference(one.casefile))
              .set("WHY", one.why);
      });
}

}  // namespace

void lane_routes(http::Router& router, const ConsoleParts& parts) {
  const auto on = [&](const char* method, const char* path, auto handler) {
    router.on(method, path,
              staff_only(parts.staff, Action::see_cases,
                         [&parts, handler](const Request& request, const Staff& staff) {
                           return handler(parts, request, staff);
                         }));
  };
  on("GET", "/queue", queue);
  on("POST", "/queue/views", keep_view);
  on("GET", "/lane", lane);
  on("POST", "/find", find);
}

}  // namespace hotline::web
