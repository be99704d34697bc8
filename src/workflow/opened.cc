#include "workflow/opened.h"

#include <filesystem>
#include <optional>

#include "base/log.h"
#include "base/steady_clock.h"
#include "casework/casework_store.h"

namespace hotline::workflow {

namespace fs = std::filesystem;

struct Opened::All {
  Settings settings;
  std::unique_ptr<SteadyClock> clock;
  std::unique_ptr<db::Database> database;
  std::unique_ptr<evidence::Evidence> evidence;
  std::unique_ptr<net::Fetcher> fetcher;
  std::unique_ptr<net::Fetcher> second_fetcher;
  std::unique_ptr<media::Lab> lab;
  std::unique_ptr<net::Mailer> mailer;
  matching::Matcher matcher;
  matching::Clustering clusters;
  matching::BenignSet benign;
  lists::Feed feed;
  std::unique_ptr<net::Resolver> resolver;
  std::unique_ptr<net::Rdap> rdap;
  std::unique_ptr<net::Resolver> second_resolver;
  std::unique_ptr<net::Whois> whois;
  std::vector<std::unique_ptr<net::Geo>> geos;
  std::optional<tracing::RoutingSource> routing;
  std::unique_ptr<tracing::OriginAsker> origins;
  std::optional<tracing::Tracer> tracer;
  std::unique_ptr<takedown::Takedown> takedown;
  std::unique_ptr<takedown::Pusher> pusher;
  std::optional<takedown::Monitor> monitor;
  std::optional<assessment::Schemes> schemes;
  std::optional<intake::DropReader> drop;
  std::optional<intake::Vault> vault;
  std::optional<intake::MailTexts> mail_texts;
  std::optional<Portals> portals;
  std::optional<Parts> parts;
};

Opened::Opened(std::unique_ptr<All> all) : all_(std::move(all)) {}
Opened::~Opened() = default;
const Parts& Opened::parts() const {
  return *all_->parts;
}

namespace {

/// Files of several makers are told apart by name.
std::string file_name(const std::string& path) {
  return fs::path(path).filename().string();
}

/// Resolvers, registries, tables: with what an address is traced.
template <class All>
Done open_tracing(All& all, const std::string& policy) {
  const Settings& settings = all.settings;
  const std::string dir = places(settings).dir;
  TRY(resolver, net::open_resolver(settings.text("net.resolver")));
  all.resolver = std::move(resolver);
  if (const std::string second = settings.text("net.second_resolver"); !second.empty()) {
    TRY(opened, net::open_resolver(second));
    all.second_resolver = std::move(opened);
  }
  TRY(test_networks, url::parse_networks(settings.list("net.test_networks")));
  all.rdap = net::open_rdap({.base = settings.text("net.rdap_bootstrap"),
                             .folder = dir + "/rdap",
                             .bootstrap_url = settings.text("tracing.bootstrap_url"),
                             .test_networks = test_networks});
  if (const std::string server = settings.text("net.whois_server"); !server.empty())
    all.whois = net::open_whois({.server = server, .test_networks = test_networks}, *all.resolver);
  std::vector<tracing::TracerParts::NamedGeo> geos;
  std::vector<std::string> files = settings.list("net.geo_more");
  if (const std::string first = settings.text("net.geo_database"); !first.empty())
    files.insert(files.begin(), first);
  for (const std::string& file : files) {
    TRY(geo, net::open_geo(file));
    geos.push_back({file_name(file), geo.get()});
    all.geos.push_back(std::move(geo));
  }
  all.routing.emplace(dir + "/routing.table");
  TRY(doors, tracing::parse_origin_doors(settings.list("tracing.origin_doors")));
  if (!doors.empty()) {
    TRY(keys, tracing::origin_keys(places(settings).keys + "/origin.key"));
    all.origins = tracing::open_origin_asker(std::move(doors), std::move(keys),
                                             settings.text("hotline.name"));
  }
  TRY(hints, tracing::CdnHints::load(policy + "/cdn.json"));
  all.tracer.emplace(tracing::TracerParts{.resolver = *all.resolver,
                                          .rdap = *all.rdap,
                                          .geos = std::move(geos),
                                          .hints = std::move(hints),
                                          .second_resolver = all.second_resolver.get(),
                                          .whois = all.whois.get(),
                                          .routing = &*all.routing,
                                          .origins = all.origins.get()});
  return {};
}

/// The world outside: resolver, registries, geolocation, mail, the two jails.
template <class All>
Done open_world(All& all, const Programs& programs, const std::string& policy) {
  const Settings& settings = all.settings;
  all.fetcher =
      net::open_jailed_fetcher(programs.folder + "/hotline-fetch", programs.config_path,
                               settings.duration("capture.deadline") + std::chrono::seconds(20));
  if (const std::string second = settings.text("liveness.second_program"); !second.empty())
    all.second_fetcher =
        net::open_jailed_fetcher(second, programs.config_path,
                                 settings.duration("capture.deadline") + std::chrono::seconds(20));
  all.lab = media::open_jailed_lab(programs.folder + "/hotline-media", std::chrono::seconds(20));
  TRY(taken, net::TakenMarks::open(places(settings).dir + "/taken"));
  all.mailer =
      net::open_mailer(settings.text("net.smtp_host"),
                       static_cast<int>(settings.integer("net.smtp_port")), std::move(taken));
  return open_tracing(all, policy);
}

/// Everything that lies in the installation's own folder.
template <class All>
Done open_inside(All& all, const std::string& share) {
  const Settings& settings = all.settings;
  const Places at = places(settings);
  for (const std::string& folder : {at.dir, at.drop, at.status, at.keys, at.run}) {
    std::error_code trouble;
    fs::create_directories(folder, trouble);
    if (trouble)
      return fail(ErrorKind::unavailable, "A folder of this installation cannot be made.");
  }
  TRY(objects, evidence::open_objects(settings));
  TRY(evidence, evidence::Evidence::open(std::move(objects), at.keys + "/evidence.key"));
  all.evidence = std::move(evidence);
  TRY(takedown, takedown::Takedown::open(settings, share + "/policy", at.keys));
  all.takedown = std::move(takedown);
  TRY(pusher, takedown::Pusher::open(settings, at.keys));
  all.pusher = std::move(pusher);
  TRY(phrases, takedown::RemovalPhrases::load(share + "/policy/soft_gone.json"));
  all.monitor.emplace(*all.database, *all.fetcher, *all.takedown, phrases, settings);
  all.monitor->look_also_from(all.second_fetcher.get());
  TRY(schemes,
      assessment::Schemes::open(share + "/policy/schemes", settings.text("scheme.active")));
  all.schemes.emplace(std::move(schemes));
  TRY(keys, intake::drop_keys(at.keys));
  TRY(drop, intake::DropReader::open(at.drop, keys));
  all.drop.emplace(std::move(drop));
  TRY(vault, intake::Vault::open(at.keys));
  all.vault.emplace(std::move(vault));
  TRY(texts, intake::MailTexts::load(share + "/web/mails"));
  all.mail_texts.emplace(std::move(texts));
  return {};
}

}  // namespace

Result<std::unique_ptr<db::Database>> open_database(const Settings& settings) {
  const std::string url = settings.text("database.url");
  return db::Database::open(url.empty() ? "sqlite:" + places(settings).database : url,
                            static_cast<int>(settings.integer("worker.threads")) + 2);
}

Result<casework::TenantId> home_tenant(db::Database& database, const Settings& settings,
                                       Instant now) {
  return database.transact([&](db::Transaction& tx) -> Result<casework::TenantId> {
    casework::CaseworkStore store(tx);
    TRY(tenants, store.tenants());
    if (!tenants.empty()) return tenants.front().id;
    const casework::Tenant tenant{casework::TenantId::make(now), settings.text("hotline.name"),
                                  settings.text("hotline.country")};
    TRY_DONE(store.add_tenant(tenant));
    return tenant.id;
  });
}

Result<std::unique_ptr<Opened>> Opened::open(Settings settings, const Programs& programs) {
  auto all = std::make_unique<All>();
  all->settings = std::move(settings);
  TRY(share, share_folder(all->settings, programs.folder));
  TRY(database, open_database(all->settings));
  all->database = std::move(database);
  TRY_DONE(open_world(*all, programs, share + "/policy"));
  TRY_DONE(open_inside(*all, share));
  TRY(benign, matching::BenignSet::load(share + "/policy/benign.pdq"));
  all->benign = std::move(benign);
  all->clock = std::make_unique<SteadyClock>(places(all->settings).run + "/clock");
  TRY(tenant, home_tenant(*all->database, all->settings, all->clock->now()));
  all->portals.emplace(all->settings);
  all->parts.emplace(Parts{all->settings, *all->clock,    *all->database,   *all->evidence,
                           *all->fetcher, *all->lab,      *all->mailer,     all->matcher,
                           *all->tracer,  *all->takedown, *all->monitor,    *all->schemes,
                           *all->drop,    *all->vault,    *all->mail_texts, tenant,
                           all->clusters, all->benign,    all->feed,        all->pusher.get(),
                           &*all->portals});
  return std::unique_ptr<Opened>(new Opened(std::move(all)));
}

}  // namespace hotline::workflow
