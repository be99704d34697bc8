#include "lists/url_list.h"

#include <gtest/gtest.h>

#include <map>

#include "base/json.h"
#include "base/text.h"
#include "casework/casework_store.h"
#include "facts/facts.h"
#include "lists/feed.h"
#include "lists/list_store.h"
#include "support/test_database.h"

namespace hotline::lists {
namespace {

using namespace std::chrono_literals;
const Instant kNow = *parse_rfc3339("2030-03-04T09:00Z");

class Lists : public test::OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (IsSkipped()) return;
    policy_.home_country = "GB";
    policy_.expires_after = 30 * 24h;
    policy_.appeal = "https://hotline.example/appeal";
    ASSERT_TRUE(database().transact([&](db::Transaction& tx) {
      return casework::CaseworkStore(tx).add_tenant({tenant_, "Test", "GB"});
    }));
  }
  Candidate candidate(const std::string& address) {
    const auto made = database().transact([&](db::Transaction& tx) {
      return casework::CaseworkStore(tx).find_or_add_address(tenant_, address, address,
                                                             "gallery.example", kNow);
    });
    return {tenant_, made->id, CaseId::make(kNow), address, "B", "NL", kNow};
  }
  template <class Work>
  auto on_list(Work work) {
    return database().transact([&](db::Transaction& tx) {
      UrlList list(tx, policy_);
      return work(list);
    });
  }
  Result<Listed> list(Candidate c, Instant now = kNow) {
    c.assessed_at = now;
    return on_list([&](UrlList& urls) { return urls.list(c, "system", now); });
  }
  bool off(const Candidate& c, EntryEvent why, Instant now = kNow) {
    return on_list([&](UrlList& urls) { return urls.delist(c.address, why, "system", now); })
        .value();
  }
  std::vector<std::string> facts(std::string_view kind) {
    const auto found = database().read([&](db::Transaction& tx) {
      return facts::FactStore(tx).of_kind(tenant_.str(), kind, kNow - 1h, kNow + 10000h);
    });
    std::vector<std::string> reasons;
    for (const auto& fact : *found) reasons.push_back(*text_at(fact.details, "reason"));
    return reasons;
  }
  /// A member's copy of the list, brought up to date by the change feed alone.
  struct Member {
    std::map<std::string, std::string> lines;
    std::int64_t next = 0;
    std::string digest;
  };
  void update(Member& member, int limit = 100) {
    for (bool more = true; more;) {
      const auto changes = feed_.changes(database(), tenant_, kUrlList, member.next, limit);
      ASSERT_TRUE(changes) << changes.error().sentence;
      more = changes->more;
      for (const auto line : split(changes->lines, '\n')) {
        if (line.empty()) continue;
        const auto value = parse_json(line);
        const auto id = text_at(*value, "id");
        if (!id) {
          member.next = *integer_at(*value, "next");
          member.digest = text_at(*value, "state_sha256").value_or("");
        } else if (member_is_tombstone(*value)) {
          member.lines.erase(*id);
        } else {
          member.lines[*id] = std::string(line) + "\n";
        }
      }
    }
  }
  static bool member_is_tombstone(const json::value& line) {
    return hotline::member(line, "deleted");
  }
  static std::string text_of(const Member& member) {
    std::string all;
    for (const auto& [id, line] : member.lines) all += line;
    return all;
  }

  TenantId tenant_ = TenantId::make(kNow);
  ListPolicy policy_;
  Feed feed_;
};

TEST_P(Lists, AnEntryIsListedOnceAndSaysWhatItStandsOn) {
  const Candidate c = candidate("http://gallery.example/a");
  const auto first = list(c);
  ASSERT_TRUE(first) << first.error().sentence;
  EXPECT_TRUE(first->changed);
  const auto again = list(c);
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(again->entry, first->entry);
  EXPECT_EQ(facts("entry_listed"), std::vector<std::string>{"assessed"});
  const auto snapshot = *feed_.snapshot(database(), tenant_, kUrlList);
  EXPECT_EQ(snapshot->entries, 1);
  const auto line = parse_json(snapshot->lines);
  ASSERT_TRUE(line);
  EXPECT_EQ(text_at(*line, "url"), "http://gallery.example/a");
  EXPECT_EQ(text_at(*line, "match"), "exact");
  EXPECT_EQ(text_at(*line, "appeal"), "https://hotline.example/appeal");
  EXPECT_EQ(text_at(*line, "provenance"),
            "case_assessed " + c.casefile.str() + " 2030-03-04T09:00:00Z");
  EXPECT_EQ(text_at(*line, "expires_at"), "2030-04-03T09:00:00Z");
}

TEST_P(Lists, WhatPolicyRefusesLeavesNoTrace) {
  Candidate home = candidate("http://gallery.example/a");
  home.country = "GB";
  EXPECT_EQ(list(home)->refusal, Refusal::home_hosted);
  EXPECT_FALSE(list(home)->entry);
  EXPECT_EQ((*feed_.snapshot(database(), tenant_, kUrlList))->version, 0);
  EXPECT_TRUE(facts("entry_listed").empty());
}

