// Takedown: from a decided case to a proven removal.
//
// The rules of the police gate, the countdown, the letters, the deadlines and what
// the hosts answer. Begins with open_notice(), called where `case_assessed` is
// followed up; ends with record_gone(), moved() or withdraw(). Whether something
// is gone is decided in liveness.h and monitor.h; where it lives is tracing's.
//
// Every function with a Transaction writes state, facts and the jobs that follow in
// that transaction and has no other effect. Only send() talks to the world.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/settings.h"
#include "db/db.h"
#include "net/mailer.h"
#include "takedown/notice.h"
#include "takedown/notice_text.h"

namespace hotline::takedown {

/// Jobs that this module schedules; the subject of each is a notice id. The workflow says what
/// runs.
inline constexpr std::string_view kSendJob = "send_notice";          ///< Takedown::send()
inline constexpr std::string_view kDeadlineJob = "notice_deadline";  ///< Takedown::deadline()
inline constexpr std::string_view kLivenessJob = "check_liveness";   ///< Monitor::check()

struct OpenRequest {
  TenantId tenant;
  CaseId casefile;
  AddressId address;
  std::string home_country;  ///< Of the tenant.
  Hosting hosting;
  std::vector<std::string> locations;  ///< Canonical addresses, the reported one first; not empty.
  std::vector<ItemDigests> items;
  std::string category;  ///< Of the scheme.
  bool baseline = false;
  std::string actor = "system";  ///< Who decided: stands in the facts.
};

/// What send() came to; says when to look again.
struct Sent {
  enum class What : std::uint8_t {
    sent,               ///< One letter was taken by the mail server.
    nothing,            ///< No letter waits.
    later,              ///< Not due yet, or the contact's hourly share is used up: see `again`.
    waits_for_contact,  ///< No mailbox, not confirmed, or it bounces: a person must act.
    refused,            ///< The mail server refused for good: `trouble` of the notice says so.
    not_now,            ///< The mail server failed; the letter waits as it is: see `again`.
  };
  What what = What::nothing;
  std::optional<Instant> again;  ///< When the job is due next; nothing: it is done.
};

/// What an answer page may show of a notice; see answered().
struct AnswerView {
  Notice notice;
  std::optional<Answer> last;  ///< What the host said last.
  std::optional<Instant> last_at;
};

class Pusher;

class Takedown {
 public:
  /// Reads policy/notices below `policy_dir` and the link key in `keys_dir` (made at first).
  [[nodiscard]] static Result<std::unique_ptr<Takedown>> open(const Settings& settings,
                                                              const std::string& policy_dir,
                                                              const std::string& keys_dir);
  Takedown(const Settings& settings, NoticeTexts texts, crypto::Key link_key);

  // --- opening, gate, countdown ---------------------------------------------------------------

  /// At home: `held` at the police gate; abroad: `ready`, leaving after the undo window. The same
  /// case and episode never has two notices: an open one is given back as it is, a withdrawn one
  /// lives again. Facts notice_opened (and notice_held). Begins the liveness watch.
  Result<Notice> open_notice(db::Transaction& tx, const OpenRequest& request, Instant now) const;

  /// The police let it go: `ready`, with a fresh countdown. `reason` must not be empty.
  Result<Notice> release(db::Transaction& tx, const NoticeId& id, std::string_view actor,
                         std::string_view reason, Instant now) const;
  /// The police ask to wait: only while nothing has begun to leave, else `conflict`.
  Result<Notice> hold(db::Transaction& tx, const NoticeId& id, std::string_view actor,
                      std::string_view reason, Instant now) const;
  /// Stopped in its countdown by a person: `withdrawn`. `conflict` once a letter has begun to
  /// leave.
  Result<Notice> cancel(db::Transaction& tx, const NoticeId& id, std::string_view actor,
                        std::string_view reason, Instant now) const;
  /// Sent after all: a notice that was cancelled lives again, through the gate.
  Result<Notice> resume(db::Transaction& tx, const NoticeId& id, std::string_view actor,
                        std::string_view reason, Instant now) const;
  /// All notices of the case that are open or removed: the assessment was withdrawn. A host that
  /// was written to is told.
  Result<std::vector<Notice>> withdraw(db::Transaction& tx, const CaseId& casefile,
                                       std::string_view actor, Instant now) const;
  /// A person names the mailbox, with a reason. Also confirms it in the contact registry.
  Result<Notice> set_contact(db::Transaction& tx, const NoticeId& id, std::string_view email,
                             std::string_view actor, std::string_view reason, Instant now) const;

