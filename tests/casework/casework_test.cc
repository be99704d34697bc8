#include "casework/casework_store.h"

#include <gtest/gtest.h>

#include "support/test_database.h"

namespace hotline::casework {
namespace {

const Instant kNow = *parse_rfc3339("2030-03-04T09:00Z");

class Casework : public test::OnBothDatabases {
 protected:
  template <class Work>
  auto with(Work work) {
    return database().transact([&](db::Transaction& tx) {
      CaseworkStore store(tx);
      return work(store);
    });
  }
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (IsSkipped()) return;
    with([&](CaseworkStore& s) { return s.add_tenant({tenant_, "Test", "GB"}); }).value();
  }
  Address add(std::string_view verbatim, std::string_view canonical) {
    return with([&](CaseworkStore& s) {
             return s.find_or_add_address(tenant_, verbatim, canonical, "h.example", kNow);
           })
        .value();
  }
  Case open(const Address& address) {
    const Case casefile{CaseId::make(kNow), tenant_, address.id, kNow};
    EXPECT_TRUE(with([&](CaseworkStore& s) { return s.add_case(casefile); }));
    return casefile;
  }
  TenantId tenant_ = TenantId::make(kNow);
};

TEST_P(Casework, TheSameCanonicalFormIsTheSameAddress) {
  const Address a = add("hxxp://H.example/a", "http://h.example/a"),
                b = add("http://h.example/a", "http://h.example/a");
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(b.verbatim, "hxxp://H.example/a") << "the first words stay";
  EXPECT_NE(add("nonsense", "").id, add("other nonsense", "").id);
  EXPECT_EQ(add("nonsense", "").id, add("nonsense", "").id);
  EXPECT_NE(add("http://h.example/a", "").id, a.id) << "a text is not a canonical form";
  EXPECT_EQ(with([&](CaseworkStore& s) {
              return s.address_by_canonical(tenant_, "http://h.example/a");
            })->id,
            a.id);
  EXPECT_EQ(
      with([&](CaseworkStore& s) { return s.address_by_canonical(tenant_, "http://x.example/"); })
          .error()
          .kind,
      ErrorKind::not_found);
}

TEST_P(Casework, AReportIsFiledOnce) {
  const Address address = add("a", "http://h.example/a");
  const Case casefile = open(address);
  Report report{ReportId::make(kNow),
                tenant_,
                casefile.id,
                address.id,
                "drop-1",
                "portal",
                "main",
                "en",
                "today",
                "",
                "with ' quote",
                true,
                whole_hour(kNow)};
  ASSERT_TRUE(with([&](CaseworkStore& s) { return s.add_report(report); }));
  report.id = ReportId::make(kNow);
  EXPECT_EQ(with([&](CaseworkStore& s) { return s.add_report(report); }).error().kind,
            ErrorKind::conflict);
  const auto reports = with([&](CaseworkStore& s) { return s.reports_of_case(casefile.id); });
  ASSERT_EQ(reports->size(), 1u);
  EXPECT_EQ((*reports)[0].remarks, "with ' quote");
  EXPECT_TRUE((*reports)[0].duplicate);
  EXPECT_TRUE(with([&](CaseworkStore& s) { return s.is_filed("drop-1"); }).value());
  EXPECT_FALSE(with([&](CaseworkStore& s) { return s.is_filed("drop-2"); }).value());
}

TEST_P(Casework, ASightingKeepsItsItemsInOrder) {
  const Address address = add("a", "http://h.example/a");
  const Case casefile = open(address);
  Sighting sighting{SightingId::make(kNow), tenant_, casefile.id, address.id, kNow,
                    SightingOutcome::seen,  200,     "f",         "192.0.2.1"};
  Item item{
      ItemId::make(kNow), tenant_, "m", "s", "d1", "jpeg", 640, 480, "p", 90, "n", 91, 1234, kNow};
  const auto result = with([&](CaseworkStore& s) -> Result<std::vector<SeenItem>> {
    TRY_DONE(s.add_sighting(sighting));
    TRY(first, s.find_or_add_item(item));
    item.id = ItemId::make(kNow);
    TRY(again, s.find_or_add_item(item));
    EXPECT_EQ(first.id, again.id);
    EXPECT_EQ(again.pdq_nn512_quality, 91);
    TRY_DONE(s.add_seen_item(sighting.id, {first.id, 1, "http://h.example/2.jpg", "e2"}));
    TRY_DONE(s.add_seen_item(sighting.id, {first.id, 0, "http://h.example/1.jpg", "e1"}));
    TRY_DONE(s.add_preview({first.id, 1, "p1"}));
    TRY_DONE(s.add_preview({first.id, 1, "p2"}));
    TRY(previews, s.previews_of_item(first.id));
    EXPECT_EQ(previews.size(), 1u);
    EXPECT_EQ(previews[0].evidence, "p2");
    TRY(cases, s.cases_of_item(first.id));
    EXPECT_EQ(cases.size(), 1u);
    return s.items_of_sighting(sighting.id);
  });
  ASSERT_TRUE(result) << result.error().sentence;
  ASSERT_EQ(result->size(), 2u);
  EXPECT_EQ((*result)[0].evidence, "e1");
  sighting.id = SightingId::make(kNow + std::chrono::seconds(1));
  sighting.at = kNow + std::chrono::seconds(1);
  sighting.outcome = SightingOutcome::unreachable;
  ASSERT_TRUE(with([&](CaseworkStore& s) { return s.add_sighting(sighting); }));
  EXPECT_EQ(with([&](CaseworkStore& s) { return s.last_seen(casefile.id); }).value()->outcome,
            SightingOutcome::seen);
  EXPECT_EQ(with([&](CaseworkStore& s) { return s.sightings_of_case(casefile.id); })->size(), 2u);
}

TEST_P(Casework, OneAddressHasOneCase) {
  const Address address = add("a", "http://h.example/a");
  const Case casefile = open(address);
  EXPECT_EQ(with([&](CaseworkStore& s) { return s.case_of_address(address.id); }).value()->id,
            casefile.id);
  EXPECT_EQ(with([&](CaseworkStore& s) {
              return s.add_case({CaseId::make(kNow), tenant_, address.id, kNow});
            })
                .error()
                .kind,
            ErrorKind::conflict);
  EXPECT_EQ(with([&](CaseworkStore& s) { return s.recent_cases(tenant_, 5); })->size(), 1u);
}

TEST(SightingOutcome, EveryOutcomeReadsBack) {
  for (const auto outcome : {SightingOutcome::seen, SightingOutcome::gone,
                             SightingOutcome::unreachable, SightingOutcome::refused})
    EXPECT_EQ(parse_sighting_outcome(name(outcome)).value(), outcome);
  EXPECT_FALSE(parse_sighting_outcome("maybe"));
}

INSTANTIATE_TEST_SUITE_P(Engines, Casework, test::kEngines);

}  // namespace
}  // namespace hotline::casework
