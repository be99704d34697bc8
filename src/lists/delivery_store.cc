// What went to members and came back from them; the rest of ListStore is list_store.cc.
#include "lists/list_store.h"

namespace hotline::lists {

namespace {
struct DeliveryTag {
  static constexpr std::string_view prefix = "dlv_";
};
struct FeedbackTag {
  static constexpr std::string_view prefix = "fbk_";
};
}  // namespace

Done ListStore::add_delivery(const Delivery& delivery) {
  TRY_DONE(tx_.run(R"sql(
    INSERT INTO list_delivery (id, tenant, credential, list, kind, since_version, version, entries, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9))sql",
                   {Id<DeliveryTag>::make(delivery.at).str(), delivery.tenant.str(),
                    delivery.credential, delivery.list, delivery.kind, delivery.since,
                    delivery.version, delivery.entries, us(delivery.at)}));
  return {};
}

Result<std::vector<Delivery>> ListStore::deliveries(const TenantId& tenant, int limit) {
  TRY(rows, tx_.run(R"sql(
    SELECT credential, list, kind, since_version, version, entries, at FROM list_delivery
     WHERE tenant = $1 ORDER BY at DESC, id DESC LIMIT $2)sql",
                    {tenant.str(), std::int64_t{limit}}));
  std::vector<Delivery> all;
  for (const auto& row : rows)
    all.push_back({tenant, row.text(0), row.text(1), row.text(2), row.integer(3), row.integer(4),
                   row.integer(5), instant(row.integer(6))});
  return all;
}

Result<bool> ListStore::add_feedback(const Feedback& feedback) {
  TRY(rows,
      tx_.run(
          R"sql(
    INSERT INTO entry_feedback (id, tenant, entry, credential, verdict, reason, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (entry, credential, verdict, reason) DO NOTHING RETURNING id)sql",
          {Id<FeedbackTag>::make(feedback.at).str(), feedback.tenant.str(), feedback.entry.str(),
           feedback.credential, feedback.verdict, feedback.reason, us(feedback.at)}));
  return !rows.empty();
}

Result<std::optional<ListStore::Manifest>> ListStore::manifest(const TenantId& tenant,
                                                               std::string_view list) {
  TRY(rows, tx_.run(R"sql(
    SELECT version, manifest, signed_at FROM list_manifest WHERE tenant = $1 AND list = $2)sql",
                    {tenant.str(), std::string(list)}));
  if (rows.empty()) return std::optional<Manifest>();
  return std::optional(Manifest{rows[0].integer(0), rows[0].text(1), instant(rows[0].integer(2))});
}

Done ListStore::put_manifest(const TenantId& tenant, std::string_view list,
                             const Manifest& manifest) {
  TRY_DONE(tx_.run(
      R"sql(
    INSERT INTO list_manifest (tenant, list, version, manifest, signed_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (tenant, list) DO UPDATE SET version = excluded.version,
      manifest = excluded.manifest, signed_at = excluded.signed_at)sql",
      {tenant.str(), std::string(list), manifest.version, manifest.text, us(manifest.signed_at)}));
  return {};
}

Result<std::vector<Feedback>> ListStore::feedback(const EntryId& entry) {
  TRY(rows, tx_.run(R"sql(
    SELECT tenant, credential, verdict, reason, at FROM entry_feedback
     WHERE entry = $1 ORDER BY at, id)sql",
                    {entry.str()}));
  std::vector<Feedback> all;
  for (const auto& row : rows) {
    TRY(tenant, TenantId::parse(row.text(0)));
    all.push_back({tenant, entry, row.text(1), row.text(2), row.text(3), instant(row.integer(4))});
  }
  return all;
}

Result<std::optional<ListStore::Answer>> ListStore::answer(std::string_view credential,
                                                           std::string_view key) {
  TRY(rows, tx_.run(R"sql(
    SELECT request_digest, status, body, at FROM api_answer
     WHERE credential = $1 AND idempotency_key = $2)sql",
                    {std::string(credential), std::string(key)}));
  if (rows.empty()) return std::optional<Answer>();
  return std::optional(Answer{rows[0].text(0), static_cast<int>(rows[0].integer(1)),
                              rows[0].text(2), instant(rows[0].integer(3))});
}

Done ListStore::put_answer(std::string_view credential, std::string_view key,
                           const Answer& answer) {
  TRY_DONE(tx_.run(R"sql(
    INSERT INTO api_answer (credential, idempotency_key, request_digest, status, body, at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (credential, idempotency_key) DO UPDATE SET
      request_digest = excluded.request_digest, status = excluded.status, body = excluded.body,
      at = excluded.at)sql",
                   {std::string(credential), std::string(key), answer.request_digest,
                    std::int64_t{answer.status}, answer.body, us(answer.at)}));
  return {};
}

Done ListStore::forget_answers(Instant before) {
  TRY_DONE(tx_.run("DELETE FROM api_answer WHERE at < $1", {us(before)}));
  return {};
}

}  // namespace hotline::lists
