#include "web/portal_views.h"

#include <algorithm>

#include "base/text.h"
#include "url/url.h"
#include "web/portal_pack.h"

namespace hotline::web {

namespace {

/// The question of a page, and the line on the check page that shows its answer.
struct Wording {
  Ask ask;
  std::string_view question, hint, row;
};
constexpr Wording kWordings[] = {
    {Ask::topic, "topic_title", "", "row_topic"},
    {Ask::danger, "emergency_question", "", ""},
    {Ask::help, "", "", ""},
    {Ask::address, "address_title", "address_hint", "row_address"},
    {Ask::place, "place_title", "", "row_place"},
    {Ask::elsewhere, "elsewhere_title", "elsewhere_hint", "row_elsewhere"},
    {Ask::answer, "answer_title", "", "row_answer"},
    {Ask::check, "check_title", "", ""},
    {Ask::when, "when_title", "", "row_when"},
    {Ask::access, "access_title", "access_hint", "row_access"},
    {Ask::remarks, "remarks_title", "remarks_hint", "row_remarks"},
};

const Wording& wording(Ask ask) {
  for (const auto& one : kWordings)
    if (one.ask == ask) return one;
  return kWordings[0];
}

const std::string& value_of(const Journey& journey, Ask ask) {
  switch (ask) {
    case Ask::topic: return journey.topic;
    case Ask::danger: return journey.danger;
    case Ask::address: return journey.addresses;
    case Ask::place: return journey.place;
    case Ask::elsewhere: return journey.elsewhere;
    case Ask::answer: return journey.answer;
    case Ask::when: return journey.seen_when;
    case Ask::access: return journey.access;
    default: return journey.remarks;
  }
}

bool is_said(const Journey& journey, Ask ask) {
  if (ask == Ask::access && !(journey.needed.empty() && journey.password.empty())) return true;
  return !value_of(journey, ask).empty();
}

/// The message of a choice: "do_not_know" where it reads the same on several pages.
std::string choice_key(Ask ask, std::string_view value) {
  if (ask == Ask::danger) return value == "unsure" ? "do_not_know" : std::string(value);
  return std::string(name(ask)) + "_" + std::string(value);
}

std::string help_title(const Journey& journey) {
  return "help_" + journey.topic + "_title";
}

/// No comments, no blanks that only people need.
std::string smaller(std::string_view style) {
  std::string text;
  for (std::size_t i = 0; i < style.size(); ++i) {
    if (style.substr(i, 2) == "/*") {
      const auto end = style.find("*/", i + 2);
      if (end == std::string_view::npos) break;
      i = end + 1;
      continue;
    }
    const char c = style[i] == '\n' ? ' ' : style[i];
    const char last = text.empty() ? ' ' : text.back();
    if (c == ' ' && std::string_view(" {};,:").find(last) != std::string_view::npos) continue;
    if (std::string_view("{};,").find(c) != std::string_view::npos && last == ' ') text.pop_back();
    text += c;
  }
  return text;
}

std::string policy_for(std::string_view style) {
  return "default-src 'none'; style-src 'sha256-" + base64(crypto::sha256(style)) +
         "'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
}

/// Stand in a page that is made once where its values come.
const std::vector<std::string> kMarks = {"hotlineMarkOfTheCode", "hotlineMarkOfTheState"};

constexpr std::size_t kShownLineBytesMax = 240;
constexpr std::size_t kShownLinesMax = 20;

/// The check page shows what was typed, but not a whole book.
void add_lines(Page& row, std::string_view text) {
  std::size_t count = 0;
  for (const auto line : split(text, '\n')) {
    if (++count > kShownLinesMax) return;
    auto clipped = clip_utf8(line, kShownLineBytesMax);
    if (clipped.size() < line.size()) clipped += " …";
    row.add("LINE").set("TEXT", std::move(clipped));
  }
}

}  // namespace

PortalViews::PortalViews(const PortalParts& parts)
    : parts_(parts), style_(smaller(parts.style)), policy_(policy_for(style_)) {}

std::string PortalViews::tr(const Visit& visit, std::string_view key) const {
  return parts_.messages.tr(visit.language, key);
}

std::string PortalViews::call(const Visit& visit) const {
  return parts_.messages.tr(visit.language, "emergency_call",
                            {{"number", parts_.settings.text("portal.emergency")}});
}

Page PortalViews::framed(const Visit& visit, std::string_view title, std::string_view path) const {
  const auto& language = parts_.messages.language(visit.language);
  Page page;
  page.set("LANG", visit.language)
      .set("DIR", language.right_to_left ? "rtl" : "ltr")
      .set("TITLE", tr(visit, title))
      .set("HOTLINE", parts_.settings.text("hotline.name"))
      .set("EXIT", parts_.settings.text("portal.exit_url"))
      .set("EMERGENCY", call(visit))
      .show("HAS_ERRORS", !visit.mistakes.empty());
  if (const auto note = parts_.settings.text("portal.contact_note"); !note.empty())
    page.add("CONTACT_NOTE").set("NOTE", note);
  if (parts_.pack) fill_pack(page, *parts_.pack, parts_.messages, visit.language);
  if (path.empty()) return page;
  page.show("HAS_LANGUAGES");
  for (const auto& code : parts_.settings.list("portal.languages")) {
    const auto& other = parts_.messages.language(code);
    page.add("LANGUAGE")
        .set("CODE", other.code)
        .set("NAME", other.name)
        .set("DIRECTION", other.right_to_left ? "rtl" : "ltr")
        .set("PATH", std::string(path))
        .show("HERE", code == visit.language);
  }
  return page;
}

http::Response PortalViews::rendered(const Visit& visit, const Page& page, int status) const {
  auto text = parts_.pages.expand("frame.html", page, parts_.messages, visit.language);
  // In the page itself: one request is the whole page, and there is nothing to wait for.
  static constexpr std::string_view kPlace = "<style></style>";
  const auto place = text.find(kPlace);
  CHECK(place != std::string::npos);
  text.replace(place, kPlace.size(), "<style>" + style_ + "</style>");
  auto response = http::html(std::move(text), status);
  return std::move(response.header("Content-Security-Policy", policy_));
}

http::Response PortalViews::same_for_all(const Visit& visit, const std::string& name,
                                         const std::function<http::Response()>& make,
                                         const std::vector<std::string>& values) const {
  const std::string key = name + "\n" + visit.language;
  std::shared_ptr<const http::SizedForm> form;
  {
    const std::lock_guard guard(lock_);
    if (const auto found = made_.find(key); found != made_.end()) form = found->second;
  }
  if (!form) {
    form = std::make_shared<const http::SizedForm>(make(), kMarks);
    const std::lock_guard guard(lock_);
    made_.emplace(key, form);
  }
  return form->fill(visit.gzip, values);
}

Page& PortalViews::body(Page& page, const Visit& visit, const std::string& file) const {
  Page& inner = page.include("BODY", file);
  if (visit.mistakes.empty()) return inner;
  Page& errors = inner.include("ERRORS", "errors.html");
  for (const auto& mistake : visit.mistakes)
    errors.add("ERROR").set("FIELD", mistake.field).set("TEXT", tr(visit, mistake.message));
  return inner;
}

void PortalViews::mark_mistake(Page& body, const Visit& visit, std::string_view section,
                               std::string_view field_prefix) const {
  for (const auto& mistake : visit.mistakes) {
    if (!mistake.field.starts_with(field_prefix)) continue;
    body.add(std::string(section)).set("TEXT", tr(visit, mistake.message));
    return;
  }
}

http::Response PortalViews::start(const Visit& visit) const {
  return same_for_all(visit, "start", [&] {
    Page page = framed(visit, "start_title", "/");
    body(page, visit, "start.html");
    return rendered(visit, page);
  });
}

void PortalViews::add_options(Page& body, const Visit& visit, Ask ask,
                              std::string_view chosen) const {
  for (const auto value : choices(ask)) {
    Page& option = body.add("OPTION");
    option.set("FIELD", std::string(name(ask)))
        .set("ID", std::string(name(ask)) + "-" + std::string(value))
        .set("VALUE", std::string(value))
        .set("LABEL", chosen_text(visit, ask, value))
        .show("CHOSEN", value == chosen);
    if (ask == Ask::answer && value != "none")
      option.add("HINT").set("TEXT", tr(visit, choice_key(ask, value) + "_hint"));
  }
}

std::string PortalViews::chosen_text(const Visit& visit, Ask ask, std::string_view value) const {
  return tr(visit, choice_key(ask, value));
}

void PortalViews::fill_choice(Page& body, const Visit& visit, const Journey& journey,
                              Ask ask) const {
  add_options(body, visit, ask, value_of(journey, ask));
  mark_mistake(body, visit, "WRONG", std::string(name(ask)) + "-");
  if (ask == Ask::when) {
    Page& day = body.add("DAY").set("VALUE", journey.seen_on);
    mark_mistake(day, visit, "WRONG_DAY", "date");
  }
  if (ask != Ask::answer) return;
  Page& email = body.add("EMAIL").set("VALUE", journey.email);
  mark_mistake(email, visit, "WRONG_EMAIL", "email");
}

void PortalViews::fill_text(Page& body, const Visit& visit, const Journey& journey, Ask ask) const {
  const bool is_address = ask == Ask::address;
  body.set("HINT", tr(visit, wording(ask).hint))
      .set("ROWS", is_address ? "3" : "5")
      .set("MAX", is_address ? "16000" : "2000")
      .set("VALUE", value_of(journey, ask))
      .show(is_address ? "ADDRESS" : "WORDS")
      .show("OPTIONAL", ask == Ask::remarks);
  mark_mistake(body, visit, "WRONG", "text");
}

void PortalViews::fill_access(Page& body, const Visit& visit, const Journey& journey) const {
  body.set("HINT", tr(visit, "access_hint"))
      .set("VALUE", journey.access)
      .set("PASSWORD", journey.password);
  const auto taken = split(journey.needed, ' ');
  for (const auto need : access_needs())
    body.add("NEED")
        .set("ID", "need_" + std::string(need))
        .set("LABEL", tr(visit, "access_" + std::string(need)))
        .show("CHOSEN", std::find(taken.begin(), taken.end(), need) != taken.end());
}

void PortalViews::add_access_lines(Page& row, const Visit& visit, const Journey& journey) const {
  for (const auto need : split(journey.needed, ' '))
    if (!need.empty()) row.add("LINE").set("TEXT", tr(visit, "access_" + std::string(need)));
  if (!journey.password.empty())
    row.add("LINE").set("TEXT", tr(visit, "access_password_label") + ": ••••");
  add_lines(row, journey.access);
}

void PortalViews::fill_elsewhere(Page& body, const Visit& visit, const Journey& journey) const {
  body.set("HINT", tr(visit, "elsewhere_hint")).set("VALUE", journey.elsewhere);
  const bool wrong = !visit.mistakes.empty();
  for (const auto& [id, value] :
       {std::pair<std::string_view, const std::string&>{"app", journey.app},
        {"group", journey.group},
        {"user", journey.user}})
    body.add("FIELD")
        .set("ID", std::string(id))
        .set("LABEL", tr(visit, std::string(id) + "_label"))
        .set("VALUE", value)
        .show("FIRST_WRONG", wrong && id == "app");
  mark_mistake(body, visit, "WRONG", "app");
}

void PortalViews::add_service(Page& body, const std::string& section,
                              std::string_view setting) const {
  const std::string text(trim(parts_.settings.text(setting)));
  if (text.empty()) return;
  const auto blank = text.rfind(' ');
  const auto last = blank == std::string::npos ? text : text.substr(blank + 1);
  const bool has_link = last.starts_with("https://");
  Page& service = body.add(section);
  service.set("TEXT", has_link ? text.substr(0, text.size() - last.size()) : text);
  if (has_link) service.add("WEB").set("ADDRESS", last);
}

void PortalViews::fill_help(Page& body, const Visit& visit, const Journey& journey) const {
  body.show("URGENT", journey.danger == "yes");
  if (journey.topic == "child") add_service(body, "REMOVAL", "portal.removal_help");
  if (const auto note = parts_.settings.text("portal.contact_note"); !note.empty())
    body.add("CONTACT_NOTE").set("NOTE", note);
  for (const char* part : {"_1", "_2", "_3"}) {
    const std::string key = "help_" + journey.topic + part;
    if (parts_.messages.has("en", key)) body.add("PARAGRAPH").set("TEXT", tr(visit, key));
  }
}

void PortalViews::fill_check(Page& body, const Visit& visit, const Journey& journey) const {
  std::vector<Ask> rows = {Ask::topic};
  if (journey.no_address)
    rows.insert(rows.end(), {Ask::place, Ask::elsewhere});
  else
    rows.push_back(Ask::address);
  rows.push_back(Ask::answer);
  std::vector<Ask> open;
  for (const auto ask : {Ask::when, Ask::access, Ask::remarks})
    (is_said(journey, ask) ? rows : open).push_back(ask);
  for (const auto ask : rows) {
    Page& row =
        body.add("ROW").set("LABEL", tr(visit, wording(ask).row)).set("TO", std::string(name(ask)));
    const auto& value = value_of(journey, ask);
    if (ask == Ask::elsewhere) {
      add_lines(row, whereabouts(journey));
    } else if (ask == Ask::access) {
      add_access_lines(row, visit, journey);
    } else if (ask == Ask::when && !journey.seen_on.empty()) {
      row.add("LINE").set("TEXT", journey.seen_on);
    } else if (!choices(ask).empty()) {
      row.add("LINE").set("TEXT", value.empty() ? "" : chosen_text(visit, ask, value));
    } else {
      add_lines(row, value);
    }
    if (const auto count = url::addresses_in(value).size(); ask == Ask::address && count != 0)
      row.add("UNDERSTOOD")
          .set("TEXT", parts_.messages.tr(visit.language, "understood",
                                          {{"count", static_cast<std::int64_t>(count)}}));
    if (ask == Ask::answer && journey.answer == "mail") row.add("LINE").set("TEXT", journey.email);
  }
  body.show("HAS_MORE", !open.empty());
  for (const auto ask : open)
    body.add("MORE")
        .set("LABEL", tr(visit, wording(ask).question))
        .set("TO", std::string(name(ask)));
}

http::Response PortalViews::question(const Visit& visit, const Journey& journey, Ask ask) const {
  const std::string title =
      ask == Ask::help ? help_title(journey) : std::string(wording(ask).question);
  Page page = framed(visit, title, "");
  const bool has_choices = !choices(ask).empty();
  const std::string file = ask == Ask::help        ? "help.html"
                           : ask == Ask::check     ? "check.html"
                           : ask == Ask::elsewhere ? "elsewhere.html"
                           : ask == Ask::access    ? "access.html"
                           : has_choices           ? "choice.html"
                                                   : "text.html";
  Page& inner = body(page, visit, file);
  page.set("QUESTION", tr(visit, title))
      .set("STATE", seal_journey(parts_.key, journey))
      .set("STEP", std::string(name(ask)))
      .show("BACK", before(journey, ask).has_value());
  if (ask == Ask::help)
    fill_help(inner, visit, journey);
  else if (ask == Ask::check)
    fill_check(inner, visit, journey);
  else if (ask == Ask::elsewhere)
    fill_elsewhere(inner, visit, journey);
  else if (ask == Ask::access)
    fill_access(inner, visit, journey);
  else if (has_choices)
    fill_choice(inner, visit, journey, ask);
  else
    fill_text(inner, visit, journey, ask);
  return rendered(visit, page);
}

http::Response PortalViews::quick(const Visit& visit, const Journey& journey) const {
  Page page = framed(visit, "start_title", "/quick");
  Page& inner = body(page, visit, "quick.html");
  inner.set("STATE", seal_journey(parts_.key, journey))
      .set("ADDRESSES", journey.addresses)
      .set("ELSEWHERE", journey.elsewhere)
      .set("REMARKS", journey.remarks)
      .set("EMAIL", journey.email);
  add_options(inner, visit, Ask::answer, journey.answer);
  mark_mistake(inner, visit, "WRONG_TEXT", "text");
  mark_mistake(inner, visit, "WRONG", "answer-");
  mark_mistake(inner, visit, "WRONG_EMAIL", "email");
  return rendered(visit, page);
}

http::Response PortalViews::thanks(const Visit& visit, std::string_view code, bool mailed,
                                   std::string_view sooner) const {
  const auto make = [&] {
    Page page = framed(visit, "thanks_title", "");
    Page& inner = body(page, visit, "thanks.html");
    if (!code.empty()) inner.add("RECEIPT").set("CODE", kMarks[0]);
    if (!sooner.empty()) inner.add("SOONER").set("STATE", kMarks[1]);
    inner.show("MAILED", mailed)
        .set("NEXT_CHECKED",
             parts_.messages.tr(visit.language, "next_checked",
                                {{"days", parts_.settings.integer("portal.answer_days")}}));
    return rendered(visit, page);
  };
  std::string name = "thanks";
  if (!code.empty()) name += " code";
  if (!sooner.empty()) name += " sooner";
  if (mailed) name += " mailed";
  return same_for_all(visit, name, make, {std::string(code), std::string(sooner)});
}

http::Response PortalViews::trouble(const Visit& visit, std::string_view target,
                                    const http::Fields& kept) const {
  Page page = framed(visit, "trouble_title", "");
  Page& inner = body(page, visit, "trouble.html").set("TARGET", std::string(target));
  for (const auto& [field, value] : kept.list())
    inner.add("KEPT").set("NAME", field).set("VALUE", value);
  auto response = rendered(visit, page, 503);
  return std::move(response.header("Retry-After", "120"));
}

http::Response PortalViews::status_form(const Visit& visit, std::string_view typed) const {
  Page page = framed(visit, "status_title", "/check");
  Page& inner =
      body(page, visit, "status_form.html").set("VALUE", clip_utf8(clean_utf8(typed), 200));
  mark_mistake(inner, visit, "WRONG", "code");
  return rendered(visit, page);
}

http::Response PortalViews::status(const Visit& visit, std::string_view code,
                                   const intake::Parcel& parcel) const {
  Page page = framed(visit, "report_title", "");
  Page& inner = body(page, visit, "status.html");
  std::int64_t number = 0;
  for (const auto& steps : parcel.reports) {
    Page& report = inner.add("REPORT");
    ++number;
    if (parcel.reports.size() > 1)
      report.add("NUMBERED")
          .set("LABEL", parts_.messages.tr(visit.language, "report_number", {{"number", number}}));
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const std::string key = "stage_" + std::string(intake::name(steps[i].stage));
      Page& step = report.add("STEP_DONE");
      step.set("LABEL", tr(visit, key)).set("DAY", rfc3339(steps[i].day).substr(0, 10));
      if (i + 1 == steps.size()) step.add("LAST").set("TEXT", tr(visit, key + "_text"));
    }
  }
  inner.show("ERASED", parcel.erased && !parcel.has_contact);
  inner.set("STATE", seal_journey(parts_.key, begin_journey(parts_.clock.now())))
      .set("CODE", std::string(code));
  mark_mistake(inner, visit, "WRONG", "text");
  for (const auto& message : parcel.messages)
    inner.add("MESSAGE")
        .set("WHO", tr(visit, message.from_reporter ? "message_from_you" : "message_from_us"))
        .set("DAY", rfc3339(message.day).substr(0, 10))
        .set("TEXT", message.text)
        .show("OURS", !message.from_reporter);
  if (!parcel.messages.empty()) inner.add("TALKED").set("CODE", std::string(code));
  if (parcel.has_contact) inner.add("CONTACT").set("CODE", std::string(code));
  return rendered(visit, page);
}

http::Response PortalViews::reading(const Visit& visit, std::string_view name) const {
  return same_for_all(visit, std::string(name), [&] {
    Page page = framed(visit, std::string(name) + "_title", "/" + std::string(name));
    Page& inner = body(page, visit, std::string(name) + ".html");
    if (name == "answers") add_service(inner, "REMOVAL", "portal.removal_help");
    if (name == "worried") add_service(inner, "HELP", "portal.worried_help");
    return rendered(visit, page);
  });
}

http::Response PortalViews::notice(const Visit& visit, std::string_view title,
                                   std::string_view text, int status) const {
  Page page = framed(visit, title, "");
  body(page, visit, "notice.html").set("QUESTION", tr(visit, title)).set("TEXT", tr(visit, text));
  return rendered(visit, page, status);
}

}  // namespace hotline::web
