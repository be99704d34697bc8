// Monitor: looks again until it is gone, and after that whether it stays so.
//
// One check is one look at one notice's address: fetch, canaries and the second
// vantage where something is missing, verdict, record, and what follows from it in
// one transaction. `gone` counts when a second look after liveness.confirm_after
// agrees and, where a second vantage is configured, it agreed each time; an address
// that has come and gone before must be gone more often. No answer counts as
// `unavailable` only after liveness.unavailable_looks looks over
// liveness.unavailable_after, all of them while our canaries answered. Spans are
// added up look by look, so that a clock that jumps proves nothing. After a removal
// the days of liveness.after_removal are watched for a return.
//
// The rules are monitor.cc, the looking is monitor_look.cc, how often is lanes.h.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/settings.h"
#include "db/db.h"
#include "net/fetcher.h"
#include "takedown/lanes.h"
#include "takedown/liveness.h"
#include "takedown/takedown.h"

namespace hotline::takedown {

/// Where it lives now, from tracing. Nothing: could not be traced, so nothing is said about a move.
struct HostingNow {
  bool moved = false;  ///< Not the same hosting as the notice's episode.
  Hosting hosting;     ///< Good if `moved`.
};
using TraceNow = std::function<std::optional<HostingNow>(const Notice& notice)>;

/// What one check came to.
struct Checked {
  Verdict verdict = Verdict::unknown;
  std::string why;
  NoticeState state = NoticeState::ready;  ///< Of the notice, afterwards.
  bool may_leave = false;               ///< Seen up (or not told otherwise): a letter may be sent.
  std::optional<NoticeId> next_notice;  ///< The one that follows it to its new host.
  std::optional<Instant> again;         ///< When the next look is due; scheduled already.
};

/// One stored look.
struct LivenessCheck {
  NoticeId notice;
  Instant at{};
  Verdict verdict = Verdict::unknown;
  std::string why;
  int status = 0;
  bool unreachable = false;
  std::string second;  ///< What the second vantage said: a verdict, "unreachable", or empty.
  Lane lane = Lane::normal;
};

class Monitor {
 public:
  /// The parts must outlive the monitor.
  Monitor(db::Database& database, net::Fetcher& fetcher, const Takedown& takedown,
          RemovalPhrases phrases, const Settings& settings)
      : database_(database),
        fetcher_(fetcher),
        takedown_(takedown),
        phrases_(std::move(phrases)),
        settings_(settings) {}

  /// Keeps what a captured address looked like; call it with each capture whose sighting is `seen`
  /// and is going to be assessed. `referrer` is the capture recipe that showed it, or empty.
  static Done remember(db::Transaction& tx, const CaseId& casefile, const net::Capture& capture,
                       std::string_view referrer, Instant now);
  /// The same for a picture at a host of its own; `page` is where it is embedded.
  static Done remember_medium(db::Transaction& tx, const CaseId& casefile, const AddressId& address,
                              std::string_view sha256, std::string_view page, Instant now);

  /// Another place on the network to look from; null: none. It outlives the monitor.
  void look_also_from(net::Fetcher* second) { second_ = second; }

  /// One look, with all that follows: see Checked. Schedules the next one itself.
  Result<Checked> check(const NoticeId& id, const TraceNow& trace, Instant now);

  /// A person looked and says it is gone: closes the notice, and what was seen there is learned as
  /// this host's way of saying so.
  static Result<Notice> confirm_gone(db::Transaction& tx, const Takedown& takedown,
                                     const NoticeId& id, std::string_view actor,
                                     std::string_view reason, Instant now);

  /// The last thousand, in the order in which they were made.
  static Result<std::vector<LivenessCheck>> checks(db::Transaction& tx, const NoticeId& id);

 private:
  struct Before;
  struct Seen;
  Result<Before> read_before(const NoticeId& id);
  // monitor_look.cc
  Seen look(const Before& before, const TraceNow& trace);
  void take(Seen& seen, const Before& before, net::Fetcher& fetcher, bool browser);
  void look_closer(Seen& seen, const Before& before, net::Fetcher& fetcher);
  std::optional<bool> canaries_answer(net::Fetcher& fetcher, const Look& look);
  std::optional<Fingerprint> absent_page(net::Fetcher& fetcher, const std::string& url);
  void ask_second(Seen& seen, const Before& before);
  // monitor.cc
  Result<Checked> conclude(db::Transaction& tx, const NoticeId& id, const Seen& seen, Instant now);
  Result<Checked> conclude_gone(db::Transaction& tx, const Notice& notice, const Seen& seen,
                                Checked checked, Instant now);
  Result<Checked> conclude_open(db::Transaction& tx, const Notice& notice, const Seen& seen,
                                Checked checked, Instant now);
  Result<Checked> conclude_removed(db::Transaction& tx, const Notice& notice, const Seen& seen,
                                   Checked checked, Instant now);
  Result<Checked> close(db::Transaction& tx, const Notice& notice, Ending ending, Instant since,
                        Checked checked, Instant now);
  Result<Checked> follow(db::Transaction& tx, const Notice& notice, const Seen& seen,
                         Checked checked, Instant now);
  Done learn(db::Transaction& tx, const Notice& notice, const Seen& seen, Instant now);
  [[nodiscard]] std::optional<Instant> next_watch(const Notice& notice, Instant now) const;
  Done note_doubt(db::Transaction& tx, const Notice& notice, const Seen& seen,
                  std::string_view word, Instant now);

  db::Database& database_;
  net::Fetcher& fetcher_;
  net::Fetcher* second_ = nullptr;
  const Takedown& takedown_;
  RemovalPhrases phrases_;
  Settings settings_;
};

}  // namespace hotline::takedown
