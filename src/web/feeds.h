// Feeds: what industry members and partners reach with an API key.
//
// Lists (snapshot, change feed, signed manifest), hash look-ups and feedback. The
// routes stand in one table (feeds_api.h) from which /api/v1/openapi.json is made,
// so the description cannot drift from what is answered. No address and no hash
// ever stands in a query, a log line or an error. The member's contract is
// docs/formats/url-list.md.
#pragma once

#include "base/clock.h"
#include "base/settings.h"
#include "db/db.h"
#include "http/http.h"
#include "intake/drop.h"
#include "lists/feed.h"
#include "matching/matcher.h"
#include "web/feeds_quick.h"

namespace hotline::web {

/// Made once by main; everything in it outlives the router.
struct FeedsParts {
  db::Database& database;
  const Clock& clock;
  const Settings& settings;
  const matching::Matcher& matcher;  ///< Somebody calls follow(): hotline-feeds does, each second.
  lists::Feed& feed;
  const KeyRing& keys;  ///< Somebody calls follow(), and count.write(), each second.
  LookupCount& count;
  intake::Drop* drop = nullptr;  ///< Null: members cannot report here.
};

/// All member routes, /api/v1/openapi.json and /healthz.
void add_feeds_routes(http::Router& router, const FeedsParts& parts);

}  // namespace hotline::web
