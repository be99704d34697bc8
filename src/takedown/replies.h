// Replies: what comes back to the mailbox that our notices name.
//
// Bounces (RFC 3464), answering machines (RFC 3834) and people. A mail is threaded to
// its notices by the Message-ID that it answers or returns, else by the references in
// its subject, whatever a ticket system put around them. Only a delivery report that
// names a mail which we sent changes anything: the mailbox bounces, and the next one
// above is asked. What a person writes is shown with what it may mean, and is never
// acted on by itself. Attachments are counted, never decoded and not kept.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/db.h"
#include "net/mail_reader.h"
#include "takedown/notice.h"

namespace hotline::takedown {

enum class ReplyKind : std::uint8_t {
  bounce,     ///< Could not be delivered, for good.
  delayed,    ///< Not delivered yet.
  automatic,  ///< An answering machine, a ticket system, a receipt.
  human,      ///< Somebody wrote.
};
inline constexpr std::array kReplyKinds = {ReplyKind::bounce, ReplyKind::delayed,
                                           ReplyKind::automatic, ReplyKind::human};
[[nodiscard]] std::string_view name(ReplyKind kind);
[[nodiscard]] Result<ReplyKind> parse_reply_kind(std::string_view text);

struct Reply {
  std::string id;  ///< Digest of mail and notice: the same mail again is the same reply.
  TenantId tenant;
  std::optional<NoticeId> notice;  ///< None: it names no notice of ours.
  std::string letter;              ///< The letter that it answers, or empty.
  ReplyKind kind = ReplyKind::human;
  std::string sender;  ///< As it says; nobody has proved it.
  std::string subject;
  std::string words;    ///< Without what it quotes, at most 4 KiB.
  std::string meaning;  ///< removed, not_ours, need_time, dispute, received, or empty.
  std::string status;   ///< Of a bounce: "5.1.1".
  Instant at{};
  std::string seen_by;  ///< Person's id, or empty.
  std::optional<Instant> seen_at;
};

class ReplyStore {
 public:
  explicit ReplyStore(db::Transaction& tx) : tx_(tx) {}

  /// False if it is there already.
  Result<bool> add(const Reply& reply);
  /// Oldest first.
  Result<std::vector<Reply>> of_notice(const NoticeId& notice);
  /// What people wrote and nobody has read, and what names no notice; newest first.
  Result<std::vector<Reply>> unseen(const TenantId& tenant, int limit);
  /// `not_found` if there is no such reply.
  Done mark_seen(const TenantId& tenant, std::string_view id, std::string_view person, Instant now);

 private:
  Result<std::vector<Reply>> select(std::string_view where, const db::Values& values);
  db::Transaction& tx_;
};

/// The mail's own words: without quoted lines and what follows "-----Original Message-----".
[[nodiscard]] std::string own_words(std::string_view text);
/// All references in a text, in order, without repeats, at most `limit`.
[[nodiscard]] std::vector<NoticeId> find_references(std::string_view text, std::size_t limit);
[[nodiscard]] ReplyKind kind_of(const net::ReceivedReply& mail);

}  // namespace hotline::takedown
