// Which hosts run a receiver, and what those receivers signed. Storing only; push.h pushes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/db.h"
#include "push/push.h"
#include "takedown/notice.h"

namespace hotline::takedown {

/// A receiver stands beside a mailbox: letters to that mailbox are pushed to it first.
struct HostReceiver {
  TenantId tenant;
  std::string mailbox;     ///< One strict addr-spec, domain in lower case.
  std::string address;     ///< "https://…" without a path, or http on this machine.
  std::string public_key;  ///< 32 bytes: pinned, a person asked the host for it.
  std::string added_by;
  Instant added_at{};
};

/// A receipt as it came.
struct StoredReceipt {
  std::string letter;
  NoticeId notice;
  std::string document;
  push::Signature signature;
  std::string public_key;  ///< That it was checked against.
  Instant received_at{};
};

class ReceiverStore {
 public:
  explicit ReceiverStore(db::Transaction& tx) : tx_(tx) {}

  /// Replaces the one of that mailbox. Error `invalid` for a mailbox, address or key that is none;
  /// plain http is for this machine only.
  Done put(const HostReceiver& receiver);
  /// Error `not_found` if that mailbox has none.
  Done remove(const TenantId& tenant, std::string_view mailbox);
  Result<std::optional<HostReceiver>> of_mailbox(const TenantId& tenant, std::string_view mailbox);
  Result<std::vector<HostReceiver>> all(const TenantId& tenant);

  /// The same letter's receipt again changes nothing.
  Done add_receipt(const StoredReceipt& receipt);
  /// Oldest first.
  Result<std::vector<StoredReceipt>> receipts(const NoticeId& notice);

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::takedown
