#include "facts/facts.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/test_database.h"

namespace hotline::facts {
namespace {

const Instant kNow = *parse_rfc3339("2030-03-04T09:00Z");

class Facts : public test::OnBothDatabases {
 protected:
  template <class Work>
  auto with(Work work) {
    return database().transact([&](db::Transaction& tx) {
      FactStore store(tx);
      return work(store);
    });
  }
  Done append(const std::string& kind, json::object details = {}) {
    return with([&](FactStore& s) {
      return s.append({"ten_1", kind, "system", "cas_1", "rep_1", details, kNow});
    });
  }
};

TEST_P(Facts, AreReadInOrderOnceSealed) {
  ASSERT_TRUE(append("report_received"));
  EXPECT_EQ(with([](FactStore& s) { return s.after(0, 10); })->size(), 0u);
  EXPECT_EQ(with([](FactStore& s) { return s.seal(); }).value(), 1);
  ASSERT_TRUE(append("url_traced", {{"country", "NL"}}));
  EXPECT_EQ(with([](FactStore& s) { return s.seal(); }).value(), 1);
  EXPECT_EQ(with([](FactStore& s) { return s.seal(); }).value(), 0);
  const auto facts = with([](FactStore& s) { return s.after(0, 10); });
  ASSERT_EQ(facts->size(), 2u);
  EXPECT_EQ((*facts)[0].kind, "report_received");
  EXPECT_EQ((*facts)[1].details.at("country").as_string(), "NL");
  EXPECT_EQ((*facts)[1].position, 2);
  EXPECT_EQ(with([](FactStore& s) { return s.after(1, 10); })->size(), 1u);
  EXPECT_EQ(with([](FactStore& s) { return s.verify(); }).value(), 2);
}

TEST_P(Facts, AChangedFactBreaksTheChain) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(append("report_received"));
  ASSERT_TRUE(with([](FactStore& s) { return s.seal(); }));
  ASSERT_TRUE(database().transact([](db::Transaction& tx) {
    return tx.run("UPDATE fact SET details = $1 WHERE position = $2",
                  {"{\"a\":1}", std::int64_t{3}});
  }));
  const auto verified = with([](FactStore& s) { return s.verify(); });
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().kind, ErrorKind::corrupt);
  EXPECT_NE(verified.error().sentence.find("position 3"), std::string::npos);
}

TEST_P(Facts, ARemovedFactBreaksTheChain) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(append("report_received"));
  ASSERT_TRUE(with([](FactStore& s) { return s.seal(); }));
  ASSERT_TRUE(database().transact(
      [](db::Transaction& tx) { return tx.run("DELETE FROM fact WHERE position = 2"); }));
  EXPECT_FALSE(with([](FactStore& s) { return s.verify(); }));
}

TEST_P(Facts, NothingPersonalAndNoUnknownKindGetsIn) {
  EXPECT_EQ(append("something_new").error().kind, ErrorKind::invalid);
  for (const char* text :
       {"http://gallery.example/a", "anna@mail.example", "gallery.example", "two\nlines"})
    EXPECT_EQ(append("url_traced", {{"x", text}}).error().kind, ErrorKind::invalid) << text;
  EXPECT_FALSE(append("url_traced", {{"x", json::array{"a.example"}}}));
  EXPECT_FALSE(append("url_traced", {{"x", json::object{{"y", "z"}}}}));
}

TEST_P(Facts, AReaderKeepsItsPlace) {
  EXPECT_EQ(with([](FactStore& s) { return s.cursor("workflow"); }).value(), 0);
  ASSERT_TRUE(with([](FactStore& s) { return s.move_cursor("workflow", 7); }));
  ASSERT_TRUE(with([](FactStore& s) { return s.move_cursor("workflow", 9); }));
  EXPECT_EQ(with([](FactStore& s) { return s.cursor("workflow"); }).value(), 9);
}

TEST(FactKinds, TheFormatDocumentListsThemInTheSameOrder) {
  std::ifstream file(HOTLINE_SOURCE_DIR "/docs/formats/facts.md");
  std::vector<std::string> documented;
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("| `")) documented.push_back(line.substr(3, line.find('`', 3) - 3));
  EXPECT_EQ(documented, std::vector<std::string>(all_kinds().begin(), all_kinds().end()));
}

INSTANTIATE_TEST_SUITE_P(Engines, Facts, test::kEngines);

}  // namespace
}  // namespace hotline::facts
