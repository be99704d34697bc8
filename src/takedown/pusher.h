// Pusher: hands a letter to the host's receiver, where it runs one, before any mail.
//
// What a receiver signed is kept as it came and counts as what the host says: it closes
// nothing by itself, we look. A receiver that does not answer, or took nothing away,
// delays nothing: the same letter leaves by mail at once.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/settings.h"
#include "db/db.h"
#include "push/push.h"
#include "takedown/notice.h"
#include "takedown/receiver_store.h"

namespace hotline::takedown {

struct Pushed {
  push::Receipt receipt;
  StoredReceipt stored;
  /// "disabled 2, not_found 1", for the answer's words and the letter's last line.
  [[nodiscard]] std::string words() const;
};

class Pusher {
 public:
  /// The hotline's own key: `keys_dir`/push-signing.key, made at first.
  [[nodiscard]] static Result<std::unique_ptr<Pusher>> open(const Settings& settings,
                                                            const std::string& keys_dir);

  /// Nothing where the recipient has no receiver. Error `unavailable` if it did not answer,
  /// `corrupt` if what it answered is no receipt of its key for this letter.
  Result<std::optional<Pushed>> push(db::Database& database, const Notice& notice,
                                     const Letter& letter, const std::string& answer_link,
                                     Instant now) const;
  /// What a host puts into its [[trust]].
  [[nodiscard]] const std::string& public_key() const { return keys_.public_key; }

 private:
  Pusher(std::string organisation, std::string mailbox, crypto::SigningKeys keys)
      : organisation_(std::move(organisation)),
        mailbox_(std::move(mailbox)),
        keys_(std::move(keys)) {}

  std::string organisation_, mailbox_;
  crypto::SigningKeys keys_;
};

}  // namespace hotline::takedown
