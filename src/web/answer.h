// The answer page: where a host says what became of a notice.
//
// Reached by the link in the letter and by nothing else: no account, no script, no
// cookie, no imagery; addresses defanged. An unknown link and an expired one look
// alike. Saying the same twice is said once.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/settings.h"
#include "db/db.h"
#include "http/http.h"
#include "takedown/takedown.h"
#include "web/pages.h"

namespace hotline::web {

/// Made once by main; everything in it outlives the router.
struct AnswerParts {
  db::Database& database;
  const Clock& clock;
  const Settings& settings;
  const Pages& pages;  ///< Of the whole folder web/.
  const takedown::Takedown& takedown;
  std::string stylesheet;  ///< The text of web/notices/answer.css; see read_stylesheet().
};

/// GET and POST /n/{token}, GET /n-static/answer.css.
void add_answer_routes(http::Router& router, const AnswerParts& parts);

/// `folder` is web/. Error `not_found` if the file is missing.
[[nodiscard]] Result<std::string> read_stylesheet(const std::string& folder);

}  // namespace hotline::web
