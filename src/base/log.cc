#include "base/log.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"

namespace hotline::log {

namespace {

std::string& program() {
  static std::string name = "hotline";
  return name;
}

void line(std::string_view level, std::string_view event, const Error* error,
          std::initializer_list<Field> fields) {
  json::object out;
  out["at"] = rfc3339(SystemClock().now());
  out["level"] = level;
  out["program"] = program();
  out["event"] = event;
  if (error) {
    out["kind"] = name(error->kind);
    out["sentence"] = error->sentence;
  }
  for (const Field& field : fields) {
    if (field.number)
      out[field.key] = std::stoll(field.value);
    else
      out[field.key] = field.value;
  }
  // One write a line: lines of several programs never mix.
  const std::string text = json::serialize(out) + "\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

void set_program(std::string_view name) {
  program() = name;
}
void note(std::string_view event, std::initializer_list<Field> fields) {
  line("note", event, nullptr, fields);
}
void trouble(std::string_view event, std::initializer_list<Field> fields) {
  line("trouble", event, nullptr, fields);
}
void trouble(std::string_view event, const Error& error, std::initializer_list<Field> fields) {
  line("trouble", event, &error, fields);
}

}  // namespace hotline::log
