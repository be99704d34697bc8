// The rota, and the texts and translations: what managers look after besides cases.
#include <algorithm>

#include "assessment/rota.h"
#include "base/text.h"
#include "web/console_pages.h"
#include "web/i18n.h"
#include "web/phrases.h"

namespace hotline::web {

namespace {

using accounts::Action;
using http::Request;
using http::Response;

constexpr int kDaysShown = 7;

std::string today(Instant now) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(now)};
  const auto two = [](unsigned number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
  };
  return std::to_string(static_cast<int>(day.year())) + "-" +
         two(static_cast<unsigned>(day.month())) + "-" + two(static_cast<unsigned>(day.day()));
}

void fill_oversight(Page& page, const Staff& staff) {
  page.show("OVERSIGHT", accounts::allowed(staff.person.role, Action::see_board))
      .show("AUDIT", accounts::allowed(staff.person.role, Action::search_audit));
}

std::string shift_words(const std::vector<assessment::Shift>& all, const casework::PersonId& person,
                        std::string_view day) {
  for (const auto& one : all)
    if (one.person == person && one.day == day)
      for (const auto& shift : assessment::kShifts)
        if (shift.id == one.shift) return std::string(shift.label);
  return "–";
}

Response rota_page(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto asked = assessment::day_after(request.query.get("from"), 0);
  const std::string from = asked.value_or(today(parts.staff.clock.now()));
  std::vector<accounts::Person> people;
  const auto all =
      parts.staff.database.read([&](db::Transaction& tx) -> Result<std::vector<assessment::Shift>> {
        TRY(list, accounts::people(tx, staff.person.tenant));
        people = std::move(list);
        TRY(last, assessment::day_after(from, kDaysShown - 1));
        return assessment::shifts(tx, staff.person.tenant, from, last);
      });
  if (!all) return staff_refuse(parts.staff, staff, request, all.error());
  std::erase_if(people, [](const accounts::Person& one) {
    return one.role == accounts::Role::police || one.role == accounts::Role::admin;
  });
  return staff_page(
      parts.staff, staff, {.title = "Rota", .here = "/board", .file = "console/rota.html"},
      [&](Page& page) {
        fill_oversight(page, staff);
        page.set("FROM", from)
            .set("BEFORE", assessment::day_after(from, -kDaysShown).value_or(from))
            .set("AFTER", assessment::day_after(from, kDaysShown).value_or(from))
            .show("MAY", accounts::allowed(staff.person.role, Action::see_board));
        std::vector<std::string> days;
        for (int i = 0; i < kDaysShown; ++i)
          days.push_back(assessment::day_after(from, i).value_or(from));
        for (const auto& day : days) page.add("DAY").set("DAY_NAME", day);
        for (const auto& one : people) {
          Page& row = page.add("ROW");
          row.set("NAME", one.full_name);
          for (const auto& day : days)
            row.add("SHIFT").set("SHIFT_WORDS", shift_words(*all, one.id, day));
          page.add("PERSON_CHOICE").set("ID", one.id.str()).set("NAME", one.full_name);
        }
        for (const auto& shift : assessment::kShifts)
          page.add("KIND")
              .set("VALUE", std::string(shift.id))
              .set("LABEL", std::string(shift.label));
      });
}

Response set_shift(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto person = casework::PersonId::parse(request.form.get("person"));
  const std::string day = request.form.get("day");
  const auto done = parts.staff.database.transact([&](db::Transaction& tx) -> Done {
    if (!person) return fail(ErrorKind::invalid, "Say for whom.");
    return assessment::set_shift(tx, staff.person, {*person, day, request.form.get("shift")},
                                 parts.staff.clock.now());
  });
  if (!done) return staff_refuse(parts.staff, staff, request, done.error());
  return http::see_other("/rota?from=" + day);
}

Response texts_page(const ConsoleParts& parts, const Request&, const Staff& staff) {
  const auto& phrases = parts.staff.pages.phrases();
  return staff_page(parts.staff, staff,
                    {.title = "Texts", .here = "/board", .file = "console/texts.html"},
                    [&](Page& page) {
                      fill_oversight(page, staff);
                      for (const auto& one : phrases.languages())
                        page.add("LANGUAGE_ROW")
                            .set("CODE", one.code)
                            .set("OWN_NAME", one.name)
                            .set("PHRASES", one.code == "en" ? "–" : std::to_string(one.phrases))
                            .show("REVIEWED", one.reviewed)
                            .show("DRAFT", !one.reviewed)
                            .show("FILE", one.code != "en");
                      for (const auto& scheme : parts.schemes.all())
                        page.add("SCHEME_ROW")
                            .set("NAME", scheme.name)
                            .set("VERSION", std::to_string(scheme.version))
                            .set("ABOUT", scheme.about);
                    });
}

/// One phrase a line, English and the language's own, for somebody who reads both.
Response texts_file(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto& phrases = parts.staff.pages.phrases();
  const std::string language = request.path_values.at("language");
  if (!phrases.knows(language) || language == "en")
    return staff_refuse(parts.staff, staff, request,
                        {ErrorKind::not_found, "The console is not written in this language."});
  Response response;
  response.header("Content-Type", "text/tab-separated-values; charset=utf-8")
      .header("Content-Disposition", "attachment; filename=\"phrases-" + language + ".tsv\"");
  for (const auto& [english, words] : phrases.all(language))
    response.body += english + "\t" + words + "\n";
  return response;
}

}  // namespace

void rota_routes(http::Router& router, const ConsoleParts& parts) {
  const auto on = [&](const char* method, const char* path, Action action, auto handler) {
    router.on(method, path,
              staff_only(parts.staff, action,
                         [&parts, handler](const Request& request, const Staff& staff) {
                           return handler(parts, request, staff);
                         }));
  };
  on("GET", "/rota", Action::see_cases, rota_page);
  on("POST", "/rota", Action::see_board, set_shift);
  on("GET", "/texts", Action::see_board, texts_page);
  on("GET", "/texts/{language}", Action::see_board, texts_file);
}

}  // namespace hotline::web
