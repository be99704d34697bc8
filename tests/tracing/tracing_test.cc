#include "tracing/tracing.h"

#include <gtest/gtest.h>

#include "casework/casework_store.h"
#include "facts/facts.h"
#include "support/fake_net.h"
#include "support/test_database.h"
#include "tracing/episode_store.h"

namespace hotline::tracing {
namespace {

using namespace std::chrono_literals;

const Instant kNow = instant(1'900'000'000'000'000);

net::RdapNetwork network(std::string handle, std::string country, std::string abuse = "",
                         std::string parent = "") {
  net::RdapNetwork found;
  found.handle = std::move(handle);
  found.name = "NAME-" + found.handle;
  found.country = std::move(country);
  found.abuse_email = std::move(abuse);
  found.parent_handle = std::move(parent);
  found.raw = "{\"handle\":\"" + found.handle + "\"}";
  found.source = "rdap.example";
  return found;
}

class Tracing : public test::OnBothDatabases {
 protected:
  void SetUp() override {
    test::OnBothDatabases::SetUp();
    if (IsSkipped()) return;
    resolver_.values["A gallery.example"] = {"192.0.2.7"};
    resolver_.values["AAAA gallery.example"] = {"2001:db8::7"};
    resolver_.values["NS gallery.example"] = {"ns.isp.example"};
    resolver_.values["MX gallery.example"] = {"10 mail.isp.example"};
    resolver_.values["A ns.isp.example"] = {"192.0.2.53"};
    resolver_.values["A mail.isp.example"] = {"192.0.2.25"};
    rdap_.networks["192.0.2.7"] = network("NET-1", "NL", "abuse@isp.example", "NET-0");
    rdap_.networks["2001:db8::7"] = network("NET-6", "NL");
    rdap_.handles["NET-0"] = network("NET-0", "NL", "noc@upstream.example");
    geo_.answers["192.0.2.7"] = {"NL", 64500, "ISP", "192.0.2.0/24"};
    geo_.answers["192.0.2.53"] = {"DE", 64501, "DNS", "192.0.2.0/24"};
    geo_.answers["192.0.2.25"] = {"NL", 64500, "ISP", "192.0.2.0/24"};
    hints_ = CdnHints::load(HOTLINE_SOURCE_DIR "/policy/cdn.json").value();
    in_tx([&](db::Transaction& tx) -> Done {
      casework::CaseworkStore store(tx);
      const auto tenant = casework::TenantId::make(kNow);
      TRY_DONE(store.add_tenant({tenant, "Hotline", "GB"}));
      TRY(address, store.find_or_add_address(tenant, "http://gallery.example/a",
                                             "http://gallery.example/a", "gallery.example", kNow));
      casefile_ = {casework::CaseId::make(kNow), tenant, address.id, kNow};
      return store.add_case(casefile_);
    });
  }
  template <class Work>
  auto in_tx(Work&& work) -> std::invoke_result_t<Work, db::Transaction&> {
    auto result = database().transact(std::forward<Work>(work));
    EXPECT_TRUE(result) << (result ? "" : result.error().sentence);
    return result;
  }
  Result<HostingTrace> try_trace(std::string_view host = "gallery.example",
                                 std::string_view headers = "") {
    return Tracer(resolver_, rdap_, &geo_, hints_).trace(host, headers, kNow);
  }
  HostingTrace trace(std::string_view host = "gallery.example", std::string_view headers = "") {
    auto found = try_trace(host, headers);
    EXPECT_TRUE(found) << (found ? "" : found.error().sentence);
    return found.value_or(HostingTrace{});
  }
  Recorded record(const HostingTrace& found, Instant at) {
    return in_tx([&](db::Transaction& tx) { return EpisodeStore(tx).record(casefile_, found, at); })
        .value();
  }

  test::FakeResolver resolver_;
  test::FakeRdap rdap_;
  test::FakeGeo geo_;
  CdnHints hints_;
  casework::Case casefile_;
};

TEST_P(Tracing, CombinesTheMethodsAndShowsWhoDisagrees) {
  const auto found = trace();
  EXPECT_EQ(found.country.country, "NL");
  EXPECT_EQ(found.country.confidence, Confidence::high);
  EXPECT_GE(found.country.agreeing, 3);
  EXPECT_TRUE(std::any_of(
      found.country.votes.begin(), found.country.votes.end(),
      [](const auto& vote) { return vote.method == "name_servers" && vote.country == "DE"; }));
  EXPECT_EQ(found.ips, (std::vector<std::string>{"192.0.2.7", "2001:db8::7"}));
  EXPECT_EQ(found.contact, "abuse@isp.example");
  EXPECT_EQ(found.upstream_contact, "noc@upstream.example");
  EXPECT_EQ(found.asn, 64500);
}

TEST_P(Tracing, RegistryAndGeolocationApartMeanLowConfidence) {
  geo_.answers["192.0.2.7"].country = "RU";
  const auto found = trace();
  EXPECT_EQ(found.country.country, "NL");
  EXPECT_EQ(found.country.confidence, Confidence::low);
}

TEST_P(Tracing, WithoutAGeolocationFileConfidenceIsNeverHigh) {
  const auto found = Tracer(resolver_, rdap_, nullptr, hints_).trace("gallery.example", "", kNow);
  EXPECT_EQ(found->country.country, "NL");
  EXPECT_EQ(found->country.confidence, Confidence::medium);
  EXPECT_EQ(found->asn, 0);
}

TEST_P(Tracing, OurOutageIsNeverAnAnswer) {
  resolver_.down = true;
  EXPECT_EQ(try_trace().error().kind, ErrorKind::unavailable);
  resolver_.down = false;
  resolver_.values.clear();
  EXPECT_TRUE(trace().ips.empty());  // It does not exist: a value.
  resolver_.silent_type = "AAAA";
  EXPECT_EQ(try_trace().error().kind, ErrorKind::unavailable);  // Half an answer says nothing.
}

TEST_P(Tracing, ASilentRegistryLeavesTheRest) {
  rdap_.down = true;
  const auto found = trace();
  EXPECT_EQ(found.country.country, "NL");
  EXPECT_LT(found.country.confidence, Confidence::high);
  EXPECT_EQ(found.contact, "");
}

TEST_P(Tracing, AddressesInPlaceOfNamesAreTracedWithoutTheDns) {
  resolver_.down = true;
  EXPECT_EQ(trace("192.0.2.7").network, "NET-1");
  EXPECT_EQ(trace("[2001:db8::7]").network, "NET-6");
  EXPECT_EQ(try_trace("").error().kind, ErrorKind::invalid);
}

TEST_P(Tracing, OnlyAStrictMailboxIsAContact) {
  for (const char* wrong : {"abuse@isp.example\r\nBcc: x@y.example", "Abuse <abuse@isp.example>",
                            "abuse@isp.example, b@c.example", "\"a\"@isp.example"}) {
    rdap_.networks["192.0.2.7"].abuse_email = wrong;
    rdap_.handles["NET-0"].abuse_email = wrong;
    const auto found = trace();
    EXPECT_EQ(found.contact, "") << wrong;
    EXPECT_EQ(found.upstream_contact, "") << wrong;
  }
}

TEST_P(Tracing, ACdnIsNoticedByOrganisationHeaderAndName) {
  EXPECT_EQ(trace().cdn, "");
  const auto by_header = trace("gallery.example", R"({"Via": "1.1 range-cdn", "Server": "x"})");
  EXPECT_EQ(by_header.cdn, "range-cdn");
  EXPECT_EQ(by_header.country.confidence, Confidence::low);  // The edge is not the host.
  EXPECT_EQ(trace("gallery.example", R"({"cf-ray": "123-AMS"})").cdn, "cloudflare");
  EXPECT_EQ(trace("gallery.example", R"({"server": ["nginx"]})").cdn, "");
  EXPECT_EQ(trace("gallery.example", "not json").cdn, "");
  resolver_.canonical["gallery.example"] = "x.cloudfront.net";
  EXPECT_EQ(trace().cdn, "cloudfront");
  resolver_.canonical.clear();
  geo_.answers["192.0.2.7"].organisation = "Range CDN Ltd";
  EXPECT_EQ(trace().cdn, "range-cdn");
}

TEST_P(Tracing, BrokenHintsAreRefusedByRow) {
  EXPECT_FALSE(CdnHints::parse("[]"));
  EXPECT_FALSE(CdnHints::parse(R"({"cdns": [{"organisations": ["x"]}]})"));
  EXPECT_FALSE(CdnHints::parse(R"({"cdns": [{"id": "Has Blank"}]})"));
  EXPECT_FALSE(CdnHints::parse(R"({"cdns": [{"id": "a", "headers": "x"}]})"));
}

TEST_P(Tracing, EveryRawAnswerIsKeptWithTimeAndSource) {
  const auto recorded = record(trace(), kNow);
  ASSERT_TRUE(recorded.episode);
  const auto answers = in_tx([&](db::Transaction& tx) {
                         return EpisodeStore(tx).answers(recorded.episode->id);
                       }).value();
  for (const char* method : {"dns_a", "dns_aaaa", "dns_cname", "dns_ns", "dns_mx", "rdap", "geo"})
    EXPECT_TRUE(std::any_of(answers.begin(), answers.end(), [&](const RawAnswer& answer) {
      return answer.method == method && answer.at == kNow && !answer.source.empty();
    })) << method;
  const auto facts = in_tx([&](db::Transaction& tx) {
                       return facts::FactStore(tx).of_case(casefile_.id.str());
                     }).value();
  ASSERT_EQ(facts.size(), 1u);
  EXPECT_EQ(facts[0].kind, "url_traced");
  EXPECT_EQ(facts[0].details.at("country").as_string(), "NL");
  EXPECT_EQ(facts[0].details.at("confidence").as_string(), "high");
}

TEST_P(Tracing, TheSameHostingIsOneEpisodeAndAMoveBeginsTheNext) {
  const auto first = record(trace(), kNow);
  EXPECT_TRUE(first.began);
  EXPECT_FALSE(first.moved());
  resolver_.values["A gallery.example"] = {"192.0.2.9"};  // Another address of the same network.
  rdap_.networks["192.0.2.9"] = network("NET-1", "NL", "abuse@isp.example");
  const auto same = record(trace(), kNow + 1h);
  EXPECT_FALSE(same.began);
  EXPECT_EQ(same.episode->id, first.episode->id);
  resolver_.values["A gallery.example"] = {"198.51.100.7"};
  resolver_.values["AAAA gallery.example"] = {};
  rdap_.networks["198.51.100.7"] = network("NET-2", "FR", "abuse@second.example");
  const auto moved = record(trace(), kNow + 2h);
  EXPECT_TRUE(moved.moved());
  EXPECT_EQ(moved.previous->id, first.episode->id);
  const auto all = in_tx([&](db::Transaction& tx) {
                     return EpisodeStore(tx).episodes(casefile_.address);
                   }).value();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].to, kNow + 2h);
  EXPECT_EQ(all[0].confirmed, kNow + 1h);
  EXPECT_FALSE(all[1].to);
  EXPECT_EQ(all[1].hosting.contact, "abuse@second.example");
  EXPECT_EQ(all[1].hosting.country.country, "FR");
}

TEST_P(Tracing, ANameWithoutAddressesEndsNothing) {
  const auto first = record(trace(), kNow);
  resolver_.values.clear();
  const auto nothing = record(trace(), kNow + 1h);
  EXPECT_EQ(nothing.episode->id, first.episode->id);
  EXPECT_FALSE(nothing.moved());
}

TEST_P(Tracing, WhatASilentRegistryLeavesOpenIsNoMove) {
  const HostingTrace before = trace();
  rdap_.down = true;
  resolver_.values["A gallery.example"] = {"192.0.2.99"};
  resolver_.values["AAAA gallery.example"] = {};
  EXPECT_TRUE(same_hosting(before, trace()));
  geo_.answers["192.0.2.99"] = {"FR", 64999, "Other", ""};
  EXPECT_FALSE(same_hosting(before, trace()));
}

TEST_P(Tracing, APersonMayKnowABetterContactAndSaysWhy) {
  const auto id = record(trace(), kNow).episode->id;
  const auto person = casework::PersonId::make(kNow);
  const auto change = [&](std::string_view email, std::string_view reason) {
    return database().transact([&](db::Transaction& tx) {
      return EpisodeStore(tx).override_contact(id, email, person, reason, kNow);
    });
  };
  EXPECT_EQ(change("a@b.example\nBcc: c@d.example", "x").error().kind, ErrorKind::invalid);
  EXPECT_EQ(change("noc@isp.example", " ").error().kind, ErrorKind::invalid);
  EXPECT_TRUE(change("noc@isp.example", "Told by phone."));
  const auto episode =
      in_tx([&](db::Transaction& tx) { return EpisodeStore(tx).episode(id); }).value();
  EXPECT_EQ(episode.hosting.contact, "noc@isp.example");
  EXPECT_EQ(episode.contact_set_by, person.str());
  EXPECT_EQ(episode.contact_reason, "Told by phone.");
}

INSTANTIATE_TEST_SUITE_P(Engines, Tracing, test::kEngines);

TEST(Combine, IsFixedForEveryMixOfTheStrongMethods) {
  const auto confidence = [](std::vector<CountryVote> votes) {
    return combine(std::move(votes)).confidence;
  };
  EXPECT_EQ(confidence({}), Confidence::none);
  EXPECT_EQ(confidence({{"geolocation", ""}}), Confidence::none);
  EXPECT_EQ(confidence({{"rdap_network", "NL"}}), Confidence::low);
  EXPECT_EQ(confidence({{"rdap_network", "NL"}, {"geolocation", "NL"}}), Confidence::medium);
  EXPECT_EQ(confidence({{"rdap_network", "NL"}, {"geolocation", "NL"}, {"name_servers", "NL"}}),
            Confidence::high);
  EXPECT_EQ(
      confidence({{"name_servers", "NL"}, {"mail_exchange", "NL"}, {"top_level_domain", "NL"}}),
      Confidence::low);
  // Three hints never outvote the registry.
  EXPECT_EQ(combine({{"rdap_network", "NL"},
                     {"name_servers", "DE"},
                     {"mail_exchange", "DE"},
                     {"top_level_domain", "DE"}})
                .country,
            "NL");
  for (const auto degree :
       {Confidence::none, Confidence::low, Confidence::medium, Confidence::high})
    EXPECT_EQ(parse_confidence(name(degree)).value(), degree);
}

}  // namespace
}  // namespace hotline::tracing
