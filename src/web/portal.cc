#include "web/portal.h"

#include <memory>
#include <thread>

#include "base/log.h"
#include "base/text.h"
#include "http/sized.h"
#include "intake/parcel.h"
#include "web/portal_journey.h"
#include "web/portal_sources.h"
#include "web/portal_views.h"

namespace hotline::web {

namespace {

using http::Request;
using http::Response;
using intake::Receipt;

constexpr auto kPatience = std::chrono::seconds(10);
/// Longer than any look-up of a receipt takes.
constexpr auto kSameTime = std::chrono::milliseconds(20);

/// From here to the end of its scope it takes the same time, whatever is found: how long an answer
/// takes does not say whether a receipt is one of ours.
class SameTime {
 public:
  ~SameTime() { std::this_thread::sleep_until(until_); }
  SameTime() = default;
  SameTime(const SameTime&) = delete;
  SameTime& operator=(const SameTime&) = delete;

 private:
  std::chrono::steady_clock::time_point until_ = std::chrono::steady_clock::now() + kSameTime;
};

/// For what is no code: looked for all the same.
Receipt nobodys_receipt(std::string_view typed) {
  return Receipt::from_secret(crypto::sha256("no receipt: " + std::string(typed)).substr(0, 15));
}

/// The handlers; shared by the routes, so that it lives as long as the router.
struct Portal {
  explicit Portal(PortalParts given) : parts(std::move(given)), views(parts) {}

  /// The language in the path, or the browser's best one where the path has none of ours.
  Visit visit(const Request& request) const {
    const auto offered = parts.settings.list("portal.languages");
    const auto begin = request.path.substr(0, request.path.find('/', 1));
    const auto accepts = request.headers.find("accept-encoding");
    Visit visit;
    visit.gzip = accepts != request.headers.end() && http::takes_gzip(accepts->second);
    for (const auto& code : offered)
      if (begin == "/" + code) {
        visit.language = code;
        return visit;
      }
    const auto wanted = request.headers.find("accept-language");
    visit.language =
        choose_language(wanted == request.headers.end() ? "" : wanted->second, offered);
    return visit;
  }

  Instant now() const { return parts.clock.now(); }

  Response expired(const Visit& visit) const {
    return views.notice(visit, "expired_title", "expired_text", 400);
  }

  Response send(const Visit& visit, const Journey& journey, std::uint64_t source) const {
    const auto out = outgoing(parts.key, journey, visit.language, now());
    auto lane = sources.lane(source, now());
    // They have waited and pressed again: it is the same report, and now one of the first.
    if (journey.sent && now() >= journey.begun_at) lane = intake::Lane::first;
    if (const auto put = parts.drop.put(out.drop_id, out.submission, lane); !put) {
      log::trouble("report_not_taken", put.error());
      http::Fields kept;
      kept.add("state", seal_journey(parts.key, journey));
      kept.add("page", "check");
      return views.trouble(visit, "/report", kept);
    }
    std::string sooner;
    if (lane == intake::Lane::late) {
      Journey sent = journey;
      if (!sent.sent) sent.begun_at = now() + kPatience;
      sent.sent = true;
      sooner = seal_journey(parts.key, sent);
    }
    const auto code = wants_answer(journey) ? receipt_of(parts.key, journey).str() : "";
    return views.thanks(visit, code, journey.answer == "mail", sooner);
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
    if (*ask == Ask::check) return review(visit, *journey, go, request.source);
    const auto next = after(*journey, *ask);
    journey->reviewing = journey->reviewing || next == Ask::check;
    return views.question(visit, *journey, next);
  }

  Response review(const Visit& visit, const Journey& journey, const std::string& go,
                  std::uint64_t source) const {
    if (const auto change = parse_ask(go)) return views.question(visit, journey, *change);
    if (const auto open = still_open(journey)) return views.question(visit, journey, *open);
    return send(visit, journey, source);
  }

