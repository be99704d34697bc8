#include "takedown/notice.h"

#include "base/text.h"

namespace hotline::takedown {

namespace {

constexpr std::string_view kReferencePrefix = "ntc-";
constexpr std::size_t kIdBodyLength = 26;

/// The value of `all` with this name. Error `invalid` if there is none.
template <class Values>
auto find_named(const Values& all, std::string_view text, const char* what)
    -> Result<typename Values::value_type> {
  for (const auto value : all)
    if (name(value) == text) return value;
  return fail(ErrorKind::invalid, std::string("This is no ") + what + ".");
}

constexpr std::array kEndings = {Ending::gone, Ending::soft_gone, Ending::unavailable,
                                 Ending::confirmed};
constexpr std::array kLetterKinds = {LetterKind::first, LetterKind::reminder,
                                     LetterKind::escalation, LetterKind::withdrawal};
constexpr std::array kLetterStates = {LetterState::planned, LetterState::sending, LetterState::sent,
                                      LetterState::failed, LetterState::dropped};

}  // namespace

std::string_view name(NoticeState state) {
  switch (state) {
    case NoticeState::held: return "held";
    case NoticeState::ready: return "ready";
    case NoticeState::sent: return "sent";
    case NoticeState::reminded: return "reminded";
    case NoticeState::escalated: return "escalated";
    case NoticeState::removed: return "removed";
    case NoticeState::moved: return "moved";
    case NoticeState::withdrawn: return "withdrawn";
  }
  return "withdrawn";
}

std::string_view name(NoticeEvent event) {
  switch (event) {
    case NoticeEvent::hold_asked: return "hold_asked";
    case NoticeEvent::released: return "released";
    case NoticeEvent::delivered: return "delivered";
    case NoticeEvent::deadline_passed: return "deadline_passed";
    case NoticeEvent::passed_over: return "passed_over";
    case NoticeEvent::host_named: return "host_named";
    case NoticeEvent::item_gone: return "item_gone";
    case NoticeEvent::item_moved: return "item_moved";
    case NoticeEvent::item_back: return "item_back";
    case NoticeEvent::withdraw_asked: return "withdraw_asked";
    case NoticeEvent::assessed_again: return "assessed_again";
  }
  return "withdraw_asked";
}

std::string_view name(Rung rung) {
  switch (rung) {
    case Rung::host: return "host";
    case Rung::owner: return "owner";
    case Rung::cdn: return "cdn";
    case Rung::upstream: return "upstream";
    case Rung::registrar: return "registrar";
    case Rung::registry: return "registry";
    case Rung::authority: return "authority";
  }
  return "host";
}

std::string_view name(Answer answer) {
  switch (answer) {
    case Answer::received: return "received";
    case Answer::removed: return "removed";
    case Answer::need_time: return "need_time";
    case Answer::not_ours: return "not_ours";
    case Answer::dispute: return "dispute";
  }
  return "received";
}

std::string_view name(Ending ending) {
  switch (ending) {
    case Ending::gone: return "gone";
    case Ending::soft_gone: return "soft_gone";
    case Ending::unavailable: return "unavailable";
    case Ending::confirmed: return "confirmed";
  }
  return "gone";
}

std::string_view name(LetterKind kind) {
  switch (kind) {
    case LetterKind::first: return "first";
    case LetterKind::reminder: return "reminder";
    case LetterKind::escalation: return "escalation";
    case LetterKind::withdrawal: return "withdrawal";
  }
  return "first";
}

std::string_view name(LetterState state) {
  switch (state) {
    case LetterState::planned: return "planned";
    case LetterState::sending: return "sending";
    case LetterState::sent: return "sent";
    case LetterState::failed: return "failed";
    case LetterState::dropped: return "dropped";
  }
  return "dropped";
}

Result<NoticeState> parse_notice_state(std::string_view text) {
  return find_named(kNoticeStates, text, "state of a notice");
}
Result<Rung> parse_rung(std::string_view text) {
  return find_named(kRungs, text, "rung of the ladder");
}
Result<Answer> parse_answer(std::string_view text) {
  return find_named(kAnswers, text, "answer");
}
Result<Ending> parse_ending(std::string_view text) {
  return find_named(kEndings, text, "ending");
}
Result<LetterKind> parse_letter_kind(std::string_view text) {
  return find_named(kLetterKinds, text, "kind of letter");
}
Result<LetterState> parse_letter_state(std::string_view text) {
  return find_named(kLetterStates, text, "state of a letter");
}

Result<NoticeState> next(NoticeState from, NoticeEvent event) {
  for (const auto& step : kSteps)
    if (step.from == from && step.on == event) return step.to;
  return fail(ErrorKind::conflict, "A notice that is " + std::string(name(from)) + " takes no " +
                                       std::string(name(event)) + ".");
}

std::string reference(const NoticeId& id) {
  std::string text = "NTC-" + id.str().substr(NoticeId::prefix.size());
  for (char& letter : text)
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  return text;
}

Result<NoticeId> find_reference(std::string_view subject) {
  const std::string text = lower_ascii(subject);
  for (auto at = text.find(kReferencePrefix); at != std::string::npos;
       at = text.find(kReferencePrefix, at + 1)) {
    const auto body = text.substr(at + kReferencePrefix.size(), kIdBodyLength);
    if (auto id = NoticeId::parse(std::string(NoticeId::prefix) + body)) return *id;
  }
  return fail(ErrorKind::not_found, "This subject names no notice.");
}

}  // namespace hotline::takedown
