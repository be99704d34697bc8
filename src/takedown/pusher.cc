#include "takedown/pusher.h"

#include "base/log.h"
#include "base/text.h"
#include "facts/facts.h"
#include "net/http_post.h"
#include "takedown/notice_store.h"
#include "takedown/notice_text.h"
#include "takedown/takedown.h"

namespace hotline::takedown {

namespace {

/// A receiver answers in milliseconds; a letter does not wait for one that does not.
constexpr std::chrono::milliseconds kPatience{10000};

push::Kind kind_of(LetterKind kind) {
  switch (kind) {
    case LetterKind::first: return push::Kind::first;
    case LetterKind::reminder: return push::Kind::reminder;
    case LetterKind::escalation: return push::Kind::escalation;
    case LetterKind::withdrawal: return push::Kind::withdrawal;
  }
  return push::Kind::first;
}

std::string header_of(const net::PostAnswer& answer, std::string_view name) {
  const auto found = answer.headers.find(name);
  return found == answer.headers.end() ? "" : found->second;
}

/// What is signed by the pinned key, for this letter and these bytes; anything else is corrupt.
Result<Pushed> checked(const net::PostAnswer& answer, const HostReceiver& receiver,
                       const Letter& letter, std::string_view body, Instant now) {
  const auto corrupt = [](std::string_view what) {
    return fail(ErrorKind::corrupt, "The receiver's answer " + std::string(what) + ".");
  };
  if (answer.status != 200)
    return fail(ErrorKind::unavailable,
                "The receiver answered with status " + std::to_string(answer.status) + ".");
  Pushed pushed;
  pushed.stored = {letter.id,
                   letter.notice,
                   answer.body,
                   {header_of(answer, "webhook-id"), header_of(answer, "webhook-timestamp"),
                    header_of(answer, "webhook-signature")},
                   receiver.public_key,
                   now};
  if (!push::verify(receiver.public_key, pushed.stored.signature, answer.body, now))
    return corrupt("is not signed by its key");
  auto receipt = push::parse_receipt(answer.body);
  if (!receipt) return corrupt("is no receipt");
  if (receipt->id != letter.id || pushed.stored.signature.id != letter.id ||
      receipt->notice_digest != hex(crypto::sha256(body)))
    return corrupt("is about another notice");
  pushed.receipt = std::move(*receipt);
  return pushed;
}

}  // namespace

std::string Pushed::words() const {
  std::vector<std::string> parts;
  for (const auto deed : push::kDeeds)
    if (const int count = receipt.count(deed); count > 0)
      parts.push_back(replace_all(std::string(name(deed)), "_", " ") + " " + std::to_string(count));
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(receipt.finished_at -
                                                                          receipt.received_at);
  return "Signed receipt of the host's receiver: " + join(parts, ", ") + " (" +
         std::to_string(took.count()) + " ms).";
}

Result<std::unique_ptr<Pusher>> Pusher::open(const Settings& settings,
                                             const std::string& keys_dir) {
  TRY(seed, crypto::key_file(keys_dir + "/push-signing.key"));
  return std::unique_ptr<Pusher>(new Pusher(settings.text("hotline.name"),
                                            settings.text("hotline.mail_from"),
                                            crypto::signing_keys_from_seed(seed.reveal())));
}

Result<std::optional<Pushed>> Pusher::push(db::Database& database, const Notice& notice,
                                           const Letter& letter, const std::string& answer_link,
                                           Instant now) const {
  TRY(receiver, database.read([&](db::Transaction& tx) {
    return ReceiverStore(tx).of_mailbox(notice.tenant, letter.recipient);
  }));
  if (!receiver) return std::optional<Pushed>();
  push::Notice document;
  document.id = letter.id;
  document.reference = reference(notice.id);
  document.kind = kind_of(letter.kind);
  document.organisation = organisation_;
  document.contact = mailbox_;
  document.category = notice.category;
  document.baseline = notice.baseline;
  document.sent_at = letter.begun_at.value_or(now);
  document.locations = notice.locations;
  for (const auto& item : notice.items)
    document.items.push_back({item.md5, item.sha1, item.sha256});
  document.answer_link = answer_link;
  document.subject = letter.subject;
  document.text = replace_all(letter.text, kLinkPlaceholder, answer_link);
  net::HttpPost post;
  post.url = receiver->address + std::string(push::kNoticesPath);
  post.body = push::to_json(document);
  post.time = kPatience;
  const auto signature = push::sign(keys_, letter.id, now, post.body);
  post.headers = {{"webhook-id", signature.id},
                  {"webhook-timestamp", signature.timestamp},
                  {"webhook-signature", signature.value}};
  TRY(answer, net::http_post(post));
  TRY(pushed, checked(answer, *receiver, letter, post.body, now));
  return std::optional(std::move(pushed));
}

/// What the receiver did, if it did all of it: then the letter is sent. Nothing: mail it.
Result<std::optional<Sent>> Takedown::push_first(db::Database& database, const Pusher* pusher,
                                                 const Letter& letter, Instant now) const {
  if (pusher == nullptr) return std::optional<Sent>();
  TRY(notice,
      database.read([&](db::Transaction& tx) { return NoticeStore(tx).notice(letter.notice); }));
  const auto tried = pusher->push(database, notice, letter, answer_link(letter.notice), now);
  if (!tried) log::trouble("push_failed", tried.error(), {{"letter", letter.id}});
  if (!tried || !*tried) return std::optional<Sent>();
  const Pushed& pushed = **tried;
  return database.transact([&](db::Transaction& tx) -> Result<std::optional<Sent>> {
    TRY_DONE(ReceiverStore(tx).add_receipt(pushed.stored));
    const bool done = pushed.receipt.all_done();
    std::optional<Sent> sent;
    if (done) {
      TRY(finished, finish_sent(tx, letter.id, pushed.words(), now));
      sent = finished;
    }
    if (letter.kind != LetterKind::withdrawal)
      TRY_DONE(answered(tx, answer_token(letter.notice), done ? Answer::removed : Answer::received,
                        pushed.words(), "", now));
    const auto& receipt = pushed.receipt;
    TRY_DONE(facts::FactStore(tx).append(
        {notice.tenant.str(), "notice_receipt", "host", notice.casefile.str(), notice.id.str(),
         json::object{{"notice", notice.id.str()},
                      {"done", done},
                      {"found", static_cast<int>(receipt.actions.size()) -
                                    receipt.count(push::Deed::not_found)},
                      {"failed", receipt.count(push::Deed::failed)},
                      {"milliseconds", std::chrono::duration_cast<std::chrono::milliseconds>(
                                           receipt.finished_at - receipt.received_at)
                                           .count()}},
         now}));
    return sent;
  });
}

}  // namespace hotline::takedown
