#include "web/portal.h"

#include <memory>

#include "base/log.h"
#include "base/text.h"
#include "intake/parcel.h"
#include "web/portal_journey.h"
#include "web/portal_views.h"

namespace hotline::web {

namespace {

using http::Request;
using http::Response;
using intake::Receipt;

/// The handlers; shared by the routes, so that it lives as long as the router.
struct Portal {
  explicit Portal(PortalParts given) : parts(std::move(given)), views(parts) {}

  /// The language in the path, or the browser's best one where the path has none of ours.
  Visit visit(const Request& request) const {
    const auto offered = parts.settings.list("portal.languages");
    const auto begin = request.path.substr(0, request.path.find('/', 1));
    for (const auto& code : offered)
      if (begin == "/" + code) return {code, {}};
    const auto wanted = request.headers.find("accept-language");
    return {choose_language(wanted == request.headers.end() ? "" : wanted->second, offered), {}};
  }

  Instant now() const { return parts.clock.now(); }

  Response expired(const Visit& visit) const {
    return views.notice(visit, "expired_title", "expired_text", 400);
  }

  Response send(Visit visit, const Journey& journey, std::string_view target,
                const http::Fields& kept) const {
    const auto out = outgoing(parts.key, journey, visit.language, now());
    if (const auto put = parts.drop.put(out.drop_id, out.submission); !put) {
      log::trouble("report_not_taken", put.error());
      return views.trouble(visit, target, kept);
    }
    const auto code = wants_answer(journey) ? receipt_of(parts.key, journey).str() : "";
    return views.thanks(visit, code, journey.answer == "mail");
  }

  // POST /{language}/report: one page of the journey.
  Response step(const Request& request) const {
    Visit visit = this->visit(request);
    auto journey = open_journey(parts.key, request.form.get("state"), now());
    const auto ask = parse_ask(request.form.get("page"));
    if (!journey || !ask) return expired(visit);
    const auto go = request.form.get("go");
    auto mistakes = take_answer(*journey, *ask, request.form);
    if (go == "back")
      return views.question(visit, *journey, before(*journey, *ask).value_or(Ask::topic));
    if (!mistakes.empty()) {
      visit.mistakes = std::move(mistakes);
      return views.question(visit, *journey, *ask);
    }
    if (*ask == Ask::check) return review(visit, *journey, go);
    const auto next = after(*journey, *ask);
    journey->reviewing = journey->reviewing || next == Ask::check;
    return views.question(visit, *journey, next);
  }

  Response review(const Visit& visit, const Journey& journey, const std::string& go) const {
    if (const auto change = parse_ask(go)) return views.question(visit, journey, *change);
    if (const auto open = still_open(journey)) return views.question(visit, journey, *open);
    http::Fields kept;
    kept.add("state", seal_journey(parts.key, journey));
    kept.add("page", "check");
    return send(visit, journey, "/report", kept);
  }

  // POST /{language}/quick: everything at once.
  Response quick(const Request& request) const {
    Visit visit = this->visit(request);
    auto journey = open_journey(parts.key, request.form.get("state"), now());
    if (!journey) return expired(visit);
    visit.mistakes = take_all_answers(*journey, request.form);
    if (!visit.mistakes.empty()) return views.quick(visit, *journey);
    http::Fields kept;
    kept.add("state", seal_journey(parts.key, *journey));
    kept.add("page", "check");
    return send(visit, *journey, "/report", kept);
  }

  // POST /{language}/check: a receipt code.
  Response status(const Request& request) const {
    Visit visit = this->visit(request);
    const auto typed = request.form.get("code");
    const auto receipt = Receipt::parse(typed);
    if (!receipt) {
      visit.mistakes = {{"code", "error_code"}};
      return views.status_form(visit, typed);
    }
    const auto parcel = intake::read_parcel(parts.status_folder, *receipt);
    if (!parcel) {
      visit.mistakes = {{"code", "status_unknown"}};
      return views.status_form(visit, typed);
    }
    return views.status(visit, receipt->str(), *parcel);
  }

