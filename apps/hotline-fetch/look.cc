#include "apps/hotline-fetch/look.h"

#include <algorithm>

#include "apps/hotline-fetch/browser.h"
#include "apps/hotline-fetch/egress_proxy.h"
#include "apps/hotline-fetch/timed.h"
#include "apps/hotline-fetch/web_client.h"
#include "base/crypto.h"
#include "base/text.h"
#include "net/capture_wire.h"
#include "net/fingerprint.h"
#include "net/page_parts.h"
#include "url/url.h"

namespace hotline::fetch {

namespace {

using net::Capture;

void add_sentence(Capture& capture, std::string_view sentence) {
  if (sentence.empty()) return;
  if (!capture.sentence.empty()) capture.sentence += " ";
  capture.sentence += sentence;
}

// The media of both readings of the page, each address once: what the server sent, and what the
// page had become after its scripts ran.
void merge(std::vector<std::string>& media, const std::vector<std::string>& more,
           std::size_t most) {
  for (const auto& address : more)
    if (media.size() < most && std::find(media.begin(), media.end(), address) == media.end())
      media.push_back(address);
}

void fetch_media(WebClient& client, const std::vector<std::string>& addresses,
                 const std::string& referrer, Capture& capture) {
  std::vector<Want> wants;
  for (const auto& address : addresses) wants.push_back({.url = address, .referrer = referrer});
  auto all = client.get_all(wants);
  int missing = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto& got = all[i];
    const bool good = got.verdict == net::FetchVerdict::answered && got.sentence.empty() &&
                      got.status >= 200 && got.status < 300 && !got.body.empty() &&
                      net::is_media(got.content_type, got.body);
    if (!good) {
      ++missing;
      continue;
    }
    capture.media.push_back({.url = wants[i].url,
                             .ip = got.hops.back().ip,
                             .status = got.status,
                             .content_type = got.content_type,
                             .bytes = std::move(got.body)});
    if (got.exchanges.empty()) continue;
    got.exchanges.back().body_of = static_cast<int>(capture.media.size());
    for (auto& exchange : got.exchanges) capture.exchanges.push_back(std::move(exchange));
  }
  if (missing > 0)
    add_sentence(capture, std::to_string(missing) + " of " + std::to_string(all.size()) +
                              " pictures or videos could not be fetched.");
}

// What the page itself tried to reach and may not, at the end of the hops, where it misleads
// nobody about the address.
void add_blocked(Capture& capture, const std::vector<net::Hop>& blocked) {
  for (const auto& hop : blocked)
    if (capture.hops.size() < net::kCaptureHopsMax) capture.hops.push_back(hop);
}

ClientLimits limits_from(const Settings& settings, TimePoint deadline) {
  return {.page_size_max = static_cast<std::size_t>(settings.integer("capture.page_size_max")),
          .media_size_max = static_cast<std::size_t>(settings.integer("capture.media_size_max")),
          .total_size_max = net::kCaptureBytesMax - (32u << 20),  // Room for the screenshot.
          .deadline = deadline};
}

}  // namespace

