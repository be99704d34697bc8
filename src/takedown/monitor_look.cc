// Looking: one address, from here and from the second vantage, with everything that a verdict
// needs. Nothing here touches the database.
#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "takedown/monitor_parts.h"

namespace hotline::takedown {

namespace {

// A page with more confirmed pictures than this is proved by so many of them.
constexpr std::size_t kPlacesMax = 40;

bool unsure(const Judgement& judgement) {
  return judgement.verdict == Verdict::changed || judgement.verdict == Verdict::soft_gone;
}

}  // namespace

std::pair<std::string, std::string> origin_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  const auto slash = url.find_first_of("/?#", scheme + 3);
  const std::string origin(url.substr(0, slash));
  return {origin, origin.substr(scheme + 3)};
}

/// True if one of our canaries answers, with something else than what the address shows: a portal
/// in between, or a resolver that lies, gives everybody the same page.
std::optional<bool> Monitor::canaries_answer(net::Fetcher& fetcher, const Look& look) {
  const auto canaries = settings_.list("liveness.canaries");
  if (canaries.empty()) return std::nullopt;
  const auto shown = look.capture ? std::optional(fingerprint(*look.capture)) : std::nullopt;
  for (const auto& canary : canaries) {
    const auto capture = fetcher.look({canary, "", false, false});
    if (capture && capture->verdict == net::FetchVerdict::answered && capture->status >= 200 &&
        capture->status < 400 && !(shown && same_text(*shown, fingerprint(*capture))))
      return true;
  }
  return false;
}

/// What this host shows for an address that cannot exist, if it calls that a success.
std::optional<Fingerprint> Monitor::absent_page(net::Fetcher& fetcher, const std::string& url) {
  const auto origin = origin_of(url).first;
  if (origin.empty()) return std::nullopt;
  const bool browser = !settings_.text("capture.browser").empty();
  const auto capture =
      fetcher.look({origin + "/" + hex(crypto::random_bytes(12)), "", browser, false});
  if (!capture || capture->verdict != net::FetchVerdict::answered || capture->status >= 300)
    return std::nullopt;
  return fingerprint(*capture);
}

void Monitor::take(Seen& seen, const Before& before, net::Fetcher& fetcher, bool browser) {
  const auto then = before.page ? std::optional(before.page->fingerprint) : std::nullopt;
  const std::string referrer = before.page ? before.page->referrer : "";
  auto capture = fetcher.look({before.notice.locations.front(), referrer, browser, true});
  seen.look.capture.reset();
  seen.look.places.clear();
  if (capture)
    seen.look.capture = std::move(*capture);
  else
    log::trouble("look_failed", capture.error(), {{"notice", before.notice.id.str()}});
  seen.judgement = judge(seen.look, then, phrases_);
}

/// Everything that could speak against "gone": the browser's view, the host's page for what never
/// was, the pictures themselves, a second request, our canaries.
void Monitor::look_closer(Seen& seen, const Before& before, net::Fetcher& fetcher) {
  const auto then = before.page ? std::optional(before.page->fingerprint) : std::nullopt;
  const std::string& url = before.notice.locations.front();
  const auto again = [&] { seen.judgement = judge(seen.look, then, phrases_); };
  // Plain HTTP answers most looks; the browser is asked where the page seems to be another.
  if (unsure(seen.judgement) && !settings_.text("capture.browser").empty())
    take(seen, before, fetcher, true);
  if (unsure(seen.judgement)) {
    seen.look.absent_page = absent_page(fetcher, url);
    again();
  }
  // Several machines may answer for one name, and not all of them have heard of the removal.
  if (seen.judgement.verdict == Verdict::gone) take(seen, before, fetcher, false);
  if (is_gone(seen.judgement.verdict)) {
    const auto& locations = before.notice.locations;
    for (std::size_t i = 1; i < std::min(locations.size(), kPlacesMax + 1); ++i) {
      auto place = fetcher.look({locations[i], url, false, false});
      net::Capture silent;
      seen.look.places.push_back(place ? std::move(*place) : std::move(silent));
    }
    again();
  }
  if (needs_canaries(seen.judgement) || seen.look.hosting_moved) {
    seen.look.canaries_answer = canaries_answer(fetcher, seen.look);
    again();
  }
}

/// Asked only where something is missing: twice the looks would double what the host sees of us.
void Monitor::ask_second(Seen& seen, const Before& before) {
  const bool missing = is_gone(seen.judgement.verdict) ||
                       seen.judgement.verdict == Verdict::changed || seen.judgement.unreachable;
  if (second_ == nullptr || !missing) return;
  Seen there;
  there.look.confirmed = seen.look.confirmed;
  there.look.learned_removed = seen.look.learned_removed;
  take(there, before, *second_, false);
  look_closer(there, before, *second_);
  seen.second =
      there.judgement.unreachable ? "unreachable" : std::string(name(there.judgement.verdict));
  seen.look.second = there.judgement.verdict;
  const auto then = before.page ? std::optional(before.page->fingerprint) : std::nullopt;
  seen.judgement = judge(seen.look, then, phrases_);
}

Monitor::Seen Monitor::look(const Before& before, const TraceNow& trace) {
  Seen seen;
  seen.look.learned_removed = before.removed_pages;
  seen.look.confirmed = before.confirmed;
  take(seen, before, fetcher_, false);
  look_closer(seen, before, fetcher_);
  ask_second(seen, before);
  const bool there =
      seen.judgement.verdict == Verdict::up || seen.judgement.verdict == Verdict::blocked;
  if (there && trace) {
    seen.hosting = trace(before.notice);
    seen.look.hosting_moved = seen.hosting && seen.hosting->moved;
    if (seen.look.hosting_moved) {
      // A resolver that sends every name to one address would move all of them at once.
      seen.look.canaries_answer = canaries_answer(fetcher_, seen.look);
      const auto then = before.page ? std::optional(before.page->fingerprint) : std::nullopt;
      seen.judgement = judge(seen.look, then, phrases_);
    }
  }
  return seen;
}

}  // namespace hotline::takedown
