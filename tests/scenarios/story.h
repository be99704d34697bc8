// Story: one .scn file, read line by line and played on the real hotline.
//
// A line is one or more statements, separated by ";". "#" begins a comment. The
// first word says what is done; docs in README.md of this folder.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "accounts/members.h"
#include "accounts/people.h"
#include "assessment/desk.h"
#include "base/steady_clock.h"
#include "intake/drop.h"
#include "intake/receipt.h"
#include "scenarios/world.h"
#include "takedown/notice_store.h"
#include "workflow/parts.h"
#include "workflow/worker.h"

namespace hotline::scenarios {

using Words = std::vector<std::string>;

struct TheReport {
  std::string address;  ///< As it was given.
  intake::Receipt receipt;
};

class MemberServer;

class Story {
 public:
  explicit Story(const std::string& path);
  ~Story();
  /// Plays it to the end. Nothing, or "line 12: what went wrong".
  std::optional<std::string> play();

  // For tests that tell a story by themselves.

  /// One line, as it would stand in a file.
  Done say(std::string_view line);
  /// What is due until then happens; while the worker is stopped nothing does.
  Done wait(microseconds time);
  void stop_worker() { stopped_ = true; }
  Done continue_worker();
  /// The machine's clock shows something else from now on; what the hotline makes of it is its own.
  void wall_jumps(microseconds by) { wall_off_ += by; }
  [[nodiscard]] World& world() { return world_; }
  [[nodiscard]] Instant now() const { return clock_.now(); }
  Result<std::vector<takedown::Notice>> all_notices();

 private:
  Done say(const Words& words);
  Done begin(Instant at);
  /// Until nothing is due now.
  Done settle();
  Done start_worker();

  Done world_word(const Words& words, bool& known);
  Done page_word(const Words& words);
  Done network_word(const Words& words);
  Done switch_word(const Words& words);
  Done report(const Words& words);
  Done assess(const Words& words);
  Done person_word(const Words& words);
  Done notice_word(const Words& words);
  Done known_picture(const Words& words);

  // story_doors.cc
  Done partner_word(const Words& words);
  Done letter_word(const Words& words);
  Done lines_word(const Words& words);
  Done expect_files(const Words& words);
  Done comes_back(const Words& words);

  // story_police.cc
  Done agency_word(const Words& words);
  Done rung_word(const Words& words);
  void remember(const std::string& name, const std::string& address);

  // story_members.cc
  Done member_word(const Words& words);
  Done expect_told(const Words& words);
  Done expect_recall(const Words& words);

  // story_expect.cc
  Done expect(const Words& words);
  Done expect_notice(const Words& words);
  Done expect_mail(const Words& words, bool wanted);
  Done expect_list(const Words& words);
  Done expect_case(const Words& words);
  Done expect_filled(const Words& words);
  Done expect_hashes(const Words& words);
  Done expect_receipt(const Words& words);
  Done expect_facts(const Words& words);
  Done expect_hosting(const Words& words);

  Result<casework::Case> case_of(const std::string& report_name);
  Result<takedown::Notice> notice(const std::string& name);
  Result<accounts::Person> person(const std::string& name);
  template <class Work>
  auto read(Work work) {
    return database_->read([&](db::Transaction& tx) { return work(tx); });
  }
  template <class Work>
  auto change(Work work) {
    return database_->transact([&](db::Transaction& tx) { return work(tx); });
  }

  std::string path_;
  std::filesystem::path folder_;
  Settings settings_;
  World world_;
  FakeClock clock_{Instant{}};  ///< True time.
  microseconds wall_off_{};     ///< How wrong the machine's clock is.
  bool stopped_ = false;
  std::unique_ptr<SteadyClock> steady_;
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<evidence::Evidence> evidence_;
  FakeFetcher fetcher_{world_};
  FakeFetcher second_fetcher_{world_, true};
  FakeLab lab_;
  FakeMailer mailer_{world_};
  FakeResolver resolver_{world_};
  FakeRdap rdap_{world_};
  FakeGeo geo_{world_};
  std::unique_ptr<matching::Matcher> matcher_;
  std::unique_ptr<matching::Clustering> clusters_;
  matching::BenignSet benign_;
  lists::Feed feed_;
  std::optional<tracing::Tracer> tracer_;
  std::unique_ptr<takedown::Takedown> takedown_;
  std::optional<takedown::Monitor> monitor_;
  std::optional<assessment::Schemes> schemes_;
  std::optional<crypto::KeyPair> drop_keys_;
  std::optional<intake::DropReader> drop_reader_;
  std::unique_ptr<intake::Drop> drop_;
  std::optional<intake::Vault> vault_;
  std::optional<intake::MailTexts> mail_texts_;
  casework::TenantId tenant_;
  std::optional<workflow::Parts> parts_;
  std::optional<workflow::Worker> worker_;
  std::map<std::string, TheReport> reports_;
  std::map<std::string, casework::PersonId> people_;
  struct TheMember {
    accounts::MemberId id;
    std::shared_ptr<MemberServer> server;
  };
  std::map<std::string, TheMember> members_;
  crypto::SigningKeys agency_keys_ = crypto::make_signing_keys();
};

}  // namespace hotline::scenarios