TEST_P(Lists, RemovalTakesItOffOnceAndReturnPutsItBack) {
  const Candidate c = candidate("http://gallery.example/a");
  const auto entry = list(c)->entry;
  EXPECT_TRUE(off(c, EntryEvent::item_gone));
  EXPECT_FALSE(off(c, EntryEvent::item_gone));
  EXPECT_EQ((*feed_.snapshot(database(), tenant_, kUrlList))->entries, 0);
  const auto back = [&] {
    return on_list([&](UrlList& urls) { return urls.item_back(c.address, kNow + 1h); }).value();
  };
  EXPECT_TRUE(back());
  EXPECT_FALSE(back());
  EXPECT_EQ(list(c)->entry, entry);
  EXPECT_EQ(facts("entry_listed"), (std::vector<std::string>{"assessed", "item_back"}));
  EXPECT_EQ(facts("entry_delisted"), std::vector<std::string>{"item_gone"});
}

TEST_P(Lists, WhatAPersonTookOffComesBackByAnAssessmentOnly) {
  const Candidate c = candidate("http://gallery.example/a");
  ASSERT_TRUE(list(c));
  EXPECT_TRUE(off(c, EntryEvent::item_gone));
  EXPECT_FALSE(off(c, EntryEvent::assessment_withdrawn)) << "it was off already";
  EXPECT_FALSE(on_list([&](UrlList& urls) { return urls.item_back(c.address, kNow); }).value());
  EXPECT_TRUE(list(c)->changed);
}

// A new trace or a retry follows the old assessment up again.
TEST_P(Lists, AnAssessmentFromBeforeItLeftDoesNotListItAgain) {
  const Candidate c = candidate("http://gallery.example/a");
  ASSERT_TRUE(list(c));
  EXPECT_TRUE(off(c, EntryEvent::item_gone, kNow + 1h));
  const auto again = on_list([&](UrlList& urls) { return urls.list(c, "system", kNow + 2h); });
  EXPECT_EQ(again->refusal, Refusal::left_since);
  EXPECT_FALSE(again->entry);
  EXPECT_EQ((*feed_.snapshot(database(), tenant_, kUrlList))->entries, 0);
  EXPECT_TRUE(list(c, kNow + 3h)->changed);
}

TEST_P(Lists, AnAddressThatWasNeverListedCannotComeBackOrLeave) {
  const Candidate c = candidate("http://gallery.example/a");
  EXPECT_FALSE(off(c, EntryEvent::item_gone));
  EXPECT_FALSE(on_list([&](UrlList& urls) { return urls.item_back(c.address, kNow); }).value());
  EXPECT_FALSE(on_list([&](UrlList& urls) { return urls.still_there(c.address, kNow); }).value());
}

TEST_P(Lists, AnAppealSuspendsUntilItIsDecided) {
  const Candidate c = candidate("http://gallery.example/a");
  const auto id = *list(c)->entry;
  const auto suspend = [&] {
    return on_list([&](UrlList& urls) { return urls.suspend(id, "per", kNow); }).value();
  };
  const auto decide = [&](bool upheld) {
    return on_list([&](UrlList& urls) { return urls.decide_appeal(id, upheld, "per", kNow); })
        .value();
  };
  EXPECT_FALSE(decide(true)) << "there is no appeal";
  EXPECT_TRUE(suspend());
  EXPECT_FALSE(suspend());
  EXPECT_EQ((*feed_.snapshot(database(), tenant_, kUrlList))->entries, 0);
  EXPECT_EQ(list(c)->refusal, Refusal::suspended);
  EXPECT_TRUE(decide(false));
  EXPECT_EQ((*feed_.snapshot(database(), tenant_, kUrlList))->entries, 1);
  EXPECT_TRUE(suspend());
  EXPECT_TRUE(decide(true));
  EXPECT_FALSE(on_list([&](UrlList& urls) { return urls.item_back(c.address, kNow); }).value());
}

TEST_P(Lists, AnEntryExpiresUnlessItIsSeenAgain) {
  const Candidate seen = candidate("http://gallery.example/a");
  const Candidate forgotten = candidate("http://gallery.example/b");
  ASSERT_TRUE(list(seen));
  ASSERT_TRUE(list(forgotten));
  const auto look = [&](Instant now) {
    return on_list([&](UrlList& urls) { return urls.still_there(seen.address, now); }).value();
  };
  const auto expire = [&](Instant now) {
    return on_list([&](UrlList& urls) { return urls.expire(now); }).value();
  };
  EXPECT_FALSE(look(kNow + 10 * 24h)) << "more than half of its time is left";
  EXPECT_TRUE(look(kNow + 20 * 24h));
  EXPECT_EQ(expire(kNow + 30 * 24h - 1s), 0);
  EXPECT_EQ(expire(kNow + 30 * 24h), 1);
  EXPECT_EQ(expire(kNow + 30 * 24h), 0);
  const auto snapshot = *feed_.snapshot(database(), tenant_, kUrlList);
  EXPECT_EQ(snapshot->entries, 1);
  EXPECT_NE(snapshot->lines.find("/a"), std::string::npos);
  EXPECT_EQ(facts("entry_delisted"), std::vector<std::string>{"expired"});
}

