#include <gtest/gtest.h>

#include <filesystem>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "base/settings.h"
#include "base/text.h"

namespace hotline {
namespace {

struct ThingTag {
  static constexpr std::string_view prefix = "thg_";
};
using ThingId = Id<ThingTag>;

TEST(Id, SortsByTimeAndReadsItselfBack) {
  const Instant early = *parse_rfc3339("2030-03-04T09:00Z");
  const ThingId a = ThingId::make(early), b = ThingId::make(early + std::chrono::seconds(1));
  EXPECT_LT(a, b);
  EXPECT_EQ(*ThingId::parse(a.str()), a);
  EXPECT_NE(ThingId::make(early), ThingId::make(early));
}

TEST(Id, RefusesAnotherPrefixAndStrangeCharacters) {
  for (const char* text : {"", "thg_", "url_01hq", "thg_0123456789abcdefghjkmnpqru0",
                           "thg_0123456789ABCDEFGHJKMNPQRS"})
    EXPECT_EQ(ThingId::parse(text).error().kind, ErrorKind::invalid) << text;
}

TEST(Clock, TimesReadBackAsWritten) {
  for (const char* text : {"1970-01-01T00:00:00Z", "2026-02-28T23:59:59Z", "2028-02-29T12:00:00Z"})
    EXPECT_EQ(rfc3339(*parse_rfc3339(text)), text);
  EXPECT_EQ(rfc5322(*parse_rfc3339("2030-03-04T09:00Z")), "Mon, 04 Mar 2030 09:00:00 +0000");
  for (const char* text : {"", "2026-02-30T00:00Z", "2026-13-01T00:00Z", "2026-01-01T24:00Z",
                           "2026-01-01 00:00Z", "now"})
    EXPECT_FALSE(parse_rfc3339(text)) << text;
}

TEST(Clock, DurationsHaveAUnit) {
  EXPECT_EQ(*parse_duration("90s"), std::chrono::seconds(90));
  EXPECT_EQ(*parse_duration("7d"), std::chrono::days(7));
  for (const char* text : {"", "90", "s", "-1s", "1w", "99999999999999999999s"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Text, BrokenUtf8BecomesTheReplacementCharacter) {
  EXPECT_EQ(clean_utf8("a\xff"
                       "b\xc0\xaf"),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(clean_utf8(std::string("a\0b\r\x1b", 5)), "a b  ");
  EXPECT_EQ(clean_utf8("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") << "surrogate";
  EXPECT_EQ(clean_utf8("\xd8\xb9\xf0\x9f\x8c\x84"), "\xd8\xb9\xf0\x9f\x8c\x84");
}

TEST(Text, ClippingNeverSplitsACharacter) {
  EXPECT_EQ(clip_utf8("\xd8\xb9\xd8\xb9", 3), "\xd8\xb9");
  EXPECT_EQ(clip_utf8("abc", 3), "abc");
}

TEST(Text, DefangedAddressesCannotBeClicked) {
  EXPECT_EQ(defang("http://gallery.example/a.html"), "hxxp://gallery[.]example/a.html");
  EXPECT_EQ(defang("HTTPS://a.b.example:8080?x=1.2"), "hxxpS://a[.]b[.]example:8080?x=1.2");
}

TEST(Text, EncodingsReadBack) {
  const std::string bytes = crypto::random_bytes(61);
  EXPECT_EQ(*unhex(hex(bytes)), bytes);
  EXPECT_EQ(*unbase64(base64(bytes)), bytes);
  EXPECT_EQ(*unbase64url(base64url(bytes)), bytes);
  for (const char* text : {"0", "zz", "0g"}) EXPECT_FALSE(unhex(text)) << text;
  EXPECT_FALSE(unbase64("ab*d"));
}

TEST(Crypto, DigestsAreTheStandardOnes) {
  EXPECT_EQ(hex(crypto::md5("abc")), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(hex(crypto::sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex(crypto::sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // RFC 4231, test case 2; RFC 5869, test case 3 (no salt, no info is case 3).
  EXPECT_EQ(hex(crypto::hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(crypto::hkdf(std::string(22, '\x0b'), "", 42)),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Crypto, ASealOpensOnlyWithItsKeyContextAndEveryByte) {
  const crypto::Key key(crypto::random_bytes(32)), other(crypto::random_bytes(32));
  const std::string sealed = crypto::seal(key, "plain", "here");
  EXPECT_EQ(*crypto::open(key, sealed, "here"), "plain");
  EXPECT_EQ(crypto::open(other, sealed, "here").error().kind, ErrorKind::corrupt);
  EXPECT_FALSE(crypto::open(key, sealed, "there"));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string broken = sealed;
    broken[i] = static_cast<char>(broken[i] ^ 1);
    EXPECT_FALSE(crypto::open(key, broken, "here")) << i;
  }
  EXPECT_FALSE(crypto::open(key, "short", "here"));
  EXPECT_EQ(*crypto::open(key, crypto::seal(key, "", ""), ""), "");
}

TEST(Crypto, AnyoneSealsAndOnlyTheSecretOpens) {
  const auto keys = crypto::box_keys_from_seed(std::string(32, 's'));
  EXPECT_EQ(keys.public_key, crypto::box_keys_from_seed(std::string(32, 's')).public_key);
  EXPECT_EQ(*crypto::open_sealed(keys, crypto::seal_to(keys.public_key, "report")), "report");
  EXPECT_FALSE(
      crypto::open_sealed(crypto::make_box_keys(), crypto::seal_to(keys.public_key, "report")));
}

TEST(Crypto, SignaturesAndPasswordsRefuseTheWrongOne) {
  const auto keys = crypto::make_signing_keys();
  EXPECT_TRUE(crypto::verify(keys.public_key, "list 7", crypto::sign(keys, "list 7")));
  EXPECT_FALSE(crypto::verify(keys.public_key, "list 8", crypto::sign(keys, "list 7")));
  const std::string hash = crypto::hash_password("correct horse");
  EXPECT_TRUE(crypto::check_password(hash, "correct horse"));
  EXPECT_FALSE(crypto::check_password(hash, "correct horsf"));
}

TEST(Crypto, AKeyFileIsMadeOnceAndReadBack) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("hotline-key-" + hex(crypto::random_bytes(6)));
  const auto first = crypto::key_file(path);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->reveal(), crypto::key_file(path)->reveal());
  EXPECT_EQ(crypto::key_file(path, 64).error().kind, ErrorKind::corrupt);
  EXPECT_EQ(std::filesystem::status(path).permissions() & std::filesystem::perms::all,
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::filesystem::remove(path);
}

TEST(Json, DeepAndBrokenTextIsInvalid) {
  EXPECT_TRUE(parse_json("{\"a\":[1,2]}"));
  EXPECT_EQ(parse_json(std::string(100, '[')).error().kind, ErrorKind::invalid);
  EXPECT_FALSE(parse_json("{"));
}

TEST(Settings, EveryRowIsSortedSaysWhatItMeansAndHoldsItsOwnDefault) {
  std::string_view before;
  for (const SettingSpec& spec : all_settings()) {
    EXPECT_LT(before, spec.key);
    before = spec.key;
    EXPECT_TRUE(spec.meaning.ends_with('.')) << spec.key;
    auto settings = std::move(*Settings::defaults());
    EXPECT_TRUE(settings.set(spec.key, spec.initial)) << spec.key;
  }
}

TEST(Settings, AnUnknownKeyNamesTheNearest) {
  auto settings = std::move(*Settings::defaults());
  const auto done = settings.set("portal.prot", "1");
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().sentence.find("portal.port"), std::string::npos);
  EXPECT_FALSE(settings.set("portal.port", "many"));
  EXPECT_FALSE(settings.set("takedown.undo_window", "120"));
}

TEST(Settings, TheEnvironmentWinsOverTheFile) {
  const std::string path = std::filesystem::temp_directory_path() /
                           ("hotline-" + hex(crypto::random_bytes(6)) + ".toml");
  FILE* file = std::fopen(path.c_str(), "w");
  std::fputs(
      "[portal]\nport = 9000\nlanguages = [\"en\", \"ar\"]\n[takedown]\npolice_gate = false\n",
      file);
  std::fclose(file);
  ::setenv("HOTLINE__PORTAL__PORT", "9001", 1);
  const auto settings = Settings::load(path);
  ::unsetenv("HOTLINE__PORTAL__PORT");
  ASSERT_TRUE(settings) << settings.error().sentence;
  EXPECT_EQ(settings->integer("portal.port"), 9001);
  EXPECT_EQ(settings->list("portal.languages"), (std::vector<std::string>{"en", "ar"}));
  EXPECT_FALSE(settings->flag("takedown.police_gate"));
  std::filesystem::remove(path);
  EXPECT_EQ(Settings::load(path).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace hotline
