// Storing who may report by mail, and how they prove that they are who they say. No rules here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "casework/casework.h"
#include "db/db.h"

namespace hotline::intake {

struct MailSender {
  std::string address;  ///< Lower case.
  casework::TenantId tenant;
  std::string token_digest;  ///< SHA-256, hex; empty: only a DKIM signature counts.
  std::string dkim_domain;   ///< Empty: only the token counts.
  Instant added_at{};
};

class MailSenderStore {
 public:
  explicit MailSenderStore(db::Transaction& tx) : tx_(tx) {}
  Done put(const MailSender& sender);  ///< Replaces the one with this address.
  Result<std::optional<MailSender>> find(std::string_view address);
  Result<std::vector<MailSender>> all();
  /// Error `not_found`.
  Done remove(std::string_view address);

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::intake