// The heart of the contract: whatever happened, and wherever a member has stopped, applying the
// feed gives the snapshot byte for byte.
TEST_P(Lists, AMemberWhoFollowsTheFeedHoldsTheSnapshot) {
  std::vector<Candidate> candidates;
  for (int i = 0; i < 12; ++i)
    candidates.push_back(candidate("http://gallery.example/" + std::to_string(i)));
  Member early, lazy;
  std::int64_t version = 0;
  for (int step = 0; step < 60; ++step) {
    const Candidate& c = candidates[static_cast<std::size_t>(step * 7 % 12)];
    const Instant now = kNow + step * 1h;
    if (step % 3 != 2)
      ASSERT_TRUE(list(c, now));
    else
      off(c, step % 2 == 0 ? EntryEvent::item_gone : EntryEvent::assessment_withdrawn, now);
    const auto snapshot = *feed_.snapshot(database(), tenant_, kUrlList);
    ASSERT_GE(snapshot->version, version);
    version = snapshot->version;
    update(early);
    ASSERT_EQ(text_of(early), snapshot->lines) << step;
    ASSERT_EQ(early.digest, snapshot->state_sha256);
    ASSERT_EQ(early.digest, hex(crypto::sha256(text_of(early))));
    ASSERT_EQ(early.next, snapshot->version);
    if (step % 17 == 0) {
      update(lazy, 1);
      ASSERT_EQ(text_of(lazy), snapshot->lines) << step;
    }
  }
  Member late;
  update(late, 3);
  EXPECT_EQ(text_of(late), text_of(early));
}

TEST_P(Lists, AVersionThatNeverWasIsRefused) {
  ASSERT_TRUE(list(candidate("http://gallery.example/a")));
  EXPECT_EQ(feed_.changes(database(), tenant_, kUrlList, 2, 10).error().kind, ErrorKind::invalid);
  EXPECT_EQ(feed_.changes(database(), tenant_, kUrlList, -1, 10).error().kind, ErrorKind::invalid);
}

TEST_P(Lists, DeliveriesFeedbackAndAnswersAreKept) {
  const auto entry = *list(candidate("http://gallery.example/a"))->entry;
  const auto kept = database().transact([&](db::Transaction& tx) -> Done {
    ListStore store(tx);
    TRY_DONE(store.add_delivery({tenant_, "mem_1", "urls", "changes", 3, 9, 6, kNow}));
    for (const bool is_new : {true, false}) {
      TRY(kept, store.add_feedback({tenant_, entry, "mem_1", "down", "over_blocking", kNow}));
      EXPECT_EQ(kept, is_new);
    }
    TRY_DONE(store.put_answer("mem_1", "key", {"digest", 0, "", kNow}));
    TRY_DONE(store.put_answer("mem_1", "key", {"digest", 201, "{}", kNow}));
    TRY(deliveries, store.deliveries(tenant_, 10));
    EXPECT_EQ(deliveries.size(), 1U);
    EXPECT_EQ(deliveries[0].version, 9);
    TRY(feedback, store.feedback(entry));
    EXPECT_EQ(feedback.size(), 1U) << "the same again is the same";
    EXPECT_EQ(feedback.at(0).reason, "over_blocking");
    TRY(answer, store.answer("mem_1", "key"));
    EXPECT_EQ(answer->status, 201);
    TRY_DONE(store.forget_answers(kNow + 1s));
    TRY(forgotten, store.answer("mem_1", "key"));
    EXPECT_FALSE(forgotten);
    return {};
  });
  EXPECT_TRUE(kept) << kept.error().sentence;
}

TEST(Manifest, IsSignedOverExactlyItsPayload) {
  const auto keys = crypto::signing_keys_from_seed(std::string(32, 'k'));
  const Snapshot snapshot{"urls", 7, 2, "lines", hex(crypto::sha256("lines"))};
  const auto manifest = parse_json(signed_manifest(snapshot, keys, kNow, 24h, 300s));
  ASSERT_TRUE(manifest);
  const auto payload = *text_at(*manifest, "payload");
  const auto signature = *unbase64(*text_at(*manifest, "signature"));
  EXPECT_EQ(unbase64(*text_at(*manifest, "public_key")), keys.public_key);
  EXPECT_TRUE(crypto::verify(keys.public_key, payload, signature));
  EXPECT_FALSE(crypto::verify(keys.public_key, replace_all(payload, "7", "6"), signature));
  const auto inner = parse_json(payload);
  EXPECT_EQ(integer_at(*inner, "version"), 7);
  EXPECT_EQ(text_at(*inner, "expires_at"), "2030-03-05T09:00:00Z");
}

INSTANTIATE_TEST_SUITE_P(Engines, Lists, test::kEngines);

}  // namespace
}  // namespace hotline::lists
