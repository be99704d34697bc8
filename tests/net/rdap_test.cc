#include "net/rdap.h"

#include <gtest/gtest.h>

#include "net/rdap_answer.h"

namespace hotline::net {
namespace {

constexpr std::string_view kNetwork = R"({
  "objectClassName": "ip network", "handle": "NET-192-0-2-0-1", "parentHandle": "NET-192-0-0-0-0",
  "name": "EXAMPLE-HOSTING", "country": "nl",
  "startAddress": "192.0.2.0", "endAddress": "192.0.2.255",
  "links": [{"rel": "self", "href": "https://rdap.registry.example/ip/192.0.2.0/24"},
            {"rel": "up", "href": "https://rdap.registry.example/ip/192.0.0.0/16"}],
  "entities": [
    {"objectClassName": "entity", "handle": "ORG1", "roles": ["registrant"],
     "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["email", {}, "text", "office@isp.example"]]],
     "entities": [
       {"objectClassName": "entity", "roles": ["technical", "abuse"],
        "vcardArray": ["vcard", [["version", {}, "text", "4.0"],
          ["email", {"type": "work"}, "text", "two@isp.example, three@isp.example"],
          ["email", {"type": "work"}, "text", "mailto:Abuse@ISP.example"]]]}]}]})";

TEST(Rdap, ANetworkAndItsAbuseAddressAreRead) {
  const auto answer = read_rdap_network(kNetwork);
  ASSERT_TRUE(answer) << answer.error().sentence;
  EXPECT_EQ(answer->network.handle, "NET-192-0-2-0-1");
  EXPECT_EQ(answer->network.name, "EXAMPLE-HOSTING");
  EXPECT_EQ(answer->network.country, "NL");
  EXPECT_EQ(answer->network.start, "192.0.2.0");
  EXPECT_EQ(answer->network.end, "192.0.2.255");
  EXPECT_EQ(answer->network.parent_handle, "NET-192-0-0-0-0");
  EXPECT_EQ(answer->network.abuse_email, "Abuse@isp.example");
  EXPECT_EQ(answer->network.raw, kNetwork);
  EXPECT_EQ(answer->above, "https://rdap.registry.example/ip/192.0.0.0/16");
}

TEST(Rdap, OnlyTheRoleAbuseCounts) {
  const auto answer = read_rdap_network(R"({"objectClassName": "ip network", "entities": [
      {"roles": ["registrant"], "vcardArray": ["vcard", [["email", {}, "text", "a@isp.example"]]]}]})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->network.abuse_email, "");
}

TEST(Rdap, AHostileContactIsNoContact) {
  for (const char* email : {"a@isp.example\\r\\nBcc: v@c.example", "a@isp.example\\u0000",
                            "<a@isp.example>", "A <a@isp.example>", "a@isp.example,b@c.example",
                            "\\\"a\\\"@isp.example", "a@localhost", ""}) {
    const auto answer = read_rdap_network(
        R"({"objectClassName": "ip network", "entities": [{"roles": ["abuse"], "vcardArray": ["vcard", [["email", {}, "text", ")" +
        std::string(email) + R"("]]]}]})");
    ASSERT_TRUE(answer) << email;
    EXPECT_EQ(answer->network.abuse_email, "") << email;
  }
}

TEST(Rdap, OddShapesAreReadAsFarAsTheyGo) {
  for (const char* text :
       {R"({"objectClassName": "ip network"})",
        R"({"objectClassName": "ip network", "handle": 7, "country": "NLD", "startAddress": "x"})",
        R"({"objectClassName": "ip network", "entities": {}, "links": 1})",
        R"({"objectClassName": "ip network", "entities": [1, null, [], {"roles": "abuse"},
            {"roles": [1, "abuse"]}, {"roles": ["abuse"], "vcardArray": []},
            {"roles": ["abuse"], "vcardArray": ["vcard"]},
            {"roles": ["abuse"], "vcardArray": ["vcard", [1, [], ["email"], ["email", {}, "text", 5]]]}]})"}) {
    const auto answer = read_rdap_network(text);
    ASSERT_TRUE(answer) << text;
    EXPECT_EQ(answer->network.abuse_email, "");
    EXPECT_EQ(answer->network.country, "");
    EXPECT_EQ(answer->network.start, "");
  }
  for (const char* text :
       {"", "{}", "[]", "null", "{", R"({"objectClassName": "domain"})", "<html>"})
    EXPECT_FALSE(read_rdap_network(text)) << text;
  EXPECT_FALSE(read_rdap_network(std::string(kRdapBytesMax + 1, ' ')));
}

TEST(Rdap, DeepAndWideAnswersEnd) {
  std::string deep = R"({"objectClassName": "ip network", "entities": [)";
  for (int i = 0; i < 4000; ++i) deep += R"({"roles": ["x"]},)";
  deep +=
      R"({"roles": ["abuse"], "vcardArray": ["vcard", [["email", {}, "text", "a@isp.example"]]]}]})";
  const auto answer = read_rdap_network(deep);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->network.abuse_email, "");
  EXPECT_FALSE(read_rdap_network(std::string(100'000, '[')));
}

TEST(Rdap, TheLongestPrefixOfTheBootstrapFileWins) {
  constexpr std::string_view kFile = R"({"version": "1.0", "services": [
    [["192.0.0.0/8", "2001:db8::/32"], ["http://plain.example", "https://wide.example/rdap"]],
    [["192.0.2.0/24"], ["https://narrow.example/"]],
    [["192.0.2.128/25"], ["ftp://odd.example/"]], [1], [[], []]]})";
  const auto server = [&](const char* ip) { return bootstrap_server(kFile, *url::parse_ip(ip)); };
  EXPECT_EQ(*server("192.0.3.1"), "https://wide.example/rdap/");
  EXPECT_EQ(*server("192.0.2.1"), "https://narrow.example/");
  EXPECT_EQ(*server("192.0.2.200"), "https://narrow.example/");
  EXPECT_EQ(*server("2001:db8::1"), "https://wide.example/rdap/");
  EXPECT_EQ(server("198.51.100.1").error().kind, ErrorKind::not_found);
  EXPECT_EQ(bootstrap_server("{}", *url::parse_ip("192.0.2.1")).error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace hotline::net
