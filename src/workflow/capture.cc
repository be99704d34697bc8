// Capturing: one look at a reported address, sealed, with digests and previews.
//
// Nothing here decodes or opens anything: the fetch jail looks, the media jail
// takes apart, and what they give is sealed before it is named. Each medium is
// stored in a transaction of its own, so that a gallery of hundreds never holds
// the write lock for long; a killed capture leaves sealed objects that the next
// one finds again by their digest.
#include <algorithm>

#include "base/json.h"
#include "base/log.h"
#include "casework/casework_store.h"
#include "casework/film_store.h"
#include "casework/site_marks.h"
#include "facts/facts.h"
#include "media/vpdq.h"
#include "net/warc.h"
#include "url/url.h"
#include "workflow/jobs_table.h"
#include "workflow/known_items.h"

namespace hotline::workflow {

namespace {

using casework::CaseworkStore;
using evidence::ObjectKind;

struct Subject {
  casework::Case casefile;
  casework::Address address;
  std::string referrer;  ///< A recipe: what the reporter said is needed to get there.
};

Result<Subject> read_subject(const Parts& parts, const std::string& text) {
  TRY(id, casework::CaseId::parse(text));
  return parts.database.read([&](db::Transaction& tx) -> Result<Subject> {
    CaseworkStore store(tx);
    TRY(casefile, store.casefile(id));
    TRY(address, store.address(casefile.address));
    TRY(reports, store.reports_of_case(id));
    return Subject{casefile, address, reported_referrer(reports)};
  });
}

casework::Sighting sighting_of(const Subject& subject, const net::Capture& capture, Instant now) {
  casework::Sighting sighting;
  sighting.id = casework::SightingId::make(now);
  sighting.tenant = subject.casefile.tenant;
  sighting.casefile = subject.casefile.id;
  sighting.address = subject.address.id;
  sighting.at = now;
  sighting.http_status = capture.status;
  sighting.final_url = capture.final_url;
  if (!capture.hops.empty()) sighting.ip = capture.hops.back().ip;
  sighting.failure = capture.sentence;
  switch (capture.verdict) {
    case net::FetchVerdict::answered:
    case net::FetchVerdict::too_large:
      sighting.outcome = capture.status == 404 || capture.status == 410
                             ? casework::SightingOutcome::gone
                         : capture.status >= 400 ? casework::SightingOutcome::unreachable
                                                 : casework::SightingOutcome::seen;
      break;
    case net::FetchVerdict::no_name: sighting.outcome = casework::SightingOutcome::gone; break;
    case net::FetchVerdict::refused: sighting.outcome = casework::SightingOutcome::refused; break;
    case net::FetchVerdict::no_answer:
      sighting.outcome = casework::SightingOutcome::unreachable;
      break;
  }
  return sighting;
}

casework::Item item_of(const Subject& subject, const media::Findings& findings, std::size_t size,
                       Instant now) {
  casework::Item item;
  item.id = casework::ItemId::make(now);
  item.tenant = subject.casefile.tenant;
  item.md5 = findings.md5;
  item.sha1 = findings.sha1;
  item.sha256 = findings.sha256;
  item.kind = findings.kind;
  item.width = findings.width;
  item.height = findings.height;
  if (findings.full) {
    item.pdq_full = findings.full->hex;
    item.pdq_full_quality = findings.full->quality;
  }
  if (findings.nn512) {
    item.pdq_nn512 = findings.nn512->hex;
    item.pdq_nn512_quality = findings.nn512->quality;
  }
  item.size = static_cast<std::int64_t>(size);
  item.first_seen = now;
  return item;
}

/// What else was seen: a film's frames and its vector, a turned picture as a viewer shows it.
template <class Put>
Done keep_looks(db::Transaction& tx, const casework::ItemId& item, const media::Findings& findings,
                const Put& put) {
  casework::FilmStore store(tx);
  if (findings.full_shown)
    TRY_DONE(store.add_shown(item, {findings.full_shown->hex, findings.full_shown->quality}));
  if (findings.kind != "video" || findings.frames.empty()) return {};
  casework::Film film{.item = item,
                      .frames = media::vpdq_lines(findings.frames),
                      .milliseconds = static_cast<std::int64_t>(findings.seconds * 1000),
                      .whole = findings.whole,
                      .key_frames = findings.key_frames};
  if (!findings.tmk.empty()) {
    TRY(sealed, put(ObjectKind::record, findings.tmk));
    film.tmk = sealed.str();
  }
  return store.add(film);
}

/// One medium: digests and previews as the jail made them, all sealed, the item found or made.
Result<casework::SeenItem> keep_medium(const Parts& parts, const Subject& subject,
                                       const net::FetchedMedia& medium,
                                       const media::Findings& findings, int position, Instant now) {
  return parts.database.transact([&](db::Transaction& tx) -> Result<casework::SeenItem> {
    const auto put = [&](ObjectKind kind, std::string_view bytes) {
      return parts.evidence.put(tx, subject.casefile.tenant, subject.casefile.id, kind, bytes, now);
    };
    CaseworkStore store(tx);
    TRY(original, put(ObjectKind::media, medium.bytes));
    TRY(item, store.find_or_add_item(item_of(subject, findings, medium.bytes.size(), now)));
    for (const media::MadePreview& made : findings.previews) {
      TRY(sealed, put(ObjectKind::preview, made.jpeg));
      TRY_DONE(store.add_preview({item.id, made.level, sealed.str()}));
    }
    TRY_DONE(keep_looks(tx, item.id, findings, put));
    return casework::SeenItem{item.id, position, medium.url, original.str()};
  });
}

/// Pictures and videos only, the same address once: what a page is made of besides is kept as page.
std::vector<const net::FetchedMedia*> media_of(const net::Capture& capture) {
  std::vector<const net::FetchedMedia*> kept;
  for (const net::FetchedMedia& medium : capture.media)
    if (medium.status == 200 && !medium.bytes.empty()) kept.push_back(&medium);
  return kept;
}

/// The screenshot as analysts see it: small, grey and blurred, made by us. Empty if there is none.
Result<std::string> keep_screenshot(const Parts& parts, const Subject& subject,
                                    const net::Capture& capture, Instant now) {
  if (capture.screenshot.empty()) return std::string();
  TRY(findings, parts.lab.examine(capture.screenshot, true));
  const auto small = std::find_if(findings.previews.begin(), findings.previews.end(),
                                  [](const auto& preview) { return preview.level == 2; });
  return parts.database.transact([&](db::Transaction& tx) -> Result<std::string> {
    TRY_DONE(parts.evidence.put(tx, subject.casefile.tenant, subject.casefile.id, ObjectKind::media,
                                capture.screenshot, now));
    if (small == findings.previews.end()) return std::string();
    TRY(id, parts.evidence.put(tx, subject.casefile.tenant, subject.casefile.id,
                               ObjectKind::screenshot, small->jpeg, now));
    return id.str();
  });
}

struct Counts {
  int known = 0, fresh = 0, copies = 0;  ///< copies: joined a cluster that was there.
};

Result<Counts> count_known(const Parts& parts, db::Transaction& tx, const Subject& subject,
                           const std::vector<casework::SeenItem>& seen, Instant now) {
  Counts counts;
  CaseworkStore store(tx);
  for (const auto& one : seen) {
    TRY(item, store.item(one.item));
    const auto match = parts.matcher.match(subject.casefile.tenant, matching::hashes_of(item));
    TRY_DONE(matching::remember_match(tx, item.id, match, now));
    TRY(placed, parts.clusters.place(tx, item, now));
    if (placed && !placed->opened) ++counts.copies;
    TRY(about, known_about(parts, tx, item));
    (about && about->exact ? counts.known : counts.fresh) += 1;
  }
  return counts;
}

/// By what the site is known again under another name; of its page as it was shown in the end.
Done keep_marks(db::Transaction& tx, const casework::Sighting& sighting,
                const net::Capture& capture) {
  using casework::MarkKind;
  const auto last = url::parse(capture.final_url);
  if (!last) return {};
  const net::Fingerprints& prints = capture.fingerprints;
  std::vector<casework::SiteMark> marks = {{MarkKind::structure, prints.structure},
                                           {MarkKind::paths, prints.paths},
                                           {MarkKind::favicon, prints.favicon}};
  for (const std::string& wallet : prints.payments) marks.push_back({MarkKind::payment, wallet});
  return casework::SiteMarkStore(tx).remember(sighting, last->host, marks);
}

/// The sighting, its items and the fact, in one transaction: from here on it has happened.
Done record(const Parts& parts, const Subject& subject, const net::Capture& capture,
            casework::Sighting sighting, const std::vector<casework::SeenItem>& seen, Instant now) {
  return parts.database.transact([&](db::Transaction& tx) -> Done {
    CaseworkStore store(tx);
    const auto put = [&](ObjectKind kind, std::string_view bytes) {
      return parts.evidence.put(tx, subject.casefile.tenant, subject.casefile.id, kind, bytes, now);
    };
    json::object about = net::summary(capture);
    about["referrer"] = subject.referrer;
    if (!capture.exchanges.empty()) {
      const net::WarcAbout archive{.address = subject.address.canonical,
                                   .maker = "Hotline",
                                   .recipe = {.referrer = subject.referrer},
                                   .at = now};
      TRY(sealed, put(ObjectKind::archive, net::write_warc(capture, archive)));
      about["archive"] = sealed.str();
    }
    TRY(kept_record, put(ObjectKind::record, json::serialize(about)));
    sighting.record = kept_record.str();
    if (!capture.page.empty()) {
      TRY(page, put(ObjectKind::page, capture.page));
      sighting.page = page.str();
    }
    TRY_DONE(store.add_sighting(sighting));
    for (const auto& one : seen) TRY_DONE(store.add_seen_item(sighting.id, one));
    TRY(counts, count_known(parts, tx, subject, seen, now));
    if (sighting.outcome == casework::SightingOutcome::seen) {
      TRY_DONE(
          takedown::Monitor::remember(tx, subject.casefile.id, capture, subject.referrer, now));
      TRY_DONE(keep_marks(tx, sighting, capture));
    }
    return facts::FactStore(tx).append({subject.casefile.tenant.str(),
                                        "sighting_captured",
                                        "system",
                                        subject.casefile.id.str(),
                                        sighting.id.str(),
                                        {{"outcome", name(sighting.outcome)},
                                         {"items", seen.size()},
                                         {"known", counts.known},
                                         {"new", counts.fresh},
                                         {"copies", counts.copies}},
                                        now});
  });
}

}  // namespace

Result<Again> capture_case(const Parts& parts, const std::string& text) {
  TRY(subject, read_subject(parts, text));
  const Instant now = parts.clock.now();
  if (subject.address.canonical.empty()) {
    // Nonsense, or an address that nobody may open: it is kept as text and a person reads it.
    net::Capture nothing;
    nothing.verdict = net::FetchVerdict::refused;
    nothing.sentence = "This is not a web address that can be opened.";
    TRY_DONE(record(parts, subject, nothing, sighting_of(subject, nothing, now), {}, now));
    return Again();
  }
  net::FetchRequest request;
  request.url = subject.address.canonical;
  request.referrer = subject.referrer;
  request.exchanges = parts.settings.flag("capture.archive");
  TRY(capture, parts.fetcher.look(request));
  TRY_DONE(parts.matcher.follow(parts.database));
  TRY_DONE(parts.clusters.follow(parts.database));
  std::vector<casework::SeenItem> seen;
  casework::Sighting sighting = sighting_of(subject, capture, parts.clock.now());
  if (sighting.outcome == casework::SightingOutcome::seen) {
    const auto found = media_of(capture);
    std::vector<std::string_view> bytes;
    for (const auto* medium : found) bytes.push_back(medium->bytes);
    TRY(findings, parts.lab.examine_all(bytes, true));
    for (std::size_t i = 0; i < found.size(); ++i) {
      TRY(kept, keep_medium(parts, subject, *found[i], findings[i], static_cast<int>(i), now));
      seen.push_back(kept);
    }
    TRY(screenshot, keep_screenshot(parts, subject, capture, now));
    sighting.screenshot = screenshot;
  }
  TRY_DONE(record(parts, subject, capture, sighting, seen, parts.clock.now()));
  return Again();
}

}  // namespace hotline::workflow
