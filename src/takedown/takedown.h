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
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/settings.h"
#include "db/db.h"
#include "net/mailer.h"
#include "takedown/gate.h"
#include "takedown/ladder.h"
#include "takedown/notice.h"
#include "takedown/notice_text.h"

namespace hotline::net {
struct ReceivedReply;
}

namespace hotline::takedown {

/// Jobs that this module schedules; the subject of each is a notice id. The workflow says what
/// runs.
inline constexpr std::string_view kSendJob = "send_notice";          ///< Takedown::send()
inline constexpr std::string_view kDeadlineJob = "notice_deadline";  ///< Takedown::deadline()
inline constexpr std::string_view kLivenessJob = "check_liveness";   ///< Monitor::check()
inline constexpr std::string_view kHoldJob = "hold_ends";            ///< Takedown::hold_ends()

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
  bool known = false;   ///< Every confirmed item was known before: decided by two people or more.
  bool urgent = false;  ///< Somebody says that a child is in danger now.
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
struct Reply;

/// One line that says why; at most 2,000 bytes. Error `invalid` if it is empty.
[[nodiscard]] Result<std::string> reason_of(std::string_view reason);

class Takedown {
 public:
  /// Reads policy/notices below `policy_dir` and the link key in `keys_dir` (made at first).
  [[nodiscard]] static Result<std::unique_ptr<Takedown>> open(const Settings& settings,
                                                              const std::string& policy_dir,
                                                              const std::string& keys_dir);
  Takedown(const Settings& settings, NoticeTexts texts, crypto::Key link_key, Ladder ladder = {});

  // --- opening, gate, countdown ---------------------------------------------------------------

  /// At home: `held` at the police gate; abroad: `ready`, leaving after the undo window. The same
  /// case and episode never has two notices: an open one is given back as it is, a withdrawn one
  /// lives again. Facts notice_opened (and notice_held). Begins the liveness watch.
  Result<Notice> open_notice(db::Transaction& tx, const OpenRequest& request, Instant now) const;

