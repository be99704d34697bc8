#include "web/console.h"

#include "web/console_pages.h"
#include "web/intake_desk.h"

namespace hotline::web {

void console_routes(http::Router& router, const ConsoleParts& parts) {
  session_routes(router, parts);
  home_routes(router, parts);
  case_routes(router, parts);
  grading_routes(router, parts);
  message_routes(router, parts);
  access_routes(router, parts);
  preview_routes(router, parts);
  colleague_routes(router, parts);
  wellbeing_routes(router, parts);
  passkey_routes(router, parts);
  oversight_routes(router, parts);
  approval_routes(router, parts);
  practice_routes(router, parts);
  intake_routes(router, parts);
  people_routes(router, parts);
  findings_routes(router, parts);
  lane_routes(router, parts);
  rota_routes(router, parts);
}

http::CommonHeaders staff_headers() {
  return {
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
       "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"},
      {"Cache-Control", "no-store"},
      {"Referrer-Policy", "no-referrer"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Permissions-Policy", "camera=(), microphone=(), geolocation=()"},
  };
}

}  // namespace hotline::web
