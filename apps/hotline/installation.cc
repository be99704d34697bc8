#include "apps/hotline/installation.h"

#include <filesystem>

#include "apps/hotline/commands.h"
#include "evidence/evidence.h"
#include "intake/drop.h"
#include "intake/vault.h"
#include "workflow/opened.h"

namespace hotline::cli {

namespace fs = std::filesystem;

namespace {

Done make_folders(const Places& at) {
  for (const std::string& folder : {at.dir, at.keys, at.drop, at.status, at.run, at.evidence}) {
    std::error_code trouble;
    fs::create_directories(folder, trouble);
    if (trouble)
      return fail(ErrorKind::unavailable,
                  "The folder " + folder + " cannot be made; set hotline.dir or use --dir.");
  }
  std::error_code ignored;
  fs::permissions(at.keys, fs::perms::owner_all, ignored);
  return {};
}

}  // namespace

Result<Installation> make_ready(Settings settings) {
  Installation made{std::move(settings), "", "", nullptr, {}};
  TRY(share, workflow::share_folder(made.settings, program_folder()));
  made.share = share;
  const Places at = places(made.settings);
  TRY_DONE(make_folders(at));
  TRY_DONE(intake::drop_keys(at.keys));
  TRY_DONE(intake::Vault::open(at.keys));
  TRY(objects, evidence::open_objects(made.settings));
  TRY_DONE(evidence::Evidence::open(std::move(objects), at.keys + "/evidence.key"));
  TRY(database, workflow::open_database(made.settings));
  made.database = std::move(database);
  TRY_DONE(db::migrate(*made.database, share + "/schema"));
  TRY(tenant, workflow::home_tenant(*made.database, made.settings, SystemClock().now()));
  made.tenant = tenant;
  TRY(path, write_effective(made.settings));
  made.config_path = path;
  return made;
}

Result<Installation> open_installation(Settings settings) {
  const Places at = places(settings);
  if (settings.text("database.url").empty() && !fs::exists(at.database))
    return fail(ErrorKind::not_found, "There is no hotline in " + at.dir +
                                          " yet; start it with `hotline serve --dir " + at.dir +
                                          "`.");
  Installation made{std::move(settings), "", at.run + "/effective.toml", nullptr, {}};
  TRY(share, workflow::share_folder(made.settings, program_folder()));
  made.share = share;
  TRY(database, workflow::open_database(made.settings));
  made.database = std::move(database);
  TRY(pending, db::pending_migrations(*made.database, share + "/schema"));
  if (!pending.empty())
    return fail(ErrorKind::conflict,
                "The database is older than this program; run `hotline migrate`.");
  TRY(tenant, workflow::home_tenant(*made.database, made.settings, SystemClock().now()));
  made.tenant = tenant;
  return made;
}

std::vector<Supervised> programs_of(const Installation& installation,
                                    const std::vector<std::string>& worker_prefix,
                                    const std::string& logs) {
  // hotline-fetch and hotline-media are the worker's own children: they start with its work.
  std::vector<Supervised> programs;
  for (const std::string name :
       {"hotline-worker", "hotline-console", "hotline-feeds", "hotline-portal"}) {
    Supervised program{name,
                       {program_folder() + "/" + name, "--config", installation.config_path},
                       logs.empty() ? "" : logs + "/" + name + ".log"};
    if (name == "hotline-worker")
      program.command.insert(program.command.begin(), worker_prefix.begin(), worker_prefix.end());
    programs.push_back(std::move(program));
  }
  return programs;
}

}  // namespace hotline::cli
