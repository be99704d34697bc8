#include "web/answer.h"

#include <fstream>
#include <sstream>

#include "base/log.h"
#include "base/text.h"
#include "takedown/notice_store.h"
#include "web/staff.h"

namespace hotline::web {

namespace {

using http::Request;
using http::Response;
using takedown::Answer;
using takedown::AnswerView;

constexpr std::string_view kSilently = "noindex, nofollow, noarchive";

std::string answer_words(Answer answer) {
  switch (answer) {
    case Answer::received: return "Received";
    case Answer::removed: return "Removed";
    case Answer::need_time: return "We need more time";
    case Answer::not_ours: return "Not ours";
    case Answer::dispute: return "We dispute this";
  }
  return "Received";
}

std::string state_words(const AnswerView& view) {
  switch (view.notice.state) {
    case takedown::NoticeState::removed: return "We have looked: the content is gone. Thank you.";
    case takedown::NoticeState::withdrawn:
      return "We have withdrawn this notice. Nothing is to be done.";
    case takedown::NoticeState::moved:
      return "The content is hosted elsewhere now. Nothing more is to be done here.";
    default: return "The content is still there, or we have not looked again yet.";
  }
}

Response page(const AnswerParts& parts, const std::string& file, int status,
              const std::function<void(Page&)>& fill) {
  Page filled;
  filled.set("HOTLINE", parts.settings.text("hotline.name"))
      .set("WEB", parts.settings.text("hotline.web"))
      .set("MAILBOX", parts.settings.text("hotline.mail_from"));
  fill(filled);
  Response response = http::html(parts.pages.expand(file, filled), status);
  response.header("X-Robots-Tag", std::string(kSilently));
  return response;
}

/// Unknown, mistyped and expired links look the same: nobody can try which notices there are.
Response refuse(const AnswerParts& parts, const Error& error) {
  const bool ours = error.kind == ErrorKind::unavailable || error.kind == ErrorKind::corrupt;
  if (ours) log::trouble("answer_page_failed", error);
  const bool gone = error.kind == ErrorKind::not_found;
  return page(parts, "notices/answer_refused.html", http::status_of(error.kind), [&](Page& filled) {
    filled.set("SENTENCE", gone ? "This link is not valid, or its time is over." : error.sentence);
  });
}

Response answer_page(const AnswerParts& parts, const AnswerView& view, const std::string& token,
                     bool said) {
  return page(parts, "notices/answer.html", 200, [&](Page& filled) {
    filled.set("REFERENCE", takedown::reference(view.notice.id))
        .set("TOKEN", token)
        .set("STATE_WORDS", state_words(view))
        .set("NETWORK", view.notice.hosting.network)
        .set("EXPIRES", shown_time(view.notice.link_expires) + " UTC")
        .show("SAID", said)
        .show("HAS_LAST", view.last.has_value());
    if (view.last)
      filled.set("LAST", answer_words(*view.last))
          .set("LAST_AT", shown_time(*view.last_at) + " UTC");
    for (const auto& location : view.notice.locations)
      filled.add("LOCATION").set("PLACE", defang(location));
    for (const auto answer : takedown::kAnswers)
      filled.add("CHOICE")
          .set("VALUE", std::string(name(answer)))
          .set("LABEL", answer_words(answer))
          .show("CHOSEN", view.last == answer);
  });
}

Response show_answer(const AnswerParts& parts, const Request& request) {
  const std::string& token = request.path_values.at("token");
  const auto view = parts.database.read([&](db::Transaction& tx) {
    return parts.takedown.answer_view(tx, token, parts.clock.now());
  });
  if (!view) return refuse(parts, view.error());
  return answer_page(parts, *view, token, request.query.has("said"));
}

Response take_answer(const AnswerParts& parts, const Request& request) {
  const std::string& token = request.path_values.at("token");
  const auto view = parts.database.transact([&](db::Transaction& tx) -> Result<AnswerView> {
    // The link first: who has none learns nothing from a wrong form.
    TRY_DONE(parts.takedown.answer_view(tx, token, parts.clock.now()));
    const auto answer = takedown::parse_answer(request.form.get("answer"));
    if (!answer) return fail(ErrorKind::invalid, "Please choose one of the answers.");
    return parts.takedown.answered(tx, token, *answer, request.form.get("words"),
                                   request.form.get("forward"), parts.clock.now());
  });
  if (!view) return refuse(parts, view.error());
  return http::see_other("/n/" + token + "?said=1");
}

}  // namespace

Result<std::string> read_stylesheet(const std::string& folder) {
  std::ifstream file(folder + "/notices/answer.css", std::ios::binary);
  if (!file) return fail(ErrorKind::not_found, "web/notices/answer.css is missing.");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void add_answer_routes(http::Router& router, const AnswerParts& parts) {
  router.on("GET", "/n/{token}",
            [parts](const Request& request) { return show_answer(parts, request); });
  router.on("POST", "/n/{token}",
            [parts](const Request& request) { return take_answer(parts, request); });
  router.on("GET", "/n-static/answer.css", [parts](const Request&) {
    Response response;
    response.body = parts.stylesheet;
    return response.header("Content-Type", "text/css; charset=utf-8")
        .header("Cache-Control", "max-age=3600");
  });
}

}  // namespace hotline::web
