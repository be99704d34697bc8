// Staff pages: what all of them share.
//
// A staff page asks three questions before anything else: whose session is this,
// may the role do that, and does the form come from our own page. staff_only()
// answers them around a handler; staff_page() puts a template into the common
// frame (navigation by role, sign-out). Console, gate and dashboard use both.
// The cookie is HttpOnly and SameSite=Strict; the form token is derived from it.
//
// In a template of yours, each <form method="post"> holds
//   <input type="hidden" name="form_token" value="{{FORM_TOKEN}}">
// and staff_page() sets FORM_TOKEN, PERSON, HOTLINE and the rest of the frame.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "accounts/sessions.h"
#include "base/clock.h"
#include "base/settings.h"
#include "db/db.h"
#include "http/http.h"
#include "web/pages.h"

namespace hotline::web {

/// Made once by main; everything in it outlives the router.
struct StaffParts {
  db::Database& database;
  const Clock& clock;
  const Settings& settings;
  const Pages& pages;               ///< Of the whole folder web/.
  const crypto::Key& accounts_key;  ///< keys/accounts.key: seals second factors.
};

/// Who asks.
struct Staff {
  accounts::Person person;
  std::string session;  ///< The cookie's token; only to sign out.
};

using StaffHandler = std::function<http::Response(const http::Request&, const Staff&)>;

/// The handler for people whose role allows `action`. Without a session: to /sign-in (or 401 for
/// a script). Not allowed, or a POST whose form_token is wrong: 403.
[[nodiscard]] http::Handler staff_only(const StaffParts& parts, accounts::Action action,
                                       StaffHandler handler);
/// The same for everybody who is signed in.
[[nodiscard]] http::Handler signed_in_only(const StaffParts& parts, StaffHandler handler);

struct StaffFrame {
  std::string title;       ///< Neutral: it stands in the browser's tab and history.
  std::string here;        ///< The path of the navigation entry to mark: "/queue", "/gate" …
  std::string file;        ///< The template below web/ that fills the frame.
  bool script = false;     ///< Whether the page loads /static/console.js.
  std::string script_too;  ///< Another script of its own, below /static/.
  std::string layout;      ///< A class for <body>; empty is the ordinary page.
  int status = 200;
};
[[nodiscard]] http::Response staff_page(const StaffParts& parts, const Staff& staff,
                                        const StaffFrame& frame,
                                        const std::function<void(Page&)>& fill);

/// A page that says what went wrong, or problem+json where a script asked.
[[nodiscard]] http::Response staff_refuse(const StaffParts& parts, const Staff& staff,
                                          const http::Request& request, const Error& error);

/// True if the request comes from our script: it sends Accept: application/json.
[[nodiscard]] bool wants_json(const http::Request& request);

/// "4 Mar 2030, 09:00" (UTC), and "3 h ago" or "in 12 min" beside it.
[[nodiscard]] std::string shown_time(Instant at);
[[nodiscard]] std::string shown_ago(Instant at, Instant now);

/// Where a role begins: "/" or, for the police, "/gate".
[[nodiscard]] std::string first_page(accounts::Role role);

/// Expands a page whose frame has LANGUAGE and DIRECTION, in that language (English if unknown).
[[nodiscard]] std::string page_in(const Pages& pages, std::string_view language,
                                  std::string_view frame, Page& page);

/// The session cookie, as a Set-Cookie value; an empty token ends it.
[[nodiscard]] std::string session_cookie(const http::Request& request, std::string_view token);
inline constexpr std::string_view kSessionCookie = "hotline_session";

}  // namespace hotline::web
