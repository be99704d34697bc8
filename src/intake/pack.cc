#include "intake/pack.h"

#include <toml++/toml.h>
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/text.h"
#include "intake/disk.h"

namespace hotline::intake {

namespace {

namespace files = std::filesystem;

constexpr std::size_t kLogoBytesMax = 8 * 1024;
constexpr std::size_t kTextBytesMax = 1200;
constexpr std::string_view kPngBegin = "\x89PNG\r\n\x1a\n";
constexpr const char* kKeys[] = {"id",          "name",      "country",   "partner", "partner_web",
                                 "public_url",  "hosts",     "languages", "colours", "emergency",
                                 "exit_url",    "law",       "hours",     "help",    "desk",
                                 "answer_days", "mail_from", "scheme"};

std::unexpected<Error> wrong(std::string_view key, std::string_view why) {
  return fail(ErrorKind::invalid,
              "portal.toml: " + std::string(key) + " " + std::string(why) + ".");
}

Result<std::string> text(const toml::table& table, std::string_view key) {
  const auto* node = table.get(key);
  if (!node) return std::string();
  const auto value = node->value<std::string>();
  if (!value || !node->is_string()) return wrong(key, "is no text");
  return clip_utf8(clean_utf8(*value), kTextBytesMax);
}

Result<std::vector<std::string>> list(const toml::table& table, std::string_view key) {
  std::vector<std::string> all;
  const auto* node = table.get(key);
  if (!node) return all;
  if (!node->is_array()) return wrong(key, "is no list");
  for (const auto& one : *node->as_array()) {
    const auto value = one.value<std::string>();
    if (!value) return wrong(key, "is no list of texts");
    all.push_back(clip_utf8(clean_utf8(*value), kTextBytesMax));
  }
  return all;
}

Result<Words> words(const toml::table& table, std::string_view key) {
  Words all;
  const auto* node = table.get(key);
  if (!node) return all;
  if (!node->is_table()) return wrong(key, "wants one text for each language");
  for (const auto& [language, value] : *node->as_table()) {
    const auto one = value.value<std::string>();
    if (!one) return wrong(key, "wants one text for each language");
    all.emplace(std::string(language.str()), clip_utf8(clean_utf8(*one), kTextBytesMax));
  }
  return all;
}

Result<std::vector<HelpLine>> help_lines(const toml::table& table) {
  std::vector<HelpLine> all;
  const auto* node = table.get("help");
  if (!node) return all;
  if (!node->is_array()) return wrong("help", "is written as [[help]]");
  for (const auto& one : *node->as_array()) {
    if (!one.is_table()) return wrong("help", "is written as [[help]]");
    HelpLine line;
    TRY(name, text(*one.as_table(), "name"));
    TRY(phone, text(*one.as_table(), "phone"));
    TRY(web, text(*one.as_table(), "web"));
    TRY(hours, words(*one.as_table(), "hours"));
    line = {std::move(name), std::move(phone), std::move(web), std::move(hours)};
    all.push_back(std::move(line));
  }
  return all;
}

Done read_texts(const toml::table& table, Pack& pack) {
  const std::pair<const char*, std::string*> texts[] = {{"id", &pack.id},
                                                        {"name", &pack.name},
                                                        {"country", &pack.country},
                                                        {"partner", &pack.partner},
                                                        {"partner_web", &pack.partner_web},
                                                        {"public_url", &pack.public_url},
                                                        {"emergency", &pack.emergency},
                                                        {"exit_url", &pack.exit_url},
                                                        {"scheme", &pack.scheme},
                                                        {"mail_from", &pack.mail_from}};
  for (const auto& [key, place] : texts) {
    TRY(found, text(table, key));
    *place = std::move(found);
  }
  return {};
}

Result<Pack> pack_of(const toml::table& table) {
  for (const auto& [key, value] : table)
    if (std::find(std::begin(kKeys), std::end(kKeys), key.str()) == std::end(kKeys))
      return wrong(key.str(), "is no key of a pack");
  Pack pack;
  TRY_DONE(read_texts(table, pack));
  TRY(hosts, list(table, "hosts"));
  TRY(languages, list(table, "languages"));
  TRY(colours, list(table, "colours"));
  TRY(law, words(table, "law"));
  TRY(note, words(table, "hours"));
  TRY(help, help_lines(table));
  TRY(desk, text(table, "desk"));
  if (desk != "" && desk != "own" && desk != "home") return wrong("desk", "is own or home");
  if (colours.size() != 0 && colours.size() != 2) return wrong("colours", "are two");
  if (colours.size() == 2) {
    pack.accent = lower_ascii(colours[0]);
    pack.mist = lower_ascii(colours[1]);
  }
  for (auto& host : hosts) host = lower_ascii(host);
  pack.hosts = std::move(hosts);
  pack.languages = std::move(languages);
  pack.law = std::move(law);
  pack.note = std::move(note);
  pack.help = std::move(help);
  pack.desk = desk == "home" ? DeskOf::home : DeskOf::own;
  if (const auto* days = table.get("answer_days")) {
    if (!days->is_integer()) return wrong("answer_days", "is no whole number");
    pack.answer_days =
        static_cast<int>(std::clamp<std::int64_t>(*days->value<std::int64_t>(), 1, 30));
  }
  return pack;
}

bool is_https(std::string_view url) {
  return url.starts_with("https://") || url.starts_with("http://");
}

bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= 253 && host.find('.') != host.npos &&
         host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == host.npos;
}

void check_names(const Pack& pack, std::vector<std::string>& problems) {
  const auto need = [&](bool good, std::string sentence) {
    if (!good) problems.push_back(std::move(sentence));
  };
  need(is_portal_id(pack.id), "id: 2 to 30 letters a to z and _, and not \"main\".");
  need(!pack.name.empty(), "name: how the pages call the portal is missing.");
  need(!pack.partner.empty(), "partner: who answers for the portal in the country is missing.");
  need(pack.country.size() == 2 &&
           pack.country.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos,
       "country: two capitals (ISO 3166-1).");
  need(is_https(pack.public_url), "public_url: begins with https://.");
  need(pack.partner_web.empty() || is_https(pack.partner_web),
       "partner_web: begins with https://.");
  need(pack.exit_url.empty() || is_https(pack.exit_url), "exit_url: begins with https://.");
  need(!pack.emergency.empty() && pack.emergency.size() <= 20,
       "emergency: the number to call when a child is in danger now is missing.");
  for (const auto& host : pack.hosts)
    need(is_host(host), "hosts: " + clip_utf8(host, 60) + " is no host name.");
}

void check_words(const Pack& pack, std::vector<std::string>& problems) {
  for (const auto& code : pack.languages) {
    if (!pack.law.contains(code))
      problems.push_back("law." + code + ": what the law says about reporting is missing.");
    for (const auto& line : pack.help)
      if (!line.hours.empty() && !line.hours.contains(code))
        problems.push_back("help: the hours of " + line.name + " are missing in " + code + ".");
  }
  for (const auto& line : pack.help) {
    if (line.name.empty() || (line.phone.empty() && line.web.empty()))
      problems.emplace_back("help: a line needs a name, and a phone or a web address.");
    if (!line.web.empty() && !is_https(line.web))
      problems.push_back("help: the web address of " + line.name + " begins with https://.");
  }
  if (pack.help.empty())
    problems.emplace_back("help: at least one line where somebody listens is missing.");
}

void check_looks(const Pack& pack, std::vector<std::string>& problems) {
  if (!pack.accent.empty()) {
    // The paper of portal.css in light; dark keeps its own colours.
    if (contrast(pack.accent, "#ffffff") < 4.5 || contrast(pack.accent, "#faf8f4") < 4.5)
      problems.emplace_back(
          "colours: the first is read as text on white, and needs a contrast of 4.5 to it.");
    if (contrast("#1d2a30", pack.mist) < 7 || contrast(pack.accent, pack.mist) < 4.5)
      problems.emplace_back(
          "colours: text stands on the second, which must be light enough for it.");
  }
  if (pack.logo.empty()) return;
  if (!pack.logo.starts_with(kPngBegin)) problems.emplace_back("logo.png is no PNG.");
  if (pack.logo.size() > kLogoBytesMax)
    problems.emplace_back("logo.png has more than 8 KiB: pages must stay light.");
}

}  // namespace

