#include "takedown/notice_text.h"

#include <gtest/gtest.h>

#include "takedown/xarf.h"

namespace hotline::takedown {
namespace {

const Instant kNow = instant(1'900'000'000'000'000);

NoticeTexts texts() {
  auto loaded = NoticeTexts::load(HOTLINE_SOURCE_DIR "/policy/notices");
  EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().sentence);
  return std::move(*loaded);
}

Notice sample() {
  Notice notice;
  notice.id = NoticeId::make(kNow);
  notice.hosting = {"hos_1", "192.0.2.7", 64500, "ISP-NET", "DE", "", "abuse@isp.example", ""};
  notice.locations = {"http://gallery.example/a?b=1", "http://gallery.example/i/1.jpg"};
  notice.items = {{std::string(32, 'a'), std::string(40, 'b'), std::string(64, 'c')}};
  notice.category = "A";
  notice.baseline = true;
  notice.opened_at = notice.link_expires = kNow;
  return notice;
}

LetterFacts facts_of(LetterKind kind, std::string language) {
  return {kind,
          std::move(language),
          "Hotline",
          "https://hotline.example",
          "notices@hotline.example",
          24,
          kNow};
}

constexpr LetterKind kKinds[] = {LetterKind::first, LetterKind::reminder, LetterKind::escalation,
                                 LetterKind::withdrawal};

TEST(NoticeText, EveryLetterInEveryLanguageIsComplete) {
  const auto all = texts();
  const Notice notice = sample();
  for (const auto* language : {"en", "de", "fr", "es", "nl"})
    for (const auto kind : kKinds) {
      const auto letter = all.write(notice, facts_of(kind, language));
      const std::string what = std::string(language) + " " + std::string(name(kind));
      EXPECT_EQ(find_reference(letter.subject).value(), notice.id) << what;
      EXPECT_LE(letter.subject.size(), 200u) << what;
      for (const auto& location : notice.locations)
        EXPECT_NE(letter.text.find("  " + location + "\n"), std::string::npos) << what;
      EXPECT_NE(letter.text.find(reference(notice.id)), std::string::npos) << what;
      if (kind == LetterKind::withdrawal) continue;
      EXPECT_NE(letter.text.find(kLinkPlaceholder), std::string::npos) << what;
      EXPECT_NE(letter.text.find("SHA-256: " + std::string(64, 'c')), std::string::npos) << what;
      EXPECT_NE(letter.text.find("ISP-NET, AS64500, 192.0.2.7, DE"), std::string::npos) << what;
      // Article 16(2): why it is illegal, where, who, and good faith.
      EXPECT_NE(letter.text.find(all.legal_basis("DE", language)), std::string::npos) << what;
      EXPECT_NE(letter.text.find(all.category_words("A", language)), std::string::npos) << what;
      EXPECT_NE(letter.text.find("notices@hotline.example"), std::string::npos) << what;
      EXPECT_NE(letter.text.find("good faith"), std::string::npos) << what;
    }
}

TEST(NoticeText, AnotherLanguageIsFollowedByEnglish) {
  const auto letter = texts().write(sample(), facts_of(LetterKind::first, "de"));
  EXPECT_LT(letter.text.find("An die Abuse-Stelle"), letter.text.find("----- English -----"));
  EXPECT_LT(letter.text.find("----- English -----"), letter.text.find("To the abuse team"));
  const auto unknown = texts().write(sample(), facts_of(LetterKind::first, "xx"));
  EXPECT_EQ(unknown.text.find("To the abuse team"), 0u);
}

TEST(NoticeText, TheLanguageAndTheLawComeFromTheCountry) {
  const auto all = texts();
  EXPECT_EQ(all.language_of("AT"), "de");
  EXPECT_EQ(all.language_of("NL"), "nl");
  EXPECT_EQ(all.language_of("ZZ"), "en");
  EXPECT_NE(all.legal_basis("DE", "de"), all.legal_basis("PL", "de"));
  EXPECT_NE(all.legal_basis("PL", "de"), all.legal_basis("ZZ", "de"));
  EXPECT_EQ(all.legal_basis("", "en"), all.legal_basis("default", "en"));
  EXPECT_EQ(all.category_words("no-such", "fr"), all.category_words("default", "fr"));
}

TEST(NoticeText, TheCdnIsAskedToPassItOn) {
  Notice notice = sample();
  const std::string plain = texts().write(notice, facts_of(LetterKind::first, "en")).text;
  notice.hosting.cdn = "range-cdn";
  const std::string behind = texts().write(notice, facts_of(LetterKind::first, "en")).text;
  EXPECT_EQ(plain.find("content delivery network"), std::string::npos);
  EXPECT_NE(behind.find("content delivery network"), std::string::npos);
}

TEST(NoticeText, ValuesAreNeverReadAsTemplatesOrLines) {
  Notice notice = sample();
  notice.locations = {"http://gallery.example/{{mailbox}}\nSubject: other",
                      "http://x.example/\r\n.\r\n"};
  notice.hosting.network = "NET\r\nBcc: victim@other.example";
  const auto letter = texts().write(notice, facts_of(LetterKind::first, "en"));
  EXPECT_NE(letter.text.find("  http://gallery.example/{{mailbox}} Subject: other\n"),
            std::string::npos);
  EXPECT_EQ(letter.text.find("\nSubject:"), std::string::npos);
  EXPECT_EQ(letter.text.find("\nBcc:"), std::string::npos);
  EXPECT_EQ(letter.text.find('\r'), std::string::npos);
}

TEST(NoticeText, APlaceholderThatNobodyFillsIsFoundWhenLoading) {
  EXPECT_EQ(fill("a {{b}} c", {{"b", "{{b}}"}}).value(), "a {{b}} c");
  EXPECT_EQ(fill("a {{x}}", {{"b", ""}}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(fill("a {{x", {}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(NoticeTexts::load("/no/such/folder").error().kind, ErrorKind::not_found);
}

// --- the twin
// -------------------------------------------------------------------------------------

const TwinSender kSender{"Hotline", "notices@hotline.example", "hotline.example"};

bool is_uuid(const std::string& text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-')) return false;
    if (!dash && std::string("0123456789abcdef").find(text[i]) == std::string::npos) return false;
  }
  return true;
}

/// What XARF 4.2.0 demands of content/csam: core, content base and type.
void check_csam(const json::object& document) {
  const auto text = [&](const char* key) {
    const auto* value = document.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  EXPECT_EQ(text("xarf_version"), "4.2.0");
  EXPECT_TRUE(is_uuid(text("report_id"))) << text("report_id");
  EXPECT_TRUE(parse_rfc3339(text("timestamp")));
  EXPECT_EQ(text("category"), "content");
  EXPECT_EQ(text("type"), "csam");
  EXPECT_FALSE(text("source_identifier").empty());
  EXPECT_TRUE(text("url").starts_with("http"));
  EXPECT_EQ(text("classification"), "baseline");
  EXPECT_EQ(text("detection_method"), "manual_review");
  for (const char* party : {"reporter", "sender"}) {
    ASSERT_TRUE(document.contains(party));
    const auto& who = document.at(party).as_object();
    for (const char* key : {"org", "contact", "domain"})
      EXPECT_FALSE(who.at(key).as_string().empty()) << party << key;
  }
}

/// The hard rule: nothing that could hold bytes, nothing internal.
void check_no_payload(const json::value& value) {
  if (const auto* list = value.if_array())
    for (const auto& part : *list) check_no_payload(part);
  if (const auto* object = value.if_object())
    for (const auto& [key, part] : *object) {
      for (const char* banned :
           {"evidence", "payload", "screenshot", "screenshot_url", "_internal"})
        EXPECT_NE(key, banned);
      check_no_payload(part);
    }
  if (value.is_string()) {
    EXPECT_LE(value.get_string().size(), 8192u);
  }
}

TEST(Xarf, ABaselineNoticeHasEveryRequiredFieldAndNoPayload) {
  const auto twin = make_twin(sample(), "ntc_1.first.1", kSender, kNow);
  EXPECT_EQ(twin.name, "xarf.json");
  check_csam(twin.document);
  check_no_payload(twin.document);
  EXPECT_EQ(twin.document.at("domain").as_string(), "gallery.example");
  EXPECT_EQ(twin.document.at("hash_values").at("sha256").as_string(), std::string(64, 'c'));
}

TEST(Xarf, NothingIsGuessedWhereTheSchemeHasNoBaseline) {
  Notice notice = sample();
  notice.baseline = false;
  const auto twin = make_twin(notice, "ntc_1.first.1", kSender, kNow);
  EXPECT_EQ(twin.name, "notice.json");
  for (const char* key : {"xarf_version", "classification", "type"})
    EXPECT_FALSE(twin.document.contains(key)) << key;
  check_no_payload(twin.document);
  notice.baseline = true;
  notice.hosting.ip.clear();  // XARF demands a source.
  EXPECT_EQ(make_twin(notice, "x", kSender, kNow).name, "notice.json");
}

TEST(Xarf, TheSameLetterHasTheSameReportId) {
  const auto id = [](const char* letter) {
    return std::string(
        make_twin(sample(), letter, kSender, kNow).document.at("report_id").as_string());
  };
  EXPECT_EQ(id("a"), id("a"));
  EXPECT_NE(id("a"), id("b"));
}

TEST(Xarf, OddHostsAreLeftOutOfTheDomain) {
  for (const char* url :
       {"http://192.0.2.7/a", "http://[2001:db8::1]/a", "http://localhost/a", "x"}) {
    Notice notice = sample();
    notice.locations = {url};
    EXPECT_FALSE(make_twin(notice, "a", kSender, kNow).document.contains("domain")) << url;
  }
}

}  // namespace
}  // namespace hotline::takedown
