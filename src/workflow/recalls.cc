// What follows when an entry of a members' list was wrong: members with an address are told.
//
// The word is signed the way of Standard Webhooks with the key that notices are pushed with. It
// names the entry and the version at which the list is right again, never what was listed.
#include "lists/recall.h"

#include "base/json.h"
#include "lists/hash_list.h"
#include "lists/list_store.h"
#include "lists/url_list.h"
#include "net/http_post.h"
#include "push/push.h"
#include "workflow/jobs_table.h"

namespace hotline::workflow {

namespace {

using lists::RecallStore;

/// A member's server says yes or no at once; nothing else waits for it.
constexpr std::chrono::milliseconds kPatience{10000};
constexpr int kGone = 410;  ///< Standard Webhooks: stop posting there.

Result<Instant> listed_at(db::Transaction& tx, std::string_view list, const std::string& entry) {
  if (list == lists::kHashList) {
    TRY(found, lists::HashList(tx).entry(entry));
    if (!found) return fail(ErrorKind::not_found, "There is no entry of the hash list.");
    return found->added_at;
  }
  TRY(id, lists::EntryId::parse(entry));
  TRY(found, lists::ListStore(tx).entry(id));
  return found.added_at;
}

std::string text_of(const lists::Recall& recall) {
  return json::serialize(
      json::object{{"type", "list.recall"},
                   {"timestamp", rfc3339(recall.at)},
                   {"data",
                    {{"list", recall.list},
                     {"id", recall.entry},
                     {"reason", recall.reason},
                     {"version", recall.version},
                     {"changes", "/api/v1/lists/" + recall.list +
                                     "/changes?since=" + std::to_string(recall.version - 1)}}}});
}

struct Letter {
  lists::RecallMessage message;
  lists::Recall recall;
  accounts::Member member;
  std::optional<lists::Webhook> webhook;
};

Result<Letter> letter_of(db::Transaction& tx, const lists::RecallMessageId& id) {
  RecallStore store(tx);
  Letter letter;
  TRY(message, store.message(id));
  TRY(recall, store.recall(message.recall));
  TRY(member, accounts::member(tx, message.member));
  TRY(webhook, store.webhook(message.member));
  letter.message = std::move(message);
  letter.recall = std::move(recall);
  letter.member = std::move(member);
  letter.webhook = std::move(webhook);
  return letter;
}

Result<net::PostAnswer> post(const Parts& parts, const Letter& letter) {
  TRY(seed, crypto::key_file(places(parts.settings).keys + "/push-signing.key"));
  net::HttpPost request;
  request.url = letter.webhook->address;
  request.body = text_of(letter.recall);
  request.time = kPatience;
  request.bytes_max = 64 * 1024;
  const auto signature = push::sign(crypto::signing_keys_from_seed(seed.reveal()),
                                    letter.message.id.str(), parts.clock.now(), request.body);
  request.headers = {{"webhook-id", signature.id},
                     {"webhook-timestamp", signature.timestamp},
                     {"webhook-signature", signature.value}};
  return net::http_post(request);
}

/// Keeps what came of one try; the sentence is for the operator.
Done keep(db::Transaction& tx, const Letter& letter, const Result<net::PostAnswer>& answer,
          Instant now) {
  RecallStore store(tx);
  const auto& id = letter.message.id;
  const int status = answer ? answer->status : 0;
  TRY_DONE(store.add_try({id, 0, now, status, answer ? "" : answer.error().sentence}));
  if (status >= 200 && status < 300) {
    TRY_DONE(store.end(id, lists::MessageState::delivered, now));
    return lists::ListStore(tx).add_delivery({letter.recall.tenant, letter.member.id.str(),
                                              letter.recall.list, "recall", 0,
                                              letter.recall.version, 1, now});
  }
  if (status != kGone) return {};
  TRY_DONE(
      store.stop_webhook(letter.member.id, "The member's server says that it is gone (410).", now));
  return store.end(id, lists::MessageState::dropped, now);
}

}  // namespace

Done recall_entry(const Parts& parts, db::Transaction& tx, const facts::Fact& fact) {
  const auto text = [&fact](std::string_view name) {
    const auto* value = fact.details.if_contains(name);
    return value && value->is_string() ? std::string(std::string_view(value->as_string())) : "";
  };
  const auto* version = fact.details.if_contains("version");
  lists::Recall recall;
  recall.list = text("list");
  recall.reason = text("reason");
  if (!lists::is_recall(recall.reason) || !version || !version->is_int64()) return {};
  TRY(tenant, casework::TenantId::parse(fact.tenant));
  TRY(listed, listed_at(tx, recall.list, fact.subject));
  recall.id = lists::RecallId::make(fact.at);
  recall.tenant = tenant;
  recall.entry = fact.subject;
  recall.version = version->as_int64();
  recall.listed_at = listed;
  recall.at = fact.at;
  TRY(messages, RecallStore(tx).add(recall));
  for (const auto& message : messages)
    TRY_DONE(jobs::JobStore(tx).schedule("tell_member", message.str(), parts.clock.now()));
  return {};
}

Result<Again> tell_member(const Parts& parts, const std::string& subject) {
  TRY(id, lists::RecallMessageId::parse(subject));
  TRY(letter, parts.database.read([&](db::Transaction& tx) { return letter_of(tx, id); }));
  if (letter.message.state != lists::MessageState::waiting) return Again();
  if (!letter.webhook || letter.webhook->stopped_at || letter.member.disabled) {
    TRY_DONE(parts.database.transact([&](db::Transaction& tx) {
      return RecallStore(tx).end(id, lists::MessageState::dropped, parts.clock.now());
    }));
    return Again();
  }
  const auto answer = post(parts, letter);
  TRY_DONE(parts.database.transact(
      [&](db::Transaction& tx) { return keep(tx, letter, answer, parts.clock.now()); }));
  if (!answer) return fail(ErrorKind::unavailable, "A member's server did not answer.");
  if (answer->status == kGone || (answer->status >= 200 && answer->status < 300)) return Again();
  return fail(ErrorKind::unavailable,
              "A member's server answered with status " + std::to_string(answer->status) + ".");
}

}  // namespace hotline::workflow
