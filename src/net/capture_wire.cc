#include "net/capture_wire.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "url/url.h"

namespace hotline::net {

namespace {

constexpr std::size_t kSentenceMax = 1000;

std::unexpected<Error> broken() {
  return fail(ErrorKind::invalid, "The capture broke the format of the fetch jail.");
}

std::string clean(const json::value& object, std::string_view key, std::size_t bytes_max) {
  const auto text = text_at(object, key);
  return text ? clip_utf8(clean_utf8(*text), bytes_max) : "";
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

// The words that both the wire and the summary have.
json::object common_members(const Capture& capture) {
  json::array hops;
  for (const auto& hop : capture.hops) hops.push_back(hop_object(hop));
  return {{"verdict", name(capture.verdict)}, {"status", capture.status},
          {"final_url", capture.final_url},   {"content_type", capture.content_type},
          {"server", capture.server},         {"title", capture.title},
          {"sentence", capture.sentence},     {"hops", std::move(hops)}};
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
  return object;
}

sandbox::FrameLimits capture_limits() {
  return {.header_bytes_max = 8u << 20,
          .blob_bytes_max = 64u << 20,
          .blob_count_max = static_cast<std::uint32_t>(kCaptureMediaMax) + 2,
          .total_bytes_max = kCaptureBytesMax + (16u << 20)};
}

sandbox::Message request_message(const FetchRequest& request) {
  return {.header = {{"url", request.url},
                     {"referrer", request.referrer},
                     {"browser", request.browser},
                     {"media", request.media}},
          .blobs = {}};
}

Result<FetchRequest> read_request(const sandbox::Message& message) {
  const json::value object = message.header;
  const auto url = text_at(object, "url");
  const auto* browser = member(object, "browser");
  const auto* media = member(object, "media");
  if (!url || browser == nullptr || !browser->is_bool() || media == nullptr || !media->is_bool())
    return fail(ErrorKind::invalid, "The request for the fetch jail is not complete.");
  return FetchRequest{.url = *url,
                      .referrer = text_at(object, "referrer").value_or(""),
                      .browser = browser->get_bool(),
                      .media = media->get_bool()};
}

sandbox::Message capture_message(const Capture& capture) {
  sandbox::Message message{.header = common_members(capture), .blobs = {}};
  json::array media;
  message.header["text"] = capture.text;
  message.blobs.push_back(capture.page);
  message.blobs.push_back(capture.screenshot);
  for (const auto& one : capture.media) {
    media.push_back(media_object(one));
    message.blobs.push_back(one.bytes);
  }
  message.header["media"] = std::move(media);
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
  return capture;
}

}  // namespace hotline::net