namespace {

using Clock = std::chrono::steady_clock;
using Time = Clock::duration;

Manner manner_of(const net::FetchRequest& request) {
  Manner manner{.agent = request.agent,
                .locale = request.locale,
                .cookies = request.cookies,
                .keep_cookies = !request.via.empty(),
                .exchanges = request.exchanges};
  if (auto url = url::parse(request.url))
    manner.cookies_for = *std::move(url);
  else
    manner.cookies.clear();
  return manner;
}

// The pages of the recipe, before the address itself; the last of them is the referrer, unless the
// recipe names another.
std::string walk_there(WebClient& client, const net::FetchRequest& request) {
  std::string before;
  for (const auto& page : request.via) {
    (void)client.get({.url = page, .referrer = before, .page = true});
    before = page;
  }
  return request.referrer.empty() ? before : request.referrer;
}

Capture capture_of(Got got) {
  if (!got.exchanges.empty()) got.exchanges.back().body_of = net::Exchange::kPageBody;
  return {.verdict = got.verdict,
          .hops = std::move(got.hops),
          .status = got.status,
          .final_url = std::move(got.final_url),
          .content_type = std::move(got.content_type),
          .server = std::move(got.server),
          .page = std::move(got.body),
          .sentence = std::move(got.sentence),
          .exchanges = std::move(got.exchanges),
          .certificate = std::move(got.certificate)};
}

void take_fingerprints(WebClient& client, const url::Url& address, std::string html,
                       const std::string& referrer, TimePoint deadline, Capture& capture) {
  const auto read = within(deadline, [html = std::move(html)] { return net::read_marks(html); });
  if (!read) return;
  const auto& marks = *read;
  capture.fingerprints = {.structure = marks.structure,
                          .paths = marks.paths,
                          .favicon = "",
                          .payments = marks.payments};
  const auto icon =
      url::resolve_relative(address, marks.favicon.empty() ? "/favicon.ico" : marks.favicon);
  if (!icon) return;
  const auto got = client.get({.url = icon->canonical(), .referrer = referrer});
  if (got.verdict == net::FetchVerdict::answered && got.status == 200 && got.sentence.empty() &&
      net::is_media(got.content_type, got.body))
    capture.fingerprints.favicon = hex(crypto::sha256(got.body));
}

net::PageParts read_in_time(const url::Url& address, std::string html, std::string charset,
                            std::size_t most, TimePoint deadline, Capture& capture) {
  auto parts = within(deadline, [address, html = std::move(html), charset, most] {
    return net::read_page(address, html, charset, most);
  });
  if (parts) return *std::move(parts);
  add_sentence(capture, "The page takes too long to read; its pictures are not known.");
  return {};
}

// What the page had become in the browser: its picture, its text, and the media it loaded.
void use_shown(const Shown& shown, const url::Url& address, std::size_t most, TimePoint deadline,
               net::PageParts& parts, Capture& capture) {
  const auto live = url::parse(shown.url);
  const auto after =
      read_in_time(live ? *live : address, shown.html, "utf-8", most, deadline, capture);
  merge(parts.media, after.media, most);
  // Pictures that no tag names: backgrounds, and what scripts fetched and threw away.
  std::vector<std::string> loaded;
  for (const auto& resource : shown.resources)
    if (resource.kind == "image" || resource.kind == "media")
      if (const auto url = url::parse(resource.url);
          url && resource.content_type != "image/x-icon" &&
          resource.content_type != "image/vnd.microsoft.icon")
        loaded.push_back(url->canonical());
  merge(parts.media, loaded, most);
  if (!shown.title.empty()) parts.title = shown.title;
  if (!shown.text.empty()) parts.text = shown.text;
  capture.screenshot = shown.screenshot;
  capture.resources = shown.resources;
}

}  // namespace

Capture look(const Settings& settings, const net::FetchRequest& request, net::Egress& egress,
             Gate& gate, BrowserJail* jail, std::string jail_note) {
  const auto start = std::chrono::steady_clock::now();
  const Time time = settings.duration("capture.deadline");
  // The last tenth is for reading what came.
  const auto end = start + time, network_end = start + time * 9 / 10;
  WebClient client(egress, gate, limits_from(settings, network_end), manner_of(request));
  const auto referrer = walk_there(client, request);
  auto capture = capture_of(client.get({.url = request.url, .referrer = referrer, .page = true}));
  const auto address = url::parse(capture.final_url);
  if (capture.page.empty() || !address) return capture;
  if (net::is_media(capture.content_type, capture.page)) {
    if (request.media && capture.verdict == net::FetchVerdict::answered &&
        capture.sentence.empty() && capture.status < 300)
      capture.media.push_back({.url = capture.final_url,
                               .ip = capture.hops.back().ip,
                               .status = capture.status,
                               .content_type = capture.content_type,
                               .bytes = capture.page});
    return capture;
  }
  if (!net::is_page(capture.content_type, capture.page)) return capture;
  const auto most = std::min<std::size_t>(static_cast<std::size_t>(std::max<std::int64_t>(
                                              settings.integer("capture.media_count_max"), 0)),
                                          net::kCaptureMediaMax);
  auto parts = read_in_time(*address, capture.page, net::charset_of(capture.content_type), most,
                            std::min(end, Clock::now() + time / 4), capture);
  std::string html = capture.page;
  if (jail != nullptr) {
    EgressProxy proxy(egress, gate, jail->listener(), network_end);
    // A third of the time stays for the pictures.
    const auto shown = show(*jail, {.url = request.url,
                                    .referrer = referrer,
                                    .via = request.via,
                                    .cookies = request.cookies,
                                    .locale = request.locale,
                                    .agent = request.agent,
                                    .deadline = start + time * 2 / 3});
    proxy.stop();
    add_blocked(capture, proxy.blocked());
    if (shown) {
      use_shown(*shown, *address, most, end, parts, capture);
      html = shown->html;
      jail_note = shown->note;
    } else {
      jail_note = "The browser did not show the page (" + shown.error().sentence +
                  "); this capture is plain HTTP only.";
    }
  }
  add_sentence(capture, jail_note);
  capture.title = std::move(parts.title);
  capture.text = std::move(parts.text);
  if (request.media) {
    take_fingerprints(client, *address, std::move(html), referrer, end, capture);
    fetch_media(client, parts.media, referrer, capture);
  }
  return capture;
}

}  // namespace hotline::fetch
