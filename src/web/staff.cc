#include "web/staff.h"

#include <fmt/format.h>

#include <array>

#include "accounts/preferences.h"
#include "base/log.h"
#include "base/text.h"
#include "web/phrases.h"

namespace hotline::web {

namespace {

using accounts::Action;
using http::Request;
using http::Response;

struct NavigationEntry {
  std::string_view path, label;
  Action action;
};
constexpr std::array kNavigation = {
    NavigationEntry{"/", "Home", Action::see_cases},
    NavigationEntry{"/queue", "Queue", Action::see_cases},
    NavigationEntry{"/intake", "Take a report", Action::see_cases},
    NavigationEntry{"/notices", "Notices", Action::see_cases},
    NavigationEntry{"/gate", "Police gate", Action::see_gate},
    NavigationEntry{"/dashboard", "Dashboard", Action::see_dashboard},
    NavigationEntry{"/board", "Oversight", Action::see_board},
    NavigationEntry{"/people", "People", Action::edit_people},
};

Response to_sign_in(const Request& request) {
  if (wants_json(request)) {
    Response response =
        http::problem({ErrorKind::forbidden, "Your session is over. Sign in again."});
    response.status = 401;
    return response;
  }
  return http::see_other("/sign-in");
}

Result<Staff> staff_of(const StaffParts& parts, const Request& request) {
  const auto cookie = request.cookies.find(kSessionCookie);
  if (cookie == request.cookies.end()) return fail(ErrorKind::forbidden, "Nobody is signed in.");
  TRY(person,
      accounts::person_of_session(parts.database, cookie->second,
                                  accounts::session_rules(parts.settings), parts.clock.now()));
  return Staff{person, cookie->second};
}

bool is_our_form(const Request& request, const Staff& staff) {
  return request.method != "POST" ||
         equal_constant_time(request.form.get("form_token"), accounts::form_token(staff.session));
}

http::Handler guarded(const StaffParts& parts, std::optional<Action> action, StaffHandler handler) {
  return [&parts, action, handler = std::move(handler)](const Request& request) {
    const auto staff = staff_of(parts, request);
    if (!staff && staff.error().kind != ErrorKind::forbidden) {
      log::trouble("session_not_read", staff.error());
      return http::problem(staff.error());
    }
    if (!staff) return to_sign_in(request);
    if (action)
      if (const auto may = accounts::check_allowed(staff->person.role, *action); !may)
        return staff_refuse(parts, *staff, request, may.error());
    if (!is_our_form(request, *staff))
      return staff_refuse(parts, *staff, request,
                          {ErrorKind::forbidden, "This form is too old. Load the page again."});
    return handler(request, *staff);
  };
}

/// The language a person has chosen for the console; who cannot be read for it reads English.
std::string language_of(const StaffParts& parts, const accounts::Person& person) {
  const auto own = parts.database.read(
      [&](db::Transaction& tx) { return accounts::preferences(tx, person.id); });
  return own ? accounts::text_of(*own, "language") : "";
}

std::string_view headline(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid: return "That cannot be right";
    case ErrorKind::not_found: return "Not found";
    case ErrorKind::conflict: return "Something changed meanwhile";
    case ErrorKind::forbidden: return "Not allowed";
    case ErrorKind::unavailable: return "Not available right now";
    case ErrorKind::corrupt: return "A person must look at this";
  }
  return "That did not work";
}

}  // namespace

http::Handler staff_only(const StaffParts& parts, Action action, StaffHandler handler) {
  return guarded(parts, action, std::move(handler));
}

http::Handler signed_in_only(const StaffParts& parts, StaffHandler handler) {
  return guarded(parts, std::nullopt, std::move(handler));
}

Response staff_page(const StaffParts& parts, const Staff& staff, const StaffFrame& frame,
                    const std::function<void(Page&)>& fill) {
  Page page;
  page.set("TITLE", frame.title)
      .set("HOTLINE", parts.settings.text("hotline.name"))
      .set("PERSON", staff.person.full_name)
      .set("ROLE", std::string(accounts::name(staff.person.role)))
      .set("FORM_TOKEN", accounts::form_token(staff.session))
      .set("LAYOUT", frame.layout.empty() ? "plain" : frame.layout)
      .show("SCRIPT", frame.script);
  if (!frame.script_too.empty()) page.add("SCRIPT_TOO").set("SCRIPT_FILE", frame.script_too);
  for (const auto& entry : kNavigation) {
    if (!accounts::allowed(staff.person.role, entry.action)) continue;
    Page& link = page.add("NAVIGATION");
    link.set("PATH", std::string(entry.path)).set("LABEL", std::string(entry.label));
    link.show("HERE", entry.path == frame.here);
  }
  fill(page.include("CONTENT", frame.file));
  return http::html(
      page_in(parts.pages, language_of(parts, staff.person), "console/frame.html", page),
      frame.status);
}

std::string page_in(const Pages& pages, std::string_view language, std::string_view frame,
                    Page& page) {
  const auto& phrases = pages.phrases();
  const auto& chosen = phrases.language(phrases.knows(language) ? language : "en");
  page.set("LANGUAGE", chosen.code)
      .set("DIRECTION", chosen.right_to_left ? "rtl" : "ltr")
      .show("TRANSLATED", chosen.code != "en");
  return phrases.page(chosen.code, pages.expand(frame, page));
}

Response staff_refuse(const StaffParts& parts, const Staff& staff, const Request& request,
                      const Error& error) {
  if (error.kind == ErrorKind::corrupt || error.kind == ErrorKind::unavailable)
    log::trouble("staff_page_failed", error);
  if (wants_json(request)) return http::problem(error);
  const std::string head(headline(error.kind));
  return staff_page(
      parts, staff,
      {.title = head, .file = "console/refused.html", .status = http::status_of(error.kind)},
      [&](Page& page) { page.set("HEADLINE", head).set("SENTENCE", error.sentence); });
}

bool wants_json(const Request& request) {
  const auto accept = request.headers.find("accept");
  return accept != request.headers.end() && accept->second.starts_with("application/json");
}

std::string shown_time(Instant at) {
  static constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const auto minutes = std::chrono::floor<std::chrono::minutes>(at - day).count();
  return fmt::format("{} {} {}, {:02}:{:02}", static_cast<unsigned>(date.day()),
                     kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), minutes / 60, minutes % 60);
}

std::string shown_ago(Instant at, Instant now) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - at).count();
  const auto distance = seconds < 0 ? -seconds : seconds;
  std::string words;
  if (distance < 60)
    words = fmt::format("{} s", distance);
  else if (distance < 3600)
    words = fmt::format("{} min", distance / 60);
  else if (distance < 48 * 3600)
    words = fmt::format("{} h", distance / 3600);
  else
    words = fmt::format("{} days", distance / 86400);
  if (seconds >= 0) return distance < 5 ? "just now" : words + " ago";
  return "in " + words;
}

std::string first_page(accounts::Role role) {
  if (accounts::allowed(role, Action::see_cases)) return "/";
  if (accounts::allowed(role, Action::see_gate)) return "/gate";
  return accounts::allowed(role, Action::edit_people) ? "/people" : "/dashboard";
}

std::string session_cookie(const Request& request, std::string_view token) {
  // Behind the TLS proxy the cookie is Secure; on loopback there is no TLS to be secure with.
  const auto scheme = request.headers.find("x-forwarded-proto");
  const bool tls = scheme != request.headers.end() && scheme->second == "https";
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}{}", kSessionCookie, token,
                     token.empty() ? "; Max-Age=0" : "", tls ? "; Secure" : "");
}

}  // namespace hotline::web
