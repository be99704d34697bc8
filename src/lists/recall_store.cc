#include <algorithm>
#include <array>

#include "lists/recall.h"
#include "url/url.h"

namespace hotline::lists {

namespace {

constexpr std::size_t kWordsMax = 200;
constexpr std::array<std::string_view, 5> kRecallReasons = {
    "withdrawn", "disputed", "graders", "assessment_withdrawn", "appeal_upheld"};

/// Where to post: by https, or by http to this machine itself.
Result<std::string> hook_address(std::string_view text) {
  TRY(url, url::parse(text));
  const bool this_machine = url.host == "127.0.0.1" || url.host == "[::1]";
  if (url.scheme != "https" && !(url.scheme == "http" && this_machine))
    return fail(ErrorKind::invalid, "A member's address on another machine is reached by https.");
  return url.canonical();
}

Result<MessageState> parse_message_state(std::string_view text) {
  for (const auto state : {MessageState::waiting, MessageState::delivered, MessageState::dropped})
    if (name(state) == text) return state;
  return fail(ErrorKind::corrupt, "A stored message has no such state.");
}

std::optional<Instant> instant_or_none(const db::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  return instant(row.integer(column));
}

Result<Recall> recall_from(const db::Row& row) {
  TRY(id, RecallId::parse(row.text(0)));
  TRY(tenant, TenantId::parse(row.text(1)));
  return Recall{id,
                tenant,
                row.text(2),
                row.text(3),
                row.text(4),
                row.integer(5),
                instant(row.integer(6)),
                instant(row.integer(7))};
}

constexpr std::string_view kRecall =
    "SELECT id, tenant, list, entry, reason, version, listed_at, at FROM recall ";

}  // namespace

bool is_recall(std::string_view reason) {
  return std::find(kRecallReasons.begin(), kRecallReasons.end(), reason) != kRecallReasons.end();
}

std::string_view name(MessageState state) {
  switch (state) {
    case MessageState::waiting: return "waiting";
    case MessageState::delivered: return "delivered";
    case MessageState::dropped: return "dropped";
  }
  return "waiting";
}

Done RecallStore::put_webhook(const Webhook& webhook) {
  TRY(address, hook_address(webhook.address));
  TRY_DONE(tx_.run(R"sql(
    INSERT INTO member_webhook (member, tenant, hook_address, added_by, added_at, stopped_at,
                                stopped_because)
    VALUES ($1, $2, $3, $4, $5, NULL, '')
    ON CONFLICT (member) DO UPDATE SET hook_address = excluded.hook_address,
      added_by = excluded.added_by, added_at = excluded.added_at, stopped_at = NULL,
      stopped_because = '')sql",
                   {webhook.member.str(), webhook.tenant.str(), address, webhook.added_by,
                    us(webhook.added_at)}));
  return {};
}

Done RecallStore::remove_webhook(const MemberId& member) {
  TRY(gone, tx_.change("DELETE FROM member_webhook WHERE member = $1", {member.str()}));
  if (gone == 0) return fail(ErrorKind::not_found, "This member has named no address.");
  return {};
}

Done RecallStore::stop_webhook(const MemberId& member, std::string_view why, Instant at) {
  TRY_DONE(
      tx_.run("UPDATE member_webhook SET stopped_at = $2, stopped_because = $3 WHERE member = $1",
              {member.str(), us(at), std::string(why)}));
  return {};
}

Result<std::optional<Webhook>> RecallStore::webhook(const MemberId& member) {
  TRY(rows, tx_.run(R"sql(
    SELECT tenant, hook_address, added_by, added_at, stopped_at, stopped_because
      FROM member_webhook WHERE member = $1)sql",
                    {member.str()}));
  if (rows.empty()) return std::optional<Webhook>();
  const auto& row = rows[0];
  TRY(tenant, TenantId::parse(row.text(0)));
  return std::optional(Webhook{member, tenant, row.text(1), row.text(2), instant(row.integer(3)),
                               instant_or_none(row, 4), row.text(5)});
}

Result<std::vector<RecallMessageId>> RecallStore::add(const Recall& recall) {
  std::vector<RecallMessageId> messages;
  TRY(kept, tx_.run(R"sql(
    INSERT INTO recall (id, tenant, list, entry, reason, version, listed_at, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant, list, version) DO NOTHING
    RETURNING id)sql",
                    {recall.id.str(), recall.tenant.str(), recall.list, recall.entry, recall.reason,
                     recall.version, us(recall.listed_at), us(recall.at)}));
  if (kept.empty()) return messages;
  TRY(rows, tx_.run(R"sql(
    SELECT w.member FROM member_webhook w JOIN member m ON m.id = w.member
     WHERE w.tenant = $1 AND m.disabled = 0 ORDER BY w.member)sql",
                    {recall.tenant.str()}));
  for (const auto& row : rows) {
    const auto id = RecallMessageId::make(recall.at);
    TRY_DONE(
        tx_.run("INSERT INTO recall_message (id, recall, member, state, ended_at) "
                "VALUES ($1, $2, $3, 'waiting', NULL)",
                {id.str(), recall.id.str(), row.text(0)}));
    messages.push_back(id);
  }
  return messages;
}

