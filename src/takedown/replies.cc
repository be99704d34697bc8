// What becomes of a mail that came back.
#include "takedown/replies.h"

#include <algorithm>

#include "base/text.h"
#include "facts/facts.h"
#include "takedown/contact_store.h"
#include "takedown/notice_store.h"
#include "takedown/takedown.h"

namespace hotline::takedown {

namespace {

constexpr std::size_t kWordsBytesMax = 4096;
constexpr std::size_t kNoticesMax = 50;  // Of one mail: as many as we put into one, and more.

/// What a line must begin with to end the mail's own words: everything after it is quoted.
constexpr std::array<std::string_view, 6> kQuoteMarks = {
    "-----original message", "-----ursprüngliche nachricht", "-----message d'origine",
    "-----mensaje original", "-----oorspronkelijk bericht",  "________________"};

/// A letter of ours and the notice that it is of.
struct Threaded {
  NoticeId notice;
  std::string letter, recipient;
};

bool is_of(const std::vector<Threaded>& found, const NoticeId& id) {
  return std::any_of(found.begin(), found.end(),
                     [&](const Threaded& one) { return one.notice == id; });
}

/// Whom the mail speaks of: by what it answers, else by its subject, else by its text.
Result<std::vector<Threaded>> threads_of(db::Transaction& tx, const net::ReceivedReply& mail,
                                         bool& proven) {
  NoticeStore store(tx);
  std::vector<Threaded> found;
  for (const auto& id : mail.answers_to) {
    TRY(letters, store.letters_in(id));
    for (const auto& letter : letters)
      if (!is_of(found, letter.notice))
        found.push_back({letter.notice, letter.id, letter.recipient});
    if (found.size() >= kNoticesMax) break;
  }
  proven = !found.empty();
  if (proven) return found;
  auto named = find_references(mail.subject, kNoticesMax);
  if (named.empty()) named = find_references(mail.text, kNoticesMax);
  for (const auto& id : named)
    if (store.notice(id)) found.push_back({id, "", ""});
  return found;
}

}  // namespace

std::string_view name(ReplyKind kind) {
  switch (kind) {
    case ReplyKind::bounce: return "bounce";
    case ReplyKind::delayed: return "delayed";
    case ReplyKind::automatic: return "automatic";
    case ReplyKind::human: return "human";
  }
  return "human";
}

Result<ReplyKind> parse_reply_kind(std::string_view text) {
  for (const auto kind : kReplyKinds)
    if (name(kind) == text) return kind;
  return fail(ErrorKind::invalid, "This is no kind of reply.");
}

std::string own_words(std::string_view text) {
  std::string words;
  for (const auto line : split(text, '\n')) {
    const auto plain = trim(line);
    const auto low = lower_ascii(plain);
    if (std::any_of(kQuoteMarks.begin(), kQuoteMarks.end(),
                    [&](std::string_view mark) { return low.starts_with(mark); }))
      break;
    if (plain.starts_with('>')) continue;
    words += std::string(line.substr(0, line.find_last_not_of(" \t\r") + 1)) + "\n";
  }
  return clip_utf8(clean_utf8(trim(words)), kWordsBytesMax);
}

std::vector<NoticeId> find_references(std::string_view text, std::size_t limit) {
  std::vector<NoticeId> found;
  std::string left = lower_ascii(text);
  for (auto at = left.find("ntc-"); at != std::string::npos && found.size() < limit;
       at = left.find("ntc-", at + 1)) {
    const auto id = find_reference(std::string_view(left).substr(at, 30));
    if (id && std::find(found.begin(), found.end(), *id) == found.end()) found.push_back(*id);
  }
  return found;
}

ReplyKind kind_of(const net::ReceivedReply& mail) {
  if (mail.report && mail.report->action == "failed")
    return mail.report->status.starts_with('4') ? ReplyKind::delayed : ReplyKind::bounce;
  if (mail.report && mail.report->action == "delayed") return ReplyKind::delayed;
  return mail.automatic ? ReplyKind::automatic : ReplyKind::human;
}

Result<bool> Takedown::take_reply(db::Transaction& tx, const TenantId& tenant,
                                  const net::ReceivedReply& mail, bool keep_unknown,
                                  Instant now) const {
  bool proven = false;
  TRY(threads, threads_of(tx, mail, proven));
  Reply reply;
  reply.tenant = tenant;
  reply.kind = kind_of(mail);
  reply.sender = clip_utf8(mail.from, 254);
  reply.subject = mail.subject;
  reply.words = own_words(mail.text);
  if (reply.words.empty() && mail.report) reply.words = mail.report->diagnostic;
  if (reply.kind == ReplyKind::human) reply.meaning = texts_.meaning_of(reply.words);
  if (mail.report) reply.status = mail.report->status;
  reply.at = now;
  NoticeStore store(tx);
  bool taken = false;
  for (const auto& thread : threads) {
    TRY(notice, store.notice(thread.notice));
    if (notice.tenant != tenant) continue;
    taken = true;
    reply.id = hex(crypto::sha256(mail.key + "\n" + thread.notice.str()));
    reply.notice = thread.notice;
    reply.letter = thread.letter;
    TRY(fresh, ReplyStore(tx).add(reply));
    if (fresh) TRY_DONE(follow_reply(tx, notice, reply, proven ? thread.recipient : "", now));
  }
  if (taken || !keep_unknown) return taken;
  reply.id = hex(crypto::sha256(mail.key + "\n"));
  TRY(fresh, ReplyStore(tx).add(reply));
  return fresh;
}

/// `recipient`: whom the letter that bounced went to; empty unless the mail proves that it bounced.
Done Takedown::follow_reply(db::Transaction& tx, const Notice& notice, const Reply& reply,
                            std::string_view recipient, Instant now) const {
  TRY_DONE(facts::FactStore(tx).append({notice.tenant.str(), "notice_replied", "host",
                                        notice.casefile.str(), notice.id.str(),
                                        json::object{{"notice", notice.id.str()},
                                                     {"kind", std::string(name(reply.kind))},
                                                     {"meaning", reply.meaning},
                                                     {"country", notice.hosting.country}},
                                        now}));
  if (reply.kind == ReplyKind::human && is_open(notice.state) && notice.trouble.empty())
    return set_trouble(tx, notice.id, "replied");
  if (recipient.empty()) return {};
  if (reply.kind == ReplyKind::delayed)
    return ContactStore(tx).set_bounce(notice.tenant, recipient, BounceState::soft);
  if (reply.kind != ReplyKind::bounce) return {};
  TRY_DONE(ContactStore(tx).set_bounce(notice.tenant, recipient, BounceState::hard));
  if (!is_open(notice.state) || notice.state == NoticeState::held) return {};
  TRY_DONE(set_trouble(tx, notice.id, "bounces"));
  return pass_over(tx, notice.id, recipient, now);
}

Result<Notice> Takedown::read_reply(db::Transaction& tx, const TenantId& tenant, const NoticeId& id,
                                    std::string_view reply, std::string_view actor,
                                    Instant now) const {
  TRY(notice, NoticeStore(tx).notice(id));
  TRY_DONE(ReplyStore(tx).mark_seen(tenant, reply, actor, now));
  TRY(replies, ReplyStore(tx).of_notice(id));
  const bool more = std::any_of(replies.begin(), replies.end(), [](const Reply& one) {
    return one.kind == ReplyKind::human && one.seen_by.empty();
  });
  if (!more && notice.trouble == "replied") {
    TRY_DONE(set_trouble(tx, id, ""));
    notice.trouble.clear();
  }
  return notice;
}

}  // namespace hotline::takedown
