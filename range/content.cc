#include "range/content.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <utility>

#include "base/text.h"
#include "range/files.h"
#include "range/pictures.h"

namespace hotline::range {
namespace {

constexpr std::array kStates = {
    std::pair{SiteState::up, std::string_view("up")},
    std::pair{SiteState::gone, std::string_view("gone")},
    std::pair{SiteState::soft_gone, std::string_view("soft_gone")},
    std::pair{SiteState::moved, std::string_view("moved")},
};

constexpr std::string_view kHead =
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title>"
    "<style>body{{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}"
    "img,video{{max-width:100%;margin:.3rem}}main{{columns:{}}}</style></head><body><h1>{}</"
    "h1><main>\n";
constexpr std::string_view kWords =
    "<p>This page is part of a small simulated internet. Its pictures were drawn by a "
    "program from numbers: hills, waves and shapes.</p>\n";

std::string page_with(const Site& site, const std::string& body) {
  const auto title = escape_html(site.title);
  // The canary shares no sentence with the others: a page like a canary's looks like our own
  // outage.
  const bool plain = site.pictures.empty() && site.links.empty();
  return fmt::format(kHead, title, site.columns, title) + (plain ? "" : std::string(kWords)) +
         body + "</main></body></html>\n";
}

std::string file_of(const std::string& page) {
  return page == "/" ? "/index.html" : page + ".html";
}

/// Drawing is the slow part, and several sites show the same picture.
class Studio {
 public:
  Result<PictureFile> get(const Shown& shown) {
    const auto key = std::pair{shown.seed, shown.form};
    if (const auto found = made_.find(key); found != made_.end()) return found->second;
    TRY(file, make_file(shown.seed, shown.form));
    made_[key] = file;
    return file;
  }

 private:
  std::map<std::pair<std::uint64_t, std::string>, PictureFile> made_;
};

Done write_shown(const Site& site, const std::string& folder, Studio& studio) {
  std::string body;
  for (const auto& shown : site.pictures) {
    TRY(file, studio.get(shown));
    const auto path = fmt::format("/p/{}-{}.{}", shown.seed, shown.form, file.ending);
    TRY_DONE(write_file(folder + path, file.bytes));
    if (file.ending == "avi") {
      body += fmt::format("<video src=\"{}\" width=\"320\" controls></video>\n", path);
      continue;
    }
    body += fmt::format("<img src=\"{}\" alt=\"A drawn picture\" width=\"256\">\n", path);
  }
  for (const auto& link : site.links)
    body += fmt::format("<p><a href=\"{0}\">{0}</a></p>\n", escape_html(link));
  if (site.referrer.empty()) return write_file(folder + file_of(site.page), page_with(site, body));
  TRY_DONE(write_file(folder + file_of(site.page),
                      page_with(site, "<p>Today: how to prune an apple tree.</p>\n")));
  return write_file(folder + "/members.html", page_with(site, body));
}

}  // namespace

std::string_view name(SiteState state) {
  for (const auto& [one, word] : kStates)
    if (one == state) return word;
  return "up";
}

Result<SiteState> parse_site_state(std::string_view text) {
  for (const auto& [one, word] : kStates)
    if (word == text) return one;
  return fail(ErrorKind::invalid, "A site is up, gone, soft_gone or moved.");
}

Done write_content(const World& world, const std::string& dir) {
  TRY_DONE(make_folder(dir + "/content/nothing"));
  Studio studio;
  for (const auto& site : world.sites) {
    const auto folder = dir + "/content/" + site.name;
    if (is_there(folder + "/complete")) continue;
    TRY_DONE(write_shown(site, folder + "/shown", studio));
    TRY_DONE(write_file(folder + "/soft" + file_of(site.page),
                        page_with(site, "<p>This content has been removed.</p>\n")));
    TRY_DONE(write_file(folder + "/complete", ""));
  }
  return {};
}

Done show(const Site& site, SiteState state, const std::string& dir) {
  const auto link = dir + "/web/" + site.name;
  const auto to = [&](std::string_view what) {
    return what == "nothing" ? dir + "/content/nothing"
                             : dir + "/content/" + site.name + "/" + std::string(what);
  };
  std::string_view here = "nothing", there = "nothing";
  switch (state) {
    case SiteState::up: here = "shown"; break;
    case SiteState::soft_gone: here = "soft"; break;
    case SiteState::moved: there = "shown"; break;
    case SiteState::gone: break;
  }
  if (!site.moved_address.empty()) TRY_DONE(point_link(link + "@moved", to(there)));
  return point_link(link, to(here));
}

}  // namespace hotline::range
