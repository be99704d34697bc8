#include "takedown/monitor.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "casework/casework_store.h"
#include "facts/facts.h"
#include "jobs/jobs.h"
#include "takedown/liveness_store.h"
#include "takedown/notice_store.h"

namespace hotline::takedown {

namespace {

/// "http://host:port" of an address, and the host alone.
std::pair<std::string, std::string> origin_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  const auto slash = url.find_first_of("/?#", scheme + 3);
  const std::string origin(url.substr(0, slash));
  return {origin, origin.substr(scheme + 3)};
}

bool is_gone(Verdict verdict) {
  return verdict == Verdict::gone || verdict == Verdict::soft_gone;
}

/// The first of the newest looks that all say gone. What we could not tell in between neither
/// counts nor breaks the run; anything that was there does.
std::optional<Instant> gone_since(const std::vector<LivenessCheck>& checks) {
  std::optional<Instant> since;
  for (auto check = checks.rbegin(); check != checks.rend(); ++check) {
    if (check->verdict == Verdict::unknown) continue;
    if (!is_gone(check->verdict)) break;
    since = check->at;
  }
  return since;
}

struct Silence {
  std::optional<Instant> since;
  int looks = 0;
};

/// The newest looks without an answer. Our own outages in between do not count.
Silence silence_of(const std::vector<LivenessCheck>& checks) {
  Silence silence;
  for (auto check = checks.rbegin(); check != checks.rend(); ++check) {
    if (check->verdict != Verdict::unknown) break;
    if (!check->unreachable) continue;
    silence.since = check->at;
    silence.looks += 1;
  }
  return silence;
}

Result<std::string> home_country(db::Transaction& tx, const TenantId& tenant) {
  TRY(tenants, casework::CaseworkStore(tx).tenants());
  for (const auto& one : tenants)
    if (one.id == tenant) return one.country;
  return std::string();
}

}  // namespace

/// What is known before the look.
struct Monitor::Before {
  Notice notice;
  std::optional<RememberedPage> page;
  std::vector<Fingerprint> removed_pages;
};

/// What the look brought.
struct Monitor::Seen {
  Look look;
  Judgement judgement;
  std::optional<HostingNow> hosting;
};

Done Monitor::remember(db::Transaction& tx, const CaseId& casefile, const net::Capture& capture,
                       std::string_view referrer, Instant now) {
  return LivenessStore(tx).remember(casefile, {fingerprint(capture), std::string(referrer)}, now);
}

Result<std::vector<LivenessCheck>> Monitor::checks(db::Transaction& tx, const NoticeId& id) {
  return LivenessStore(tx).checks(id);
}

Result<Monitor::Before> Monitor::read_before(const NoticeId& id) {
  return database_.read([&](db::Transaction& tx) -> Result<Before> {
    Before before;
    TRY(notice, NoticeStore(tx).notice(id));
    if (notice.locations.empty()) return fail(ErrorKind::corrupt, "A notice has no address.");
    LivenessStore store(tx);
    TRY(page, store.remembered(notice.casefile));
    TRY(removed, store.removed_pages(notice.tenant, origin_of(notice.locations.front()).second));
    before.notice = std::move(notice);
    before.page = std::move(page);
    before.removed_pages = std::move(removed);
    return before;
  });
}

std::optional<bool> Monitor::canaries_answer() {
  const auto canaries = settings_.list("liveness.canaries");
  if (canaries.empty()) return std::nullopt;
  for (const auto& canary : canaries) {
    const auto capture = fetcher_.look({canary, "", false, false});
    if (capture && capture->verdict == net::FetchVerdict::answered && capture->status >= 200 &&
        capture->status < 400)
      return true;
  }
  return false;
}

/// What this host shows for an address that cannot exist, if it calls that a success.
std::optional<Fingerprint> Monitor::absent_page(const std::string& url, bool browser) {
  const auto origin = origin_of(url).first;
  if (origin.empty()) return std::nullopt;
  const auto capture =
      fetcher_.look({origin + "/" + hex(crypto::random_bytes(12)), "", browser, false});
  if (!capture || capture->verdict != net::FetchVerdict::answered || capture->status >= 300)
    return std::nullopt;
  return fingerprint(*capture);
}