  /// The police let it go: `ready`, with a fresh countdown. `reason` must not be empty.
  Result<Notice> release(db::Transaction& tx, const NoticeId& id, std::string_view actor,
                         std::string_view reason, Instant now) const;
  /// The police have had their time and did not decide: a senior of the hotline lets it go.
  /// `conflict` while there is time left.
  Result<Notice> convert(db::Transaction& tx, const NoticeId& id, std::string_view actor,
                         std::string_view reason, Instant now) const;
  /// The police ask to wait, until a time: only while nothing has begun to leave, else `conflict`.
  /// Without a time it is the agency's, or takedown.hold.
  Result<Notice> hold(db::Transaction& tx, const NoticeId& id, std::string_view actor,
                      std::string_view reason, Instant now,
                      std::optional<Instant> until = std::nullopt) const;
  /// Another agency decides.
  Result<Notice> hand_over(db::Transaction& tx, const NoticeId& id, std::string_view agency,
                           std::string_view actor, std::string_view reason, Instant now) const;
  /// The time of a hold is over: people are asked, nothing leaves by itself.
  Result<std::optional<Instant>> hold_ends(db::Transaction& tx, const NoticeId& id,
                                           Instant now) const;
  /// What an agency authorises in advance; see gate.h. Error `invalid` unless it is proved.
  Result<Authority> accept_authority(db::Transaction& tx, const TenantId& tenant,
                                     std::string_view agency, std::string_view document,
                                     std::string_view signature, std::string_view actor,
                                     Instant now) const;
  /// At once: what it let pass and has not begun to leave is held again. Gives how many.
  Result<std::int64_t> revoke_authority(db::Transaction& tx, const TenantId& tenant,
                                        std::string_view id, std::string_view actor,
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
  /// `also`: notices whose letters may leave in the same mail, see mail_mates(); whoever calls has
  /// looked at each of those too.
  Result<Sent> send(db::Database& database, net::Mailer& mailer, const NoticeId& id, Instant now,
                    const Pusher* pusher = nullptr, std::span<const NoticeId> also = {}) const;
  /// Other notices with the same kind of letter due to the same mailbox now: at most
  /// takedown.mail_notices_max less one. None for an urgent notice or a mailbox with a receiver.
  Result<std::vector<NoticeId>> mail_mates(db::Transaction& tx, const NoticeId& id,
                                           Instant now) const;
  /// The time of whoever was asked last is over: the same again, or the next one above, as
  /// policy/ladder.json says. Gives when to look again, if ever.
  Result<std::optional<Instant>> deadline(db::Transaction& tx, const NoticeId& id,
                                          Instant now) const;
  /// A person names the mailbox of a rung, with a reason; if everybody below has been asked, that
  /// one is asked at once. For the host the same as set_contact().
  Result<Notice> set_rung(db::Transaction& tx, const NoticeId& id, Rung rung,
                          std::string_view email, std::string_view actor, std::string_view reason,
                          Instant now) const;
  [[nodiscard]] const Ladder& ladder() const { return ladder_; }

  // --- what the host says ---------------------------------------------------------------------

  /// The notice behind an answer link. `not_found` for an unknown or expired token, alike.
  Result<AnswerView> answer_view(db::Transaction& tx, std::string_view token, Instant now) const;
  /// Idempotent: the same answer with the same words again changes nothing. `words` and `forward`
  /// (whom it belongs to, for not_ours) are kept as text, at most 4 KiB.
  Result<AnswerView> answered(db::Transaction& tx, std::string_view token, Answer answer,
                              std::string_view words, std::string_view forward, Instant now) const;
  /// A mail that came back, see replies.h. True if it speaks of a notice of ours, or was kept
  /// although it does not. The same mail again changes nothing.
  Result<bool> take_reply(db::Transaction& tx, const TenantId& tenant,
                          const net::ReceivedReply& mail, bool keep_unknown, Instant now) const;
  /// A person has read it; the notice no longer waits for that.
  Result<Notice> read_reply(db::Transaction& tx, const TenantId& tenant, const NoticeId& id,
                            std::string_view reply, std::string_view actor, Instant now) const;
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
  /// `recipient`: for a withdrawal, who was written to; empty: whom the notice asks now.
  Done plan_letter(db::Transaction& tx, const Notice& notice, LetterKind kind, Instant due,
                   std::string_view recipient = "") const;
  Done drop_letters(db::Transaction& tx, const Notice& notice) const;
  Result<Prepared> begin_sending(db::Transaction& tx, const NoticeId& id,
                                 std::span<const NoticeId> also, Instant now) const;
  Result<Prepared> begin_mail(db::Transaction& tx, const NoticeId& id, Instant now) const;
  Done add_mate(db::Transaction& tx, const Letter& first, const NoticeId& id, int number,
                Instant now) const;
  Result<std::optional<std::string>> ready_mailbox(db::Transaction& tx, Notice& notice,
                                                   const Letter& letter, Instant now) const;
  Result<bool> has_share(db::Transaction& tx, const Notice& notice, const Letter& letter,
                         std::string_view mailbox, Instant now) const;
  [[nodiscard]] net::Mail mail_of(const std::vector<Letter>& letters, Instant now) const;
  Result<Prepared> begin_planned(db::Transaction& tx, Notice notice, Letter letter,
                                 Instant now) const;
  Result<Sent> finish_sent(db::Transaction& tx, std::string_view letter, std::string_view line,
                           Instant now) const;
  Result<Sent> finish_refused(db::Transaction& tx, std::string_view letter, Instant now) const;
  Result<Sent> finish_mail(db::Transaction& tx, const std::vector<Letter>& letters,
                           const Result<std::string>& line, Instant now) const;
  // climb.cc
  Result<int> asks_of(db::Transaction& tx, const Notice& notice) const;
  [[nodiscard]] microseconds wait_of(const Notice& notice) const;
  Result<std::optional<Instant>> ask_again(db::Transaction& tx, Notice notice, Instant now) const;
  Result<std::optional<Instant>> ask_above(db::Transaction& tx, Notice notice, bool reached,
                                           Instant now) const;
  Done pass_over(db::Transaction& tx, const NoticeId& id, std::string_view recipient,
                 Instant now) const;
  // replies.cc
  Done follow_reply(db::Transaction& tx, const Notice& notice, const Reply& reply,
                    std::string_view recipient, Instant now) const;
  // pusher.cc
  Result<std::optional<Sent>> push_first(db::Database& database, const Pusher* pusher,
                                         const Letter& letter, Instant now) const;
  // gate.cc
  Done ask_gate(db::Transaction& tx, Notice& notice, bool known, Instant now) const;
  Result<Instant> hold_end(db::Transaction& tx, const Notice& notice, Instant now) const;
  Result<Notice> let_go(db::Transaction& tx, const NoticeId& id, std::string_view actor,
                        std::string_view deed, std::string_view reason, Instant now) const;
  // takedown.cc
  Done begin_countdown(db::Transaction& tx, Notice& notice, Instant now) const;
  Result<Notice> live_again(db::Transaction& tx, Notice notice, NoticeEvent event,
                            Instant now) const;

  Settings settings_;
  NoticeTexts texts_;
  crypto::Key link_key_;
  Ladder ladder_;
};

}  // namespace hotline::takedown
