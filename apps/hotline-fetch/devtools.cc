#include "apps/hotline-fetch/devtools.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace hotline::fetch {

namespace {

constexpr std::size_t kMessageBytesMax = 96u << 20;
constexpr std::size_t kEventsMax = 1000;

bool ready(int fd, short what, DevTools::TimePoint until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      until - std::chrono::steady_clock::now());
  pollfd waiting{fd, what, 0};
  return left.count() > 0 && ::poll(&waiting, 1, static_cast<int>(left.count())) > 0;
}

}  // namespace

Done DevTools::send(const json::object& message, TimePoint until) {
  std::string text = json::serialize(message);
  text += '\0';
  std::string_view left = text;
  while (!left.empty()) {
    if (!ready(requests_, POLLOUT, until))
      return fail(ErrorKind::unavailable, "the browser takes no commands");
    const auto written = ::write(requests_, left.data(), std::min<std::size_t>(left.size(), 4096));
    if (written <= 0) return fail(ErrorKind::unavailable, "the browser has ended");
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<json::value> DevTools::receive(TimePoint until) {
  std::size_t searched = 0;
  for (;;) {
    const auto end = buffer_.find('\0', searched);
    if (end != std::string::npos) {
      auto message = parse_json(std::string_view(buffer_).substr(0, end));
      buffer_.erase(0, end + 1);
      if (!message) return fail(ErrorKind::unavailable, "the browser speaks no JSON");
      return message;
    }
    searched = buffer_.size();
    if (buffer_.size() > kMessageBytesMax)
      return fail(ErrorKind::unavailable, "the browser's answer is too large");
    if (!ready(answers_, POLLIN, until))
      return fail(ErrorKind::unavailable, "the browser did not answer in time");
    std::array<char, 65536> bytes;
    const auto got = ::read(answers_, bytes.data(), bytes.size());
    if (got <= 0) return fail(ErrorKind::unavailable, "the browser has ended");
    buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  }
}

// A page that opens a dialog stands still until somebody answers.
void DevTools::take_event(const json::value& message, TimePoint until) {
  const auto method = text_at(message, "method");
  if (!method) return;
  if (*method == "Page.javascriptDialogOpening") {
    json::object command{{"id", ++last_id_},
                         {"method", "Page.handleJavaScriptDialog"},
                         {"params", json::object{{"accept", false}}}};
    if (!session_.empty()) command["sessionId"] = session_;
    (void)send(command, until);
  }
  if (const auto* parameters = member(message, "params"); watcher_ && parameters != nullptr)
    watcher_(*method, *parameters);
  // Nobody waits for these, and a page can make thousands.
  if (!method->starts_with("Network.") && events_.size() < kEventsMax) events_.push_back(*method);
}

Result<json::value> DevTools::call(std::string_view method, json::object parameters,
                                   TimePoint until) {
  const auto id = ++last_id_;
  json::object command{{"id", id}, {"method", method}, {"params", std::move(parameters)}};
  if (!session_.empty()) command["sessionId"] = session_;
  TRY_DONE(send(command, until));
  for (;;) {
    TRY(message, receive(until));
    if (integer_at(message, "id") != id) {
      take_event(message, until);
      continue;
    }
    const auto* result = member(message, "result");
    if (result == nullptr)
      return fail(ErrorKind::unavailable, "the browser refused " + std::string(method));
    return *result;
  }
}

bool DevTools::wait_for(std::string_view event, TimePoint until) {
  for (;;) {
    const auto found = std::find(events_.begin(), events_.end(), event);
    if (found != events_.end()) {
      events_.erase(found);
      return true;
    }
    const auto message = receive(until);
    if (!message) return false;
    take_event(*message, until);
  }
}

}  // namespace hotline::fetch
