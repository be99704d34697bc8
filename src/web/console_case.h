// A case as its pages show it: everything read in one transaction.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "accounts/preferences.h"
#include "assessment/exposure.h"
#include "assessment/notes.h"
#include "casework/casework_store.h"
#include "intake/messages.h"
#include "takedown/notice_store.h"
#include "tracing/episode_store.h"
#include "tracing/site_links.h"
#include "web/console_pages.h"

namespace hotline::web {

struct NoticeOnPage {
  takedown::Notice notice;
  std::vector<takedown::Letter> letters;
  std::vector<takedown::HostAnswer> answers;
};

struct TracedEpisode {
  tracing::HostingEpisode episode;
  std::vector<tracing::RawAnswer> answers;
};

/// What a report said of getting to the page.
struct AccessOnPage {
  std::vector<std::string> needed;  ///< In words.
  bool has_password = false;
};

struct CaseFile {
  casework::Case casefile;
  casework::Address address;
  std::vector<casework::Report> reports;
  std::map<casework::ReportId, AccessOnPage> access;
  std::vector<casework::Sighting> sightings;
  /// Nothing while the page has not been captured yet.
  std::optional<assessment::CaseView> desk;
  /// For a copy of an earlier item of this page: that item's number.
  std::map<casework::ItemId, int> copies;
  bool compares = false;  ///< Two answers wait for this person to compare.
  std::vector<assessment::Note> notes;
  std::vector<TracedEpisode> episodes;
  std::vector<tracing::SiteLink> site_links;
  std::vector<NoticeOnPage> notices;
  std::vector<facts::Fact> facts;
  std::vector<intake::Conversation> conversations;
  Names names;
  /// Only of the tab that shows them.
  std::vector<assessment::Finding> findings;
  std::vector<assessment::Series> series;
  std::vector<assessment::SimilarCase> similar;
  assessment::Meter meter;
  accounts::Preferences preferences;
};

/// Error `not_found` for another tenant's case.
[[nodiscard]] Result<CaseFile> load_case(const ConsoleParts& parts, db::Transaction& tx,
                                         const accounts::Person& person,
                                         const casework::CaseId& id);

void fill_access(Page& report, const AccessOnPage& access);
/// What one tab shows, into its own template.
void fill_addresses(Page& page, const CaseFile& file, Instant now);
void fill_hosting(Page& page, const CaseFile& file, Instant now);
void fill_actions(Page& page, const CaseFile& file, const accounts::Person& person, Instant now);
void fill_messages(Page& page, const CaseFile& file, const accounts::Person& person, Instant now);
void fill_timeline(Page& page, const CaseFile& file, const accounts::Person& person);
void fill_findings(Page& page, const CaseFile& file, const accounts::Person& person,
                   const assessment::Vocabulary& vocabulary, Instant now);
[[nodiscard]] Done load_findings(db::Transaction& tx, const accounts::Person& person,
                                 CaseFile& file);
void fill_items(Page& page, const CaseFile& file, const assessment::Scheme& scheme, Instant now);

}  // namespace hotline::web
