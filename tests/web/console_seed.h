// The console on a database of its own, and a browser without pictures to talk to it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "assessment/assessment.h"
#include "support/seed.h"
#include "support/test_database.h"
#include "web/console.h"

namespace hotline::web::test {

namespace seed = hotline::test;

inline std::filesystem::path fresh_folder() {
  auto folder =
      std::filesystem::temp_directory_path() / ("hotline_console_" + hex(crypto::random_bytes(6)));
  std::filesystem::create_directories(folder);
  return folder;
}

/// All parts of the console over a fake clock; opened once for each test.
struct Console {
  explicit Console(std::unique_ptr<db::Database> given) : database(std::move(given)) {
    console_routes(router, parts);
    tenant = seed::add_tenant(*database, clock.now());
  }
  ~Console() { std::filesystem::remove_all(folder); }

  seed::SeededCase add_case(int items, const std::string& address = "http://gallery.example/a") {
    return *database->transact([&](db::Transaction& tx) -> Result<seed::SeededCase> {
      auto made = seed::add_case(tx, tenant, {address, items, 400, "a neutral picture"},
                                 clock.now(), evidence.get());
      TRY_DONE(
          assessment::enqueue(tx, made.id, {1, "nobody has assessed it"}, "uk_abc", clock.now()));
      return made;
    });
  }

  std::filesystem::path folder = fresh_folder();
  std::unique_ptr<db::Database> database;
  FakeClock clock{seed::start_of_tests()};
  Settings settings = *Settings::defaults();
  Pages pages = *Pages::load(HOTLINE_SOURCE_DIR "/web");
  crypto::Key key{std::string(32, 'k')};
  assessment::Schemes schemes =
      *assessment::Schemes::open(HOTLINE_SOURCE_DIR "/policy/schemes", "uk_abc");
  std::unique_ptr<evidence::Evidence> evidence =
      *evidence::Evidence::open((folder / "evidence").string(), (folder / "evidence.key").string());
  std::unique_ptr<takedown::Takedown> takedown =
      *takedown::Takedown::open(settings, HOTLINE_SOURCE_DIR "/policy", folder.string());
  StaffParts staff{*database, clock, settings, pages, key};
  assessment::LawRules laws = *assessment::LawRules::open(HOTLINE_SOURCE_DIR "/policy", schemes);
  assessment::Vocabulary vocabulary =
      *assessment::Vocabulary::open(HOTLINE_SOURCE_DIR "/policy/methods.json");
  ConsoleParts parts{staff, *evidence, *takedown,  schemes,
                     {},    laws,      vocabulary, HOTLINE_SOURCE_DIR "/web/console"};
  http::Router router;
  casework::TenantId tenant;
};

/// What a browser does: keeps cookies, sends the token of the last form it saw.
class Visitor {
 public:
  explicit Visitor(Console& console) : console_(console) {}

  http::Response get(const std::string& target, bool json = false) {
    http::Request request;
    request.method = "GET";
    return send(request, target, json);
  }
  http::Response post(const std::string& path, http::Fields fields = {}, bool json = false) {
    http::Request request;
    request.method = "POST";
    fields.add("form_token", form_token_);
    request.form = std::move(fields);
    return send(request, path, json);
  }
  /// As get(), following redirects.
  http::Response open(const std::string& target) {
    auto response = get(target);
    for (int hops = 0; response.status == 303 && hops < 5; ++hops)
      response = get(location(response));
    return response;
  }
  int sign_in(const std::string& name, std::string_view password = seed::kPassword) {
    get("/sign-in");
    http::Fields fields;
    fields.add("name", name);
    fields.add("password", std::string(password));
    const int status = post("/sign-in", fields).status;
    if (status == 303) form_token_ = accounts::form_token(cookies_[std::string(kSessionCookie)]);
    return status;
  }
  static std::string location(const http::Response& response) {
    return header(response, "Location");
  }
  static std::string header(const http::Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
      if (key == name) return value;
    return "";
  }
  void forge_form_token(std::string token) { form_token_ = std::move(token); }

 private:
  http::Response send(http::Request& request, const std::string& target, bool json) {
    const auto mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string::npos) request.query = http::parse_form(target.substr(mark + 1));
    for (const auto& [name, value] : cookies_) request.cookies[name] = value;
    if (json) request.headers["accept"] = "application/json";
    auto response = console_.router.answer(request);
    for (const auto& [name, value] : response.headers) {
      if (name != "Set-Cookie") continue;
      const auto equals = value.find('=');
      cookies_[value.substr(0, equals)] = value.substr(equals + 1, value.find(';') - equals - 1);
    }
    const std::string marker = "name=\"form_token\" value=\"";
    const auto at = response.body.find(marker);
    if (at != std::string::npos) {
      const auto from = at + marker.size();
      form_token_ = response.body.substr(from, response.body.find('"', from) - from);
    }
    return response;
  }

  Console& console_;
  std::map<std::string, std::string> cookies_;
  std::string form_token_;
};

inline http::Fields fields(std::initializer_list<std::pair<std::string, std::string>> list) {
  http::Fields made;
  for (const auto& [name, value] : list) made.add(name, value);
  return made;
}

}  // namespace hotline::web::test