std::string_view name(DeskOf desk) {
  return desk == DeskOf::home ? "home" : "own";
}

std::string said(const Words& words, std::string_view language) {
  if (const auto found = words.find(language); found != words.end()) return found->second;
  if (const auto found = words.find("en"); found != words.end()) return found->second;
  return words.empty() ? "" : words.begin()->second;
}

Result<Pack> read_pack(const std::string& folder) {
  TRY(bytes, read_file(folder + "/portal.toml"));
  Result<Pack> pack = fail(ErrorKind::invalid, "portal.toml is not read.");
  try {
    pack = pack_of(toml::parse(bytes));
  } catch (const toml::parse_error& error) {
    // toml++ has no other way to say so.
    return fail(ErrorKind::invalid, "portal.toml, line " +
                                        std::to_string(error.source().begin.line) + ": " +
                                        std::string(error.description()) + ".");
  }
  if (!pack) return pack;
  if (const auto logo = read_file(folder + "/logo.png")) pack->logo = *logo;
  return pack;
}

std::vector<std::string> check_pack(const Pack& pack, const std::vector<SpokenLanguage>& spoken,
                                    const std::vector<std::string>& schemes) {
  std::vector<std::string> problems;
  check_names(pack, problems);
  if (pack.languages.empty()) problems.emplace_back("languages: there is none.");
  for (const auto& code : pack.languages) {
    const auto found = std::find_if(spoken.begin(), spoken.end(),
                                    [&](const auto& one) { return one.code == code; });
    if (found == spoken.end())
      problems.push_back("languages: there are no texts in " + clip_utf8(code, 20) + ".");
    else if (!found->complete)
      problems.push_back("languages: the texts in " + code +
                         " are not complete; see `hotline i18n "
                         "check`.");
    else if (!found->signed_off)
      problems.push_back("languages: no native reviewer has signed " + code +
                         "; see `hotline i18n sign`.");
  }
  check_words(pack, problems);
  check_looks(pack, problems);
  if (!pack.scheme.empty() &&
      std::find(schemes.begin(), schemes.end(), pack.scheme) == schemes.end())
    problems.push_back("scheme: this installation grades under " +
                       (schemes.empty() ? std::string("nothing") : schemes.front()) + " only.");
  return problems;
}

