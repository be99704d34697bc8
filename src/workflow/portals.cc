#include "workflow/portals.h"

#include "base/log.h"
#include "intake/portal_store.h"

namespace hotline::workflow {

namespace {

Result<PortalRoom> open_room(const Settings& settings, const intake::LivePortal& portal) {
  const Places at = places(settings);
  const auto own = intake::portal_places(at.dir, at.keys, portal.id);
  TRY(pack, intake::read_pack(own.pack));
  TRY(keys, intake::drop_keys(own.keys));
  TRY(drop, intake::DropReader::open(own.drop, keys));
  TRY(vault, intake::Vault::open(own.keys));
  return PortalRoom{std::move(pack), portal.tenant, std::move(drop), std::move(vault), own.status};
}

}  // namespace

Result<std::shared_ptr<const std::vector<PortalRoom>>> Portals::rooms(db::Database& database) {
  const std::lock_guard guard(lock_);
  const auto stamp = intake::published_stamp(places(settings_).dir);
  if (rooms_ && stamp_ == stamp) return rooms_;
  TRY(portals, database.read([](db::Transaction& tx) { return intake::PortalStore(tx).all(); }));
  auto opened = std::make_shared<std::vector<PortalRoom>>();
  for (const auto& portal : portals) {
    // A withdrawn portal takes nothing new, but what lies in its drop is filed and its reporters
    // still hear of the outcome.
    auto room = open_room(settings_, portal);
    if (room)
      opened->push_back(*std::move(room));
    else
      log::trouble("portal_not_opened", room.error(), {{"portal", portal.id}});
  }
  rooms_ = std::move(opened);
  stamp_ = stamp;
  return rooms_;
}

Result<intake::Drained> Portals::drain(db::Database& database, Instant now, int limit) {
  TRY(all, rooms(database));
  intake::Drained sum;
  for (const PortalRoom& room : *all) {
    const auto one =
        intake::drain(database, room.drop, room.vault, room.tenant, now, limit, room.pack.id);
    if (!one) {
      // One portal's trouble is not the others'.
      log::trouble("portal_not_drained", one.error(), {{"portal", room.pack.id}});
      continue;
    }
    sum.submissions += one->submissions;
    sum.repeated += one->repeated;
    sum.broken += one->broken;
  }
  return sum;
}

Result<int> Portals::tell(db::Database& database, const intake::MailTexts& texts,
                          net::Mailer& mailer, Instant now, int limit) {
  TRY(all, rooms(database));
  int most = 0;
  for (const PortalRoom& room : *all) {
    TRY(parcels, intake::publish_due(database, room.status, limit, room.pack.id));
    const auto& pack = room.pack;
    const intake::MailRoom mails{
        room.vault,
        texts,
        mailer,
        pack.mail_from.empty() ? settings_.text("hotline.mail_from") : pack.mail_from,
        pack.name,
        pack.partner_web.empty() ? pack.public_url : pack.partner_web,
        pack.public_url,
        pack.id};
    TRY(sent, intake::send_due(database, mails, now, limit));
    most = std::max({most, parcels, sent});
  }
  return most;
}

}  // namespace hotline::workflow
