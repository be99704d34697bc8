// The portal.toml that a country begins with.
#include "base/text.h"
#include "intake/pack.h"

namespace hotline::intake {

namespace {

constexpr std::string_view kTop =
    R"(# A portal's pack: everything that makes it this country's, and nothing else. Fill in what is
# empty, then `hotline portal check` says what is missing and `hotline portal publish` makes it live.
# docs/operations/portal-in-a-day.md leads through it.

id = "{id}"
# As the pages call it: the name that people in the country know.
name = ""
country = "{country}"
# Who answers for the portal in the country.
partner = ""
partner_web = ""
# How the public reaches it, without a slash at the end.
public_url = "https://report.{id}.example"
# Host names that answer with this portal. Without one it lies under /p/{id}/ of the main portal.
hosts = []
# The first is the default. Each needs a native reviewer's signature: `hotline i18n sign`.
languages = [{languages}]
# Buttons and links; the quiet band. `check` says if they cannot be read.
colours = ["#17596a", "#e6f0f1"]
# The number to call when a child is in danger now.
emergency = ""
# Where "Leave this site" goes: a page that tells nothing. Empty: the installation's.
exit_url = ""
# Reporters are told that a person looks within so many working days.
answer_days = 1
# own: people of this portal work on its reports, and see nothing else. home: our own desk does.
desk = "own"
# Empty: the installation's grading scheme, and its sender of mails.
scheme = ""
mail_from = ""

# Two sentences a lawyer of the country has read: that who reports is not in trouble, and why.
[law]
)";

constexpr std::string_view kHelp = R"(
# Where somebody listens; repeat [[help]] for each.
[[help]]
name = ""
phone = ""
web = ""
[help.hours]
)";

}  // namespace

std::string new_pack_text(std::string_view id, std::string_view country,
                          const std::vector<std::string>& languages) {
  std::string quoted, empty;
  for (const auto& code : languages) {
    quoted += (quoted.empty() ? "\"" : ", \"") + code + "\"";
    // A code with a dash is a bare key in TOML.
    empty += code + " = \"\"\n";
  }
  std::string text = std::string(kTop) + empty + std::string(kHelp) + empty;
  text = replace_all(std::move(text), "{id}", id);
  text = replace_all(std::move(text), "{country}", country);
  return replace_all(std::move(text), "{languages}", quoted);
}

}  // namespace hotline::intake
