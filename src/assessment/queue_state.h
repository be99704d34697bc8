// The life of a case in the queue, as one table.
//
// Claims end by themselves after a time without a decision (lapsed), so a case
// is never lost in a closed browser. A case that was decided comes back when its
// assessment is withdrawn or when there is something new on its address.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace hotline::assessment {

/// Spelled here as it is stored, sent and printed.
enum class QueueState : std::uint8_t {
  waiting,  ///< Anyone eligible may take it.
  claimed,  ///< One person is deciding.
  decided,  ///< A verdict stands.
};
inline constexpr std::array kQueueStates = {QueueState::waiting, QueueState::claimed,
                                            QueueState::decided};
enum class QueueEvent : std::uint8_t {
  taken,      ///< A person took it.
  put_back,   ///< The person gave it back.
  lapsed,     ///< Nothing happened for too long.
  finished,   ///< The look decides.
  passed_on,  ///< Somebody else must look: unsure, policy, or two looks disagree.
  withdrawn,  ///< The assessment was overturned.
  returned,   ///< There is something new on the address.
  agreed,     ///< The second reader changed to the first answer after comparing.
};
inline constexpr std::array kQueueEvents = {
    QueueEvent::taken,     QueueEvent::put_back,  QueueEvent::lapsed,   QueueEvent::finished,
    QueueEvent::passed_on, QueueEvent::withdrawn, QueueEvent::returned, QueueEvent::agreed};

struct QueueStep {
  QueueState from;
  QueueEvent on;
  QueueState to;
};
inline constexpr std::array kQueueSteps = {
    QueueStep{QueueState::waiting, QueueEvent::taken, QueueState::claimed},
    QueueStep{QueueState::claimed, QueueEvent::put_back, QueueState::waiting},
    QueueStep{QueueState::claimed, QueueEvent::lapsed, QueueState::waiting},
    QueueStep{QueueState::claimed, QueueEvent::finished, QueueState::decided},
    QueueStep{QueueState::claimed, QueueEvent::passed_on, QueueState::waiting},
    QueueStep{QueueState::waiting, QueueEvent::agreed, QueueState::decided},
    QueueStep{QueueState::decided, QueueEvent::withdrawn, QueueState::waiting},
    QueueStep{QueueState::decided, QueueEvent::returned, QueueState::waiting},
};

[[nodiscard]] std::string_view name(QueueState state);
[[nodiscard]] std::string_view name(QueueEvent event);
[[nodiscard]] Result<QueueState> parse_queue_state(std::string_view text);
/// Error `conflict` if that cannot happen in `from`.
[[nodiscard]] Result<QueueState> next(QueueState from, QueueEvent event);

}  // namespace hotline::assessment
