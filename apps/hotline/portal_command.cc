// hotline portal: a country's portal, from an empty pack to live pages.
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "apps/hotline/commands.h"
#include "apps/hotline/installation.h"
#include "base/text.h"
#include "casework/casework_store.h"
#include "facts/facts.h"
#include "intake/disk.h"
#include "intake/drop.h"
#include "intake/pack.h"
#include "intake/portal_store.h"
#include "statistics/by_portal.h"
#include "statistics/figures.h"
#include "web/i18n_check.h"

namespace hotline::cli {

namespace {

namespace fs = std::filesystem;

/// Where packs are written and looked for: --folder, or packs/ of the installation.
std::string packs_folder(const Options& options, const Settings& settings) {
  return options.get("folder", settings.text("hotline.dir") + "/packs");
}

/// The folder that was named, a pack of ours, or one that ships with the program.
Result<std::string> find_pack(const Options& options, const Settings& settings,
                              const std::string& word) {
  TRY(share, share_folder(settings, program_folder()));
  for (const std::string& folder :
       {word, packs_folder(options, settings) + "/" + word, share + "/policy/portals/" + word})
    if (fs::exists(folder + "/portal.toml")) return folder;
  return fail(ErrorKind::not_found,
              "There is no pack " + word + "; begin one with `hotline portal new " + word + "`.");
}

Result<std::vector<web::LanguageState>> states_of(const Settings& settings) {
  TRY(share, share_folder(settings, program_folder()));
  TRY(messages, web::Messages::load(share + "/web/messages"));
  const Places at = places(settings);
  return web::language_states(messages, share + "/web", at.dir, at.keys);
}

Result<std::vector<std::string>> problems_of(const intake::Pack& pack, const Settings& settings) {
  TRY(states, states_of(settings));
  std::vector<intake::SpokenLanguage> spoken;
  const bool all = settings.flag("portal.unreviewed_languages");
  for (const auto& state : states)
    spoken.push_back({state.code, state.gaps.empty(), state.signed_off || all});
  return intake::check_pack(pack, spoken, {settings.text("scheme.active")});
}

Done new_pack(const Options& options, const Settings& settings, const std::string& id) {
  if (!intake::is_portal_id(id))
    return fail(ErrorKind::invalid, "A portal's id is 2 to 30 letters a to z and _.");
  const std::string folder = packs_folder(options, settings) + "/" + id;
  if (fs::exists(folder + "/portal.toml"))
    return fail(ErrorKind::conflict, "There is a pack in " + folder + " already.");
  std::vector<std::string> languages;
  const std::string wanted = options.get("languages", "en");
  for (const auto code : split(wanted, ','))
    if (!trim(code).empty()) languages.emplace_back(trim(code));
  TRY_DONE(intake::make_folder(folder));
  TRY_DONE(intake::write_whole_file(
      folder, "portal.toml", intake::new_pack_text(id, options.get("country", "XX"), languages)));
  std::printf("%s/portal.toml\n", folder.c_str());
  std::fprintf(stderr, "Fill it in, then `hotline portal check %s`.\n", id.c_str());
  return {};
}

/// Prints what is missing; true if nothing is.
Result<bool> check_one(const Settings& settings, const std::string& folder) {
  TRY(pack, intake::read_pack(folder));
  TRY(problems, problems_of(pack, settings));
  for (const auto& problem : problems) std::printf("%s\n", problem.c_str());
  if (problems.empty()) std::fprintf(stderr, "%s may go live.\n", pack.id.c_str());
  return problems.empty();
}

/// The tenant that a pack's reports are filed under: made for its own desk.
Result<casework::TenantId> tenant_for(db::Transaction& tx, const Installation& in,
                                      const intake::Pack& pack, Instant now) {
  TRY(known, intake::PortalStore(tx).all());
  for (const auto& portal : known)
    if (portal.id == pack.id) {
      const bool home = portal.tenant == in.tenant;
      if (home != (pack.desk == intake::DeskOf::home))
        return fail(ErrorKind::conflict,
                    "Reports of this portal are filed already: its desk cannot change any more.");
      return portal.tenant;
    }
  if (pack.desk == intake::DeskOf::home) return in.tenant;
  const casework::Tenant tenant{casework::TenantId::make(now), pack.name, pack.country};
  TRY_DONE(casework::CaseworkStore(tx).add_tenant(tenant));
  return tenant.id;
}

/// The portal program looks at this file once a second.
Done put_stamp(const Settings& settings) {
  const std::string folder = settings.text("hotline.dir") + "/portals";
  TRY_DONE(intake::make_folder(folder));
  TRY_DONE(intake::write_whole_file(folder, "stamp", hex(crypto::random_bytes(8))));
  return intake::sync_folder(folder);
}

Done note_published(const Installation& in, const intake::Pack& pack, bool live, Instant now) {
  return in.database->transact([&](db::Transaction& tx) -> Done {
    TRY(tenant, tenant_for(tx, in, pack, now));
    TRY_DONE(intake::PortalStore(tx).put({pack.id, tenant, pack.name, pack.country, live, now}));
    facts::Fact fact{
        tenant.str(), live ? "portal_published" : "portal_withdrawn", "system", "", "", {}, now};
    fact.details = {{"portal", pack.id}, {"country", pack.country}};
    return facts::FactStore(tx).append(fact);
  });
}

Done check_free_hosts(const Installation& in, const intake::Pack& pack) {
  const Places at = places(in.settings);
  for (const auto& id : intake::published_portals(at.dir)) {
    if (id == pack.id) continue;
    TRY(other, intake::read_pack(intake::portal_places(at.dir, at.keys, id).pack));
    for (const auto& host : other.hosts)
      if (std::find(pack.hosts.begin(), pack.hosts.end(), host) != pack.hosts.end())
        return fail(ErrorKind::conflict, "The host " + host + " is the portal " + id + "'s.");
  }
  return {};
}

Result<bool> publish(const Installation& in, const std::string& folder) {
  TRY(good, check_one(in.settings, folder));
  if (!good) return false;
  TRY(pack, intake::read_pack(folder));
  TRY_DONE(check_free_hosts(in, pack));
  const Places at = places(in.settings);
  const auto own = intake::portal_places(at.dir, at.keys, pack.id);
  for (const std::string& made : {own.pack, own.drop, own.status, own.keys})
    TRY_DONE(intake::make_folder(made));
  TRY_DONE(intake::drop_keys(own.keys));
  TRY_DONE(note_published(in, pack, true, SystemClock().now()));
  if (!pack.logo.empty()) TRY_DONE(intake::write_whole_file(own.pack, "logo.png", pack.logo));
  TRY(text, intake::read_file(folder + "/portal.toml"));
  TRY_DONE(intake::write_whole_file(own.pack, "portal.toml", text));
  TRY_DONE(intake::sync_folder(own.pack));
  TRY_DONE(put_stamp(in.settings));
  std::printf("/p/%s/\n", pack.id.c_str());
  for (const auto& host : pack.hosts) std::printf("%s\n", host.c_str());
  return true;
}

Done withdraw(const Installation& in, const std::string& id) {
  const Places at = places(in.settings);
  const auto own = intake::portal_places(at.dir, at.keys, id);
  TRY(pack, intake::read_pack(own.pack));
  TRY_DONE(note_published(in, pack, false, SystemClock().now()));
  // The folder stays: what lies in its drop is filed, and its receipts go on being answered to.
  std::error_code trouble;
  fs::rename(own.pack + "/portal.toml", own.pack + "/withdrawn.toml", trouble);
  if (trouble) return fail(ErrorKind::unavailable, "The pack cannot be withdrawn.");
  return put_stamp(in.settings);
}

Done list(const Installation& in) {
  const Instant now = SystemClock().now();
  TRY(all, in.database->read([](db::Transaction& tx) { return intake::PortalStore(tx).all(); }));
  TRY(ever, in.database->read([&](db::Transaction& tx) {
    return intake::PortalStore(tx).counts(Instant{}, now + std::chrono::hours(1));
  }));
  TRY(month, in.database->read([&](db::Transaction& tx) {
    return intake::PortalStore(tx).counts(now - std::chrono::days(30), now + std::chrono::hours(1));
  }));
  std::printf("id\tcountry\tstate\tdesk\treports\tduplicates\tcases\treports_30_days\tname\n");
  const auto line = [&](const std::string& id, const std::string& country, const char* state,
                        const char* desk, const std::string& title) {
    const auto& count = ever[id];
    std::printf("%s\t%s\t%s\t%s\t%lld\t%lld\t%lld\t%lld\t%s\n", id.c_str(), country.c_str(), state,
                desk, static_cast<long long>(count.reports),
                static_cast<long long>(count.duplicates), static_cast<long long>(count.cases),
                static_cast<long long>(month[id].reports), title.c_str());
  };
  line("main", in.settings.text("hotline.country"), "live", "home",
       in.settings.text("hotline.name"));
  for (const auto& portal : all)
    line(portal.id, portal.country, portal.live ? "live" : "withdrawn",
         portal.tenant == in.tenant ? "home" : "own", portal.name);
  return {};
}

Done figures(const Installation& in, const Options& options, const std::string& id) {
  const Instant today = std::chrono::floor<std::chrono::days>(SystemClock().now());
  statistics::Period period{today - std::chrono::days(364), today + std::chrono::days(1)};
  if (options.has("from")) {
    TRY(from, statistics::parse_day(options.get("from")));
    period.from = from;
  }
  if (options.has("to")) {
    TRY(to, statistics::parse_day(options.get("to")));
    period.to = to;
  }
  TRY(tallies, statistics::tally_by_portal(*in.database));
  for (const auto& table : statistics::figures(tallies[id], period)) {
    if (table.staff_only && options.has("public")) continue;
    const auto shown = options.has("public") ? statistics::for_the_public(table) : table;
    std::printf("%s\n", statistics::csv(shown, period).c_str());
  }
  return {};
}

Result<bool> run(const Options& options) {
  const auto& words = options.words();
  if (words.empty() || (words[0] != "list" && words.size() < 2))
    return fail(ErrorKind::invalid,
                "Say new, check, publish, withdraw or figures and which portal; or list.");
  TRY(settings, settings_of(options));
  if (words[0] == "new") {
    TRY_DONE(new_pack(options, settings, words[1]));
    return true;
  }
  if (words[0] == "check") {
    TRY(folder, find_pack(options, settings, words[1]));
    return check_one(settings, folder);
  }
  TRY(in, open_installation(settings));
  if (words[0] == "publish") {
    TRY(folder, find_pack(options, in.settings, words[1]));
    return publish(in, folder);
  }
  if (words[0] == "withdraw")
    TRY_DONE(withdraw(in, words[1]));
  else if (words[0] == "list")
    TRY_DONE(list(in));
  else if (words[0] == "figures")
    TRY_DONE(figures(in, options, words[1]));
  else
    return fail(ErrorKind::invalid, "There is no `hotline portal " + words[0] + "`.");
  return true;
}

}  // namespace

Done publish_demo_portals(const Installation& installation) {
  const std::string folder = installation.share + "/policy/portals";
  std::error_code trouble;
  for (const auto& entry : fs::directory_iterator(folder, trouble)) {
    if (!fs::exists(entry.path() / "portal.toml")) continue;
    TRY(good, publish(installation, entry.path().string()));
    if (!good) return fail(ErrorKind::invalid, "A portal of the demo cannot go live.");
  }
  return {};
}

int portal(const Arguments& arguments) {
  const auto options = Options::read(
      arguments, {"config", "dir", "folder", "country", "languages", "from", "to"}, {"public"});
  if (!options) return refuse(options.error());
  const auto good = run(*options);
  if (!good) return refuse(good.error());
  return *good ? kGood : kWarning;
}

}  // namespace hotline::cli
