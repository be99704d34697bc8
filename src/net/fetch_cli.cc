#include "net/fetch_cli.h"

#include "base/text.h"
#include "url/url.h"

namespace hotline::net {

namespace {

std::string for_people(const Capture& capture) {
  std::string out = std::string(name(capture.verdict));
  if (capture.status != 0) out += " " + std::to_string(capture.status);
  if (!capture.content_type.empty()) out += " " + capture.content_type;
  if (!capture.sentence.empty()) out += ": " + capture.sentence;
  out += "\n";
  for (const auto& hop : capture.hops) {
    out += "  " + defang(hop.url) + " " + (hop.ip.empty() ? "-" : hop.ip) + " " +
           std::to_string(hop.status);
    if (!hop.note.empty()) out += " (" + hop.note + ")";
    out += "\n";
  }
  std::size_t bytes = 0;
  for (const auto& media : capture.media) bytes += media.bytes.size();
  out += "  page " + std::to_string(capture.page.size()) + " bytes, screenshot " +
         std::to_string(capture.screenshot.size()) + " bytes, " +
         std::to_string(capture.media.size()) + " media of " + std::to_string(bytes) + " bytes\n";
  return out;
}

}  // namespace

Result<std::string> fetch_command(Fetcher& fetcher, const FetchCommand& command) {
  TRY(address, url::canonical_from_report(command.address));
  TRY(capture, fetcher.look({.url = address,
                             .referrer = command.referrer,
                             .browser = command.browser,
                             .media = command.media}));
  if (command.json) return json::serialize(summary(capture)) + "\n";
  return for_people(capture);
}

}  // namespace hotline::net
