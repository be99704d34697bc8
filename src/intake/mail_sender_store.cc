#include "intake/mail_sender_store.h"

namespace hotline::intake {

namespace {

constexpr std::string_view kPut = R"sql(
  INSERT INTO mail_sender (address, tenant, token_digest, dkim_domain, added_at)
  VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (address) DO UPDATE
    SET tenant = excluded.tenant, token_digest = excluded.token_digest,
        dkim_domain = excluded.dkim_domain, added_at = excluded.added_at)sql";
constexpr std::string_view kFind = R"sql(
  SELECT address, tenant, token_digest, dkim_domain, added_at
    FROM mail_sender WHERE address = $1)sql";
constexpr std::string_view kAll = R"sql(
  SELECT address, tenant, token_digest, dkim_domain, added_at
    FROM mail_sender ORDER BY address)sql";
constexpr std::string_view kRemove = "DELETE FROM mail_sender WHERE address = $1";

Result<MailSender> sender_of(const db::Row& row) {
  TRY(tenant, casework::TenantId::parse(row.text(1)));
  return MailSender{row.text(0), tenant, row.text(2), row.text(3), instant(row.integer(4))};
}

}  // namespace

Done MailSenderStore::put(const MailSender& sender) {
  TRY_DONE(tx_.run(kPut, {sender.address, sender.tenant.str(), sender.token_digest,
                          sender.dkim_domain, us(sender.added_at)}));
  return {};
}

Result<std::optional<MailSender>> MailSenderStore::find(std::string_view address) {
  TRY(rows, tx_.run(kFind, {std::string(address)}));
  if (rows.empty()) return std::optional<MailSender>();
  TRY(sender, sender_of(rows[0]));
  return std::optional(std::move(sender));
}

Result<std::vector<MailSender>> MailSenderStore::all() {
  TRY(rows, tx_.run(kAll, {}));
  std::vector<MailSender> all;
  for (const auto& row : rows) {
    TRY(sender, sender_of(row));
    all.push_back(std::move(sender));
  }
  return all;
}

Done MailSenderStore::remove(std::string_view address) {
  TRY(gone, tx_.change(kRemove, {std::string(address)}));
  if (gone == 0) return fail(ErrorKind::not_found, "Nobody may report from this address.");
  return {};
}

}  // namespace hotline::intake