  // POST /{language}/quick: everything at once.
  Response quick(const Request& request) const {
    Visit visit = this->visit(request);
    auto journey = open_journey(parts.key, request.form.get("state"), now());
    if (!journey) return expired(visit);
    visit.mistakes = take_all_answers(*journey, request.form);
    if (!visit.mistakes.empty()) return views.quick(visit, *journey);
    return send(visit, *journey, request.source);
  }

  // POST /{language}/check: a receipt code.
  Response status(const Request& request) const {
    const SameTime answer;
    return receipt_page(visit(request), request.form.get("code"));
  }

  /// What a code opens, or the form again. Every code is looked for, also one that cannot be.
  Response receipt_page(Visit visit, const std::string& typed) const {
    const auto receipt = Receipt::parse(typed);
    const auto parcel =
        intake::read_parcel(parts.status_folder, receipt ? *receipt : nobodys_receipt(typed));
    if (!receipt || !parcel) {
      visit.mistakes = {{"code", receipt ? "status_unknown" : "error_code"}};
      return views.status_form(visit, typed);
    }
    return views.status(visit, receipt->str(), *parcel);
  }

  // POST /{language}/message: the holder of a receipt writes to us.
  Response message(const Request& request) const {
    const SameTime answer;
    Visit visit = this->visit(request);
    const auto typed = request.form.get("code");
    const auto receipt = Receipt::parse(typed);
    const auto nonce = open_journey(parts.key, request.form.get("state"), now());
    if (!receipt || !nonce) return expired(visit);
    if (trim(request.form.get("text")).empty()) {
      visit.mistakes = {{"text", "error_message"}};
      return receipt_page(visit, typed);
    }
    intake::Submission words;
    words.kind = intake::SubmissionKind::message;
    words.remarks = replace_all(request.form.get("text"), "\r\n", "\n");
    words.language = visit.language;
    words.parcel = receipt->parcel();
    words.parcel_key = receipt->keys().public_key;
    words.received_at = whole_hour(now());
    const auto id =
        hex(crypto::hmac_sha256(parts.key.reveal(), "message " + nonce->nonce + words.parcel))
            .substr(0, 32);
    if (!parts.drop.put(id, words, sources.lane(request.source, now())))
      return views.trouble(visit, "/message", request.form);
    return views.notice(visit, "message_sent_title", "message_sent_text", 200);
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
  mutable PortalSources sources;
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
  on("POST", "/message", [](const Portal& p, const Request& r) { return p.message(r); });
  for (const char* name : {"answers", "work", "worried"})
    on("GET", std::string("/") + name,
       [name](const Portal& p, const Request& r) { return p.views.reading(p.visit(r), name); });
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
    return portal->views.start(portal->visit(request));
  });
  for (const auto& code : languages) add_language(router, portal, code);
  // A neutral tab: no icon says what site this is.
  router.on("GET", "/icon.png", [](const Request&) { return Response{204, {}, ""}; });
  router.on("GET", "/favicon.ico", [](const Request&) { return Response{204, {}, ""}; });
  router.on("GET", "/robots.txt",
            [](const Request&) { return http::plain("User-agent: *\nAllow: /\n"); });
  router.otherwise([portal](const Request& request, int status) {
    const auto visit = portal->visit(request);
    if (status == 404 || status == 405 || status == 500)
      return portal->views.notice(visit, status == 500 ? "failed_title" : "missing_title",
                                  "missing_text", status);
    return portal->views.notice(visit, "refused_title", "refused_text", status);
  });
  return router;
}

void finish_page(const http::Request& request, http::Response& response) {
  for (const auto& [name, value] : response.headers)
    if (name == "Content-Type" && value.starts_with("text/html"))
      return http::give_size(request, response);
}

http::CommonHeaders portal_headers() {
  return {{"Content-Security-Policy",
           "default-src 'none'; img-src 'self'; form-action 'self'; base-uri 'none'; "
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
