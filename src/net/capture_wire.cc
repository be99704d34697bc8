#include "net/capture_wire.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "url/url.h"

namespace hotline::net {

namespace {

constexpr std::size_t kSentenceMax = 1000;
constexpr std::size_t kHeadMax = 160 * 1024;
constexpr std::size_t kOwnBodyMax = 64 * 1024;
constexpr std::size_t kResourcesMax = 500;
constexpr std::size_t kViaMax = 10;
constexpr std::size_t kExchangeBytesMax = 4u << 20;  // Of the header's 8 MiB, in base64.

std::unexpected<Error> broken() {
  return fail(ErrorKind::invalid, "The capture broke the format of the fetch jail.");
}

std::string clean(const json::value& object, std::string_view key, std::size_t bytes_max) {
  const auto text = text_at(object, key);
  return text ? clip_utf8(clean_utf8(*text), bytes_max) : "";
}

// For a header: a line break would begin another one.
std::string one_line(const json::value& object, std::string_view key) {
  auto text = clip_utf8(text_at(object, key).value_or(""), 2000);
  std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  return text;
}

int status_of(const json::value& object) {
  const auto status = integer_at(object, "status").value_or(0);
  return status >= 100 && status <= 999 ? static_cast<int>(status) : 0;
}

std::string ip_of(const json::value& object) {
  const auto ip = url::parse_ip(text_at(object, "ip").value_or(""));
  return ip ? ip->text() : "";
}

json::object hop_object(const Hop& hop) {
  return {{"url", hop.url}, {"ip", hop.ip}, {"status", hop.status}, {"note", hop.note}};
}

Hop read_hop(const json::value& object) {
  return {.url = clean(object, "url", url::kAddressBytesMax),
          .ip = ip_of(object),
          .status = status_of(object),
          .note = clean(object, "note", kSentenceMax)};
}

json::object media_object(const FetchedMedia& media) {
  return {{"url", media.url},
          {"ip", media.ip},
          {"status", media.status},
          {"content_type", media.content_type}};
}

json::object marks_object(const Fingerprints& marks) {
  json::array payments;
  for (const auto& payment : marks.payments) payments.emplace_back(payment);
  return {{"structure", marks.structure},
          {"paths", marks.paths},
          {"favicon", marks.favicon},
          {"payments", std::move(payments)}};
}

// The words that both the wire and the summary have.
json::object common_members(const Capture& capture) {
  json::array hops;
  for (const auto& hop : capture.hops) hops.push_back(hop_object(hop));
  return {{"verdict", name(capture.verdict)},
          {"status", capture.status},
          {"final_url", capture.final_url},
          {"content_type", capture.content_type},
          {"server", capture.server},
          {"title", capture.title},
          {"sentence", capture.sentence},
          {"hops", std::move(hops)},
          {"exit", capture.exit},
          {"certificate", capture.certificate},
          {"fingerprints", marks_object(capture.fingerprints)}};
}

json::array resources_array(const Capture& capture) {
  json::array resources;
  for (const auto& one : capture.resources)
    resources.push_back(json::object{{"url", one.url},
                                     {"kind", one.kind},
                                     {"content_type", one.content_type},
                                     {"status", one.status}});
  return resources;
}

// Heads may hold any byte; JSON may not.
json::object exchange_object(const Exchange& exchange) {
  return {{"url", exchange.url},
          {"ip", exchange.ip},
          {"request", base64(exchange.request)},
          {"response", base64(exchange.response)},
          {"body_of", exchange.body_of},
          {"body", base64(exchange.body)},
          {"cut", exchange.cut},
          {"at", exchange.at_us}};
}

std::string bytes_at(const json::value& object, std::string_view key, std::size_t most) {
  auto bytes = unbase64(text_at(object, key).value_or(""));
  return bytes && bytes->size() <= most ? *std::move(bytes) : "";
}

Exchange read_exchange(const json::value& object, std::size_t media) {
  const auto* cut = member(object, "cut");
  Exchange exchange{.url = clean(object, "url", url::kAddressBytesMax),
                    .ip = ip_of(object),
                    .request = bytes_at(object, "request", kHeadMax),
                    .response = bytes_at(object, "response", kHeadMax),
                    .body = bytes_at(object, "body", kOwnBodyMax),
                    .cut = cut != nullptr && cut->is_bool() && cut->get_bool(),
                    .at_us = std::max<std::int64_t>(0, integer_at(object, "at").value_or(0))};
  const auto body_of = integer_at(object, "body_of").value_or(Exchange::kOwnBody);
  if (body_of >= 0 && body_of <= static_cast<std::int64_t>(media))
    exchange.body_of = static_cast<int>(body_of);
  return exchange;
}

std::string digest_at(const json::value& object, std::string_view key, std::size_t digits) {
  const auto text = text_at(object, key).value_or("");
  return text.size() == digits && unhex(text) ? text : "";
}

Fingerprints read_marks_object(const json::value& object) {
  Fingerprints marks{.structure = digest_at(object, "structure", 16),
                     .paths = digest_at(object, "paths", 16),
                     .favicon = digest_at(object, "favicon", 64)};
  const auto* payments = member(object, "payments");
  if (payments == nullptr || !payments->is_array()) return marks;
  for (const auto& payment : payments->get_array())
    if (payment.is_string() && payment.get_string().size() == 64 && marks.payments.size() < 10)
      if (unhex(std::string_view(payment.get_string())))
        marks.payments.emplace_back(payment.get_string());
  return marks;
}

// What a capture may have besides; a list that is missing is empty.
void read_extras(const json::value& object, Capture& capture) {
  capture.exit = clean(object, "exit", 40);
  capture.certificate = clean(object, "certificate", 4000);
  if (const auto* marks = member(object, "fingerprints"))
    capture.fingerprints = read_marks_object(*marks);
  const auto* resources = member(object, "resources");
  if (resources != nullptr && resources->is_array())
    for (const auto& one : resources->get_array())
      if (capture.resources.size() < kResourcesMax)
        capture.resources.push_back({.url = clean(one, "url", 2000),
                                     .kind = clean(one, "kind", 40),
                                     .content_type = clean(one, "content_type", 200),
                                     .status = status_of(one)});
  const auto* exchanges = member(object, "exchanges");
  if (exchanges != nullptr && exchanges->is_array())
    for (const auto& one : exchanges->get_array())
      if (capture.exchanges.size() < kCaptureMediaMax + kCaptureHopsMax)
        capture.exchanges.push_back(read_exchange(one, capture.media.size()));
}

}  // namespace

std::string_view name(FetchVerdict verdict) {
  switch (verdict) {
    case FetchVerdict::answered: return "answered";
    case FetchVerdict::no_name: return "no_name";
    case FetchVerdict::no_answer: return "no_answer";
    case FetchVerdict::refused: return "refused";
    case FetchVerdict::too_large: return "too_large";
  }
  return "no_answer";
}

Result<FetchVerdict> parse_fetch_verdict(std::string_view text) {
  for (const auto verdict : {FetchVerdict::answered, FetchVerdict::no_name, FetchVerdict::no_answer,
                             FetchVerdict::refused, FetchVerdict::too_large})
    if (name(verdict) == text) return verdict;
  return fail(ErrorKind::invalid, "This is not a verdict of a capture.");
}

json::object summary(const Capture& capture) {
  auto object = common_members(capture);
  json::array media;
  for (const auto& one : capture.media) {
    auto member = media_object(one);
    member["bytes"] = one.bytes.size();
    member["md5"] = hex(crypto::md5(one.bytes));
    member["sha1"] = hex(crypto::sha1(one.bytes));
    member["sha256"] = hex(crypto::sha256(one.bytes));
    media.push_back(std::move(member));
  }
  object["page_bytes"] = capture.page.size();
  object["page_sha256"] = hex(crypto::sha256(capture.page));
  object["text_bytes"] = capture.text.size();
  object["screenshot_bytes"] = capture.screenshot.size();
  object["media"] = std::move(media);
  object["resources"] = resources_array(capture);
  return object;
}

sandbox::FrameLimits capture_limits() {
  return {.header_bytes_max = 8u << 20,
          .blob_bytes_max = 64u << 20,
          .blob_count_max = static_cast<std::uint32_t>(kCaptureMediaMax) + 2,
          .total_bytes_max = kCaptureBytesMax + (16u << 20)};
}

sandbox::Message request_message(const FetchRequest& request) {
  json::array via;
  for (const auto& page : request.via) via.emplace_back(page);
  return {.header = {{"url", request.url},
                     {"referrer", request.referrer},
                     {"browser", request.browser},
                     {"media", request.media},
                     {"via", std::move(via)},
                     {"cookies", request.cookies},
                     {"locale", request.locale},
                     {"agent", request.agent},
                     {"exit", request.exit},
                     {"exchanges", request.exchanges}},
          .blobs = {}};
}

Result<FetchRequest> read_request(const sandbox::Message& message) {
  const json::value object = message.header;
  const auto url = text_at(object, "url");
  const auto* browser = member(object, "browser");
  const auto* media = member(object, "media");
  if (!url || browser == nullptr || !browser->is_bool() || media == nullptr || !media->is_bool())
    return fail(ErrorKind::invalid, "The request for the fetch jail is not complete.");
  FetchRequest request{.url = *url,
                       .referrer = text_at(object, "referrer").value_or(""),
                       .browser = browser->get_bool(),
                       .media = media->get_bool(),
                       .cookies = one_line(object, "cookies"),
                       .locale = one_line(object, "locale"),
                       .agent = one_line(object, "agent"),
                       .exit = one_line(object, "exit")};
  const auto* via = member(object, "via");
  if (via != nullptr && via->is_array())
    for (const auto& page : via->get_array())
      if (page.is_string() && request.via.size() < kViaMax)
        request.via.emplace_back(page.get_string());
  const auto* exchanges = member(object, "exchanges");
  request.exchanges = exchanges != nullptr && exchanges->is_bool() && exchanges->get_bool();
  return request;
}

sandbox::Message capture_message(Capture capture) {
  sandbox::Message message{.header = common_members(capture), .blobs = {}};
  json::array media;
  message.header["text"] = capture.text;
  message.blobs.push_back(std::move(capture.page));
  message.blobs.push_back(std::move(capture.screenshot));
  for (auto& one : capture.media) {
    media.push_back(media_object(one));
    message.blobs.push_back(std::move(one.bytes));
  }
  message.header["media"] = std::move(media);
  message.header["resources"] = resources_array(capture);
  json::array exchanges;
  std::size_t bytes = 0;
  for (const auto& exchange : capture.exchanges) {
    bytes += exchange.request.size() + exchange.response.size() + exchange.body.size();
    if (bytes > kExchangeBytesMax) break;
    exchanges.push_back(exchange_object(exchange));
  }
  message.header["exchanges"] = std::move(exchanges);
  return message;
}

Result<Capture> read_capture(sandbox::Message message) {
  const json::value object = std::move(message.header);
  const auto verdict = parse_fetch_verdict(text_at(object, "verdict").value_or(""));
  const auto* hops = member(object, "hops");
  const auto* media = member(object, "media");
  if (!verdict || hops == nullptr || !hops->is_array() || media == nullptr || !media->is_array())
    return broken();
  const auto& entries = media->get_array();
  if (entries.size() > kCaptureMediaMax || message.blobs.size() != entries.size() + 2 ||
      hops->get_array().size() > kCaptureHopsMax)
    return broken();
  Capture capture{.verdict = *verdict, .status = status_of(object)};
  for (const auto& hop : hops->get_array()) capture.hops.push_back(read_hop(hop));
  capture.final_url = clean(object, "final_url", url::kAddressBytesMax);
  capture.content_type = clean(object, "content_type", 200);
  capture.server = clean(object, "server", 4000);
  capture.title = clean(object, "title", kSentenceMax);
  capture.text = clean(object, "text", kCaptureTextMax);
  capture.sentence = clean(object, "sentence", kSentenceMax);
  capture.page = std::move(message.blobs[0]);
  capture.screenshot = std::move(message.blobs[1]);
  for (std::size_t i = 0; i < entries.size(); ++i)
    capture.media.push_back({.url = clean(entries[i], "url", url::kAddressBytesMax),
                             .ip = ip_of(entries[i]),
                             .status = status_of(entries[i]),
                             .content_type = clean(entries[i], "content_type", 200),
                             .bytes = std::move(message.blobs[i + 2])});
  read_extras(object, capture);
  return capture;
}

}  // namespace hotline::net
