// My wellbeing: one's own figures, limits and wishes; the check-in of a shift; preferences.
#include <algorithm>

#include "accounts/preferences.h"
#include "assessment/exposure.h"
#include "assessment/themes.h"
#include "base/text.h"
#include "web/console_pages.h"
#include "web/phrases.h"

namespace hotline::web {

namespace {

using accounts::Action;
using http::Request;
using http::Response;

struct Wellbeing {
  assessment::Meter meter;
  std::vector<assessment::DayFigures> days;
  accounts::Preferences own;
};

Result<Wellbeing> load(const ConsoleParts& parts, db::Transaction& tx,
                       const accounts::Person& person) {
  const Instant now = parts.staff.clock.now();
  TRY(meter, assessment::meter(tx, person.id, parts.rules.budget, now));
  TRY(days, assessment::own_days(tx, person.id, 14, now));
  TRY(own, accounts::preferences(tx, person.id));
  return Wellbeing{std::move(meter), std::move(days), std::move(own)};
}

std::string shift_words(const assessment::Meter& meter, Instant now) {
  if (meter.state.shift_ends == 0)
    return "Your shift begins with the check-in or the first picture.";
  const auto minute =
      std::chrono::duration_cast<std::chrono::minutes>(now.time_since_epoch()).count();
  const auto left = meter.state.shift_ends - meter.rules.cutoff_minutes - minute;
  if (left <= 0) return "No more pictures in this shift.";
  return "Pictures end in " + std::to_string(left / 60) + " h " + std::to_string(left % 60) +
         " min, before your shift does.";
}

void fill_themes(Page& page, const std::vector<std::string>& chosen) {
  for (const auto& theme : assessment::kThemes)
    page.add("THEME")
        .set("VALUE", std::string(theme.id))
        .set("LABEL", std::string(theme.label))
        .show("CHOSEN", std::find(chosen.begin(), chosen.end(), theme.id) != chosen.end());
}

Response wellbeing_page(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const Instant now = parts.staff.clock.now();
  const auto found =
      parts.staff.database.read([&](db::Transaction& tx) { return load(parts, tx, staff.person); });
  if (!found) return staff_refuse(parts.staff, staff, request, found.error());
  const auto& meter = found->meter;
  const bool grades = accounts::allowed(staff.person.role, Action::grade);
  return staff_page(parts.staff, staff,
                    {.title = "My page", .here = "", .file = "console/wellbeing.html"},
                    [&](Page& page) {
                      page.set("MINUTES", std::to_string(meter.minutes))
                          .set("MINUTES_MAX", std::to_string(meter.minutes_max))
                          .set("DOSE", std::to_string(meter.state.dose))
                          .set("DOSE_MAX", std::to_string(meter.rules.dose_max))
                          .set("TO_BREAK", std::to_string(meter.to_break))
                          .set("AVOIDED", std::to_string(meter.avoided))
                          .set("SEVERE_RUN_MAX", std::to_string(meter.rules.severe_run_max))
                          .set("SHIFT", shift_words(meter, now))
                          .set("STOP_WORDS", assessment::stop_words(meter.stop, meter.to_wait))
                          .set("SHIFT_MAX", std::to_string(parts.rules.budget.shift_minutes / 60))
                          .set("OWN_MINUTES", accounts::text_of(found->own, "minutes_max"))
                          .set("OWN_BREAK", accounts::text_of(found->own, "break_after"))
                          .set("OWN_CUTOFF", accounts::text_of(found->own, "cutoff_minutes"))
                          .set("OWN_RUN", accounts::text_of(found->own, "severe_run_max"))
                          .show("STOPPED", meter.is_full())
                          .show("NOT_STOPPED", !meter.is_full())
                          .show("NEARLY", meter.is_nearly_full())
                          .show("GRADES", grades);
                      const auto chosen = accounts::text_of(found->own, "language");
                      for (const auto& one : parts.staff.pages.phrases().languages())
                        page.add("LANGUAGE_CHOICE")
                            .set("VALUE", one.code)
                            .set("OWN_NAME", one.name)
                            .show("DRAFT", !one.reviewed)
                            .show("CHOSEN", one.code == (chosen.empty() ? "en" : chosen));
                      fill_themes(page, meter.opt_outs);
                      for (const auto& day : found->days)
                        page.add("DAY")
                            .set("DAY_NAME", day.day)
                            .set("DAY_MINUTES", std::to_string(day.minutes))
                            .set("SMALL", std::to_string(day.small))
                            .set("REVEALED", std::to_string(day.revealed))
                            .set("DAY_AVOIDED", std::to_string(day.avoided));
                    });
}

std::vector<std::string> themes_from(const http::Fields& form) {
  std::vector<std::string> themes;
  for (auto& theme : form.all("theme"))
    if (assessment::is_theme(theme)) themes.push_back(theme);
  return themes;
}

Response check_in(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto hours = parse_integer(request.form.get("hours"));
  const auto done = parts.staff.database.transact([&](db::Transaction& tx) -> Done {
    if (!hours || *hours < 1 || *hours > 24)
      return fail(ErrorKind::invalid, "A shift lasts between one and 24 hours.");
    return assessment::check_in(tx, staff.person.id, {*hours * 60, themes_from(request.form)},
                                parts.rules.budget, parts.staff.clock.now());
  });
  if (!done) return staff_refuse(parts.staff, staff, request, done.error());
  return http::see_other("/");
}

Response set_limits(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto done = parts.staff.database.transact([&](db::Transaction& tx) -> Done {
    for (const char* name : {"minutes_max", "break_after", "cutoff_minutes", "severe_run_max"}) {
      const std::string given(trim(request.form.get(name)));
      const auto number = parse_integer(given);
      if (!given.empty() && (!number || *number < 1 || *number > 1440))
        return fail(ErrorKind::invalid, "A limit is a whole number, or empty for the hotline's.");
      TRY_DONE(accounts::set_preference(tx, staff.person.id, name, given));
    }
    return accounts::set_preference(tx, staff.person.id, "opt_outs",
                                    join(themes_from(request.form), " "));
  });
  if (!done) return staff_refuse(parts.staff, staff, request, done.error());
  return http::see_other("/wellbeing");
}

Response prefer(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const std::string name = request.form.get("name"), value = request.form.get("value");
  const auto done = parts.staff.database.transact([&](db::Transaction& tx) -> Done {
    if (name == "language" && !parts.staff.pages.phrases().knows(value))
      return fail(ErrorKind::invalid, "The console is not written in this language.");
    return accounts::set_preference(tx, staff.person.id, name, value);
  });
  if (!done) return staff_refuse(parts.staff, staff, request, done.error());
  return wants_json(request) ? http::json_text("{}") : http::see_other("/wellbeing");
}

}  // namespace

void wellbeing_routes(http::Router& router, const ConsoleParts& parts) {
  const auto on = [&](const char* method, const char* path, auto handler) {
    router.on(
        method, path,
        signed_in_only(parts.staff, [&parts, handler](const Request& request, const Staff& staff) {
          return handler(parts, request, staff);
        }));
  };
  on("GET", "/wellbeing", wellbeing_page);
  on("POST", "/check-in", check_in);
  on("POST", "/wellbeing/limits", set_limits);
  on("POST", "/preferences", prefer);
}

}  // namespace hotline::web
