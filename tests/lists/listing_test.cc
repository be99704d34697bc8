#include "lists/listing.h"

#include <gtest/gtest.h>

namespace hotline::lists {
namespace {

constexpr std::array kStates = {EntryState::listed, EntryState::suspended, EntryState::delisted};
constexpr std::array kEvents = {
    EntryEvent::assessed,      EntryEvent::item_gone,       EntryEvent::assessment_withdrawn,
    EntryEvent::expired,       EntryEvent::appeal_received, EntryEvent::appeal_refused,
    EntryEvent::appeal_upheld, EntryEvent::item_back,       EntryEvent::still_there};

TEST(Listing, NoTwoRowsAnswerTheSameQuestion) {
  for (const auto& a : kSteps)
    for (const auto& b : kSteps) EXPECT_TRUE(&a == &b || a.from != b.from || a.on != b.on);
}

TEST(Listing, WhatIsNotInTheTableIsRefused) {
  for (const auto state : kStates)
    for (const auto event : kEvents) {
      const bool there = std::any_of(kSteps.begin(), kSteps.end(), [&](const Step& step) {
        return step.from == state && step.on == event;
      });
      EXPECT_EQ(next(state, event).has_value(), there) << name(state) << " " << name(event);
    }
}

TEST(Listing, RemovalWithdrawalAndExpiryAlwaysTakeItOff) {
  for (const auto state : {EntryState::listed, EntryState::suspended})
    for (const auto event :
         {EntryEvent::item_gone, EntryEvent::assessment_withdrawn, EntryEvent::expired})
      EXPECT_EQ(next(state, event), EntryState::delisted);
}

TEST(Listing, OnlyASuspendedEntryHasAnAppealToDecide) {
  EXPECT_FALSE(next(EntryState::listed, EntryEvent::appeal_refused));
  EXPECT_FALSE(next(EntryState::delisted, EntryEvent::appeal_refused));
}

TEST(Listing, NamesAreOneWordAndReadBack) {
  for (const auto state : kStates) EXPECT_EQ(parse_entry_state(name(state)), state);
  EXPECT_FALSE(parse_entry_state("on"));
  for (const auto event : kEvents) EXPECT_EQ(name(event).find(' '), std::string_view::npos);
}

Candidate candidate(std::string canonical) {
  Candidate made;
  made.canonical = std::move(canonical);
  made.category = "B";
  made.country = "NL";
  return made;
}

ListPolicy policy() {
  ListPolicy made;
  made.home_country = "GB";
  return made;
}

TEST(Listing, AnExactCanonicalAddressAbroadIsListed) {
  EXPECT_EQ(may_list(candidate("http://gallery.example/a"), policy()), Refusal::none);
  EXPECT_EQ(may_list(candidate("http://gallery.example/"), policy()), Refusal::none);
}

TEST(Listing, WhatCannotBeAnExactSelectorIsNot) {
  for (const auto& text :
       {"", "gallery.example", "ftp://gallery.example/a", "http://GALLERY.example/a",
        "http://gallery.example", "http://gallery.example/a#part", "nonsense"})
    EXPECT_EQ(may_list(candidate(text), policy()), Refusal::not_fetchable) << text;
}

TEST(Listing, HomeHostedAndUnknownHostingStayOffUnlessPolicySaysOtherwise) {
  Candidate home = candidate("http://gallery.example/a");
  home.country = "GB";
  EXPECT_EQ(may_list(home, policy()), Refusal::home_hosted);
  home.country = "";
  EXPECT_EQ(may_list(home, policy()), Refusal::country_unknown);
  ListPolicy wide = policy();
  wide.home_hosted = true;
  EXPECT_EQ(may_list(home, wide), Refusal::none);
}

TEST(Listing, CategoriesAndFrontPagesFollowPolicy) {
  ListPolicy narrow = policy();
  narrow.categories = {"A"};
  EXPECT_EQ(may_list(candidate("http://gallery.example/a"), narrow), Refusal::category);
  narrow.categories = {"A", "B"};
  EXPECT_EQ(may_list(candidate("http://gallery.example/a"), narrow), Refusal::none);
  narrow.front_pages = false;
  EXPECT_EQ(may_list(candidate("http://gallery.example/"), narrow), Refusal::front_page);
  EXPECT_EQ(may_list(candidate("http://gallery.example/?id=4"), narrow), Refusal::none);
}

}  // namespace
}  // namespace hotline::lists
