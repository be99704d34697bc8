// Recalls: an entry of a members' list was wrong, and whoever took it must learn so.
//
// Every member learns it from the change feed: the tombstone says why. A member
// that has named an address is told at once by a signed word, tried again until it
// is taken; each try is kept. An entry that merely went away (removed, expired) is
// no recall. Neither a word nor a row here holds an address or a hash of what was
// listed: an id is enough.
//
// Storing only; what posts the words is workflow/recalls.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/members.h"
#include "db/db.h"
#include "lists/listing.h"

namespace hotline::lists {

using accounts::MemberId;

struct RecallTag {
  static constexpr std::string_view prefix = "rcl_";
};
using RecallId = Id<RecallTag>;
struct RecallMessageTag {
  static constexpr std::string_view prefix = "msg_";
};
using RecallMessageId = Id<RecallMessageTag>;

/// Whether an entry that left its list for this reason was wrong: withdrawn, disputed, graders
/// (of the hash list); assessment_withdrawn, appeal_upheld (of the URL list).
[[nodiscard]] bool is_recall(std::string_view reason);

struct Webhook {
  MemberId member;
  TenantId tenant;
  std::string address;  ///< https, or http to this machine.
  std::string added_by;
  Instant added_at{};
  std::optional<Instant> stopped_at;
  std::string stopped_because;
};

struct Recall {
  RecallId id;
  TenantId tenant;
  std::string list;   ///< "urls" or "hashes".
  std::string entry;  ///< Id of the entry.
  std::string reason;
  std::int64_t version = 0;  ///< Of the list, with the tombstone.
  Instant listed_at{}, at{};
};

/// Spelled as stored and printed.
enum class MessageState : std::uint8_t {
  waiting,    ///< Not taken yet.
  delivered,  ///< The member's server answered 2xx.
  dropped,    ///< The member is disabled, or its server said that it is gone.
};
[[nodiscard]] std::string_view name(MessageState state);

struct RecallMessage {
  RecallMessageId id;
  RecallId recall;
  MemberId member;
  MessageState state = MessageState::waiting;
  std::optional<Instant> ended_at;
};

struct RecallTry {
  RecallMessageId message;
  int number = 0;  ///< From 1.
  Instant at{};
  int status = 0;  ///< Of HTTP; 0: there was no answer.
  std::string words;
};

/// Where one member stands with a recall.
struct RecallReach {
  MemberId member;
  std::string member_name;
  bool took = false;     ///< It got the list while the entry stood on it.
  bool fetched = false;  ///< It got the list or its changes since: it has the tombstone.
  std::optional<MessageState> message;
};

class RecallStore {
 public:
  explicit RecallStore(db::Transaction& tx) : tx_(tx) {}

  /// Replaces the member's address; a stopped one goes on. Error `invalid` for an address that is
  /// none; plain http is for this machine only.
  Done put_webhook(const Webhook& webhook);
  /// Error `not_found` if the member has none.
  Done remove_webhook(const MemberId& member);
  Done stop_webhook(const MemberId& member, std::string_view why, Instant at);
  Result<std::optional<Webhook>> webhook(const MemberId& member);

  /// Keeps the recall, with a message to each member of the tenant that is not disabled and has an
  /// address; gives the messages. Nothing if this recall is kept already.
  Result<std::vector<RecallMessageId>> add(const Recall& recall);
  Result<Recall> recall(const RecallId& id);
  /// Latest first.
  Result<std::vector<Recall>> recalls(const TenantId& tenant, int limit);
  Result<RecallMessage> message(const RecallMessageId& id);
  Done end(const RecallMessageId& id, MessageState state, Instant at);
  /// `number` is not read: it is the next one.
  Done add_try(const RecallTry& made);
  /// Of all messages to the member, latest first.
  Result<std::vector<RecallTry>> tries(const MemberId& member, int limit);
  /// Every member that took the entry or is told, by name.
  Result<std::vector<RecallReach>> reach(const Recall& recall);

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::lists