double contrast(std::string_view one, std::string_view other) {
  const auto luminance = [](std::string_view colour) -> double {
    if (colour.size() != 7 || colour.front() != '#') return -1;
    const auto bytes = unhex(colour.substr(1));
    if (!bytes) return -1;
    double sum = 0;
    constexpr double kWeights[] = {0.2126, 0.7152, 0.0722};
    for (std::size_t i = 0; i < 3; ++i) {
      const double part = static_cast<unsigned char>((*bytes)[i]) / 255.0;
      sum += kWeights[i] * (part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4));
    }
    return sum;
  };
  const double a = luminance(one), b = luminance(other);
  if (a < 0 || b < 0) return 0;
  return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

bool is_portal_id(std::string_view text) {
  return text.size() >= 2 && text.size() <= 30 && text != "main" &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == text.npos && text.front() != '_';
}

PortalPlaces portal_places(const std::string& dir, const std::string& keys, std::string_view id) {
  const std::string base = dir + "/portals/" + std::string(id);
  return {base + "/pack", base + "/drop", base + "/status", keys + "/portals/" + std::string(id)};
}

std::vector<std::string> published_portals(const std::string& dir) {
  std::vector<std::string> ids;
  std::error_code error;
  for (const auto& entry : files::directory_iterator(dir + "/portals", error)) {
    const auto id = entry.path().filename().string();
    if (is_portal_id(id) && files::exists(entry.path() / "pack" / "portal.toml", error))
      ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::string published_stamp(const std::string& dir) {
  const auto stamp = read_file(dir + "/portals/stamp");
  return stamp ? *stamp : "";
}

}  // namespace hotline::intake
