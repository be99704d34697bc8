#include "web/portal_house.h"

#include <map>
#include <mutex>

#include "base/log.h"
#include "base/text.h"
#include "intake/pack.h"
#include "web/portal.h"
#include "web/portal_pack.h"

namespace hotline::web {

namespace {

using http::Request;
using http::Response;

/// One portal: what its router refers to lives as long as anybody is answered by it.
struct Room {
  intake::Pack pack;  ///< Empty id: the main portal.
  Settings settings;
  std::unique_ptr<intake::Drop> drop;
  http::Router router;
};
using RoomPointer = std::shared_ptr<const Room>;

struct Table {
  RoomPointer main;
  std::map<std::string, RoomPointer, std::less<>> by_id, by_host;
};

crypto::Key own_key(const crypto::Key& key, std::string_view id) {
  return crypto::Key(crypto::hkdf(key.reveal(), "hotline portal: " + std::string(id), 32));
}

Result<RoomPointer> main_room(const HouseParts& parts, const std::vector<LanguageState>& states) {
  const Places at = places(parts.settings);
  auto room = std::make_shared<Room>(Room{{}, parts.settings, nullptr, {}});
  TRY_DONE(room->settings.set("portal.languages",
                              join(speakable(parts.settings.list("portal.languages"), states,
                                             parts.settings.flag("portal.unreviewed_languages")),
                                   ",")));
  TRY(public_key, intake::drop_public_key(at.keys));
  TRY(drop, intake::Drop::open(at.drop, public_key, parts.settings.integer("portal.disk_reserve")));
  room->drop = std::move(drop);
  TRY(router, portal_router({room->settings, parts.pages, parts.messages, *room->drop, parts.clock,
                             parts.key, at.status, parts.style}));
  room->router = std::move(router);
  return RoomPointer(std::move(room));
}

Result<RoomPointer> pack_room(const HouseParts& parts, const std::string& id,
                              const std::vector<LanguageState>& states) {
  const Places at = places(parts.settings);
  const auto own = intake::portal_places(at.dir, at.keys, id);
  TRY(pack, intake::read_pack(own.pack));
  if (pack.id != id) return fail(ErrorKind::corrupt, "The pack in this folder has another id.");
  const auto languages =
      speakable(pack.languages, states, parts.settings.flag("portal.unreviewed_languages"));
  if (languages.size() < pack.languages.size())
    log::trouble("portal_languages_unsigned", {{"portal", id}, {"left", join(languages, ",")}});
  TRY(settings, pack_settings(parts.settings, pack, languages));
  TRY(public_key, intake::drop_public_key(own.keys));
  TRY(drop,
      intake::Drop::open(own.drop, public_key, parts.settings.integer("portal.disk_reserve")));
  auto room =
      std::make_shared<Room>(Room{std::move(pack), std::move(settings), std::move(drop), {}});
  PortalParts portal{room->settings, parts.pages, parts.messages,
                     *room->drop,    parts.clock, own_key(parts.key, id),
                     own.status,     ""};
  portal.style = pack_style(parts.style, room->pack);
  portal.pack = &room->pack;
  TRY(router, portal_router(std::move(portal)));
  router.on("GET", "/logo.png", [logo = room->pack.logo](const Request&) {
    Response response{logo.empty() ? 404 : 200, {{"Content-Type", "image/png"}}, logo};
    return std::move(response.header("Cache-Control", "public, max-age=86400"));
  });
  room->router = std::move(router);
  return RoomPointer(std::move(room));
}

/// "report.example" for "Report.Example.:8080".
std::string host_of(const Request& request) {
  const auto found = request.headers.find("host");
  if (found == request.headers.end()) return "";
  auto host = lower_ascii(trim(found->second));
  if (const auto colon = host.rfind(':'); colon != std::string::npos) host.resize(colon);
  while (host.ends_with('.')) host.pop_back();
  return host;
}

}  // namespace

struct PortalHouse::Impl {
  explicit Impl(HouseParts given) : parts(std::move(given)) {}

