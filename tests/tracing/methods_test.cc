// What several methods come to together, as a table; and the methods beside DNS, RDAP and files.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/json.h"
#include "base/text.h"
#include "net/web_double.h"
#include "support/fake_net.h"
#include "tracing/tracing.h"

namespace hotline::tracing {
namespace {

namespace fs = std::filesystem;
using Votes = std::vector<CountryVote>;

const Instant kNow = instant(1'900'000'000'000'000);

struct Row {
  const char* what;
  Votes votes;
  const char* country;
  Confidence confidence;
  int agreeing;
};

const std::vector<Row> kTable = {
    {"nobody knows", {}, "", Confidence::none, 0},
    {"a hint alone", {{"top_level_domain", "NL"}}, "NL", Confidence::low, 1},
    {"the registry alone", {{"rdap_network", "NL"}}, "NL", Confidence::low, 1},
    {"a file alone", {{"geolocation", "NL", "a"}}, "NL", Confidence::low, 1},
    {"registry and file",
     {{"rdap_network", "NL"}, {"geolocation", "NL", "a"}},
     "NL",
     Confidence::medium,
     2},
    {"registry, file and the system's holder",
     {{"rdap_network", "NL"}, {"geolocation", "NL", "a"}, {"origin_system", "NL"}},
     "NL",
     Confidence::high,
     3},
    {"WHOIS stands for the registry",
     {{"whois_network", "NL"}, {"geolocation", "NL", "a"}, {"top_level_domain", "NL"}},
     "NL",
     Confidence::high,
     3},
    {"the network above is the same registry, so no third",
     {{"rdap_network", "NL"}, {"geolocation", "NL", "a"}, {"rdap_parent", "NL"}},
     "NL",
     Confidence::medium,
     3},
    {"two files are one method",
     {{"rdap_network", "NL"}, {"geolocation", "NL", "a"}, {"geolocation", "NL", "b"}},
     "NL",
     Confidence::medium,
     2},
    {"name and mail servers are one kind",
     {{"rdap_network", "NL"}, {"name_servers", "NL"}, {"mail_exchange", "NL"}},
     "NL",
     Confidence::medium,
     3},
    {"registry against file",
     {{"rdap_network", "NL"}, {"geolocation", "RU", "a"}},
     "NL",
     Confidence::low,
     1},
    {"registry against file, the holder with the file",
     {{"rdap_network", "NL"}, {"geolocation", "RU", "a"}, {"origin_system", "RU"}},
     "RU",
     Confidence::low,
     2},
    {"files differ, one with the registry",
     {{"rdap_network", "NL"},
      {"geolocation", "NL", "a"},
      {"geolocation", "RU", "b"},
      {"origin_system", "NL"}},
     "NL",
     Confidence::medium,
     3},
    {"all files against the registry",
     {{"rdap_network", "NL"}, {"geolocation", "RU", "a"}, {"geolocation", "RU", "b"}},
     "NL",
     Confidence::low,
     1},
    {"hints abroad change nothing",
     {{"rdap_network", "NL"},
      {"geolocation", "NL", "a"},
      {"origin_system", "NL"},
      {"name_servers", "US"},
      {"mail_exchange", "US"},
      {"top_level_domain", "TK"}},
     "NL",
     Confidence::high,
     3},
    {"hints alone, against each other",
     {{"name_servers", "DE"}, {"mail_exchange", "FR"}, {"top_level_domain", "FR"}},
     "FR",
     Confidence::low,
     2},
    {"what is no country is no vote",
     {{"rdap_network", "EUR"}, {"geolocation", ""}},
     "",
     Confidence::none,
     0},
};

TEST(Methods, ComeToOneCountryAsTheTableSays) {
  for (const auto& row : kTable) {
    const auto found = combine(row.votes);
    EXPECT_EQ(found.country, row.country) << row.what;
    EXPECT_EQ(name(found.confidence), name(row.confidence)) << row.what;
    EXPECT_EQ(found.agreeing, row.agreeing) << row.what;
  }
}

TEST(Methods, WhatEachSaidIsNeverDropped) {
  for (const auto& row : kTable)
    if (row.agreeing > 0) {
      EXPECT_EQ(combine(row.votes).votes.size(), row.votes.size()) << row.what;
    }
}

class FakeWhois final : public net::Whois {
 public:
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> answers;
  Result<std::vector<net::WhoisAnswer>> ask(std::string_view question) override {
    const auto found = answers.find(std::string(question));
    if (found == answers.end()) return fail(ErrorKind::unavailable, "No WHOIS server answered.");
    std::vector<net::WhoisAnswer> all;
    for (const auto& [server, text] : found->second)
      all.push_back({server, std::string(question), text, net::read_whois(text)});
    return all;
  }
};

class Evidence : public ::testing::Test {
 protected:
  void SetUp() override {
    resolver_.values["A gallery.example"] = {"192.0.2.7"};
    resolver_.values["NS gallery.example"] = {"ns.isp.example"};
    resolver_.values["MX gallery.example"] = {"mail.isp.example"};
    second_.values = resolver_.values;
    geo_.answers["192.0.2.7"] = {"NL", 64500, "ISP", "192.0.2.0/24"};
    other_geo_.answers["192.0.2.7"] = {"DE", 64999, "Other", "192.0.2.0/24"};
    folder_ = fs::temp_directory_path() / ("methods_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  HostingTrace trace(const TracerParts& parts, const SeenServer& seen = {}) {
    auto found = Tracer(parts).trace("gallery.example", seen, kNow);
    EXPECT_TRUE(found) << (found ? "" : found.error().sentence);
    return found.value_or(HostingTrace{});
  }
  TracerParts parts() {
    return {.resolver = resolver_, .rdap = rdap_, .geos = {{"a.mmdb", &geo_}}};
  }
  static std::vector<RawAnswer> answers(const HostingTrace& trace, std::string_view method) {
    std::vector<RawAnswer> found;
    for (const auto& answer : trace.answers)
      if (answer.method == method) found.push_back(answer);
    return found;
  }
  test::FakeResolver resolver_, second_;
  test::FakeRdap rdap_;
  test::FakeGeo geo_, other_geo_;
  FakeWhois whois_;
  fs::path folder_;
};

TEST_F(Evidence, BothVantagesAreKeptApartAndTheirDifferencesSaid) {
  second_.values["A gallery.example"] = {"192.0.2.9"};
  second_.values.erase("MX gallery.example");
  auto with = parts();
  with.second_resolver = &second_;
  const auto found = trace(with);
  EXPECT_EQ(found.ips, std::vector<std::string>{"192.0.2.7"});
  int here = 0, there = 0;
  for (const auto& answer : found.answers) {
    here += answer.method.starts_with("dns_") && answer.source == "resolver" ? 1 : 0;
    there += answer.method.starts_with("dns_") && answer.source == "second resolver" ? 1 : 0;
  }
  EXPECT_GE(here, 5);  // A, AAAA, CNAME, NS, MX
  EXPECT_EQ(there, 4);
  ASSERT_EQ(found.differences.size(), 2u);
  EXPECT_EQ(found.differences[0],
            "A of gallery.example: here 192.0.2.7, from the second vantage 192.0.2.9.");
  EXPECT_NE(found.differences[1].find("MX"), std::string::npos);
  second_.down = true;
  EXPECT_EQ(trace(with).differences.size(), 4u);  // Silence there is said, and harms nothing.
}

TEST_F(Evidence, WhoisAnswersWhereRdapKnowsNothing) {
  whois_.answers["192.0.2.7"] = {
      {"whois.iana.org", "refer: whois.ripe.example\n"},
      {"whois.ripe.example",
       "% Abuse contact for '192.0.2.0 - 192.0.2.255' is 'abuse@isp.example'\ninetnum: 192.0.2.0 - "
       "192.0.2.255\nnetname: ISP-NET\ncountry: NL\n"}};
  auto with = parts();
  with.whois = &whois_;
  const auto found = trace(with);
  EXPECT_EQ(found.network, "192.0.2.0 - 192.0.2.255");
  EXPECT_EQ(found.network_name, "ISP-NET");
  EXPECT_EQ(found.contact, "abuse@isp.example");
  EXPECT_EQ(found.country.country, "NL");
  EXPECT_EQ(found.country.confidence, Confidence::medium);
  EXPECT_EQ(answers(found, "whois").size(), 2u);  // Every server's words are evidence.
  EXPECT_EQ(answers(found, "rdap").size(), 1u);   // The failure too.
  net::RdapNetwork known;
  known.handle = "NET-1";
  known.country = "SE";
  rdap_.networks["192.0.2.7"] = known;
  EXPECT_TRUE(answers(trace(with), "whois").empty());  // Not asked where RDAP answers.
}

TEST_F(Evidence, FilesOfSeveralMakersAllAnswerAndDisagreementIsShown) {
  auto with = parts();
  with.geos.push_back({"b.mmdb", &other_geo_});
  const auto found = trace(with);
  ASSERT_EQ(found.country.votes.size(), 2u);
  EXPECT_EQ(found.country.votes[0].source, "a.mmdb");
  EXPECT_EQ(found.country.votes[1].source, "b.mmdb");
  EXPECT_EQ(found.country.confidence, Confidence::low);
  ASSERT_EQ(found.differences.size(), 1u);
  EXPECT_NE(found.differences[0].find("b.mmdb has AS64999, not AS64500"), std::string::npos);
}

class SystemRdap final : public net::Rdap {
 public:
  Result<net::RdapNetwork> network(std::string_view) override {
    return fail(ErrorKind::not_found, "Nobody.");
  }
  Result<net::RdapNetwork> by_handle(std::string_view) override {
    return fail(ErrorKind::not_found, "Nobody.");
  }
  Result<net::RdapSystem> system(std::int64_t number) override {
    return net::RdapSystem{"AS" + std::to_string(number), "ISP-AS", "NL", "", "{}", "rdap.example"};
  }
  Result<net::RdapDomain> domain(std::string_view name) override {
    return net::RdapDomain{
        std::string(name), "Names Ltd.", "abuse@names.example", "2029-01-02", {}, {}, "{}",
        "rdap.example"};
  }
};

TEST_F(Evidence, TheImportedTableNamesTheSystemAndItsHolderVotes) {
  const std::string path = folder_ / "routing.table";
  const RoutingSource source(path);
  SystemRdap rdap;
  TracerParts with{.resolver = resolver_, .rdap = rdap, .geos = {{"a.mmdb", &geo_}}};
  with.routing = &source;
  EXPECT_TRUE(trace(with).announced.systems.empty());  // No table is a method less.
  RoutingBuilder builder;
  builder.add({*url::parse_network("192.0.2.0/24"), {64501, 64501, 64502}});
  ASSERT_TRUE(builder.write(path, "rib (MRT)", kNow));
  const auto found = trace(with);
  EXPECT_EQ(found.announced.prefix, "192.0.2.0/24");
  EXPECT_EQ(found.announced.systems, (std::vector<std::int64_t>{64501, 64502}));
  EXPECT_EQ(found.announced.holder, "ISP-AS");
  EXPECT_EQ(found.asn, 64501);  // Who announces it now, before what a file says.
  EXPECT_EQ(found.differences.size(), 2u);
  EXPECT_EQ(found.country.confidence, Confidence::medium);
  ASSERT_EQ(answers(found, "routing").size(), 1u);
  EXPECT_EQ(answers(found, "routing")[0].source, "rib (MRT)");
  RoutingBuilder next;
  next.add(*url::parse_network("192.0.2.0/25"), 64510);
  ASSERT_TRUE(next.write(path, "asn.mmdb (MMDB)", kNow));
  EXPECT_EQ(trace(with).asn, 64510);  // Replaced under a running program.
}

TEST_F(Evidence, TheNamesRegistrarIsFoundByRdapOrWhois) {
  SystemRdap rdap;
  const auto found = trace({.resolver = resolver_, .rdap = rdap});
  EXPECT_EQ(found.name_holder.name, "gallery.example");
  EXPECT_EQ(found.name_holder.registrar, "Names Ltd.");
  EXPECT_EQ(found.name_holder.registrar_abuse, "abuse@names.example");
  EXPECT_EQ(found.name_holder.registry, "rdap.example");
  whois_.answers["gallery.example"] = {
      {"whois.iana.org",
       "domain: EXAMPLE\norganisation: Range Registry\nrefer: whois.registry.example\n"},
      {"whois.registry.example",
       "Registrar: Other Names\nRegistrar Abuse Contact Email: abuse@other.example\nCreation Date: "
       "2028-05-06\n"}};
  auto with = parts();
  with.whois = &whois_;
  const auto by_whois = trace(with);
  EXPECT_EQ(by_whois.name_holder.registrar, "Other Names");
  EXPECT_EQ(by_whois.name_holder.registrar_abuse, "abuse@other.example");
  EXPECT_EQ(by_whois.name_holder.registry, "Range Registry");
  EXPECT_EQ(by_whois.name_holder.created, "2028-05-06");
}

TEST_F(Evidence, AProxyIsSeenByItsCertificateAndItsNetworks) {
  auto with = parts();
  with.hints = *CdnHints::parse(
      R"({"cdns":[{"id":"by-name","certificate_names":["sni.edge.example"]},
                  {"id":"by-address","networks":["192.0.2.0/28"]}]})");
  auto found = trace(with, {.certificate = R"({"names":"DNS:SNI.edge.example"})"});
  EXPECT_EQ(found.cdn, "by-name");
  EXPECT_EQ(found.cdn_seen_by, "the certificate, which names sni.edge.example");
  EXPECT_EQ(answers(found, "certificate").size(), 1u);
  found = trace(with);
  EXPECT_EQ(found.cdn, "by-address");
  EXPECT_EQ(found.cdn_seen_by, "its address, in 192.0.2.0/28");
  EXPECT_FALSE(CdnHints::parse(R"({"cdns":[{"id":"x","networks":["192.0.2.0/99"]}]})"));
}

TEST(Details, AreReadAsTheyWereWritten) {
  HostingTrace trace;
  trace.cdn_seen_by = "a header";
  trace.differences = {"one", "two"};
  trace.canonical_name = "edge.example";
  trace.name_servers = {"ns.example"};
  trace.name_holder = {"a.example", "Names", "abuse@names.example", "Registry", "2029"};
  trace.announced = {"192.0.2.0/24", {64500, 4'200'000'000}, "ISP"};
  trace.certificate = "{\"subject\":\"CN = a\"}";
  trace.origin = {"198.51.100.7", "abuse@origin.example", "https://edge.example", true, ""};
  HostingTrace again;
  ASSERT_TRUE(read_details(details_text(trace), again));
  EXPECT_EQ(details_text(again), details_text(trace));
  EXPECT_TRUE(again.origin.is_signed);
  EXPECT_TRUE(read_details("{}", again));
}

class OriginDesk : public Evidence {
 protected:
  /// An operator's desk: signs what `answer` makes of the question.
  net::WebDouble::Handler desk(std::function<json::object(const json::value&)> answer) {
    return [this, answer](int fd, const std::string&, const std::string& head) {
      const auto parsed = parse_json(body_of(fd, head));
      const auto body = json::serialize(answer(parsed.value_or(json::value())));
      net::send_all(
          fd,
          net::web_answer("application/json", body,
                          "Hotline-Signature: " + base64(crypto::sign(operator_, body)) + "\r\n"));
    };
  }
  static std::string body_of(int fd, const std::string& head) {
    const auto end = head.find("\r\n\r\n") + 4;
    const auto length = lower_ascii(head).find("content-length: ");
    const auto size = static_cast<std::size_t>(std::atoi(head.c_str() + length + 16));
    std::string body = head.substr(end);
    char chunk[2048];
    while (body.size() < size) {
      const auto got = ::recv(fd, chunk, sizeof chunk, 0);
      if (got <= 0) break;
      body.append(chunk, static_cast<std::size_t>(got));
    }
    return body;
  }
  std::unique_ptr<OriginAsker> asker(const net::WebDouble& web, bool with_key = true) {
    return open_origin_asker(
        {{"range-cdn", web.origin() + "/origin", with_key ? operator_.public_key : ""}},
        crypto::make_signing_keys(), "Hotline");
  }
  static json::object told(const json::value& question, const std::string& ip) {
    return {{"protocol", "hotline-origin/1"},
            {"nonce", text_at(question, "nonce").value_or("")},
            {"host", text_at(question, "host").value_or("")},
            {"origin", {{"ip", ip}, {"abuse", "abuse@origin.example"}}}};
  }
  crypto::SigningKeys operator_ = crypto::make_signing_keys();
};

TEST_F(OriginDesk, ADisclosedOriginIsWhereTheNoticeGoesAndTheProxyIsAbove) {
  net::WebDouble web(desk([](const json::value& q) { return told(q, "198.51.100.7"); }));
  const auto origins = asker(web);
  net::RdapNetwork edge, origin;
  edge.handle = "EDGE";
  edge.country = "US";
  edge.abuse_email = "abuse@edge.example";
  origin.handle = "ORIGIN";
  origin.country = "NL";
  origin.abuse_email = "noc@origin.example";
  rdap_.networks["192.0.2.7"] = edge;
  rdap_.networks["198.51.100.7"] = origin;
  geo_.answers["192.0.2.7"] = {"US", 65540, "Range CDN", "192.0.2.0/24"};
  geo_.answers["198.51.100.7"] = {"NL", 65538, "Origin", "198.51.100.0/24"};
  auto with = parts();
  with.hints = *CdnHints::load(HOTLINE_SOURCE_DIR "/policy/cdn.json");
  const auto before = trace(with);
  EXPECT_EQ(before.cdn, "range-cdn");
  EXPECT_EQ(before.country.confidence, Confidence::low);
  EXPECT_EQ(before.contact, "abuse@edge.example");
  with.origins = origins.get();
  const auto found = trace(with);
  EXPECT_EQ(found.cdn, "range-cdn");
  EXPECT_EQ(found.origin.ip, "198.51.100.7");
  EXPECT_TRUE(found.origin.is_signed);
  EXPECT_EQ(found.contact, "abuse@origin.example");
  EXPECT_EQ(found.upstream_contact, "abuse@edge.example");
  EXPECT_EQ(found.country.country, "NL");
  EXPECT_EQ(found.country.confidence, Confidence::medium);
  EXPECT_EQ(answers(found, "origin").size(), 1u);
  EXPECT_FALSE(same_hosting(before, found));  // Learning the origin begins a new episode.
  EXPECT_TRUE(same_hosting(found, found));
}

TEST_F(OriginDesk, OnlyTheOperatorsOwnAnswerToThisQuestionCounts) {
  net::WebDouble replayed(desk([](const json::value& q) {
    auto answer = told(q, "198.51.100.7");
    answer["nonce"] = "00";
    return answer;
  }));
  EXPECT_EQ(asker(replayed)->ask("range-cdn", "gallery.example", kNow).error().kind,
            ErrorKind::corrupt);
  net::WebDouble other_host(desk([](const json::value& q) {
    auto answer = told(q, "198.51.100.7");
    answer["host"] = "innocent.example";
    return answer;
  }));
  EXPECT_EQ(asker(other_host)->ask("range-cdn", "gallery.example", kNow).error().kind,
            ErrorKind::corrupt);
  net::WebDouble good(desk([](const json::value& q) { return told(q, "198.51.100.7"); }));
  const auto asking = asker(good);
  operator_ = crypto::make_signing_keys();  // Somebody else signs from now on.
  EXPECT_EQ(asking->ask("range-cdn", "gallery.example", kNow).error().kind, ErrorKind::corrupt);
  EXPECT_EQ(asking->ask("other-cdn", "gallery.example", kNow).error().kind, ErrorKind::not_found);
  net::WebDouble nothing(desk([](const json::value& q) { return told(q, ""); }));
  EXPECT_EQ(asker(nothing)->ask("range-cdn", "gallery.example", kNow).error().kind,
            ErrorKind::not_found);
  // A plain reporting interface is believed, and kept as what it is.
  const auto plain = asker(good, false)->ask("range-cdn", "gallery.example", kNow);
  ASSERT_TRUE(plain) << plain.error().sentence;
  EXPECT_FALSE(plain->is_signed);
}

TEST(OriginDoors, WithoutTlsAnAnswerMustBeSigned) {
  const std::string key = base64(std::string(32, 'k'));
  EXPECT_TRUE(parse_origin_doors({"a=https://edge.example/origin"}));
  EXPECT_TRUE(parse_origin_doors({"a=http://192.0.2.1/origin#" + key}));
  for (const std::string& bad :
       std::vector<std::string>{"", "a", "=https://x.example", "a=http://192.0.2.1/origin",
                                "a=https://x.example#short", "a=ftp://x.example#" + key})
    EXPECT_FALSE(parse_origin_doors({bad})) << bad;
}

}  // namespace
}  // namespace hotline::tracing
