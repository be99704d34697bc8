#include "accounts/members.h"

#include <gtest/gtest.h>

#include "support/seed.h"
#include "support/test_database.h"

namespace hotline::accounts {
namespace {

class Members : public test::OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (IsSkipped()) return;
    tenant_ = test::add_tenant(database(), now_);
  }
  template <class Work>
  auto step(Work&& work) {
    return database().transact(std::forward<Work>(work));
  }
  Instant now_ = test::start_of_tests();
  TenantId tenant_;
};

TEST_P(Members, AKeyOpensForItsMemberUntilItIsRevoked) {
  const auto id =
      step([&](auto& tx) { return add_member(tx, tenant_, "An ISP", "isp", "system", now_); });
  ASSERT_TRUE(id.has_value()) << id.error().sentence;
  const auto key = step([&](auto& tx) { return add_key(tx, *id, "first", "system", now_); });
  ASSERT_TRUE(key.has_value());
  EXPECT_TRUE(key->starts_with("hl_live_"));
  EXPECT_EQ(key->size(), 8U + 43U);
  const auto check = [&](const std::string& given) {
    return database().read([&](db::Transaction& tx) { return check_api_key(tx, given, now_); });
  };
  EXPECT_EQ(*check(*key), *id);
  std::string other = *key;
  other.back() = other.back() == 'A' ? 'B' : 'A';
  EXPECT_EQ(check(other).error().kind, ErrorKind::forbidden);
  EXPECT_EQ(check("").error().kind, ErrorKind::forbidden);
  EXPECT_EQ(check(std::string(100000, 'x')).error().kind, ErrorKind::forbidden);
  ASSERT_TRUE(step([&](auto& tx) { return revoke_key(tx, *id, "first", "system", now_); }));
  EXPECT_EQ(check(*key).error().sentence, check("hl_live_never").error().sentence);
  EXPECT_EQ(
      step([&](auto& tx) { return revoke_key(tx, *id, "first", "system", now_); }).error().kind,
      ErrorKind::not_found);
}

TEST_P(Members, ADisabledMemberHasNoKeyThatOpens) {
  const auto id =
      step([&](auto& tx) { return add_member(tx, tenant_, "An ISP", "isp", "system", now_); });
  const auto key = step([&](auto& tx) { return add_key(tx, *id, "", "system", now_); });
  ASSERT_TRUE(step([&](auto& tx) { return disable_member(tx, *id, "system", now_); }));
  EXPECT_FALSE(step([&](auto& tx) { return check_api_key(tx, *key, now_); }));
  EXPECT_FALSE(step([&](auto& tx) { return add_key(tx, *id, "", "system", now_); }));
  EXPECT_TRUE((*step([&](auto& tx) { return members(tx, tenant_); })).at(0).disabled);
}

TEST_P(Members, NamesAreTakenOnceAndKindsAreKnown) {
  const auto add = [&](std::string name, std::string kind) {
    return step([&](auto& tx) { return add_member(tx, tenant_, name, kind, "system", now_); });
  };
  EXPECT_TRUE(add("An ISP", "isp"));
  EXPECT_EQ(add(" An ISP ", "isp").error().kind, ErrorKind::conflict);
  EXPECT_EQ(add("Other", "friend").error().kind, ErrorKind::invalid);
  EXPECT_EQ(add("", "isp").error().kind, ErrorKind::invalid);
}

INSTANTIATE_TEST_SUITE_P(Engines, Members, test::kEngines);

}  // namespace
}  // namespace hotline::accounts
