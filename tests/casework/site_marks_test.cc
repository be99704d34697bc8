#include "casework/site_marks.h"

#include <gtest/gtest.h>

#include "casework/casework_store.h"
#include "support/test_database.h"

namespace hotline::casework {
namespace {

const Instant kNow = *parse_rfc3339("2030-03-04T09:00Z");
const std::string kWallet(64, 'a'), kIcon(64, 'b');

class SiteMarks : public test::OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (IsSkipped()) return;
    for (const TenantId& tenant : {tenant_, other_})
      ASSERT_TRUE(database().transact([&](db::Transaction& tx) {
        return CaseworkStore(tx).add_tenant({tenant, "Test", "GB"});
      }));
  }
  CaseId see(const TenantId& tenant, std::string_view host, const std::vector<SiteMark>& marks,
             std::optional<CaseId> again = std::nullopt, Instant at = kNow) {
    Sighting sighting;
    sighting.id = SightingId::make(at);
    sighting.tenant = tenant;
    sighting.casefile = again.value_or(CaseId::make(at));
    sighting.at = at;
    EXPECT_TRUE(database().transact(
        [&](db::Transaction& tx) { return SiteMarkStore(tx).remember(sighting, host, marks); }));
    return sighting.casefile;
  }
  std::vector<AlikeSite> alike(const CaseId& besides, const std::vector<SiteMark>& marks) {
    return database()
        .read([&](db::Transaction& tx) { return SiteMarkStore(tx).alike(tenant_, besides, marks); })
        .value();
  }
  TenantId tenant_ = TenantId::make(kNow), other_ = TenantId::make(kNow);
};

TEST_P(SiteMarks, AnotherNameOfTheSameSiteIsFoundNearestFirst) {
  const auto old = see(tenant_, "one.example",
                       {{MarkKind::structure, "00000000000000ff"}, {MarkKind::favicon, kIcon}});
  see(tenant_, "far.example", {{MarkKind::structure, "ffffffff000000ff"}});
  const auto fresh = see(tenant_, "two.example", {{MarkKind::structure, "000000000000000f"}});
  const auto found = alike(fresh, {{MarkKind::structure, "000000000000000f"},
                                   {MarkKind::favicon, kIcon},
                                   {MarkKind::paths, ""}});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].mark.kind, MarkKind::favicon);
  EXPECT_EQ(found[0].distance, 0);
  EXPECT_EQ(found[1].distance, 4);
  for (const auto& one : found) {
    EXPECT_EQ(one.casefile, old);
    EXPECT_EQ(one.host, "one.example");
  }
}

TEST_P(SiteMarks, AnEqualMarkIsTheSameOrNot) {
  see(tenant_, "one.example", {{MarkKind::payment, kWallet}});
  const auto other = CaseId::make(kNow);
  EXPECT_EQ(alike(other, {{MarkKind::payment, kWallet}}).size(), 1u);
  EXPECT_TRUE(alike(other, {{MarkKind::favicon, kWallet}}).empty()) << "another kind";
  EXPECT_TRUE(alike(other, {{MarkKind::payment, std::string(63, 'a') + "b"}}).empty());
}

TEST_P(SiteMarks, AnotherTenantSeesNothing) {
  see(other_, "one.example", {{MarkKind::payment, kWallet}});
  EXPECT_TRUE(alike(CaseId::make(kNow), {{MarkKind::payment, kWallet}}).empty());
}

TEST_P(SiteMarks, ACommonMarkSaysHowCommonItIsAndALaterSightingReplaces) {
  const auto first = see(tenant_, "one.example", {{MarkKind::favicon, kIcon}});
  see(tenant_, "one.example", {{MarkKind::favicon, kIcon}}, first, kNow + std::chrono::hours(1));
  see(tenant_, "two.example", {{MarkKind::favicon, kIcon}});
  EXPECT_EQ(database().read([&](db::Transaction& tx) {
    return SiteMarkStore(tx).hosts_with(tenant_, {MarkKind::favicon, kIcon});
  }),
            2);
  const auto found = alike(CaseId::make(kNow), {{MarkKind::favicon, kIcon}});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].casefile, first) << "the newest first";
  EXPECT_EQ(found[0].first_seen, kNow);
  EXPECT_EQ(found[0].last_seen, kNow + std::chrono::hours(1));
}

TEST_P(SiteMarks, AForgottenCaseBearsNone) {
  const auto casefile = see(tenant_, "one.example", {{MarkKind::favicon, kIcon}});
  ASSERT_TRUE(
      database().transact([&](db::Transaction& tx) { return SiteMarkStore(tx).forget(casefile); }));
  EXPECT_TRUE(database()
                  .read([&](db::Transaction& tx) { return SiteMarkStore(tx).of_case(casefile); })
                  ->empty());
}

INSTANTIATE_TEST_SUITE_P(Engines, SiteMarks, test::kEngines);

}  // namespace
}  // namespace hotline::casework
