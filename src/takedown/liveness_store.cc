#include "takedown/liveness_store.h"

#include "base/json.h"
#include "base/text.h"

namespace hotline::takedown {

namespace {

constexpr std::string_view kRemember = R"sql(
  INSERT INTO liveness_before (casefile, fingerprint, referrer, at) VALUES ($1, $2, $3, $4)
  ON CONFLICT (casefile) DO UPDATE SET fingerprint = excluded.fingerprint,
    referrer = excluded.referrer, at = excluded.at)sql";
constexpr std::string_view kRemembered =
    "SELECT fingerprint, referrer FROM liveness_before WHERE casefile = $1";
constexpr std::string_view kRememberPlace = R"sql(
  INSERT INTO liveness_place (casefile, address, fingerprint, referrer, at)
  VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (casefile, address) DO UPDATE SET fingerprint = excluded.fingerprint,
    referrer = excluded.referrer, at = excluded.at)sql";
constexpr std::string_view kRememberedPlace = R"sql(
  SELECT fingerprint, referrer FROM liveness_place WHERE casefile = $1 AND address = $2)sql";
// Looks are numbered: a clock that was set back must not bring them out of order.
constexpr std::string_view kAddCheck = R"sql(
  INSERT INTO liveness_check (notice, at, verdict, why, status, unreachable, second, lane, number)
  SELECT $1, CAST($2 AS BIGINT), $3, $4, CAST($5 AS BIGINT), CAST($6 AS BIGINT), $7, $8,
         COALESCE(MAX(number), 0) + 1 FROM liveness_check WHERE notice = $1
  ON CONFLICT (notice, at) DO UPDATE SET verdict = excluded.verdict, why = excluded.why,
    status = excluded.status, unreachable = excluded.unreachable, second = excluded.second,
    lane = excluded.lane)sql";
constexpr std::string_view kChecks = R"sql(
  SELECT at, verdict, why, status, unreachable, second, lane FROM liveness_check
   WHERE notice = $1 ORDER BY number DESC, at DESC LIMIT $2)sql";
constexpr std::string_view kDoubt = R"sql(
  INSERT INTO liveness_doubt (notice, fingerprint, at) VALUES ($1, $2, $3)
  ON CONFLICT (notice) DO UPDATE SET fingerprint = excluded.fingerprint, at = excluded.at)sql";
constexpr std::string_view kDoubted = "SELECT fingerprint FROM liveness_doubt WHERE notice = $1";
constexpr std::string_view kLearn = R"sql(
  INSERT INTO liveness_removed_page (tenant, host, sketch, fingerprint, learned_at)
  VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant, host, sketch) DO NOTHING)sql";
constexpr std::string_view kLearned = R"sql(
  SELECT fingerprint FROM liveness_removed_page WHERE tenant = $1 AND host = $2
   ORDER BY learned_at DESC LIMIT 20)sql";

json::array list_of(const std::vector<std::string>& values) {
  json::array list;
  for (const auto& value : values) list.emplace_back(value);
  return list;
}

std::string text_of(const Fingerprint& page) {
  // JSON numbers are signed: the sketch travels as text.
  return json::serialize(json::object{{"sketch", std::to_string(page.text_sketch)},
                                      {"words", page.text_words},
                                      {"title", page.title_digest},
                                      {"page", page.page_digest},
                                      {"media", list_of(page.media)},
                                      {"places", list_of(page.media_places)}});
}

Result<Fingerprint> fingerprint_of(std::string_view text) {
  TRY(parsed, parse_json(text));
  Fingerprint page;
  page.text_sketch = std::strtoull(text_at(parsed, "sketch").value_or("0").c_str(), nullptr, 10);
  page.text_words = static_cast<int>(integer_at(parsed, "words").value_or(0));
  page.title_digest = text_at(parsed, "title").value_or("");
  page.page_digest = text_at(parsed, "page").value_or("");
  const auto read = [&](std::string_view key, std::vector<std::string>& into) {
    const json::value* list = member(parsed, key);
    if (list == nullptr || !list->is_array()) return;
    for (const auto& value : list->get_array())
      if (value.is_string()) into.emplace_back(value.get_string());
  };
  read("media", page.media);
  read("places", page.media_places);
  return page;
}

}  // namespace

