#include "accounts/passkeys.h"

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <memory>

#include "accounts/passkey_proof.h"
#include "base/text.h"
#include "support/seed.h"
#include "support/test_database.h"

namespace hotline::accounts {
namespace {

const RelyingParty kHere{"console.hotline.example", "https://console.hotline.example"};

/// An authenticator in software: P-256, as WebAuthn's own examples.
class Device {
 public:
  Device() : key_(EVP_EC_gen("P-256"), EVP_PKEY_free) {}

  [[nodiscard]] std::string id() const { return id_; }
  [[nodiscard]] static std::string client_data(const std::string& type,
                                               const std::string& challenge,
                                               const std::string& origin = kHere.origin) {
    return R"({"type":")" + type + R"(","challenge":")" + challenge + R"(","origin":")" + origin +
           R"(","crossOrigin":false})";
  }
  [[nodiscard]] std::string registration(unsigned char flags = 0x45,
                                         const std::string& party = kHere.id) const {
    std::string data = head(flags, party, 0) + std::string(16, '\0');
    data += std::string{'\0', static_cast<char>(id_.size())} + id_;
    const std::string point = public_point();
    // COSE_Key: {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
    data += std::string("\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", 10) + point.substr(0, 32);
    data += std::string("\x22\x58\x20", 3) + point.substr(32);
    return data;
  }
  [[nodiscard]] static std::string head(unsigned char flags, const std::string& party,
                                        unsigned counter) {
    std::string data = crypto::sha256(party) + std::string(1, static_cast<char>(flags));
    for (int shift = 24; shift >= 0; shift -= 8)
      data += static_cast<char>((counter >> static_cast<unsigned>(shift)) & 0xffU);
    return data;
  }
  [[nodiscard]] PasskeyProof proof(const std::string& challenge, unsigned counter,
                                   unsigned char flags = 0x05, const std::string& party = kHere.id,
                                   const std::string& origin = kHere.origin) const {
    const std::string data = head(flags, party, counter);
    const std::string client = client_data("webauthn.get", challenge, origin);
    return {base64url(id_), base64url(client), base64url(data),
            base64url(sign(data + crypto::sha256(client)))};
  }

 private:
  [[nodiscard]] std::string public_point() const {
    std::size_t size = 0;
    std::string point(65, '\0');
    EXPECT_EQ(1, EVP_PKEY_get_octet_string_param(key_.get(), "pub",
                                                 reinterpret_cast<unsigned char*>(point.data()),
                                                 point.size(), &size));
    return point.substr(1);
  }
  [[nodiscard]] std::string sign(const std::string& message) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    std::size_t size = 200;
    std::string signature(size, '\0');
    EXPECT_EQ(1, EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()));
    EXPECT_EQ(
        1, EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                          reinterpret_cast<const unsigned char*>(message.data()), message.size()));
    signature.resize(size);
    return signature;
  }
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::string id_ = crypto::random_bytes(32);
};

class Passkeys : public test::OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (IsSkipped()) return;
    const auto tenant = test::add_tenant(database(), now_);
    anna_ = test::add_colleague(database(), tenant, "anna", Role::analyst, now_);
    berta_ = test::add_colleague(database(), tenant, "berta", Role::analyst, now_);
  }
  std::string challenge(const PersonId& person = {}) {
    return *make_challenge(database(), person, now_);
  }
  Done add(const Device& device, const Person& person, const std::string& for_challenge,
           const std::string& data) {
    return add_passkey(
        database(), person,
        {base64url(Device::client_data("webauthn.create", for_challenge)), base64url(data), "desk"},
        kHere, now_);
  }
  Result<SignedIn> sign_in(const PasskeyProof& proof) {
    return sign_in_with_passkey(database(), proof, kHere, now_);
  }
  Instant now_ = test::start_of_tests();
  Person anna_, berta_;
  Device device_;
};

TEST_P(Passkeys, OneThatWasAddedSignsIn) {
  ASSERT_TRUE(add(device_, anna_, challenge(anna_.id), device_.registration()));
  const auto in = sign_in(device_.proof(challenge(), 1));
  ASSERT_TRUE(in) << in.error().sentence;
  EXPECT_EQ(in->person.id, anna_.id);
  EXPECT_TRUE(person_of_session(database(), in->token,
                                {std::chrono::hours(1), std::chrono::hours(9)}, now_));
}