Monitor::Seen Monitor::look(const Before& before, const TraceNow& trace) {
  Seen seen;
  const std::string& url = before.notice.locations.front();
  const std::string referrer = before.page ? before.page->referrer : "";
  const auto then = before.page ? std::optional(before.page->fingerprint) : std::nullopt;
  seen.look.learned_removed = before.removed_pages;
  const auto take = [&](bool browser) {
    auto capture = fetcher_.look({url, referrer, browser, true});
    seen.look.capture.reset();
    if (capture)
      seen.look.capture = std::move(*capture);
    else
      log::trouble("look_failed", capture.error(), {{"notice", before.notice.id.str()}});
    seen.judgement = judge(seen.look, then, phrases_);
  };
  // Plain HTTP answers most looks; the browser is asked where the page seems to be another.
  take(false);
  const auto unsure = [&] {
    return seen.judgement.verdict == Verdict::changed ||
           seen.judgement.verdict == Verdict::soft_gone;
  };
  const bool browser = !settings_.text("capture.browser").empty();
  if (unsure() && browser) take(true);
  if (unsure()) {
    seen.look.absent_page = absent_page(url, browser);
    seen.judgement = judge(seen.look, then, phrases_);
  }
  if (needs_canaries(seen.judgement)) {
    seen.look.canaries_answer = canaries_answer();
    seen.judgement = judge(seen.look, then, phrases_);
  }
  const bool there =
      seen.judgement.verdict == Verdict::up || seen.judgement.verdict == Verdict::blocked;
  if (there && trace) {
    seen.hosting = trace(before.notice);
    seen.look.hosting_moved = seen.hosting && seen.hosting->moved;
    seen.judgement = judge(seen.look, then, phrases_);
  }
  return seen;
}

Result<Checked> Monitor::check(const NoticeId& id, const TraceNow& trace, Instant now) {
  TRY(before, read_before(id));
  if (!is_open(before.notice.state) && before.notice.state != NoticeState::removed) {
    Checked nothing;
    nothing.why = "ended";
    nothing.state = before.notice.state;
    return nothing;
  }
  const Seen seen = look(before, trace);
  return database_.transact(
      [&](db::Transaction& tx) { return conclude(tx, before.notice.id, seen, now); });
}

Result<Checked> Monitor::conclude(db::Transaction& tx, const NoticeId& id, const Seen& seen,
                                  Instant now) {
  TRY(notice, NoticeStore(tx).notice(id));  // Anything may have happened while we looked.
  LivenessStore store(tx);
  TRY(before, store.checks(id));
  const Judgement& judgement = seen.judgement;
  TRY_DONE(store.add({id, now, judgement.verdict, judgement.why,
                      seen.look.capture ? seen.look.capture->status : 0, judgement.unreachable}));
  if (before.empty() || before.back().verdict != judgement.verdict)
    TRY_DONE(facts::FactStore(tx).append(
        {notice.tenant.str(), "liveness_checked", "system", notice.casefile.str(), id.str(),
         json::object{{"notice", id.str()}, {"verdict", std::string(name(judgement.verdict))}},
         now}));
  Checked checked;
  checked.verdict = judgement.verdict;
  checked.why = judgement.why;
  checked.state = notice.state;
  if (is_open(notice.state)) return conclude_open(tx, notice, seen, std::move(checked), now);
  if (notice.state == NoticeState::removed)
    return conclude_removed(tx, notice, seen, std::move(checked), now);
  return checked;
}

