// A pack: everything that makes one country's portal, as data.
//
// A folder with portal.toml (docs/formats/portal-pack.md) and at most one
// logo.png. It says languages, country, partner, two colours, the law in the
// country's words, emergency and help lines, hours and who works on its reports;
// it never says how a page is laid out. read_pack() reads the form, check_pack()
// says what still keeps it from going live. Publishing is apps/hotline.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hotline::intake {

/// Texts by language code.
using Words = std::map<std::string, std::string, std::less<>>;

struct HelpLine {
  std::string name, phone, web;
  Words hours;
};

/// Who works on the reports: people of a tenant of the portal's own, or the home desk.
enum class DeskOf : std::uint8_t { own, home };
[[nodiscard]] std::string_view name(DeskOf desk);

struct Pack {
  std::string id;       ///< a to z and "_": stands in the address and in every report.
  std::string name;     ///< As the pages show it.
  std::string country;  ///< ISO 3166-1, two capitals.
  std::string partner, partner_web;
  std::string public_url;              ///< How the public reaches it; stands in mails.
  std::vector<std::string> hosts;      ///< Host names that answer with this portal.
  std::vector<std::string> languages;  ///< The first is the default.
  std::string accent, mist;            ///< "#17596a": buttons and links; the quiet band.
  std::string logo;                    ///< Bytes of a PNG, or empty.
  std::string emergency;               ///< "112"
  std::string exit_url;                ///< Empty: the installation's.
  int answer_days = 1;
  Words law;   ///< What the country's law says about reporting.
  Words note;  ///< Hours of the partner's own phone, in each language.
  std::vector<HelpLine> help;
  DeskOf desk = DeskOf::own;
  std::string scheme;     ///< Grading scheme; empty: the installation's.
  std::string mail_from;  ///< Empty: the installation's.
};

/// The text in that language, in the first language that has one, or empty.
[[nodiscard]] std::string said(const Words& words, std::string_view language);

/// Error `invalid` names the line or the key; `not_found` if there is no portal.toml.
[[nodiscard]] Result<Pack> read_pack(const std::string& folder);

/// Languages and their state, as the catalogues and signatures say (web/i18n.h).
struct SpokenLanguage {
  std::string code;
  bool complete = false, signed_off = false;
};
/// One sentence for each thing that keeps the pack from going live; empty: publish it.
[[nodiscard]] std::vector<std::string> check_pack(const Pack& pack,
                                                  const std::vector<SpokenLanguage>& spoken,
                                                  const std::vector<std::string>& schemes);

/// A portal.toml to begin with, every key explained.
[[nodiscard]] std::string new_pack_text(std::string_view id, std::string_view country,
                                        const std::vector<std::string>& languages);

/// WCAG 2 contrast of two "#rrggbb" colours, 1 to 21; 0 if one is none.
[[nodiscard]] double contrast(std::string_view one, std::string_view other);

/// "main" and what could be mistaken for a folder of ours are no ids.
[[nodiscard]] bool is_portal_id(std::string_view text);

/// The folders of one published portal below the installation's.
struct PortalPlaces {
  std::string pack, drop, status, keys;
};
[[nodiscard]] PortalPlaces portal_places(const std::string& dir, const std::string& keys,
                                         std::string_view id);
/// Ids of the portals that are published below `dir`, sorted.
[[nodiscard]] std::vector<std::string> published_portals(const std::string& dir);
/// Changes whenever a portal was published or withdrawn.
[[nodiscard]] std::string published_stamp(const std::string& dir);

}  // namespace hotline::intake
