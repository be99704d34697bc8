#include "accounts/approvals.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "facts/facts.h"
#include "support/seed.h"
#include "support/test_database.h"

namespace hotline::accounts {
namespace {

class Approvals : public test::OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (IsSkipped()) return;
    tenant_ = test::add_tenant(database(), now_);
    for (const auto& [name, role] : std::map<std::string, Role>{{"anna", Role::analyst},
                                                                {"sam", Role::senior},
                                                                {"mara", Role::manager},
                                                                {"moritz", Role::manager},
                                                                {"adam", Role::admin},
                                                                {"pia", Role::police}})
      people_[name] = test::add_colleague(database(), tenant_, name, role, now_);
  }
  template <class Work>
  auto write(Work&& work) {
    return database().transact([&](db::Transaction& tx) { return work(tx); });
  }
  Result<ApprovalId> ask_for(const std::string& asker, const std::string& subject,
                             ApprovalKind kind = ApprovalKind::exposure_override) {
    Approval wanted;
    wanted.kind = kind;
    wanted.subject = people_[subject].id;
    wanted.reason = "the last case of a series";
    return write([&](db::Transaction& tx) { return ask(tx, people_[asker], wanted, now_); });
  }
  Result<Approval> decided(const std::string& who, const ApprovalId& id, bool approves = true) {
    return write([&](db::Transaction& tx) { return decide(tx, people_[who], id, approves, now_); });
  }
  Instant now_ = test::start_of_tests();
  TenantId tenant_;
  std::map<std::string, Person> people_;
};

TEST_P(Approvals, AnotherPersonDecidesAndOnlyOnce) {
  const auto id = *ask_for("sam", "anna");
  EXPECT_EQ(decided("sam", id).error().kind, ErrorKind::forbidden) << "not who asked";
  EXPECT_EQ(decided("anna", id).error().kind, ErrorKind::forbidden) << "not whom it is about";
  EXPECT_EQ(decided("pia", id).error().kind, ErrorKind::forbidden);
  EXPECT_EQ(decided("mara", id)->state, ApprovalState::approved);
  EXPECT_EQ(decided("moritz", id).error().kind, ErrorKind::conflict);
  EXPECT_EQ(decided("mara", id, false).error().kind, ErrorKind::conflict);
}

TEST_P(Approvals, NobodyAsksForThemselves) {
  EXPECT_EQ(ask_for("sam", "sam").error().kind, ErrorKind::forbidden);
  EXPECT_EQ(ask_for("anna", "sam").error().kind, ErrorKind::forbidden);
}

TEST_P(Approvals, ARoleThatWasLostApprovesNothing) {
  const auto id = *ask_for("sam", "anna");
  ASSERT_TRUE(set_role(database(), people_["mara"].id, Role::analyst, "system", now_));
  EXPECT_EQ(decided("mara", id).error().kind, ErrorKind::forbidden)
      << "the session's person still says manager";
  ASSERT_TRUE(disable_person(database(), people_["moritz"].id, "system", now_));
  EXPECT_EQ(decided("moritz", id).error().kind, ErrorKind::forbidden);
}

TEST_P(Approvals, AnUnansweredQuestionLapsesAndAWithdrawnOneIsGone) {
  const auto old = *ask_for("sam", "anna");
  const auto gone = *ask_for("mara", "anna");
  EXPECT_EQ(write([&](db::Transaction& tx) { return withdraw(tx, people_["sam"], gone, now_); })
                .error()
                .kind,
            ErrorKind::forbidden);
  ASSERT_TRUE(
      write([&](db::Transaction& tx) { return withdraw(tx, people_["mara"], gone, now_); }));
  EXPECT_EQ(decided("moritz", gone).error().kind, ErrorKind::conflict);
  now_ += std::chrono::hours(73);
  EXPECT_EQ(decided("mara", old).error().kind, ErrorKind::conflict);
}

TEST_P(Approvals, InNoSequenceOfCallsDoesOnePersonComplete) {
  std::mt19937 random(11);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same walk each time.
  std::vector<std::string> names;
  for (const auto& [name, person] : people_) names.push_back(name);
  const auto any = [&] { return names[random() % names.size()]; };
  std::vector<ApprovalId> asked;
  std::map<std::string, std::string> asker, subject;
  int approved = 0;
  for (int call = 0; call < 500; ++call) {
    if (asked.empty() || random() % 3 == 0) {
      const auto a = any(), s = any();
      const auto id = ask_for(a, s, kApprovalKinds.at(random() % kApprovalKinds.size()));
      if (!id) continue;
      asker[id->str()] = a;
      subject[id->str()] = s;
      asked.push_back(*id);
    } else {
      const auto id = asked[random() % asked.size()];
      const auto who = any();
      const auto result = decided(who, id, random() % 4 != 0);
      if (!result) continue;
      EXPECT_NE(who, asker[id.str()]);
      EXPECT_NE(who, subject[id.str()]);
      EXPECT_NE(asker[id.str()], subject[id.str()]);
      approved += result->state == ApprovalState::approved ? 1 : 0;
    }
  }
  EXPECT_GT(approved, 5);
}

INSTANTIATE_TEST_SUITE_P(Engines, Approvals, test::kEngines);

}  // namespace
}  // namespace hotline::accounts
