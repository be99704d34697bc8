#include "web/portal_pack.h"

#include "base/text.h"

namespace hotline::web {

void fill_pack(Page& frame, const intake::Pack& pack, const Messages& messages,
               std::string_view language) {
  Page& partner = frame.add("PARTNER");
  partner.set("TEXT", messages.tr(language, "run_by", {{"partner", pack.partner}}));
  if (!pack.partner_web.empty()) partner.add("WEB").set("ADDRESS", pack.partner_web);
  if (const auto law = intake::said(pack.law, language); !law.empty())
    frame.add("LAW").set("TEXT", law);
  for (const auto& line : pack.help) {
    Page& help = frame.add("HELP_LINE").set("NAME", line.name);
    if (!line.phone.empty()) help.add("PHONE").set("NUMBER", line.phone);
    if (!line.web.empty()) help.add("WEB").set("ADDRESS", line.web);
    if (const auto hours = intake::said(line.hours, language); !hours.empty())
      help.add("HOURS").set("TEXT", hours);
  }
  frame.show("LOGO", !pack.logo.empty());
}

std::string pack_style(std::string style, const intake::Pack& pack) {
  if (pack.accent.empty()) return style;
  return std::move(style) +
         "@media (prefers-color-scheme: light) { :root { --accent: " + pack.accent +
         "; --accent-strong: " + pack.accent + "; --mist: " + pack.mist + "; } }\n";
}

Result<Settings> pack_settings(const Settings& settings, const intake::Pack& pack,
                               const std::vector<std::string>& languages) {
  Settings own = settings;
  TRY_DONE(own.set("hotline.name", pack.name));
  TRY_DONE(own.set("portal.emergency", pack.emergency));
  TRY_DONE(own.set("portal.languages", join(languages, ",")));
  TRY_DONE(own.set("portal.public_url", pack.public_url));
  TRY_DONE(own.set("portal.answer_days", std::to_string(pack.answer_days)));
  TRY_DONE(own.set("portal.contact_note", intake::said(pack.note, languages.front())));
  if (!pack.exit_url.empty()) TRY_DONE(own.set("portal.exit_url", pack.exit_url));
  return own;
}

}  // namespace hotline::web
