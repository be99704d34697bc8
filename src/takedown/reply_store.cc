#include "takedown/replies.h"

namespace hotline::takedown {

namespace {

constexpr std::string_view kColumns = R"sql(
  SELECT id, tenant, notice, letter, kind, sender, subject, words, meaning, status, at, seen_by, seen_at
    FROM notice_reply )sql";
constexpr std::string_view kAdd = R"sql(
  INSERT INTO notice_reply (id, tenant, notice, letter, kind, sender, subject, words, meaning, status, at,
    seen_by, seen_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', NULL) ON CONFLICT (id) DO NOTHING)sql";
constexpr std::string_view kSeen = R"sql(
  UPDATE notice_reply SET seen_by = $3, seen_at = $4 WHERE tenant = $1 AND id = $2)sql";

Result<Reply> reply_of(const db::Row& row) {
  Reply reply;
  reply.id = row.text(0);
  TRY(tenant, TenantId::parse(row.text(1)));
  reply.tenant = tenant;
  if (!row.text(2).empty()) {
    TRY(notice, NoticeId::parse(row.text(2)));
    reply.notice = notice;
  }
  reply.letter = row.text(3);
  TRY(kind, parse_reply_kind(row.text(4)));
  reply.kind = kind;
  reply.sender = row.text(5);
  reply.subject = row.text(6);
  reply.words = row.text(7);
  reply.meaning = row.text(8);
  reply.status = row.text(9);
  reply.at = instant(row.integer(10));
  reply.seen_by = row.text(11);
  if (const auto seen = row.maybe_integer(12)) reply.seen_at = instant(*seen);
  return reply;
}

}  // namespace

Result<bool> ReplyStore::add(const Reply& reply) {
  TRY(count,
      tx_.change(kAdd, {reply.id, reply.tenant.str(), reply.notice ? reply.notice->str() : "",
                        reply.letter, std::string(name(reply.kind)), reply.sender, reply.subject,
                        reply.words, reply.meaning, reply.status, us(reply.at)}));
  return count > 0;
}

Result<std::vector<Reply>> ReplyStore::select(std::string_view where, const db::Values& values) {
  TRY(rows, tx_.run(std::string(kColumns) + std::string(where), values));
  std::vector<Reply> replies;
  for (const auto& row : rows) {
    TRY(reply, reply_of(row));
    replies.push_back(std::move(reply));
  }
  return replies;
}

Result<std::vector<Reply>> ReplyStore::of_notice(const NoticeId& notice) {
  return select("WHERE notice = $1 ORDER BY at, id", {notice.str()});
}

Result<std::vector<Reply>> ReplyStore::unseen(const TenantId& tenant, int limit) {
  return select(
      "WHERE tenant = $1 AND seen_by = '' AND (kind = 'human' OR notice = '')"
      " ORDER BY at DESC, id LIMIT $2",
      {tenant.str(), std::int64_t{limit}});
}

Done ReplyStore::mark_seen(const TenantId& tenant, std::string_view id, std::string_view person,
                           Instant now) {
  TRY(count, tx_.change(kSeen, {tenant.str(), std::string(id), std::string(person), us(now)}));
  if (count == 0) return fail(ErrorKind::not_found, "There is no such reply.");
  return {};
}

}  // namespace hotline::takedown