TEST_P(Passkeys, AChallengeIsGoodOnceForOnePersonAndFiveMinutes) {
  const auto hers = challenge(anna_.id);
  EXPECT_EQ(add(device_, berta_, hers, device_.registration()).error().kind, ErrorKind::forbidden);
  ASSERT_TRUE(add(device_, anna_, hers, device_.registration()));
  const auto once = challenge();
  ASSERT_TRUE(sign_in(device_.proof(once, 1)));
  EXPECT_EQ(sign_in(device_.proof(once, 2)).error().kind, ErrorKind::forbidden);
  const auto late = challenge();
  now_ += std::chrono::minutes(6);
  EXPECT_FALSE(sign_in(device_.proof(late, 3)));
}

TEST_P(Passkeys, AnotherSiteAnotherKeyAndAnUnverifiedPersonAreRefused) {
  ASSERT_TRUE(add(device_, anna_, challenge(anna_.id), device_.registration()));
  EXPECT_FALSE(sign_in(device_.proof(challenge(), 1, 0x05, "evil.example")));
  EXPECT_FALSE(sign_in(device_.proof(challenge(), 1, 0x05, kHere.id, "https://evil.example")));
  EXPECT_FALSE(sign_in(device_.proof(challenge(), 1, 0x01))) << "present but not verified";
  EXPECT_FALSE(sign_in(device_.proof(challenge(), 1, 0x04))) << "verified but not present";
  auto foreign = Device().proof(challenge(), 1);
  foreign.id = base64url(device_.id());
  EXPECT_FALSE(sign_in(foreign));
  EXPECT_TRUE(sign_in(device_.proof(challenge(), 1)));
}

TEST_P(Passkeys, ACounterThatGoesBackIsACopy) {
  ASSERT_TRUE(add(device_, anna_, challenge(anna_.id), device_.registration()));
  ASSERT_TRUE(sign_in(device_.proof(challenge(), 5)));
  EXPECT_FALSE(sign_in(device_.proof(challenge(), 5)));
  EXPECT_FALSE(sign_in(device_.proof(challenge(), 0)));
  EXPECT_TRUE(sign_in(device_.proof(challenge(), 6)));
}

TEST_P(Passkeys, ARemovedOneAndADisabledPersonAreRefused) {
  ASSERT_TRUE(add(device_, anna_, challenge(anna_.id), device_.registration()));
  EXPECT_EQ(remove_passkey(database(), berta_, base64url(device_.id()), now_).error().kind,
            ErrorKind::not_found);
  ASSERT_TRUE(disable_person(database(), anna_.id, "system", now_));
  EXPECT_FALSE(sign_in(device_.proof(challenge(), 1)));
  ASSERT_TRUE(enable_person(database(), anna_.id, "system", now_));
  ASSERT_TRUE(remove_passkey(database(), anna_, base64url(device_.id()), now_));
  EXPECT_FALSE(sign_in(device_.proof(challenge(), 2)));
}

INSTANTIATE_TEST_SUITE_P(Engines, Passkeys, test::kEngines);

TEST(PasskeyProof, WhatIsCutOrFlippedIsRefusedAndNothingBreaks) {
  const Device device;
  const std::string whole = device.registration();
  ASSERT_TRUE(read_new_credential(whole, kHere.id));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(read_new_credential(whole.substr(0, size), kHere.id)) << size;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string bent = whole;
    bent[at] = static_cast<char>(bent[at] ^ 0x10);
    (void)read_new_credential(bent, kHere.id);
  }
  EXPECT_FALSE(read_new_credential(device.registration(0x41), kHere.id));
  EXPECT_FALSE(read_new_credential(device.registration(0x45, "evil.example"), kHere.id));
}

TEST(PasskeyProof, ACountThatCannotBeTrueAsksForNoMemory) {
  const Device device;
  const std::string whole = device.registration();
  const std::size_t key_at = 37 + 16 + 2 + device.id().size();
  // A map, an array and a string of 2^33 things: refused before anything is allocated for them.
  for (const char head : {'\xbb', '\x9b', '\x5b'}) {
    const std::string promise = head + std::string("\0\0\0\x02\0\0\0\0", 8);
    EXPECT_FALSE(read_new_credential(whole.substr(0, key_at) + promise, kHere.id));
    std::string extended = device.registration(0xC5) + promise;
    EXPECT_FALSE(read_new_credential(extended, kHere.id));
  }
}

TEST(PasskeyProof, TheBrowserMustSayOurOrigin) {
  EXPECT_TRUE(read_client_data(Device::client_data("webauthn.get", "abc"), kHere.origin));
  EXPECT_FALSE(read_client_data(
      Device::client_data("webauthn.get", "abc", "https://console.hotline.example.evil.example"),
      kHere.origin));
  EXPECT_FALSE(read_client_data("[]", kHere.origin));
  EXPECT_FALSE(read_client_data(
      R"({"type":"webauthn.get","challenge":"a","origin":"https://console.hotline.example","crossOrigin":true})",
      kHere.origin));
}

}  // namespace
}  // namespace hotline::accounts
