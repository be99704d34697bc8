// Signing in with a passkey, and one's own passkeys and sessions.
#include "accounts/passkeys.h"
#include "base/json.h"
#include "base/text.h"
#include "web/console_pages.h"

namespace hotline::web {

namespace {

using http::Request;
using http::Response;

/// Where this console is reached. A browser says so in Origin; a proxy in front must pass Host on.
/// The host is compared with what the browser signed, so a wrong one only fails.
accounts::RelyingParty here(const Request& request) {
  const auto host = request.headers.find("host");
  const auto scheme = request.headers.find("x-forwarded-proto");
  const std::string name = host == request.headers.end() ? "" : host->second;
  const bool tls = scheme != request.headers.end() && scheme->second == "https";
  return {name.substr(0, name.rfind(':')), (tls ? "https://" : "http://") + name};
}

std::string field(const Request& request, const char* name) {
  return clip_utf8(request.form.get(name), 8192);
}

Response challenge(const ConsoleParts& parts, const casework::PersonId& person,
                   const std::string& name) {
  const auto made = accounts::make_challenge(parts.staff.database, person, parts.staff.clock.now());
  if (!made) return http::problem(made.error());
  return http::json_text(json::serialize(
      json::object{{"challenge", *made}, {"person", base64url(person.str())}, {"name", name}}));
}

Response sign_in(const ConsoleParts& parts, const Request& request) {
  const auto in = accounts::sign_in_with_passkey(
      parts.staff.database,
      {field(request, "id"), field(request, "client_data"), field(request, "authenticator_data"),
       field(request, "signature")},
      here(request), parts.staff.clock.now());
  if (!in) return http::problem(in.error());
  Response response =
      http::json_text(json::serialize(json::object{{"next", first_page(in->person.role)}}));
  response.header("Set-Cookie", session_cookie(request, in->token));
  return response;
}

Response keys_page(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto own = parts.staff.database.read(
      [&](db::Transaction& tx) { return accounts::passkeys(tx, staff.person.id); });
  if (!own) return staff_refuse(parts.staff, staff, request, own.error());
  return staff_page(parts.staff, staff,
                    {.title = "Signing in",
                     .here = "",
                     .file = "console/passkeys.html",
                     .script = true,
                     .script_too = "passkeys.js"},
                    [&](Page& page) {
                      page.show("NONE", own->empty());
                      for (const auto& key : *own)
                        page.add("KEY")
                            .set("KEY_ID", key.id)
                            .set("KEY_LABEL", key.label)
                            .set("MADE", shown_time(key.made_at));
                    });
}

Response add_key(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto done =
      accounts::add_passkey(parts.staff.database, staff.person,
                            {field(request, "client_data"), field(request, "authenticator_data"),
                             field(request, "label")},
                            here(request), parts.staff.clock.now());
  return done ? http::json_text("{}") : http::problem(done.error());
}

Response remove_key(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto done = accounts::remove_passkey(parts.staff.database, staff.person,
                                             field(request, "id"), parts.staff.clock.now());
  if (!done) return staff_refuse(parts.staff, staff, request, done.error());
  return http::see_other("/passkeys");
}

/// A stolen browser is cut off from any other one.
Response end_all(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto done = parts.staff.database.transact([&](db::Transaction& tx) -> Done {
    const Instant now = parts.staff.clock.now();
    TRY_DONE(accounts::end_sessions(tx, staff.person.id, now));
    return facts::FactStore(tx).append({staff.person.tenant.str(),
                                        "person_changed",
                                        staff.person.id.str(),
                                        "",
                                        staff.person.id.str(),
                                        {{"change", "sessions_ended"}},
                                        now});
  });
  if (!done) return staff_refuse(parts.staff, staff, request, done.error());
  Response response = http::see_other("/sign-in");
  response.header("Set-Cookie", session_cookie(request, ""));
  return response;
}

}  // namespace

void passkey_routes(http::Router& router, const ConsoleParts& parts) {
  router.on("POST", "/sign-in/challenge",
            [&parts](const Request&) { return challenge(parts, {}, ""); });
  router.on("POST", "/sign-in/passkey",
            [&parts](const Request& request) { return sign_in(parts, request); });
  const auto on = [&](const char* method, const char* path, auto handler) {
    router.on(
        method, path,
        signed_in_only(parts.staff, [&parts, handler](const Request& request, const Staff& staff) {
          return handler(parts, request, staff);
        }));
  };
  on("GET", "/passkeys", keys_page);
  on("POST", "/passkeys/challenge",
     [](const ConsoleParts& all, const Request&, const Staff& staff) {
       return challenge(all, staff.person.id, staff.person.name);
     });
  on("POST", "/passkeys", add_key);
  on("POST", "/passkeys/remove", remove_key);
  on("POST", "/sessions/end", end_all);
}

}  // namespace hotline::web
