// Storing list entries, versions, deliveries and feedback. No rules here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/db.h"
#include "lists/listing.h"

namespace hotline::lists {

struct Delivery {
  TenantId tenant;
  std::string credential;  ///< Id of the member.
  std::string list;
  std::string kind;  ///< snapshot, changes, manifest, lookup, feedback
  std::int64_t since = 0;
  std::int64_t version = 0;
  std::int64_t entries = 0;
  Instant at{};
};

struct Feedback {
  TenantId tenant;
  EntryId entry;
  std::string credential;
  std::string verdict;  ///< up, down
  std::string reason;   ///< A code, see feedback_reasons().
  Instant at{};
};
/// wrong_address, not_reachable, lawful_content, over_blocking, useful: what a member may say.
[[nodiscard]] const std::vector<std::string_view>& feedback_reasons();

class ListStore {
 public:
  explicit ListStore(db::Transaction& tx) : tx_(tx) {}

  /// The next version of a list: one for each change, whatever the list holds.
  Result<std::int64_t> next_version(const TenantId& tenant, std::string_view list);
  /// Writes the entry as it is, with the next version of the list in place of its own.
  Result<std::int64_t> put(const Entry& entry, std::string_view list);
  Result<Entry> entry(const EntryId& id);
  Result<std::optional<Entry>> entry_of_address(const AddressId& address);
  /// On the list now, in order of id.
  Result<std::vector<Entry>> listed(const TenantId& tenant);
  /// Changed after `version`, in order of version.
  Result<std::vector<Entry>> changes(const TenantId& tenant, std::int64_t version, int limit);
  Result<std::int64_t> version(const TenantId& tenant, std::string_view list);
  Result<std::vector<Entry>> due_to_expire(Instant now, int limit);

  Done add_delivery(const Delivery& delivery);
  Result<std::vector<Delivery>> deliveries(const TenantId& tenant, int limit);
  /// False if this member has said exactly this about the entry before: nothing is changed then.
  Result<bool> add_feedback(const Feedback& feedback);
  Result<std::vector<Feedback>> feedback(const EntryId& entry);

  /// A statement about a list that the worker has signed.
  struct Manifest {
    std::int64_t version = 0;
    std::string text;  ///< As members get it.
    Instant signed_at{};
  };
  Result<std::optional<Manifest>> manifest(const TenantId& tenant, std::string_view list);
  Done put_manifest(const TenantId& tenant, std::string_view list, const Manifest& manifest);

  /// An answer to one Idempotency-Key; status 0 is still being made.
  struct Answer {
    std::string request_digest;
    int status = 0;
    std::string body;
    Instant at{};
  };
  Result<std::optional<Answer>> answer(std::string_view credential, std::string_view key);
  Done put_answer(std::string_view credential, std::string_view key, const Answer& answer);
  /// Forgets answers older than `before`.
  Done forget_answers(Instant before);

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::lists