  /// A person has checked a mailbox of the registry: what waited for that leaves.
  Done approve_contact(db::Transaction& tx, const TenantId& tenant, std::string_view email,
                       std::string_view actor, std::string_view reason, Instant now) const;
  /// Never to this one: notices that have not left wait for another mailbox.
  Done refuse_contact(db::Transaction& tx, const TenantId& tenant, std::string_view email,
                      std::string_view actor, std::string_view reason, Instant now) const;

  // --- leaving --------------------------------------------------------------------------------

  /// One letter of the notice, in two durable steps around SMTP. Killed anywhere, the next call
  /// goes on: a letter found in `sending` leaves again with the identical Message-ID, date and
  /// text. Whoever calls it has looked right before that the item is still there (Monitor::check).
  /// Where the recipient runs a receiver (pusher.h) it gets the letter first; what it took away
  /// needs no mail.
  Result<Sent> send(db::Database& database, net::Mailer& mailer, const NoticeId& id, Instant now,
                    const Pusher* pusher = nullptr) const;
  /// The host's time is over: reminder, then the network above. Gives when to look again, if ever.
  Result<std::optional<Instant>> deadline(db::Transaction& tx, const NoticeId& id,
                                          Instant now) const;

  // --- what the host says ---------------------------------------------------------------------

  /// The notice behind an answer link. `not_found` for an unknown or expired token, alike.
  Result<AnswerView> answer_view(db::Transaction& tx, std::string_view token, Instant now) const;
  /// Idempotent: the same answer with the same words again changes nothing. `words` and `forward`
  /// (whom it belongs to, for not_ours) are kept as text, at most 4 KiB.
  Result<AnswerView> answered(db::Transaction& tx, std::string_view token, Answer answer,
                              std::string_view words, std::string_view forward, Instant now) const;
  [[nodiscard]] std::string answer_token(const NoticeId& id) const;
  /// feeds.public_url + "/n/" + token.
  [[nodiscard]] std::string answer_link(const NoticeId& id) const;

  // --- the end --------------------------------------------------------------------------------

  /// A verdict that counts says gone since `gone_since`. Fact item_removed with the hours since the
  /// notice was sent (and since it was opened). Begins the watch after removal.
  Result<Notice> record_gone(db::Transaction& tx, const NoticeId& id, Ending ending,
                             Instant gone_since, std::string_view actor, Instant now) const;
  /// A person looked and says it is gone; the same as record_gone() with `confirmed`.
  Result<Notice> confirm_gone(db::Transaction& tx, const NoticeId& id, std::string_view actor,
                              std::string_view reason, Instant now) const;
  /// A person must look: `word` is one of changed, blocked, not_ours, dispute …; empty clears it.
  Done set_trouble(db::Transaction& tx, const NoticeId& id, std::string_view word) const;
  /// It lives elsewhere: closes this one as `moved` and opens the next. Fact item_moved.
  Result<Notice> record_moved(db::Transaction& tx, const NoticeId& id, const Hosting& now_at,
                              std::string_view home_country, Instant now) const;
  /// Seen again after its removal: `ready` (or `held`, if the police never released it) with a new
  /// round; the first removal time stays. Fact item_returned.
  Result<Notice> record_back(db::Transaction& tx, const NoticeId& id, Instant now) const;

  // --- for pages ------------------------------------------------------------------------------

  /// The letter as it would leave now (or did leave): for the staff's preview.
  Result<Letter> preview(db::Transaction& tx, const NoticeId& id) const;
  [[nodiscard]] const Settings& settings() const { return settings_; }

 private:
  struct Prepared;
  // letters.cc
  Done write_letter(db::Transaction& tx, const Notice& notice, Letter& letter, Instant now) const;
  Done plan_letter(db::Transaction& tx, const Notice& notice, LetterKind kind, Instant due) const;
  Done drop_letters(db::Transaction& tx, const Notice& notice) const;
  Result<Prepared> begin_sending(db::Transaction& tx, const NoticeId& id, Instant now) const;
  Result<Prepared> begin_planned(db::Transaction& tx, Notice notice, Letter letter,
                                 Instant now) const;
  Result<Sent> finish_sent(db::Transaction& tx, std::string_view letter, std::string_view line,
                           Instant now) const;
  Result<Sent> finish_refused(db::Transaction& tx, std::string_view letter, Instant now) const;
  // pusher.cc
  Result<std::optional<Sent>> push_first(db::Database& database, const Pusher* pusher,
                                         const Letter& letter, Instant now) const;
  // takedown.cc
  Done begin_countdown(db::Transaction& tx, Notice& notice, Instant now) const;
  Result<Notice> live_again(db::Transaction& tx, Notice notice, NoticeEvent event,
                            Instant now) const;

  Settings settings_;
  NoticeTexts texts_;
  crypto::Key link_key_;
};

}  // namespace hotline::takedown