Result<Recall> RecallStore::recall(const RecallId& id) {
  TRY(rows, tx_.run(std::string(kRecall) + "WHERE id = $1", {id.str()}));
  if (rows.empty()) return fail(ErrorKind::not_found, "There is no recall with this id.");
  return recall_from(rows[0]);
}

Result<std::vector<Recall>> RecallStore::recalls(const TenantId& tenant, int limit) {
  TRY(rows, tx_.run(std::string(kRecall) + "WHERE tenant = $1 ORDER BY at DESC, id DESC LIMIT $2",
                    {tenant.str(), std::int64_t{limit}}));
  std::vector<Recall> all;
  for (const auto& row : rows) {
    TRY(one, recall_from(row));
    all.push_back(std::move(one));
  }
  return all;
}

Result<RecallMessage> RecallStore::message(const RecallMessageId& id) {
  TRY(rows, tx_.run("SELECT recall, member, state, ended_at FROM recall_message WHERE id = $1",
                    {id.str()}));
  if (rows.empty()) return fail(ErrorKind::not_found, "There is no message with this id.");
  TRY(recall, RecallId::parse(rows[0].text(0)));
  TRY(member, MemberId::parse(rows[0].text(1)));
  TRY(state, parse_message_state(rows[0].text(2)));
  return RecallMessage{id, recall, member, state, instant_or_none(rows[0], 3)};
}

Done RecallStore::end(const RecallMessageId& id, MessageState state, Instant at) {
  TRY_DONE(tx_.run("UPDATE recall_message SET state = $2, ended_at = $3 WHERE id = $1",
                   {id.str(), std::string(name(state)), us(at)}));
  return {};
}

Done RecallStore::add_try(const RecallTry& made) {
  TRY_DONE(tx_.run(R"sql(
    INSERT INTO recall_try (message, number, at, status, words)
    SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4 FROM recall_try WHERE message = $1)sql",
                   {made.message.str(), us(made.at), std::int64_t{made.status},
                    made.words.substr(0, kWordsMax)}));
  return {};
}

Result<std::vector<RecallTry>> RecallStore::tries(const MemberId& member, int limit) {
  TRY(rows, tx_.run(R"sql(
    SELECT t.message, t.number, t.at, t.status, t.words
      FROM recall_try t JOIN recall_message m ON m.id = t.message
     WHERE m.member = $1 ORDER BY t.at DESC, t.message DESC, t.number DESC LIMIT $2)sql",
                    {member.str(), std::int64_t{limit}}));
  std::vector<RecallTry> all;
  for (const auto& row : rows) {
    TRY(message, RecallMessageId::parse(row.text(0)));
    all.push_back({message, static_cast<int>(row.integer(1)), instant(row.integer(2)),
                   static_cast<int>(row.integer(3)), row.text(4)});
  }
  return all;
}

Result<std::vector<RecallReach>> RecallStore::reach(const Recall& recall) {
  TRY(rows, tx_.run(R"sql(
    SELECT m.id, m.name,
           (SELECT COUNT(*) FROM list_delivery d
             WHERE d.tenant = $1 AND d.credential = m.id AND d.list = $2
               AND d.kind IN ('snapshot', 'changes') AND d.version < $3
               AND d.at >= $4 AND d.at <= $5),
           (SELECT COUNT(*) FROM list_delivery d
             WHERE d.tenant = $1 AND d.credential = m.id AND d.list = $2
               AND d.kind IN ('snapshot', 'changes') AND d.version >= $3),
           COALESCE((SELECT MIN(r.state) FROM recall_message r
                      WHERE r.recall = $6 AND r.member = m.id), '')
      FROM member m WHERE m.tenant = $1 ORDER BY m.name)sql",
                    {recall.tenant.str(), recall.list, recall.version, us(recall.listed_at),
                     us(recall.at), recall.id.str()}));
  std::vector<RecallReach> all;
  for (const auto& row : rows) {
    RecallReach one;
    TRY(member, MemberId::parse(row.text(0)));
    one.member = member;
    one.member_name = row.text(1);
    one.took = row.integer(2) > 0;
    one.fetched = row.integer(3) > 0;
    if (!row.text(4).empty()) {
      TRY(state, parse_message_state(row.text(4)));
      one.message = state;
    }
    if (one.took || one.message) all.push_back(std::move(one));
  }
  return all;
}

}  // namespace hotline::lists