Done LivenessStore::remember(const CaseId& casefile, const RememberedPage& page, Instant now) {
  TRY_DONE(tx_.run(kRemember, {casefile.str(), text_of(page.fingerprint), page.referrer, us(now)}));
  return {};
}

Result<std::optional<RememberedPage>> LivenessStore::remembered(const CaseId& casefile) {
  TRY(rows, tx_.run(kRemembered, {casefile.str()}));
  if (rows.empty()) return std::nullopt;
  TRY(fingerprint, fingerprint_of(rows.front().text(0)));
  return RememberedPage{std::move(fingerprint), rows.front().text(1)};
}

Done LivenessStore::remember_place(const CaseId& casefile, const AddressId& address,
                                   const RememberedPage& page, Instant now) {
  TRY_DONE(tx_.run(kRememberPlace, {casefile.str(), address.str(), text_of(page.fingerprint),
                                    page.referrer, us(now)}));
  return {};
}

Result<std::optional<RememberedPage>> LivenessStore::remembered_place(const CaseId& casefile,
                                                                      const AddressId& address) {
  TRY(rows, tx_.run(kRememberedPlace, {casefile.str(), address.str()}));
  if (rows.empty()) return std::nullopt;
  TRY(fingerprint, fingerprint_of(rows.front().text(0)));
  return RememberedPage{std::move(fingerprint), rows.front().text(1)};
}

Done LivenessStore::doubt(const NoticeId& id, const Fingerprint& page, Instant now) {
  TRY_DONE(tx_.run(kDoubt, {id.str(), text_of(page), us(now)}));
  return {};
}

Result<std::optional<Fingerprint>> LivenessStore::doubted(const NoticeId& id) {
  TRY(rows, tx_.run(kDoubted, {id.str()}));
  if (rows.empty()) return std::nullopt;
  TRY(page, fingerprint_of(rows.front().text(0)));
  return page;
}

Done LivenessStore::add(const LivenessCheck& check) {
  TRY_DONE(tx_.run(
      kAddCheck, {check.notice.str(), us(check.at), std::string(name(check.verdict)), check.why,
                  std::int64_t{check.status}, std::int64_t{check.unreachable ? 1 : 0}, check.second,
                  std::string(name(check.lane))}));
  return {};
}

Result<std::vector<LivenessCheck>> LivenessStore::checks(const NoticeId& id, int limit) {
  TRY(rows, tx_.run(kChecks, {id.str(), std::int64_t{limit}}));
  std::vector<LivenessCheck> checks;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    TRY(verdict, parse_verdict(row->text(1)));
    checks.push_back({id, instant(row->integer(0)), verdict, row->text(2),
                      static_cast<int>(row->integer(3)), row->integer(4) != 0, row->text(5),
                      parse_lane(row->text(6))});
  }
  return checks;
}

Done LivenessStore::learn_removed(const TenantId& tenant, std::string_view host,
                                  const Fingerprint& page, Instant now) {
  // A picture has no text to sketch: its bytes tell it from others.
  const std::string sketch =
      page.text_words == 0 ? page.page_digest : std::to_string(page.text_sketch);
  TRY_DONE(tx_.run(kLearn, {tenant.str(), std::string(host), sketch, text_of(page), us(now)}));
  return {};
}

Result<std::vector<Fingerprint>> LivenessStore::removed_pages(const TenantId& tenant,
                                                              std::string_view host) {
  TRY(rows, tx_.run(kLearned, {tenant.str(), std::string(host)}));
  std::vector<Fingerprint> pages;
  for (const auto& row : rows) {
    TRY(page, fingerprint_of(row.text(0)));
    pages.push_back(std::move(page));
  }
  return pages;
}

}  // namespace hotline::takedown
