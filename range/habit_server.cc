#include "range/habit_server.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <mutex>

#include "base/text.h"
#include "range/pictures.h"
#include "range/plain_server.h"

namespace hotline::range {
namespace {

constexpr std::string_view kPictureMark = "picture:";

/// "picture:of stays.example" becomes the drawn picture that stands for those words, always the
/// same one; "picture:again" is another file of a picture, which a person must compare.
std::string drawn(std::string_view words) {
  std::uint64_t seed = 5000;
  for (const char c : words) seed = seed * 31 % 100'003 + static_cast<unsigned char>(c);
  static std::mutex mutex;
  static std::map<std::uint64_t, std::string> made;
  const std::lock_guard lock(mutex);
  auto& bytes = made[seed];
  if (bytes.empty())
    if (auto file = make_file(5000 + seed, "smaller")) bytes = file->bytes;
  return bytes;
}

std::string reason(int status) {
  return status == 200 ? "OK" : "See status";
}

std::string page_of(const net::Capture& shown) {
  std::string body = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>" +
                     escape_html(shown.title) + "</title></head><body><p>" +
                     escape_html(shown.text) + "</p>\n";
  for (const auto& one : shown.media) {
    const auto path = one.url.find('/', one.url.find("://") + 3);
    body += "<img src=\"" + escape_html(one.url.substr(path)) + "\" alt=\"A drawn picture\">\n";
  }
  return body + "</body></html>\n";
}

struct Told {
  std::chrono::steady_clock::time_point first = std::chrono::steady_clock::now();
  std::map<std::string, int> looks;
};

class Habits {
 public:
  explicit Habits(double speed) : hour_(kHabitHourSeconds / speed) {
    for (auto& habit : host_habits()) all_.emplace(habit.name + ".example", std::move(habit));
  }

  std::string answer(const std::string& head) {
    const std::string line = head.substr(0, head.find("\r\n"));
    const auto first = split(line, ' ');
    const auto host = header(head, "host");
    const auto found = all_.find(host.substr(0, host.find(':')));
    if (first.size() < 2 || found == all_.end()) return plain(404, "Not found.");
    const std::string path(first[1]);
    if (path == "/logo.png") return picture(drawn("logo of a site"));
    net::FetchRequest request;
    request.url = "http://" + found->first + path;
    request.referrer = header(head, "referer");
    Asked asked{request};
    {
      const std::lock_guard lock(mutex_);
      Told& told = told_[found->first];
      const std::chrono::duration<double> since = std::chrono::steady_clock::now() - told.first;
      asked.hour = since.count() / hour_;
      asked.look = told.looks[path]++;
    }
    return habit_answer(found->second.answers(asked), found->first);
  }

  static std::string plain(int status, const std::string& body) {
    return fmt::format(
        "HTTP/1.1 {} {}\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: "
        "close\r\n\r\n{}",
        status, reason(status), body.size(), body);
  }
  static std::string picture(const std::string& bytes) {
    return fmt::format(
        "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\nConnection: "
        "close\r\n\r\n{}",
        bytes.size(), bytes);
  }

 private:
  static std::string header(const std::string& head, const std::string& name) {
    for (const auto line : split(head, '\n')) {
      const auto colon = line.find(':');
      if (colon != std::string_view::npos && lower_ascii(line.substr(0, colon)) == name)
        return std::string(trim(line.substr(colon + 1)));
    }
    return {};
  }
  double hour_;
  std::map<std::string, HostHabit> all_;
  std::mutex mutex_;
  std::map<std::string, Told> told_;
};

}  // namespace

std::string habit_answer(const net::Capture& shown, const std::string& host) {
  // Silence and a name that does not exist are both a connection that gives nothing.
  if (shown.verdict != net::FetchVerdict::answered && shown.verdict != net::FetchVerdict::too_large)
    return {};
  if (shown.page.starts_with(kPictureMark))
    return Habits::picture(drawn(std::string_view(shown.page).substr(kPictureMark.size())));
  if (shown.status == 302)  // A circle.
    return fmt::format(
        "HTTP/1.1 302 Found\r\nLocation: http://{}/p\r\nContent-Length: 0\r\nConnection: "
        "close\r\n\r\n",
        host);
  return Habits::plain(shown.status, page_of(shown));
}

void serve_habits(const std::string& address, double speed) {
  const int listener = listen_on(address, 80);
  if (listener < 0) _exit(1);
  Habits habits(speed);
  serve_for_ever(listener, [&](int connection) {
    const auto head = read_until(connection, "\r\n\r\n");
    if (!head.empty()) send_whole(connection, habits.answer(head));
  });
  _exit(1);
}

}  // namespace hotline::range