  // POST /{language}/erase: the reporter's contact is to be forgotten.
  Response erase(const Request& request) const {
    const Visit visit = this->visit(request);
    const auto receipt = Receipt::parse(request.form.get("code"));
    if (!receipt) return views.notice(visit, "status_title", "error_code", 400);
    intake::Submission wish;
    wish.kind = intake::SubmissionKind::erase;
    wish.parcel = receipt->parcel();
    wish.parcel_key = receipt->keys().public_key;
    wish.received_at = whole_hour(now());
    const auto id =
        hex(crypto::hmac_sha256(parts.key.reveal(), "erase " + wish.parcel)).substr(0, 32);
    if (!parts.drop.put(id, wish)) return views.trouble(visit, "/erase", request.form);
    return views.notice(visit, "erase_title", "erase_done", 200);
  }

  PortalParts parts;
  PortalViews views;
};

void add_language(http::Router& router, const std::shared_ptr<const Portal>& portal,
                  const std::string& code) {
  const std::string base = "/" + code;
  const auto on = [&](std::string method, const std::string& path, auto handler) {
    router.on(std::move(method), base + path,
              [portal, handler](const Request& request) { return handler(*portal, request); });
  };
  on("GET", "/", [](const Portal& p, const Request& r) { return p.views.start(p.visit(r)); });
  on("GET", "/report", [](const Portal& p, const Request& r) {
    return p.views.question(p.visit(r), begin_journey(p.now()), Ask::topic);
  });
  on("POST", "/report", [](const Portal& p, const Request& r) { return p.step(r); });
  on("GET", "/quick", [](const Portal& p, const Request& r) {
    return p.views.quick(p.visit(r), begin_journey(p.now()));
  });
  on("POST", "/quick", [](const Portal& p, const Request& r) { return p.quick(r); });
  on("GET", "/check",
     [](const Portal& p, const Request& r) { return p.views.status_form(p.visit(r), ""); });
  on("POST", "/check", [](const Portal& p, const Request& r) { return p.status(r); });
  on("POST", "/erase", [](const Portal& p, const Request& r) { return p.erase(r); });
  router.on("GET", base, [base](const Request&) { return http::see_other(base + "/"); });
}

}  // namespace

Result<http::Router> portal_router(PortalParts given) {
  const auto languages = given.settings.list("portal.languages");
  if (languages.empty()) return fail(ErrorKind::invalid, "portal.languages is empty.");
  for (const auto& code : languages)
    if (!given.messages.knows(code))
      return fail(ErrorKind::invalid,
                  "portal.languages names " + code + ", which has no messages.");
  const auto portal = std::make_shared<const Portal>(std::move(given));
  http::Router router;
  router.on("GET", "/", [portal](const Request& request) {
    auto response = portal->views.start(portal->visit(request));
    return std::move(response.header("Vary", "Accept-Language"));
  });
  for (const auto& code : languages) add_language(router, portal, code);
  router.on("GET", "/portal.css", [portal](const Request&) {
    Response response{200, {{"Content-Type", "text/css; charset=utf-8"}}, portal->parts.style};
    return std::move(response.header("Cache-Control", "public, max-age=3600"));
  });
  // A neutral tab: no icon says what site this is.
  router.on("GET", "/icon.png", [](const Request&) { return Response{204, {}, ""}; });
  router.on("GET", "/favicon.ico", [](const Request&) { return Response{204, {}, ""}; });
  router.on("GET", "/robots.txt",
            [](const Request&) { return http::plain("User-agent: *\nAllow: /\n"); });
  router.otherwise([portal](const Request& request, int status) {
    const auto visit = portal->visit(request);
    return portal->views.notice(visit, status == 500 ? "failed_title" : "missing_title",
                                "missing_text", status);
  });
  return router;
}

http::CommonHeaders portal_headers() {
  return {
      {"Content-Security-Policy",
       "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
       "frame-ancestors 'none'"},
      {"Cache-Control", "no-store"},
      {"Referrer-Policy", "no-referrer"},
      {"X-Content-Type-Options", "nosniff"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
      {"X-Robots-Tag", "noarchive"}};
}

}  // namespace hotline::web
