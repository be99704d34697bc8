#include "takedown/monitor.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "casework/casework_store.h"
#include "facts/facts.h"
#include "jobs/jobs.h"
#include "takedown/liveness_store.h"
#include "takedown/monitor_parts.h"
#include "takedown/notice_store.h"

namespace hotline::takedown {

namespace {

using namespace std::chrono_literals;

constexpr int kChecksRead = 240;
constexpr int kFlapsMax = 3;
constexpr auto kWatchUnavailable = 12h;
// Time between two looks proves no more than this: a clock that jumps, or a night in which we were
// down, is no evidence of absence.
constexpr microseconds kGapMax = 2h;

microseconds gap(Instant from, Instant to) {
  return std::clamp<microseconds>(to - from, microseconds(0), kGapMax);
}

/// The newest looks that all say gone.
struct Absence {
  std::optional<Instant> since;  ///< The first of them.
  microseconds lasts{};          ///< Added up, look by look.
  int looks = 0;                 ///< Those that both vantages agreed on.
};

/// What we could not tell in between neither counts nor breaks the run; anything that was there
/// does.
Absence absence_of(const std::vector<LivenessCheck>& checks) {
  Absence absence;
  std::optional<Instant> later;
  for (auto check = checks.rbegin(); check != checks.rend(); ++check) {
    if (check->verdict == Verdict::unknown) continue;
    if (!is_gone(check->verdict)) break;
    const bool alone =
        !check->second.empty() && check->second != "gone" && check->second != "soft_gone";
    if (alone) continue;
    if (later) absence.lasts += gap(check->at, *later);
    later = absence.since = check->at;
    ++absence.looks;
  }
  return absence;
}

/// How often it was gone and there again: such a host must be gone for longer to be believed.
int flaps_of(const std::vector<LivenessCheck>& checks) {
  int flaps = 0;
  bool gone = false;
  for (const auto& check : checks) {
    if (check.verdict == Verdict::unknown) continue;
    if (gone && !is_gone(check.verdict)) ++flaps;
    gone = is_gone(check.verdict);
  }
  return std::min(flaps, kFlapsMax);
}

struct Silence {
  std::optional<Instant> since;
  microseconds lasts{};
  int looks = 0;
};

/// The newest looks without an answer. Our own outages in between do not count.
Silence silence_of(const std::vector<LivenessCheck>& checks) {
  Silence silence;
  std::optional<Instant> later;
  for (auto check = checks.rbegin(); check != checks.rend(); ++check) {
    if (check->verdict != Verdict::unknown) break;
    if (!check->unreachable) continue;
    if (later) silence.lasts += gap(check->at, *later);
    later = silence.since = check->at;
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

Done Monitor::remember(db::Transaction& tx, const CaseId& casefile, const net::Capture& capture,
                       std::string_view referrer, Instant now) {
  return LivenessStore(tx).remember(casefile, {fingerprint(capture), std::string(referrer)}, now);
}

Done Monitor::remember_medium(db::Transaction& tx, const CaseId& casefile, const AddressId& address,
                              std::string_view sha256, std::string_view page, Instant now) {
  RememberedPage medium;
  medium.fingerprint.page_digest = sha256;
  medium.fingerprint.media.emplace_back(sha256);
  medium.referrer = page;
  return LivenessStore(tx).remember_place(casefile, address, medium, now);
}

Result<std::vector<LivenessCheck>> Monitor::checks(db::Transaction& tx, const NoticeId& id) {
  return LivenessStore(tx).checks(id, 1000);
}

Result<Monitor::Before> Monitor::read_before(const NoticeId& id) {
  return database_.read([&](db::Transaction& tx) -> Result<Before> {
    Before before;
    TRY(notice, NoticeStore(tx).notice(id));
    if (notice.locations.empty()) return fail(ErrorKind::corrupt, "A notice has no address.");
    LivenessStore store(tx);
    TRY(page, store.remembered_place(notice.casefile, notice.address));
    if (!page) {
      TRY(of_case, store.remembered(notice.casefile));
      page = std::move(of_case);
    }
    TRY(removed, store.removed_pages(notice.tenant, origin_of(notice.locations.front()).second));
    for (const auto& item : notice.items)
      if (!item.sha256.empty()) before.confirmed.push_back(item.sha256);
    std::sort(before.confirmed.begin(), before.confirmed.end());
    before.notice = std::move(notice);
    before.page = std::move(page);
    before.removed_pages = std::move(removed);
    return before;
  });
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
  TRY(before, store.checks(id, 1));
  const Judgement& judgement = seen.judgement;
  const bool pending = is_gone(judgement.verdict) || judgement.ours;
  TRY_DONE(store.add({id, now, judgement.verdict, judgement.why,
                      seen.look.capture ? seen.look.capture->status : 0, judgement.unreachable,
                      seen.second, lane_of(notice, pending, settings_, now)}));
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

/// A person must look; what was seen is kept, so that their answer teaches us something.
Done Monitor::note_doubt(db::Transaction& tx, const Notice& notice, const Seen& seen,
                         std::string_view word, Instant now) {
  if (word == "changed" && seen.look.capture)
    TRY_DONE(LivenessStore(tx).doubt(notice.id, fingerprint(*seen.look.capture), now));
  if (notice.trouble.empty()) TRY_DONE(takedown_.set_trouble(tx, notice.id, word));
  return {};
}

/// Gone: an end when both vantages have said so often and long enough.
Result<Checked> Monitor::conclude_gone(db::Transaction& tx, const Notice& notice, const Seen& seen,
                                       Checked checked, Instant now) {
  TRY(checks, LivenessStore(tx).checks(notice.id, kChecksRead));
  const Absence absence = absence_of(checks);
  const int flaps = flaps_of(checks);
  const int wanted = 2 + 2 * flaps;
  const auto confirm_after = settings_.duration("liveness.confirm_after");
  if (absence.looks >= wanted && absence.lasts >= confirm_after) {
    const bool soft = checked.verdict == Verdict::soft_gone;
    if (soft) TRY_DONE(learn(tx, notice, seen, now));
    return close(tx, notice, soft ? Ending::soft_gone : Ending::gone, *absence.since,
                 std::move(checked), now);
  }
  // Only the second vantage is missing: a person may look instead of it.
  if (absence.looks == 0 && checks.size() > 12 && notice.trouble.empty())
    TRY_DONE(takedown_.set_trouble(tx, notice.id, "unconfirmed"));
  checked.again =
      now + confirm_after * (1 + flaps);  // A host that flaps is not looked at for ever.
  TRY_DONE(jobs::JobStore(tx).schedule(kLivenessJob, notice.id.str(), *checked.again));
  return checked;
}

Result<Checked> Monitor::conclude_open(db::Transaction& tx, const Notice& notice, const Seen& seen,
                                       Checked checked, Instant now) {
  const Judgement& judgement = seen.judgement;
  if (is_gone(judgement.verdict)) return conclude_gone(tx, notice, seen, std::move(checked), now);
  if (judgement.verdict == Verdict::moved && seen.hosting)
    return follow(tx, notice, seen, std::move(checked), now);
  if (judgement.verdict == Verdict::up) {
    checked.may_leave = true;
    if (notice.trouble == "changed" || notice.trouble == "blocked" ||
        notice.trouble == "unconfirmed")
      TRY_DONE(takedown_.set_trouble(tx, notice.id, ""));
  } else if (judgement.verdict == Verdict::changed) {
    TRY_DONE(note_doubt(tx, notice, seen, "changed", now));
  } else if (judgement.verdict == Verdict::blocked) {
    checked.may_leave = true;  // Others may see it: the analyst did.
    TRY_DONE(note_doubt(tx, notice, seen, "blocked", now));
  } else if (judgement.verdict == Verdict::unknown) {
    checked.may_leave = !judgement.ours;
    TRY(checks, LivenessStore(tx).checks(notice.id, kChecksRead));
    const Silence silence = silence_of(checks);
    const bool second_agrees = seen.second.empty() || seen.second == "unreachable" ||
                               seen.second == "gone" || seen.second == "soft_gone";
    if (judgement.unreachable && second_agrees &&
        silence.looks >= settings_.integer("liveness.unavailable_looks") &&
        silence.lasts >= settings_.duration("liveness.unavailable_after"))
      return close(tx, notice, Ending::unavailable, *silence.since, std::move(checked), now);
  }
  TRY(fresh, NoticeStore(tx).notice(notice.id));
  const Lane lane = lane_of(fresh, judgement.ours, settings_, now);
  checked.again = now + lane_time(lane, settings_);
  TRY_DONE(jobs::JobStore(tx).schedule(kLivenessJob, notice.id.str(), *checked.again));
  return checked;
}

/// The host's "removed" page is known from now on, for every notice to it.
Done Monitor::learn(db::Transaction& tx, const Notice& notice, const Seen& seen, Instant now) {
  if (seen.judgement.why == "media_gone" || !seen.look.capture) return {};
  const Fingerprint page = fingerprint(*seen.look.capture);
  if (page.text_words == 0) return {};  // A picture is learned only from a person: confirm_gone().
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
  std::optional<Instant> last;
  for (const auto& days : settings_.list("liveness.after_removal")) {
    const auto after = parse_duration(days);
    if (!after) continue;
    last = std::max(last.value_or(from), from + *after);
    if (from + *after <= now) continue;
    first = first ? std::min(*first, from + *after) : from + *after;
  }
  // Nobody took it down, its host fell silent: it is back whenever that host is.
  if (notice.ending == Ending::unavailable && last && now + kWatchUnavailable < *last)
    return now + kWatchUnavailable;
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
  const bool like_it = verdict == Verdict::changed && (seen.judgement.why == "media_differ" ||
                                                       seen.judgement.why == "place_differs");
  if (like_it && notice.trouble.empty()) {
    TRY_DONE(LivenessStore(tx).doubt(notice.id, fingerprint(*seen.look.capture), now));
    TRY_DONE(takedown_.set_trouble(tx, notice.id, "perhaps_back"));
  } else if (notice.trouble == "perhaps_back" && is_gone(verdict)) {
    TRY_DONE(takedown_.set_trouble(tx, notice.id, ""));
  }
  // A look that could tell nothing is no look: once more today, then the next day of the list.
  if (verdict == Verdict::unknown && seen.judgement.ours)
    checked.again = now + lane_time(Lane::watch, settings_);
  if (checked.again)
    TRY_DONE(jobs::JobStore(tx).schedule(kLivenessJob, notice.id.str(), *checked.again));
  return checked;
}

Result<Notice> Monitor::confirm_gone(db::Transaction& tx, const Takedown& takedown,
                                     const NoticeId& id, std::string_view actor,
                                     std::string_view reason, Instant now) {
  LivenessStore store(tx);
  TRY(doubt, store.doubted(id));
  TRY(closed, takedown.confirm_gone(tx, id, actor, reason, now));
  if (doubt && !closed.locations.empty())
    TRY_DONE(store.learn_removed(closed.tenant, origin_of(closed.locations.front()).second, *doubt,
                                 now));
  return closed;
}

}  // namespace hotline::takedown
