#include "push/push.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace hotline::push {

namespace {

constexpr std::string_view kNoticeFormat = "hotline-notice/1";
constexpr std::string_view kReceiptFormat = "hotline-receipt/1";
constexpr std::size_t kLocationsMax = 1000, kItemsMax = 10000, kIdBytesMax = 200;
constexpr std::array kKinds = {Kind::first, Kind::reminder, Kind::escalation, Kind::withdrawal};

std::unexpected<Error> not_such(std::string_view what) {
  return fail(ErrorKind::invalid, "This is not a " + std::string(what) + ".");
}

bool is_hex(std::string_view text, std::size_t length) {
  return text.size() == length && text.find_first_not_of("0123456789abcdef") == text.npos;
}

template <class All>
auto one_named(const All& all, std::string_view text) -> std::optional<typename All::value_type> {
  for (const auto one : all)
    if (name(one) == text) return one;
  return std::nullopt;
}

/// Members that every document has; "" if one is missing.
std::string text_of(const json::value& object, std::string_view key) {
  return text_at(object, key).value_or("");
}

Result<std::string> id_of(const json::value& document, std::string_view what) {
  const std::string id = text_of(document, "id");
  if (id.empty() || id.size() > kIdBytesMax ||
      id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") !=
          id.npos)
    return not_such(what);
  return id;
}

Result<json::value> document_of(std::string_view body, std::string_view format) {
  if (body.size() > kBodyBytesMax) return not_such(format);
  TRY(document, parse_json(body));
  if (!document.is_object() || text_of(document, "format") != format) return not_such(format);
  return document;
}

/// With microseconds: what a receipt measures is over in a few milliseconds.
std::string precise(Instant at) {
  const auto part = at - std::chrono::floor<std::chrono::seconds>(at);
  std::string fraction = std::to_string(part.count());
  fraction.insert(0, 6 - fraction.size(), '0');
  const std::string whole = rfc3339(std::chrono::floor<std::chrono::seconds>(at));
  return whole.substr(0, 19) + "." + fraction + "Z";
}

/// What precise() gives; whole seconds too.
Result<Instant> read_precise(std::string_view text) {
  TRY(at, parse_rfc3339(text));
  if (text.size() != 27 || text[19] != '.') return at;
  TRY(fraction, parse_integer(text.substr(20, 6)));
  if (fraction < 0) return not_such("time");
  return std::chrono::floor<std::chrono::seconds>(at) + std::chrono::microseconds(fraction);
}

std::string bytes_to_sign(const Signature& signature, std::string_view body) {
  return signature.id + "." + signature.timestamp + "." + std::string(body);
}

}  // namespace

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::first: return "first";
    case Kind::reminder: return "reminder";
    case Kind::escalation: return "escalation";
    case Kind::withdrawal: return "withdrawal";
  }
  return "";
}

std::string_view name(Deed deed) {
  switch (deed) {
    case Deed::disabled: return "disabled";
    case Deed::removed: return "removed";
    case Deed::hooked: return "hooked";
    case Deed::restored: return "restored";
    case Deed::not_found: return "not_found";
    case Deed::failed: return "failed";
  }
  return "";
}

bool is_done(Deed deed) {
  return deed != Deed::not_found && deed != Deed::failed;
}

bool Receipt::all_done() const {
  return count(Deed::failed) == 0 &&
         std::any_of(actions.begin(), actions.end(), [](const auto& a) { return is_done(a.deed); });
}

int Receipt::count(Deed deed) const {
  return static_cast<int>(
      std::count_if(actions.begin(), actions.end(), [&](const auto& a) { return a.deed == deed; }));
}

std::string to_json(const Notice& notice) {
  json::array locations, items;
  for (const auto& location : notice.locations) locations.emplace_back(location);
  for (const auto& item : notice.items) {
    json::object one;
    if (!item.md5.empty()) one["md5"] = item.md5;
    if (!item.sha1.empty()) one["sha1"] = item.sha1;
    if (!item.sha256.empty()) one["sha256"] = item.sha256;
    items.emplace_back(std::move(one));
  }
  return json::serialize(json::object{{"format", kNoticeFormat},
                                      {"id", notice.id},
                                      {"reference", notice.reference},
                                      {"kind", name(notice.kind)},
                                      {"organisation", notice.organisation},
                                      {"contact", notice.contact},
                                      {"category", notice.category},
                                      {"baseline", notice.baseline},
                                      {"sent_at", rfc3339(notice.sent_at)},
                                      {"locations", std::move(locations)},
                                      {"items", std::move(items)},
                                      {"answer_link", notice.answer_link},
                                      {"subject", notice.subject},
                                      {"text", notice.text}});
}

