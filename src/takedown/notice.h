// A notice asks whoever hosts an address to preserve and remove what is there.
//
// One notice is about one address in one hosting episode and goes to one host. It
// is opened when an assessment says so and tracing has found that host, and closed
// when we looked and it was gone, when it moved, or when the assessment is
// withdrawn. If it moves, this notice closes and a new one is opened: the time to
// removal is counted per host, never across hosts.
//
// Every mail that a notice gives rise to is a letter with a life of its own, so
// that a state says what we decided and a letter says what really left.
// Values only: storing is notice_store.h, what happens when is takedown.h.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "casework/casework.h"

namespace hotline::takedown {

using casework::AddressId;
using casework::CaseId;
using casework::NoticeId;
using casework::PersonId;
using casework::TenantId;

/// Spelled here as it is stored, sent and printed: one word everywhere.
enum class NoticeState : std::uint8_t {
  held,       ///< The police asked us to wait. Nothing leaves the building.
  ready,      ///< May be sent.
  sent,       ///< Accepted by the host's mail server.
  reminded,   ///< Second request, after the host's first deadline.
  escalated,  ///< Passed to somebody above the host: see Notice::step.
  removed,    ///< We looked, twice, and it was gone.
  moved,      ///< It lives elsewhere now; another notice follows it there.
  withdrawn,  ///< The assessment was overturned, or a person stopped it before it left.
};
inline constexpr std::array kNoticeStates = {
    NoticeState::held,      NoticeState::ready,   NoticeState::sent,  NoticeState::reminded,
    NoticeState::escalated, NoticeState::removed, NoticeState::moved, NoticeState::withdrawn};
[[nodiscard]] std::string_view name(NoticeState state);
[[nodiscard]] Result<NoticeState> parse_notice_state(std::string_view text);
/// Still waiting for its end.
[[nodiscard]] constexpr bool is_open(NoticeState state) {
  return state != NoticeState::removed && state != NoticeState::moved &&
         state != NoticeState::withdrawn;
}

enum class NoticeEvent : std::uint8_t {
  hold_asked,       ///< The police, or the gate when it is opened at home.
  released,         ///< The police no longer need it online.
  delivered,        ///< The host's mail server took the first letter.
  deadline_passed,  ///< The host's time is over.
  passed_over,      ///< Asked often enough, or not to be written to: the next above is asked.
  host_named,       ///< A person knows the host's mailbox after all: it was never told.
  item_gone,        ///< A liveness verdict that counts.
  item_moved,       ///< Traced to another network.
  item_back,        ///< Seen again after its removal.
  withdraw_asked,   ///< Assessment overturned, or stopped in the countdown.
  assessed_again,   ///< Found actionable again after a withdrawal.
};
inline constexpr std::array kNoticeEvents = {
    NoticeEvent::hold_asked,      NoticeEvent::released,      NoticeEvent::delivered,
    NoticeEvent::deadline_passed, NoticeEvent::passed_over,   NoticeEvent::host_named,
    NoticeEvent::item_gone,       NoticeEvent::item_moved,    NoticeEvent::item_back,
    NoticeEvent::withdraw_asked,  NoticeEvent::assessed_again};
[[nodiscard]] std::string_view name(NoticeEvent event);

/// The whole life of a notice. Anything not listed is refused by next().
struct Step {
  NoticeState from;
  NoticeEvent on;
  NoticeState to;
};
inline constexpr std::array kSteps = {
    Step{NoticeState::held, NoticeEvent::released, NoticeState::ready},
    Step{NoticeState::held, NoticeEvent::item_gone, NoticeState::removed},
    Step{NoticeState::held, NoticeEvent::item_moved, NoticeState::moved},
    Step{NoticeState::held, NoticeEvent::withdraw_asked, NoticeState::withdrawn},
    Step{NoticeState::ready, NoticeEvent::hold_asked, NoticeState::held},
    Step{NoticeState::ready, NoticeEvent::delivered, NoticeState::sent},
    Step{NoticeState::ready, NoticeEvent::passed_over, NoticeState::escalated},
    Step{NoticeState::ready, NoticeEvent::item_gone, NoticeState::removed},
    Step{NoticeState::ready, NoticeEvent::item_moved, NoticeState::moved},
    Step{NoticeState::ready, NoticeEvent::withdraw_asked, NoticeState::withdrawn},
    Step{NoticeState::sent, NoticeEvent::deadline_passed, NoticeState::reminded},
    Step{NoticeState::sent, NoticeEvent::passed_over, NoticeState::escalated},
    Step{NoticeState::sent, NoticeEvent::item_gone, NoticeState::removed},
    Step{NoticeState::sent, NoticeEvent::item_moved, NoticeState::moved},
    Step{NoticeState::sent, NoticeEvent::withdraw_asked, NoticeState::withdrawn},
    Step{NoticeState::reminded, NoticeEvent::deadline_passed, NoticeState::escalated},
    Step{NoticeState::reminded, NoticeEvent::passed_over, NoticeState::escalated},
    Step{NoticeState::reminded, NoticeEvent::item_gone, NoticeState::removed},
    Step{NoticeState::reminded, NoticeEvent::item_moved, NoticeState::moved},
    Step{NoticeState::reminded, NoticeEvent::withdraw_asked, NoticeState::withdrawn},
    // From rung to rung: which one, says Notice::step.
    Step{NoticeState::escalated, NoticeEvent::deadline_passed, NoticeState::escalated},
    Step{NoticeState::escalated, NoticeEvent::passed_over, NoticeState::escalated},
    Step{NoticeState::escalated, NoticeEvent::host_named, NoticeState::ready},
    Step{NoticeState::escalated, NoticeEvent::item_gone, NoticeState::removed},
    Step{NoticeState::escalated, NoticeEvent::item_moved, NoticeState::moved},
    Step{NoticeState::escalated, NoticeEvent::withdraw_asked, NoticeState::withdrawn},
    // Hosts take an item down and put it back. The clock of the first removal
    // stands, so a returned item is a new request, not a deleted success. Where
    // the police had never released it, the gate holds it again at once.
    Step{NoticeState::removed, NoticeEvent::item_back, NoticeState::ready},
    // What we had asked for was wrong: the host must hear that it may be put back.
    Step{NoticeState::removed, NoticeEvent::withdraw_asked, NoticeState::withdrawn},
    // An analyst undid and decided again: the same host gets no second notice
    // beside the first, but the first one lives again.
    Step{NoticeState::withdrawn, NoticeEvent::assessed_again, NoticeState::ready},
};

/// The state after `event`. Error `conflict` if that cannot happen in `from`:
/// two jobs raced, and the caller reads the notice again before deciding.
[[nodiscard]] Result<NoticeState> next(NoticeState from, NoticeEvent event);

/// What a host can say on the answer page, without an account. Spelled as stored.
enum class Answer : std::uint8_t {
  received,   ///< We have it.
  removed,    ///< Done; we look at once.
  need_time,  ///< Moves the deadline, once.
  not_ours,   ///< Hosted elsewhere; a person follows where it points, never we by ourselves.
  dispute,    ///< Not illegal, they say; a person looks again.
};
inline constexpr std::array kAnswers = {Answer::received, Answer::removed, Answer::need_time,
                                        Answer::not_ours, Answer::dispute};
[[nodiscard]] std::string_view name(Answer answer);
[[nodiscard]] Result<Answer> parse_answer(std::string_view text);

/// How it ended when the state is `removed`. Spelled as stored and in the fact item_removed.
enum class Ending : std::uint8_t {
  gone,         ///< 404, 410 or no such name.
  soft_gone,    ///< A "removed" page with status 200.
  unavailable,  ///< No answer at all, look after look, for a day.
  confirmed,    ///< A person looked and says so.
};
[[nodiscard]] std::string_view name(Ending ending);
[[nodiscard]] Result<Ending> parse_ending(std::string_view text);

/// Whom a notice asks, from the one nearest to the content upwards. Spelled as stored; clocks and
/// repeats of each stand in policy/ladder.json.
enum class Rung : std::uint8_t { host, owner, cdn, upstream, registrar, registry, authority };
inline constexpr std::array kRungs = {Rung::host,     Rung::owner,     Rung::cdn,
                                      Rung::upstream, Rung::registrar, Rung::registry,
                                      Rung::authority};
[[nodiscard]] std::string_view name(Rung rung);
[[nodiscard]] Result<Rung> parse_rung(std::string_view text);

/// What tracing found, copied here: what was sent must be provable later.
struct Hosting {
  std::string episode;  ///< Tracing's id of the hosting episode.
  std::string ip;       ///< First address.
  std::int64_t asn = 0;
  std::string network;   ///< Name or handle of the network.
  std::string country;   ///< ISO 3166-1, or empty.
  std::string cdn;       ///< Id of the CDN in front, or empty.
  std::string contact;   ///< Abuse mailbox as found, or empty.
  std::string upstream;  ///< The network above's, or empty.
  /// Mailboxes of owner, cdn, registrar, registry or authority, by the rung's name, as traced or as
  /// a person named them.
  std::map<std::string, std::string, std::less<>> above{};
};

/// Digests that let the host find the same bytes elsewhere on its machines. Never the bytes.
struct ItemDigests {
  std::string md5, sha1, sha256;  ///< Lower-case hex; an empty one is left out.
};

struct Notice {
  NoticeId id;
  TenantId tenant;
  CaseId casefile;
  AddressId address;
  NoticeState state = NoticeState::ready;
  Hosting hosting;
  std::vector<std::string> locations;  ///< Exact addresses; the reported one first.
  std::vector<ItemDigests> items;
  std::string category;      ///< Of the scheme, as assessed.
  bool baseline = false;     ///< The scheme maps it to INTERPOL's baseline.
  bool home = false;         ///< Hosted in the home country: the police gate applies.
  bool gate_passed = false;  ///< Released once, or no gate applies.
  std::string hold_reason;   ///< Why it is held.
  std::string contact;       ///< Whom we write to; empty: a person must say.
  std::string trouble;       ///< What a person must look at, or empty. No address in it.
  Instant opened_at{};
  std::optional<Instant> leaves_at;  ///< End of the countdown.
  std::optional<Instant> sent_at;
  std::optional<Instant> deadline;  ///< When the next step of the ladder is due.
  bool extended = false;            ///< The host has had its extra time.
  std::optional<Instant> first_removed_at;
  std::optional<Instant> closed_at;
  std::optional<Ending> ending;
  int returns = 0;                    ///< How often it came back.
  Instant link_expires{};             ///< Answers are taken until then.
  Rung step = Rung::host;             ///< Whom the last letter asked.
  int asks = 0;                       ///< How often that one was asked.
  bool urgent = false;                ///< A child may be at risk: no calendar, no shared mail.
  std::string agency;                 ///< Which police agency's gate it is at, or empty: any.
  std::optional<Instant> hold_until;  ///< When the police are asked again.
  std::string authority;              ///< The pre-authorisation that let it pass, or empty.
};

/// "NTC-01HQ…": stands in every subject in brackets and survives ticket systems.
[[nodiscard]] std::string reference(const NoticeId& id);
/// The notice that a subject line speaks of, whatever a ticket system put around it. `not_found` if
/// none.
[[nodiscard]] Result<NoticeId> find_reference(std::string_view subject);

enum class LetterKind : std::uint8_t { first, reminder, escalation, withdrawal };
[[nodiscard]] std::string_view name(LetterKind kind);
[[nodiscard]] Result<LetterKind> parse_letter_kind(std::string_view text);

/// planned → sending → sent, or failed. `sending` is durable before SMTP begins: found after a
/// crash it means "perhaps", and the same letter goes out again under the same Message-ID.
enum class LetterState : std::uint8_t { planned, sending, sent, failed, dropped };
[[nodiscard]] std::string_view name(LetterState state);
[[nodiscard]] Result<LetterState> parse_letter_state(std::string_view text);

struct Letter {
  std::string id;  ///< "<notice>.<kind>.<round>": also the left side of its Message-ID.
  NoticeId notice;
  LetterKind kind = LetterKind::first;
  int round = 1;  ///< A returned item is asked for again: round 2.
  LetterState state = LetterState::planned;
  Instant due{};
  std::string recipient;
  std::string message_id;           ///< Without angle brackets.
  std::string subject, text, twin;  ///< As sent; the answer link stands as its placeholder.
  std::string twin_name;  ///< "xarf.json", or "notice.json" where XARF has no fitting type.
  std::string language;
  std::optional<Instant> begun_at;  ///< Date of the mail: fixed when sending begins.
  std::optional<Instant> sent_at;
  std::string server_line;  ///< The mail server's last line, or its refusal.
  std::string
      mail;  ///< Message-ID of the mail that it is in: its own, or that of the first of many.
};

}  // namespace hotline::takedown
