#include "net/egress.h"

#include <gtest/gtest.h>

#include "net/dns_double.h"

namespace hotline::net {
namespace {

std::unique_ptr<Egress> open_egress(const DnsDouble& dns, const char* test_networks = "") {
  auto settings = Settings::defaults();
  (void)settings->set("net.test_networks", test_networks);
  auto egress = Egress::open(*settings, *open_resolver(dns.server()));
  return *std::move(egress);
}

// True if the look would go out: the address is accepted and every number may be connected to.
bool goes_out(Egress& egress, const std::string& address) {
  const auto url = url::parse(address);
  if (!url) return false;
  return egress.route(*url).verdict == FetchVerdict::answered;
}

TEST(Egress, NoNotationOfAnInternalAddressGoesOut) {
  DnsDouble dns;
  const auto egress = open_egress(dns);
  const char* kHosts[] = {
      // Loopback, in every way that somebody has used.
      "127.0.0.1", "127.0.0.2", "127.1", "127.0.1", "127.255.255.254", "2130706433", "0x7f000001",
      "0x7F000001", "0x7f.1", "0x7f.0.1", "0x7f.0x0.0x0.0x1", "0X7F.0.0.1", "017700000001",
      "0177.0.0.1", "0177.1", "0177.0.01", "00177.0.0.1", "0000177.0.0.1", "0x007f.0.0.1",
      "127.0.0.1.", "127.1.", "2130706433.", "0x7f000001.", "%31%32%37.0.0.1", "127%2e0%2e0%2e1",
      "%3127.1", "127.0.0.%31", "\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x97.0.0.1",
      "\xE2\x91\xA0\xE2\x91\xA1\xE2\x91\xA6.0.0.1",
      "127\xE3\x80\x82"
      "0.0.1",
      "127\xEF\xBC\x8E"
      "0.0.1",
      "127\xEF\xBD\xA1"
      "0.0.1",
      "\xF0\x9D\x9F\x8F\xF0\x9D\x9F\x90\xF0\x9D\x9F\x95.0.0.1", "127.0.0.\xC2\xB9",
      "127.0.0\xC2\xAD.1", "127.0.0.1\xE2\x80\x8B", "0", "0.0.0.0", "0x0", "00", "0.0", "0.0.0.1",
      "0.1", "1",
      // Private, shared, link-local, metadata services.
      "10.0.0.1", "10.1", "012.0.0.1", "0xa.0.0.1", "167772161", "0x0a000001", "10.255.255.255",
      "172.16.0.1", "172.31.255.255", "0xac.0x10.0.1", "2886729729", "192.168.0.1", "192.168.1",
      "0300.0250.0.1", "0xc0a80001", "3232235521", "192.168.65535", "169.254.169.254",
      "169.254.43518", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "0xa9.254.0251.254",
      "169.254.170.2", "100.64.0.1", "100.100.100.200", "0x64646464.", "1684301000",
      "100.127.255.254", "192.0.0.192",
      // Documentation, benchmarking, multicast, reserved, broadcast.
      "192.0.0.1", "192.0.0.8", "192.0.0.170", "192.0.2.1", "192.88.99.1", "198.18.0.1",
      "198.19.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
      "255.255.255.255", "4294967295", "0xffffffff", "037777777777", "4026531841",
      // IPv6: loopback, mapped, compatible, translated, tunnelled, local, multicast.
      "[::1]", "[0:0:0:0:0:0:0:1]", "[0000::1]", "[::]", "[::0]", "[::ffff:127.0.0.1]",
      "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]", "[::FFFF:169.254.169.254]",
      "[::ffff:a9fe:a9fe]", "[::ffff:10.0.0.1]", "[::ffff:8.8.8.8]", "[::127.0.0.1]", "[::7f00:1]",
      "[::169.254.169.254]", "[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]",
      "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::7f00:1]", "[100::1]", "[2001::1]", "[2001:0:7f00:1::]",
      "[2001:2::1]", "[2001:10::1]", "[2001:20::1]", "[2001:db8::1]", "[2002:7f00:1::]",
      "[2002:a9fe:a9fe::1]", "[2002:c0a8:1::1]", "[3fff::1]", "[5f00::1]", "[fc00::1]",
      "[fd00:ec2::254]", "[fd12:3456:789a::1]", "[fe80::1]", "[fe80::a9fe:a9fe]", "[febf::1]",
      "[fec0::1]", "[ff02::1]", "[ff05::1:3]", "[4000::1]", "[e000::1]",
      // What parsers disagree about.
      "127.0.0.1:80@8.8.8.8", "8.8.8.8@127.0.0.1", "8.8.8.8:80@127.0.0.1", "user@10.0.0.1",
      "[::1%25lo]", "[fe80::1%25eth0]", "[127.0.0.1]", "127.0.0.1\\@8.8.8.8", "127.0.0.1#@8.8.8.8",
      "127.0.0.1?@8.8.8.8", "127.0.0.1%00.example", "127.0.0.1%2f.example", "127.0.0.1 ",
      "localhost", "localhost.", "LOCALHOST", "lo%63alhost", "foo.localhost",
      "\xE2\x93\x9B\xE2\x93\x9E"
      "calhost"};
  static_assert(std::size(kHosts) >= 140);
  for (const char* host : kHosts)
    for (const char* before : {"http://", "https://", "//", "http:/", "http:\\\\"}) {
      const auto address = std::string(before) + host + "/";
      EXPECT_FALSE(goes_out(*egress, address)) << address;
      if (const auto reported = url::parse_reported(address)) {
        EXPECT_NE(egress->route(*reported).verdict, FetchVerdict::answered) << address;
      }
    }
}

TEST(Egress, OnlyWebPortsAndSchemes) {
  DnsDouble dns;
  const auto egress = open_egress(dns);
  for (const char* address :
       {"http://8.8.8.8:22/", "http://8.8.8.8:25/", "http://8.8.8.8:6379/", "http://8.8.8.8:11211/",
        "http://8.8.8.8:5432/", "http://8.8.8.8:53/", "http://8.8.8.8:65535/", "http://8.8.8.8:1/",
        "ftp://8.8.8.8/", "gopher://8.8.8.8:70/", "file:///etc/hosts", "dict://8.8.8.8:2628/",
        "ldap://8.8.8.8/", "smb://8.8.8.8/", "ws://8.8.8.8/", "jar:http://8.8.8.8!/"})
    EXPECT_FALSE(goes_out(*egress, address)) << address;
  for (const char* address : {"http://8.8.8.8/", "https://8.8.8.8/", "http://8.8.8.8:8080/",
                              "https://8.8.8.8:8443/", "http://8.8.8.8:81/", "http://134744072/",
                              "http://[2606:4700::1]/", "http://[2a00:1450::1]:8888/"})
    EXPECT_TRUE(goes_out(*egress, address)) << address;
}

TEST(Egress, OnePrivateAnswerSpoilsTheSet) {
  DnsDouble dns;
  dns.set("good.example", {"8.8.8.8", "2606:4700::1"});
  dns.set("private.example", {"10.0.0.1"});
  dns.set("mixed.example", {"8.8.8.8", "10.0.0.1"});
  dns.set("mixed6.example", {"8.8.8.8", "::1"});
  dns.set("mapped.example", {"::ffff:8.8.8.8"});
  dns.set("alias.example", {"private.example"});
  dns.set("chain.example", {"alias.example"});
  dns.set("fine.example", {"good.example"});
  dns.set("empty.example", std::vector<std::string>{});
  const auto egress = open_egress(dns);
  const auto verdict = [&](const char* host) {
    return egress->route(*url::parse(std::string("http://") + host)).verdict;
  };
  EXPECT_EQ(verdict("good.example"), FetchVerdict::answered);
  EXPECT_EQ(verdict("fine.example"), FetchVerdict::answered);
  for (const char* host : {"private.example", "mixed.example", "mixed6.example", "mapped.example",
                           "alias.example", "chain.example"})
    EXPECT_EQ(verdict(host), FetchVerdict::refused) << host;
  EXPECT_EQ(verdict("empty.example"), FetchVerdict::no_name);
  EXPECT_EQ(verdict("nobody.example"), FetchVerdict::no_name);
  const auto route = egress->route(*url::parse("http://good.example"));
  ASSERT_EQ(route.ips.size(), 2u);
  EXPECT_EQ(route.ips[0].text(), "8.8.8.8");
}

TEST(Egress, ANameThatChangesItsAnswerKeepsTheFirst) {
  // Rebinding: public for the check, private from question n on.
  for (int flip = 1; flip <= 20; ++flip) {
    DnsDouble dns;
    dns.set("flip.example", [flip](int count) {
      return std::vector<std::string>{count < flip ? "8.8.8.8" : "127.0.0.1"};
    });
    const auto egress = open_egress(dns);
    const auto url = url::parse("http://flip.example/");
    const auto first = egress->route(*url);
    for (int i = 0; i < 25; ++i) {
      const auto route = egress->route(*url);
      EXPECT_EQ(route.verdict, first.verdict);
      EXPECT_EQ(route.ips, first.ips);
      for (const auto& ip : route.ips) EXPECT_TRUE(url::is_global(ip));
    }
  }
}

TEST(Egress, TestNetworksOpenOnlyThemselves) {
  DnsDouble dns;
  const auto egress = open_egress(dns, "127.0.0.0/8");
  EXPECT_TRUE(goes_out(*egress, "http://127.0.0.1/"));
  EXPECT_TRUE(egress->may_connect(*url::parse_ip("127.0.0.1"), 80));
  EXPECT_FALSE(egress->may_connect(*url::parse_ip("127.0.0.1"), 22));
  EXPECT_FALSE(egress->may_connect(*url::parse_ip("10.0.0.1"), 80));
  EXPECT_FALSE(goes_out(*egress, "http://10.0.0.1/"));
  EXPECT_FALSE(goes_out(*egress, "http://[::ffff:127.0.0.1]/"));
}

TEST(Resolver, AnswersAreValuesAndSilenceIsUnavailable) {
  DnsDouble dns;
  dns.set("a.test", {"192.0.2.7", "2001:db8::7"});
  dns.set("www.a.test", {"a.test"});
  const auto resolver = open_resolver(dns.server());
  ASSERT_TRUE(resolver);
  EXPECT_EQ((*resolver)->look_up("A.test.", "A")->values, std::vector<std::string>{"192.0.2.7"});
  EXPECT_EQ((*resolver)->look_up("a.test", "AAAA")->values,
            std::vector<std::string>{"2001:db8::7"});
  const auto alias = (*resolver)->look_up("www.a.test", "A");
  EXPECT_EQ(alias->canonical_name, "a.test");
  EXPECT_EQ(alias->values, std::vector<std::string>{"192.0.2.7"});
  const auto nothing = (*resolver)->look_up("nobody.test", "A");
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(nothing->exists);
  EXPECT_EQ((*resolver)->look_up("a.test", "WKS").error().kind, ErrorKind::invalid);
  EXPECT_EQ((*resolver)->look_up("", "A").error().kind, ErrorKind::invalid);
  EXPECT_FALSE(open_resolver("not an address"));
  EXPECT_FALSE(open_resolver("127.0.0.1@70000"));
  const int silent = loopback_socket(SOCK_DGRAM, 0);
  const auto mute = open_resolver("127.0.0.1@" + std::to_string(port_of(silent)));
  EXPECT_EQ((*mute)->look_up("a.test", "A").error().kind, ErrorKind::unavailable);
  ::close(silent);
}

}  // namespace
}  // namespace hotline::net