std::string to_json(const Receipt& receipt) {
  json::array actions;
  for (const auto& action : receipt.actions) {
    json::object one{{"deed", name(action.deed)}};
    if (!action.location.empty()) one["location"] = action.location;
    if (!action.sha256.empty()) one["sha256"] = action.sha256;
    actions.emplace_back(std::move(one));
  }
  return json::serialize(json::object{{"format", kReceiptFormat},
                                      {"id", receipt.id},
                                      {"reference", receipt.reference},
                                      {"notice_digest", receipt.notice_digest},
                                      {"receiver", receipt.receiver},
                                      {"received_at", precise(receipt.received_at)},
                                      {"finished_at", precise(receipt.finished_at)},
                                      {"actions", std::move(actions)}});
}

Result<Notice> parse_notice(std::string_view body) {
  TRY(document, document_of(body, kNoticeFormat));
  Notice notice;
  TRY(id, id_of(document, kNoticeFormat));
  notice.id = id;
  notice.reference = text_of(document, "reference");
  const auto kind = one_named(kKinds, text_of(document, "kind"));
  const auto* locations = member(document, "locations");
  const auto* items = member(document, "items");
  if (!kind || notice.reference.empty() || notice.reference.size() > kIdBytesMax ||
      locations == nullptr || !locations->is_array() || items == nullptr || !items->is_array() ||
      locations->get_array().size() > kLocationsMax || items->get_array().size() > kItemsMax)
    return not_such(kNoticeFormat);
  notice.kind = *kind;
  for (const auto& location : locations->get_array()) {
    if (!location.is_string()) return not_such(kNoticeFormat);
    notice.locations.emplace_back(location.get_string());
  }
  for (const auto& item : items->get_array()) {
    Digests digests{text_of(item, "md5"), text_of(item, "sha1"), text_of(item, "sha256")};
    const bool good = (digests.md5.empty() || is_hex(digests.md5, 32)) &&
                      (digests.sha1.empty() || is_hex(digests.sha1, 40)) &&
                      (digests.sha256.empty() || is_hex(digests.sha256, 64));
    if (!good) return not_such(kNoticeFormat);
    notice.items.push_back(std::move(digests));
  }
  notice.organisation = text_of(document, "organisation");
  notice.contact = text_of(document, "contact");
  notice.category = text_of(document, "category");
  const auto* baseline = member(document, "baseline");
  notice.baseline = baseline != nullptr && baseline->is_bool() && baseline->get_bool();
  TRY(sent_at, parse_rfc3339(text_of(document, "sent_at")));
  notice.sent_at = sent_at;
  notice.answer_link = text_of(document, "answer_link");
  notice.subject = text_of(document, "subject");
  notice.text = text_of(document, "text");
  return notice;
}

Result<Receipt> parse_receipt(std::string_view body) {
  TRY(document, document_of(body, kReceiptFormat));
  Receipt receipt;
  TRY(id, id_of(document, kReceiptFormat));
  receipt.id = id;
  receipt.reference = text_of(document, "reference");
  receipt.notice_digest = text_of(document, "notice_digest");
  receipt.receiver = clip_utf8(clean_utf8(text_of(document, "receiver")), kIdBytesMax);
  const auto* actions = member(document, "actions");
  if (!is_hex(receipt.notice_digest, 64) || actions == nullptr || !actions->is_array() ||
      actions->get_array().size() > kLocationsMax + kItemsMax)
    return not_such(kReceiptFormat);
  TRY(received_at, read_precise(text_of(document, "received_at")));
  TRY(finished_at, read_precise(text_of(document, "finished_at")));
  receipt.received_at = received_at;
  receipt.finished_at = finished_at;
  for (const auto& one : actions->get_array()) {
    const auto deed = one_named(kDeeds, text_of(one, "deed"));
    const std::string sha256 = text_of(one, "sha256");
    if (!deed || (!sha256.empty() && !is_hex(sha256, 64))) return not_such(kReceiptFormat);
    receipt.actions.push_back({text_of(one, "location"), sha256, *deed});
  }
  return receipt;
}

Signature sign(const crypto::SigningKeys& keys, std::string_view id, Instant at,
               std::string_view body) {
  Signature signature;
  signature.id = id;
  signature.timestamp = std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count());
  signature.value = "v1a," + base64(crypto::sign(keys, bytes_to_sign(signature, body)));
  return signature;
}

Done verify(std::string_view public_key, const Signature& signature, std::string_view body,
            Instant now) {
  const auto refused = [] {
    return fail(ErrorKind::forbidden, "The signature is not one that is trusted here.");
  };
  const auto seconds = parse_integer(signature.timestamp);
  // Beyond these a multiplication could overflow; nobody's clock is there.
  if (!seconds || *seconds < 0 || *seconds > 100'000'000'000) return refused();
  const auto age = now - Instant(std::chrono::seconds(*seconds));
  if (age > kClockTolerance || age < -kClockTolerance)
    return fail(ErrorKind::forbidden,
                "The signature's time is more than five minutes from the clock here.");
  const std::string message = bytes_to_sign(signature, body);
  for (const auto one : split(signature.value, ' ')) {
    if (!one.starts_with("v1a,")) continue;
    const auto raw = unbase64(one.substr(4));
    if (raw && crypto::verify(public_key, message, *raw)) return {};
  }
  return refused();
}

}  // namespace hotline::push