Result<Checked> Monitor::conclude_open(db::Transaction& tx, const Notice& notice, const Seen& seen,
                                       Checked checked, Instant now) {
  const Judgement& judgement = seen.judgement;
  TRY(checks, LivenessStore(tx).checks(notice.id));
  auto wait = settings_.duration("liveness.every");
  const auto confirm_after = settings_.duration("liveness.confirm_after");
  switch (judgement.verdict) {
    case Verdict::up:
      checked.may_leave = true;
      if (notice.trouble == "changed" || notice.trouble == "blocked")
        TRY_DONE(takedown_.set_trouble(tx, notice.id, ""));
      break;
    case Verdict::gone:
    case Verdict::soft_gone: {
      const auto since = gone_since(checks);
      if (since && *since <= now - confirm_after) {
        const bool soft = judgement.verdict == Verdict::soft_gone;
        if (soft) TRY_DONE(learn(tx, notice, seen, now));
        return close(tx, notice, soft ? Ending::soft_gone : Ending::gone, *since, checked, now);
      }
      wait = std::min(wait, confirm_after);
      break;
    }
    case Verdict::moved:
      if (seen.hosting) return follow(tx, notice, seen, checked, now);
      break;
    case Verdict::changed:
      if (notice.trouble.empty()) TRY_DONE(takedown_.set_trouble(tx, notice.id, "changed"));
      break;
    case Verdict::blocked:
      checked.may_leave = true;  // Others may see it: the analyst did.
      if (notice.trouble.empty()) TRY_DONE(takedown_.set_trouble(tx, notice.id, "blocked"));
      break;
    case Verdict::unknown: {
      checked.may_leave = !judgement.ours;
      if (judgement.ours) wait = std::min(wait, confirm_after);
      const Silence silence = silence_of(checks);
      if (judgement.unreachable &&
          silence.looks >= settings_.integer("liveness.unavailable_looks") &&
          *silence.since <= now - settings_.duration("liveness.unavailable_after"))
        return close(tx, notice, Ending::unavailable, *silence.since, checked, now);
      break;
    }
  }
  checked.again = now + wait;
  TRY_DONE(jobs::JobStore(tx).schedule(kLivenessJob, notice.id.str(), *checked.again));
  return checked;
}

/// The host's "removed" page is known from now on, for every notice to it.
Done Monitor::learn(db::Transaction& tx, const Notice& notice, const Seen& seen, Instant now) {
  if (seen.judgement.why == "media_gone" || !seen.look.capture) return {};
  const Fingerprint page = fingerprint(*seen.look.capture);
  if (page.text_words == 0) return {};
  return LivenessStore(tx).learn_removed(notice.tenant, origin_of(notice.locations.front()).second,
                                         page, now);
}

Result<Checked> Monitor::close(db::Transaction& tx, const Notice& notice, Ending ending,
                               Instant since, Checked checked, Instant now) {
  TRY(closed, takedown_.record_gone(tx, notice.id, ending, since, "system", now));
  checked.state = closed.state;
  checked.may_leave = false;
  checked.again = next_watch(closed, now);
  return checked;
}

Result<Checked> Monitor::follow(db::Transaction& tx, const Notice& notice, const Seen& seen,
                                Checked checked, Instant now) {
  TRY(home, home_country(tx, notice.tenant));
  TRY(fresh, takedown_.record_moved(tx, notice.id, seen.hosting->hosting, home, now));
  checked.state = NoticeState::moved;
  checked.may_leave = false;
  checked.next_notice = fresh.id;
  return checked;
}

/// The first of liveness.after_removal that lies ahead.
std::optional<Instant> Monitor::next_watch(const Notice& notice, Instant now) const {
  const Instant from = notice.closed_at.value_or(now);
  std::optional<Instant> first;
  for (const auto& days : settings_.list("liveness.after_removal")) {
    const auto after = parse_duration(days);
    if (!after || from + *after <= now) continue;
    first = first ? std::min(*first, from + *after) : from + *after;
  }
  return first;
}

Result<Checked> Monitor::conclude_removed(db::Transaction& tx, const Notice& notice,
                                          const Seen& seen, Checked checked, Instant now) {
  const Verdict verdict = seen.judgement.verdict;
  if (verdict == Verdict::up ||
      (verdict == Verdict::moved && seen.judgement.why == "hosting_changed" && seen.look.capture &&
       seen.look.capture->status < 400)) {
    TRY(back, takedown_.record_back(tx, notice.id, now));
    checked.state = back.state;
    checked.again = now + settings_.duration("liveness.every");
    if (verdict == Verdict::moved) return follow(tx, back, seen, std::move(checked), now);
    return checked;
  }
  checked.again = next_watch(notice, now);
  // A look that could tell nothing is no look: once more today, then the next day of the list.
  if (verdict == Verdict::unknown && seen.judgement.ours)
    checked.again = now + settings_.duration("liveness.every");
  if (checked.again)
    TRY_DONE(jobs::JobStore(tx).schedule(kLivenessJob, notice.id.str(), *checked.again));
  return checked;
}

}  // namespace hotline::takedown
