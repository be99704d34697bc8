// The console: where analysts work.
//
// Pages are whole without a script; console.js adds the keyboard, hold-to-reveal
// and saving with each key. A picture leaves only as a server-made preview, only
// to the person who has the case open, counted and recorded before it is sent.
// Reported addresses are shown defanged and the console never fetches them.
// The police gate (gate.h) and the dashboard (dashboard.h) share the frame.
#pragma once

#include "assessment/desk.h"
#include "assessment/findings.h"
#include "assessment/law_rules.h"
#include "evidence/evidence.h"
#include "takedown/takedown.h"
#include "web/staff.h"

namespace hotline::web {

/// Made once by main; everything in it outlives the router.
struct ConsoleParts {
  StaffParts staff;
  const evidence::Evidence& evidence;
  const takedown::Takedown& takedown;
  const assessment::Schemes& schemes;
  assessment::DeskRules rules;
  const assessment::LawRules& laws;
  const assessment::Vocabulary& vocabulary;
  std::string static_folder;  ///< web/console: console.css and console.js are read once from it.
};

/// All routes of the console but gate and dashboard. `parts` outlives the router.
void console_routes(http::Router& router, const ConsoleParts& parts);

/// Security headers of every staff page: no script, style, picture or form of anybody else.
[[nodiscard]] http::CommonHeaders staff_headers();

}  // namespace hotline::web
