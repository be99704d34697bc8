#include "accounts/sessions.h"

#include <gtest/gtest.h>
#include <liboath/oath.h>

#include "facts/facts.h"
#include "support/seed.h"
#include "support/test_database.h"

namespace hotline::accounts {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class Sessions : public test::OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (IsSkipped()) return;
    tenant_ = test::add_tenant(database(), now_);
    anna_ = test::add_person(database(), tenant_, "anna", Role::analyst, now_);
  }
  Result<SignedIn> enter(std::string password = std::string(test::kPassword),
                         std::string code = "") {
    return sign_in(database(), {"Anna ", std::move(password), std::move(code)}, key_, now_);
  }
  Result<Person> who(const std::string& token) {
    return person_of_session(database(), token, rules_, now_);
  }
  std::vector<facts::Fact> facts_of(std::string_view kind) {
    return *database().read([&](db::Transaction& tx) {
      return facts::FactStore(tx).of_kind("", kind, now_ - hours(99), now_ + hours(99));
    });
  }
  std::string code_at(const std::string& base32, Instant at) {
    char* secret = nullptr;
    std::size_t length = 0;
    EXPECT_EQ(oath_base32_decode(base32.data(), base32.size(), &secret, &length), OATH_OK);
    char code[8] = {};
    EXPECT_EQ(
        oath_totp_generate(secret, length, at.time_since_epoch() / seconds(1), 30, 0, 6, code),
        OATH_OK);
    std::free(secret);
    return code;
  }

  Instant now_ = test::start_of_tests();
  SessionRules rules_{minutes(30), hours(12)};
  crypto::Key key_{std::string(32, 'k')};
  TenantId tenant_;
  Person anna_;
};

TEST_P(Sessions, ARightPasswordOpensOneAndTheDatabaseHasNoToken) {
  const auto in = enter();
  ASSERT_TRUE(in.has_value()) << in.error().sentence;
  EXPECT_EQ(who(in->token)->id, anna_.id);
  EXPECT_EQ(facts_of("person_signed_in").size(), 1U);
  const auto stored = *database().read(
      [&](db::Transaction& tx) { return tx.run("SELECT digest FROM staff_session"); });
  ASSERT_EQ(stored.size(), 1U);
  EXPECT_EQ(stored[0].text(0), hex(crypto::sha256(in->token)));
}

TEST_P(Sessions, WrongNameAndWrongPasswordSoundTheSame) {
  const auto wrong = enter("not this one, sorry");
  const auto nobody = sign_in(database(), {"nobody", "not this one, sorry", ""}, key_, now_);
  EXPECT_EQ(wrong.error().kind, ErrorKind::forbidden);
  EXPECT_EQ(wrong.error().sentence, nobody.error().sentence);
  EXPECT_EQ(facts_of("sign_in_failed").size(), 1U);
}

TEST_P(Sessions, FiveFailuresMakeTheNameWaitEvenWithTheRightPassword) {
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(enter("wrong wrong wrong"));
  EXPECT_EQ(enter().error().kind, ErrorKind::forbidden);
  now_ += seconds(31);
  EXPECT_TRUE(enter());
}

TEST_P(Sessions, EndsAfterIdleTimeAndAfterTheLongestTime) {
  const auto in = enter();
  now_ += minutes(29);
  EXPECT_TRUE(who(in->token));
  now_ += minutes(29);
  EXPECT_TRUE(who(in->token)) << "a request starts the idle time again";
  now_ += minutes(31);
  EXPECT_EQ(who(in->token).error().kind, ErrorKind::forbidden);

  const auto again = enter();
  for (int i = 0; i < 36; ++i, now_ += minutes(20)) EXPECT_TRUE(who(again->token)) << i;
  now_ += minutes(1);
  EXPECT_FALSE(who(again->token)) << "twelve hours are the end in any case";
}

