// Signing in and out, the first-run page, and the static files.
#include <fstream>
#include <sstream>

#include "base/log.h"
#include "base/text.h"
#include "casework/casework_store.h"
#include "web/console_pages.h"
#include "web/i18n.h"
#include "web/phrases.h"

namespace hotline::web {

namespace {

using http::Request;
using http::Response;

// Before there is a session, the form is bound to a random cookie of its own.
constexpr std::string_view kFormCookie = "hotline_form";

struct OpenPage {
  std::string title, file, trouble;
  int status = 200;
};

/// Nobody is signed in yet: the language that was clicked, or that the browser asks for.
std::string language_of(const ConsoleParts& parts, const Request& request) {
  const auto& phrases = parts.staff.pages.phrases();
  if (const auto asked = request.query.get("language"); phrases.knows(asked)) return asked;
  std::vector<std::string> offered;
  for (const auto& one : phrases.languages()) offered.push_back(one.code);
  const auto accepted = request.headers.find("accept-language");
  return accepted == request.headers.end() ? "en" : choose_language(accepted->second, offered);
}

Response open_page(const ConsoleParts& parts, const Request& request, const OpenPage& shown,
                   const std::function<void(Page&)>& fill) {
  const std::string nonce = base64url(crypto::random_bytes(32));
  Page page;
  page.set("TITLE", shown.title)
      .set("HOTLINE", parts.staff.settings.text("hotline.name"))
      .set("LAYOUT", "plain")
      .set("FORM_TOKEN", accounts::form_token(nonce));
  Page& content = page.include("CONTENT", shown.file);
  content.set("TROUBLE", shown.trouble).show("HAS_TROUBLE", !shown.trouble.empty());
  for (const auto& one : parts.staff.pages.phrases().languages())
    page.add("OTHER_LANGUAGE").set("CODE", one.code).set("OWN_NAME", one.name);
  fill(content);
  Response response = http::html(
      page_in(parts.staff.pages, language_of(parts, request), "console/open_frame.html", page),
      shown.status);
  response.header("Set-Cookie",
                  std::string(kFormCookie) + "=" + nonce + "; Path=/; HttpOnly; SameSite=Strict");
  return response;
}

bool is_our_open_form(const Request& request) {
  const auto nonce = request.cookies.find(kFormCookie);
  return nonce != request.cookies.end() && !nonce->second.empty() &&
         equal_constant_time(request.form.get("form_token"), accounts::form_token(nonce->second));
}

Response sign_in_page(const ConsoleParts& parts, const Request& request, const std::string& trouble,
                      const std::string& name) {
  return open_page(parts, request,
                   {"Sign in", "console/sign_in.html", trouble, trouble.empty() ? 200 : 403},
                   [&](Page& page) { page.set("NAME", name); });
}

Response sign_in(const ConsoleParts& parts, const Request& request) {
  const std::string name = clip_utf8(clean_utf8(request.form.get("name")), 64);
  if (!is_our_open_form(request))
    return sign_in_page(parts, request, "Please try once more.", name);
  const auto in = accounts::sign_in(parts.staff.database,
                                    {name, request.form.get("password"), request.form.get("code")},
                                    parts.staff.accounts_key, parts.staff.clock.now());
  if (!in) return sign_in_page(parts, request, in.error().sentence, name);
  Response response = http::see_other(first_page(in->person.role));
  response.header("Set-Cookie", session_cookie(request, in->token));
  return response;
}

Response sign_out(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto out = accounts::sign_out(parts.staff.database, staff.session, parts.staff.clock.now());
  if (!out) return staff_refuse(parts.staff, staff, request, out.error());
  Response response = http::see_other("/sign-in");
  response.header("Set-Cookie", session_cookie(request, ""));
  return response;
}

Response setup_page(const ConsoleParts& parts, const Request& request, const std::string& trouble) {
  const std::string token = request.path_values.at("token");
  const auto lives = parts.staff.database.read([&](db::Transaction& tx) {
    return accounts::setup_token_lives(tx, token, parts.staff.clock.now());
  });
  if (!lives || !*lives)
    return open_page(parts, request,
                     {"Sign in", "console/sign_in.html",
                      "This first-run link is used or too old. Sign in, or ask for a new one with "
                      "`hotline serve`.",
                      403},
                     [](Page& page) { page.set("NAME", ""); });
  return open_page(parts, request,
                   {"First run", "console/setup.html", trouble, trouble.empty() ? 200 : 400},
                   [&](Page& page) {
                     page.set("TOKEN", token)
                         .set("NAME", request.form.get("name"))
                         .set("FULL_NAME", request.form.get("full_name"));
                   });
}

Response setup(const ConsoleParts& parts, const Request& request) {
  if (!is_our_open_form(request)) return setup_page(parts, request, "Please try once more.");
  if (request.form.get("password") != request.form.get("again"))
    return setup_page(parts, request, "The two passwords are not the same.");
  const auto tenants = parts.staff.database.read(
      [](db::Transaction& tx) { return casework::CaseworkStore(tx).tenants(); });
  if (!tenants || tenants->empty())
    return setup_page(parts, request, "The database is not ready. Run `hotline migrate`.");
  const auto made = accounts::use_setup_token(
      parts.staff.database, request.path_values.at("token"),
      {tenants->front().id, request.form.get("name"), request.form.get("full_name"),
       accounts::Role::admin, request.form.get("password")},
      parts.staff.clock.now());
  if (!made) return setup_page(parts, request, made.error().sentence);
  return http::see_other("/sign-in");
}

/// The tag lets the browser keep it until the program is replaced.
http::Handler static_text(std::string body, std::string type) {
  const std::string tag = "\"" + hex(crypto::sha256(body)).substr(0, 32) + "\"";
  return [body = std::move(body), tag, type = std::move(type)](const Request& request) {
    const auto known = request.headers.find("if-none-match");
    Response response;
    response.status = known != request.headers.end() && known->second == tag ? 304 : 200;
    response.header("Content-Type", type)
        .header("ETag", tag)
        .header("Cache-Control", "private, no-cache");
    if (response.status == 200) response.body = body;
    return response;
  };
}

/// Read once.
http::Handler static_file(const ConsoleParts& parts, const std::string& name, std::string type) {
  std::ifstream file(parts.static_folder + "/" + name, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) log::trouble("static_file_missing", {{"name", name}});
  return static_text(text.str(), std::move(type));
}

}  // namespace

void session_routes(http::Router& router, const ConsoleParts& parts) {
  router.on("GET", "/sign-in",
            [&parts](const Request& request) { return sign_in_page(parts, request, "", ""); });
  router.on("POST", "/sign-in",
            [&parts](const Request& request) { return sign_in(parts, request); });
  router.on("POST", "/sign-out",
            signed_in_only(parts.staff, [&parts](const Request& request, const Staff& staff) {
              return sign_out(parts, request, staff);
            }));
  router.on("GET", "/setup/{token}",
            [&parts](const Request& request) { return setup_page(parts, request, ""); });
  router.on("POST", "/setup/{token}",
            [&parts](const Request& request) { return setup(parts, request); });
  router.on("GET", "/static/console.css",
            static_file(parts, "console.css", "text/css; charset=utf-8"));
  for (const char* name : {"console.js", "grading.js", "passkeys.js"})
    router.on("GET", std::string("/static/") + name,
              static_file(parts, name, "text/javascript; charset=utf-8"));
  const auto& phrases = parts.staff.pages.phrases();
  for (const auto& language : phrases.languages())
    router.on("GET", "/static/phrases-" + language.code + ".js",
              static_text(phrases.script(language.code), "text/javascript; charset=utf-8"));
  router.on("GET", "/favicon.ico", [](const Request&) {
    Response nothing;
    nothing.status = 204;
    return nothing;
  });
}

}  // namespace hotline::web
