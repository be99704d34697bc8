// Parts: what the story is told with.
//
// The worker opens the real forms; a scenario gives fakes for the outside world
// (fetcher, lab, resolver, RDAP, geolocation, mail) and a clock that jumps.
// Everything here outlives the worker; nothing here has a rule of its own.
#pragma once

#include <string>

#include "assessment/scheme.h"
#include "base/clock.h"
#include "base/settings.h"
#include "casework/casework.h"
#include "db/db.h"
#include "evidence/evidence.h"
#include "intake/intake.h"
#include "lists/feed.h"
#include "matching/benign.h"
#include "matching/clustering.h"
#include "matching/matcher.h"
#include "media/lab.h"
#include "net/fetcher.h"
#include "net/mailer.h"
#include "takedown/monitor.h"
#include "takedown/pusher.h"
#include "takedown/takedown.h"
#include "tracing/tracing.h"
#include "workflow/portals.h"

namespace hotline::workflow {

struct Parts {
  const Settings& settings;
  const Clock& clock;
  db::Database& database;
  const evidence::Evidence& evidence;
  net::Fetcher& fetcher;
  media::Lab& lab;
  net::Mailer& mailer;
  matching::Matcher& matcher;
  tracing::Tracer& tracer;
  const takedown::Takedown& takedown;
  takedown::Monitor& monitor;
  const assessment::Schemes& schemes;
  const intake::DropReader& drop;
  const intake::Vault& vault;
  const intake::MailTexts& mail_texts;
  casework::TenantId tenant;  ///< Whose portal the drop belongs to.
  matching::Clustering& clusters;
  const matching::BenignSet& benign;
  lists::Feed& feed;
  const takedown::Pusher* pusher = nullptr;  ///< None: everything leaves by mail.
  Portals* portals = nullptr;  ///< The published portals beside the main one; null: there is none.
};

}  // namespace hotline::workflow