TEST_P(Sessions, EndWithSigningOutDisablingAndANewPassword) {
  const auto one = enter();
  ASSERT_TRUE(sign_out(database(), one->token, now_));
  EXPECT_FALSE(who(one->token));
  const auto two = enter();
  ASSERT_TRUE(set_password(database(), anna_.id, "another long password", "system", now_));
  EXPECT_FALSE(who(two->token));
  EXPECT_FALSE(enter());
  const auto three = enter("another long password");
  ASSERT_TRUE(disable_person(database(), anna_.id, "system", now_));
  EXPECT_FALSE(who(three->token));
  EXPECT_FALSE(enter("another long password"));
  ASSERT_TRUE(enable_person(database(), anna_.id, "system", now_));
  EXPECT_FALSE(who(three->token)) << "an old session stays dead";
  EXPECT_TRUE(enter("another long password"));
}

TEST_P(Sessions, ANewRoleCountsFromTheNextRequest) {
  const auto in = enter();
  ASSERT_TRUE(set_role(database(), anna_.id, Role::manager, "system", now_));
  EXPECT_EQ(who(in->token)->role, Role::manager);
}

TEST_P(Sessions, ASecondFactorIsAskedAndEachCodeIsGoodOnce) {
  const auto secret = set_totp(database(), key_, anna_.id, "system", now_);
  ASSERT_TRUE(secret.has_value());
  EXPECT_FALSE(enter());
  EXPECT_FALSE(enter(std::string(test::kPassword), "000000"));
  const auto code = code_at(*secret, now_);
  EXPECT_TRUE(enter(std::string(test::kPassword), code));
  EXPECT_FALSE(enter(std::string(test::kPassword), code));
  now_ += seconds(60);
  EXPECT_TRUE(enter(std::string(test::kPassword), code_at(*secret, now_ - seconds(30))));
  EXPECT_FALSE(enter(std::string(test::kPassword), code_at(*secret, now_ - seconds(120))));
}

TEST_P(Sessions, TheFirstRunLinkMakesOnePersonOnce) {
  auto made = database().transact([&](db::Transaction& tx) { return make_setup_token(tx, now_); });
  EXPECT_EQ(made.error().kind, ErrorKind::conflict) << "there is a person already";

  auto fresh = test::sqlite_database();
  const auto tenant = test::add_tenant(*fresh, now_);
  const auto token =
      fresh->transact([&](db::Transaction& tx) { return make_setup_token(tx, now_); });
  ASSERT_TRUE(token.has_value());
  const NewPerson first{tenant, "boss", "", Role::admin, std::string(test::kPassword)};
  EXPECT_FALSE(use_setup_token(*fresh, "some other token", first, now_));
  EXPECT_FALSE(use_setup_token(*fresh, *token, first, now_ + hours(25)));
  EXPECT_TRUE(use_setup_token(*fresh, *token, first, now_ + hours(1)));
  EXPECT_FALSE(use_setup_token(*fresh, *token, first, now_ + hours(1)));
}

TEST_P(Sessions, BadNamesAndPasswordsAreRefused) {
  const auto add = [&](std::string name, std::string password) {
    return add_person(database(),
                      {tenant_, std::move(name), "", Role::analyst, std::move(password)}, "system",
                      now_);
  };
  EXPECT_EQ(add("anna", "a long enough one").error().kind, ErrorKind::conflict);
  EXPECT_EQ(add("", "a long enough one").error().kind, ErrorKind::invalid);
  EXPECT_EQ(add("<script>", "a long enough one").error().kind, ErrorKind::invalid);
  EXPECT_EQ(add("berta", "short").error().kind, ErrorKind::invalid);
  EXPECT_EQ(add("berta", "Berta is my name").error().kind, ErrorKind::invalid);
  EXPECT_EQ(add("berta", std::string(257, 'x')).error().kind, ErrorKind::invalid);
  EXPECT_TRUE(add("berta", "a long enough one"));
}

INSTANTIATE_TEST_SUITE_P(Engines, Sessions, test::kEngines);

}  // namespace
}  // namespace hotline::accounts
