#include "takedown/receiver_store.h"

#include "base/text.h"
#include "takedown/contact_store.h"
#include "url/url.h"

namespace hotline::takedown {

namespace {

constexpr std::string_view kPut =
    "INSERT INTO takedown_receiver (tenant, mailbox, push_address, push_key, added_by, added_at) "
    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, mailbox) DO UPDATE SET "
    "push_address = excluded.push_address, push_key = excluded.push_key, "
    "added_by = excluded.added_by, added_at = excluded.added_at";
constexpr std::string_view kRemove =
    "DELETE FROM takedown_receiver WHERE tenant = $1 AND mailbox = $2";
constexpr std::string_view kSelect =
    "SELECT tenant, mailbox, push_address, push_key, added_by, added_at FROM takedown_receiver "
    "WHERE tenant = $1";
constexpr std::string_view kAddReceipt =
    "INSERT INTO takedown_receipt (letter, notice, document, signed_second, signature, push_key, "
    "received_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (letter) DO NOTHING";
constexpr std::string_view kReceipts =
    "SELECT letter, notice, document, signed_second, signature, push_key, received_at "
    "FROM takedown_receipt WHERE notice = $1 ORDER BY received_at, letter";

/// Where to push: an origin, by https, or by http to this machine itself.
Result<std::string> push_origin(std::string_view address) {
  TRY(url, url::parse(address));
  if (url.path != "/" || !url.query.empty())
    return fail(ErrorKind::invalid,
                "A receiver's address has no path: https://receiver.isp.example");
  const bool this_machine = url.host == "127.0.0.1" || url.host == "[::1]";
  if (url.scheme != "https" && !this_machine)
    return fail(ErrorKind::invalid, "A receiver on another machine is reached by https only.");
  return url.origin();
}

Result<HostReceiver> read(const db::Row& row) {
  TRY(tenant, TenantId::parse(row.text(0)));
  TRY(key, unbase64(row.text(3)));
  return HostReceiver{tenant, row.text(1), row.text(2),
                      key,    row.text(4), Instant(microseconds(row.integer(5)))};
}

}  // namespace

Done ReceiverStore::put(const HostReceiver& receiver) {
  TRY(mailbox, plain_mailbox(receiver.mailbox));
  TRY(origin, push_origin(receiver.address));
  if (receiver.public_key.size() != 32)
    return fail(ErrorKind::invalid, "A receiver's key is 32 bytes in base64: ask the host for it.");
  TRY_DONE(tx_.run(kPut, {receiver.tenant.str(), mailbox, origin, base64(receiver.public_key),
                          receiver.added_by, us(receiver.added_at)}));
  return {};
}

Done ReceiverStore::remove(const TenantId& tenant, std::string_view mailbox) {
  TRY(gone, tx_.change(kRemove, {tenant.str(), std::string(mailbox)}));
  if (gone == 0) return fail(ErrorKind::not_found, "This mailbox has no receiver.");
  return {};
}

Result<std::vector<HostReceiver>> ReceiverStore::all(const TenantId& tenant) {
  TRY(rows, tx_.run(std::string(kSelect) + " ORDER BY mailbox", {tenant.str()}));
  std::vector<HostReceiver> receivers;
  for (const auto& row : rows) {
    TRY(receiver, read(row));
    receivers.push_back(std::move(receiver));
  }
  return receivers;
}

Result<std::optional<HostReceiver>> ReceiverStore::of_mailbox(const TenantId& tenant,
                                                              std::string_view mailbox) {
  TRY(rows,
      tx_.run(std::string(kSelect) + " AND mailbox = $2", {tenant.str(), std::string(mailbox)}));
  if (rows.empty()) return std::optional<HostReceiver>();
  TRY(receiver, read(rows.front()));
  return std::optional(std::move(receiver));
}

Done ReceiverStore::add_receipt(const StoredReceipt& receipt) {
  TRY_DONE(tx_.run(kAddReceipt, {receipt.letter, receipt.notice.str(), receipt.document,
                                 receipt.signature.timestamp, receipt.signature.value,
                                 base64(receipt.public_key), us(receipt.received_at)}));
  return {};
}

Result<std::vector<StoredReceipt>> ReceiverStore::receipts(const NoticeId& notice) {
  TRY(rows, tx_.run(kReceipts, {notice.str()}));
  std::vector<StoredReceipt> receipts;
  for (const auto& row : rows) {
    TRY(id, NoticeId::parse(row.text(1)));
    TRY(key, unbase64(row.text(5)));
    receipts.push_back({row.text(0),
                        id,
                        row.text(2),
                        {row.text(0), row.text(3), row.text(4)},
                        key,
                        Instant(microseconds(row.integer(6)))});
  }
  return receipts;
}

}  // namespace hotline::takedown
