#include "assessment/queue_state.h"

#include <string>

namespace hotline::assessment {

std::string_view name(QueueState state) {
  switch (state) {
    case QueueState::waiting: return "waiting";
    case QueueState::claimed: return "claimed";
    case QueueState::decided: return "decided";
  }
  return "unknown";
}

std::string_view name(QueueEvent event) {
  switch (event) {
    case QueueEvent::taken: return "taken";
    case QueueEvent::put_back: return "put_back";
    case QueueEvent::lapsed: return "lapsed";
    case QueueEvent::finished: return "finished";
    case QueueEvent::passed_on: return "passed_on";
    case QueueEvent::withdrawn: return "withdrawn";
    case QueueEvent::returned: return "returned";
    case QueueEvent::agreed: return "agreed";
  }
  return "unknown";
}

Result<QueueState> parse_queue_state(std::string_view text) {
  for (const auto state : kQueueStates)
    if (name(state) == text) return state;
  return fail(ErrorKind::corrupt, "A case in the queue has a state that does not exist.");
}

Result<QueueState> next(QueueState from, QueueEvent event) {
  for (const auto& step : kQueueSteps)
    if (step.from == from && step.on == event) return step.to;
  return fail(ErrorKind::conflict, "A case that is " + std::string(name(from)) + " cannot be " +
                                       std::string(name(event)) + ".");
}

}  // namespace hotline::assessment
