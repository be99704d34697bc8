// Finding the handler of a request; the first of the two places that catch everything.
#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "http/http.h"

namespace hotline::http {

namespace {

using PathValues = std::map<std::string, std::string, std::less<>>;

bool is_placeholder(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool matches(const Router::Route& route, const std::vector<std::string_view>& path) {
  if (route.segments.size() != path.size()) return false;
  for (std::size_t i = 0; i < path.size(); ++i)
    if (is_placeholder(route.segments[i]) ? path[i].empty() : route.segments[i] != path[i])
      return false;
  return true;
}

PathValues values_of(const Router::Route& route, const std::vector<std::string_view>& path) {
  PathValues found;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const std::string_view segment = route.segments[i];
    if (is_placeholder(segment))
      found[std::string(segment.substr(1, segment.size() - 2))] = path[i];
  }
  return found;
}

std::vector<std::string> segments_of(std::string_view pattern) {
  const auto parts = split(pattern, '/');
  return {parts.begin(), parts.end()};
}

}  // namespace

void Router::on(std::string method, std::string pattern, Handler handler) {
  auto segments = segments_of(pattern);
  routes_.push_back(
      {std::move(method), std::move(pattern), std::move(handler), false, std::move(segments)});
}

void Router::on_quick(std::string method, std::string pattern, Handler handler) {
  // Found by its whole path, before the others; by its segments where another method asks.
  auto segments = segments_of(pattern);
  routes_.insert(routes_.begin(), {std::move(method), std::move(pattern), std::move(handler), true,
                                   std::move(segments)});
}

bool Router::is_quick(const Request& request) const {
  for (const auto& route : routes_)
    if (!route.quick)
      return false;
    else if (route.pattern == request.path && route.method == request.method)
      return true;
  return false;
}

void Router::otherwise(std::function<Response(const Request&, int status)> page) {
  otherwise_ = std::move(page);
}

void Router::finally(std::function<void(const Request&, Response&)> finish) {
  finally_ = std::move(finish);
}

Response Router::refusal(int status) const {
  Request request;
  request.method = "GET";
  request.path = "/";
  Response response = refused(request, status);
  if (finally_) finally_(request, response);
  return response;
}

Response Router::refused(const Request& request, int status) const {
  return otherwise_ ? otherwise_(request, status) : problem_of_status(status, "");
}

Response Router::guarded(const Route& route, const Request& request) const {
  try {
    return route.handler(request);
  } catch (const std::exception& failure) {
    log::trouble("handler_failed", {{"route", route.pattern}, {"type", typeid(failure).name()}});
  } catch (...) {
    log::trouble("handler_failed", {{"route", route.pattern}});
  }
  return refused(request, 500);
}

Response Router::answer(Request request) const {
  Response response = found(request);
  if (finally_) finally_(request, response);
  return response;
}

Response Router::found(Request& request) const {
  for (const auto& route : routes_)
    if (!route.quick)
      break;
    else if (route.pattern == request.path && route.method == request.method)
      return guarded(route, request);
  const std::string wanted = request.method == "HEAD" ? "GET" : request.method;
  const std::string path_copy = request.path;
  const auto path = split(path_copy, '/');
  std::vector<std::string> allowed;
  for (const auto& route : routes_) {
    if (!matches(route, path)) continue;
    if (route.method == wanted) {
      request.path_values = values_of(route, path);
      return guarded(route, request);
    }
    if (std::find(allowed.begin(), allowed.end(), route.method) == allowed.end())
      allowed.push_back(route.method);
    if (route.method == "GET") allowed.emplace_back("HEAD");
  }
  if (allowed.empty()) return refused(request, 404);
  std::sort(allowed.begin(), allowed.end());
  allowed.erase(std::unique(allowed.begin(), allowed.end()), allowed.end());
  return std::move(refused(request, 405).header("Allow", join(allowed, ", ")));
}

}  // namespace hotline::http