  HouseParts parts;
  mutable std::mutex lock;
  std::shared_ptr<const Table> table;
  std::string stamp;

  std::shared_ptr<const Table> now() const {
    const std::lock_guard guard(lock);
    return table;
  }

  Done build() {
    const Places at = places(parts.settings);
    const auto next_stamp = intake::published_stamp(at.dir);
    TRY(states, language_states(parts.messages, parts.web_folder, at.dir, at.keys, false));
    auto next = std::make_shared<Table>();
    TRY(main, main_room(parts, states));
    next->main = std::move(main);
    for (const auto& id : intake::published_portals(at.dir)) {
      const auto room = pack_room(parts, id, states);
      if (!room) {
        log::trouble("portal_not_opened", room.error(), {{"portal", id}});
        continue;
      }
      next->by_id.emplace(id, *room);
      for (const auto& host : (*room)->pack.hosts)
        if (!next->by_host.emplace(host, *room).second)
          log::trouble("portal_host_taken", {{"portal", id}});
    }
    const std::lock_guard guard(lock);
    table = std::move(next);
    stamp = next_stamp;
    return {};
  }
};

PortalHouse::PortalHouse(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PortalHouse::~PortalHouse() = default;

Result<std::unique_ptr<PortalHouse>> PortalHouse::open(HouseParts parts) {
  auto impl = std::make_unique<Impl>(std::move(parts));
  TRY_DONE(impl->build());
  return std::unique_ptr<PortalHouse>(new PortalHouse(std::move(impl)));
}

Done PortalHouse::refresh() {
  const auto stamp = intake::published_stamp(places(impl_->parts.settings).dir);
  {
    const std::lock_guard guard(impl_->lock);
    if (stamp == impl_->stamp) return {};
  }
  return impl_->build();
}

Response PortalHouse::answer(const Request& request) const {
  const auto table = impl_->now();
  if (const auto found = table->by_host.find(host_of(request)); found != table->by_host.end())
    return found->second->router.answer(request);
  constexpr std::string_view kBelow = "/p/";
  if (!request.path.starts_with(kBelow)) return table->main->router.answer(request);
  const auto end = request.path.find('/', kBelow.size());
  const auto id = request.path.substr(kBelow.size(), end - kBelow.size());
  const auto found = table->by_id.find(id);
  if (found == table->by_id.end()) return table->main->router.answer(request);
  const std::string prefix = std::string(kBelow) + id;
  if (end == std::string::npos) return http::see_other(prefix + "/");
  Request inside = request;
  inside.path = request.path.substr(end);
  return mounted(found->second->router.answer(std::move(inside)), prefix);
}

http::Router PortalHouse::router() const {
  http::Router router;
  // No route of its own: whatever comes is asked of the portal it belongs to.
  router.otherwise([this](const Request& request, int status) {
    return status == 404 ? answer(request) : impl_->now()->main->router.refusal(status);
  });
  router.finally(finish_page);
  return router;
}

std::vector<std::string> PortalHouse::ids() const {
  std::vector<std::string> all;
  for (const auto& [id, room] : impl_->now()->by_id) all.push_back(id);
  return all;
}

Response mounted(Response response, std::string_view prefix) {
  bool is_page = false;
  for (auto& [name, value] : response.headers) {
    const auto lower = lower_ascii(name);
    if (lower == "location" && value.starts_with('/') && !value.starts_with("//"))
      value = std::string(prefix) + value;
    if (lower == "content-type" && value.starts_with("text/html")) is_page = true;
  }
  if (!is_page) return response;
  for (const std::string attribute : {" href=\"", " action=\"", " formaction=\"", " src=\""})
    response.body = replace_all(std::move(response.body), attribute + "/",
                                attribute + std::string(prefix) + "/");
  return response;
}

}  // namespace hotline::web
