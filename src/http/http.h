// HTTP: requests and responses as the pages see them, and the routes between.
//
// Values only; the server is server.h. Nothing here knows the network library.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hotline::http {

/// Fields of a form or a query, in order; a name may stand more than once.
class Fields {
 public:
  void add(std::string name, std::string value);
  /// The first with this name; empty if there is none.
  [[nodiscard]] std::string get(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& list() const {
    return fields_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// application/x-www-form-urlencoded. Never fails: broken escapes stand as they came.
[[nodiscard]] Fields parse_form(std::string_view body);

struct Request {
  std::string method;  ///< GET, POST …; HEAD is answered from GET.
  std::string path;    ///< Decoded, begins with '/', no query.
  std::map<std::string, std::string, std::less<>> path_values;  ///< From "/notices/{id}".
  Fields query;
  Fields form;  ///< Of a POST with a form; a multipart body is refused before this.
  std::map<std::string, std::string, std::less<>> headers;  ///< Names in lower case.
  std::map<std::string, std::string, std::less<>> cookies;
  std::string body;
  /// Which network asks, as a number that means nothing tomorrow (source.h); 0: not known.
  std::uint64_t source = 0;
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  Response& header(std::string name, std::string value);
};

[[nodiscard]] Response html(std::string body, int status = 200);
[[nodiscard]] Response json_text(std::string body, int status = 200);
[[nodiscard]] Response plain(std::string body, int status = 200);
[[nodiscard]] Response see_other(std::string location);
/// The one function that maps error kinds to statuses; body is RFC 9457 problem+json.
[[nodiscard]] Response problem(const Error& error);
[[nodiscard]] int status_of(ErrorKind kind);
/// The same for what is no Error of ours (404, 405, 413 …).
[[nodiscard]] Response problem_of_status(int status, std::string_view detail);

using Handler = std::function<Response(const Request&)>;

class Router {
 public:
  /// `pattern` like "/cases/{id}/items"; a segment in braces takes any one non-empty segment.
  void on(std::string method, std::string pattern, Handler handler);
  /// The same for a handler that never waits (no database, no file, no lock that is held long):
  /// the server answers it on its own thread, which spares two switches of threads a request.
  void on_quick(std::string method, std::string pattern, Handler handler);
  [[nodiscard]] bool is_quick(const Request& request) const;
  /// Answers 404 and 405 itself; an exception from a handler becomes 500 and a log line.
  [[nodiscard]] Response answer(Request request) const;
  /// Makes the page for what answer() itself refuses (404, 405, 500); without it they are
  /// problem+json.
  void otherwise(std::function<Response(const Request&, int status)> page);
  /// Has the last word on every response, also on those that the server gives by itself.
  void finally(std::function<void(const Request&, Response&)> finish);
  /// What the server answers where it could make no request of what came (400, 413, 415, 431).
  [[nodiscard]] Response refusal(int status) const;
  struct Route {
    std::string method, pattern;
    Handler handler;
    bool quick = false;                      ///< Its pattern has no placeholders.
    std::vector<std::string> segments = {};  ///< Of the pattern, as split at '/'.
  };
  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

 private:
  [[nodiscard]] Response found(Request& request) const;
  [[nodiscard]] Response refused(const Request& request, int status) const;
  [[nodiscard]] Response guarded(const Route& route, const Request& request) const;
  std::vector<Route> routes_;
  std::function<Response(const Request&, int status)> otherwise_;
  std::function<void(const Request&, Response&)> finally_;
};

/// Security headers that every response of a listener carries (CSP, no-store, no-referrer …);
/// a header that the handler has set itself stays.
using CommonHeaders = std::vector<std::pair<std::string, std::string>>;

}  // namespace hotline::http
