#include "url/ip.h"

#include <gtest/gtest.h>

namespace hotline::url {
namespace {

IpAddress ip(const char* text) {
  return parse_ip(text).value();
}

TEST(Ip, OnlyGloballyReachableAddressesAreGlobal) {
  for (const char* text : {"0.0.0.0",
                           "0.1.2.3",
                           "10.0.0.1",
                           "10.255.255.255",
                           "100.64.0.1",
                           "100.127.255.255",
                           "127.0.0.1",
                           "127.255.255.254",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.0.0.1",
                           "192.0.0.8",
                           "192.0.0.170",
                           "192.0.2.1",
                           "192.88.99.1",
                           "192.168.0.1",
                           "198.18.0.1",
                           "198.19.255.255",
                           "198.51.100.1",
                           "203.0.113.1",
                           "224.0.0.1",
                           "239.255.255.255",
                           "240.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "::ffff:8.8.8.8",
                           "::ffff:127.0.0.1",
                           "::127.0.0.1",
                           "64:ff9b::808:808",
                           "64:ff9b:1::1",
                           "100::1",
                           "2001::1",
                           "2001:0:53aa:64c::1",
                           "2001:2::1",
                           "2001:10::1",
                           "2001:20::1",
                           "2001:1ff::1",
                           "2001:db8::1",
                           "2001:db8:ffff::1",
                           "2002:7f00:1::1",
                           "2002:808:808::1",
                           "3fff::1",
                           "3fff:fff::1",
                           "5f00::1",
                           "fc00::1",
                           "fd12:3456::1",
                           "fe80::1",
                           "fec0::1",
                           "ff02::1",
                           "4000::1",
                           "1fff::1"})
    EXPECT_FALSE(is_global(ip(text))) << text;
  for (const char* text :
       {"1.1.1.1",     "8.8.8.8",         "9.255.255.255", "11.0.0.1",        "100.63.255.255",
        "100.128.0.1", "126.255.255.255", "128.0.0.1",     "169.253.1.1",     "172.15.255.255",
        "172.32.0.1",  "192.0.1.1",       "192.0.3.1",     "192.167.1.1",     "198.17.255.255",
        "198.20.0.1",  "203.0.112.1",     "203.0.114.1",   "223.255.255.255", "2001:200::1",
        "2001:db7::1", "2001:db9::1",     "2003::1",       "2606:4700::1111", "2a00::1",
        "3ffe::1"})
    EXPECT_TRUE(is_global(ip(text))) << text;
}

TEST(Ip, ATestNetworkIsAllowedAndNothingBesideIt) {
  const std::string texts[] = {"127.0.0.0/8", " 192.0.2.7 ", "2001:db8:1::/48"};
  const auto networks = parse_networks(texts);
  ASSERT_TRUE(networks);
  EXPECT_TRUE(may_reach(ip("127.0.0.1"), *networks));
  EXPECT_TRUE(may_reach(ip("192.0.2.7"), *networks));
  EXPECT_FALSE(may_reach(ip("192.0.2.8"), *networks));
  EXPECT_TRUE(may_reach(ip("2001:db8:1::5"), *networks));
  EXPECT_FALSE(may_reach(ip("2001:db8:2::5"), *networks));
  EXPECT_FALSE(may_reach(ip("::ffff:127.0.0.1"), *networks));
  EXPECT_TRUE(may_reach(ip("8.8.8.8"), {}));
}

TEST(Ip, TextIsReadStrictlyAndWrittenBack) {
  for (const char* text : {"192.0.2.7", "2001:db8::7", "::", "::1"})
    EXPECT_EQ(ip(text).text(), text);
  EXPECT_EQ(ip("2001:DB8:0:0:0:0:0:7").text(), "2001:db8::7");
  EXPECT_EQ(ip("192.0.2.7").v4_number(), 0xc0000207u);
  EXPECT_EQ(IpAddress::v4(0xc0000207u), ip("192.0.2.7"));
  for (const char* text : {"", "1", "1.2.3", "1.2.3.04", "0x7f.0.0.1", " 1.2.3.4", "1.2.3.4 ",
                           "[::1]", "fe80::1%lo", "1.2.3.4.5", "256.0.0.1", ":::", "g::"})
    EXPECT_FALSE(parse_ip(text)) << text;
  EXPECT_FALSE(parse_ip(std::string_view("1.2.3.4\0", 8)));
}

TEST(Ip, NetworksHaveAPrefixInRange) {
  EXPECT_EQ(parse_network("192.0.2.77/24")->text(), "192.0.2.0/24");
  EXPECT_EQ(parse_network("2001:db8::7/33")->text(), "2001:db8::/33");
  EXPECT_EQ(parse_network("192.0.2.7")->text(), "192.0.2.7/32");
  EXPECT_EQ(parse_network("0.0.0.0/0")->text(), "0.0.0.0/0");
  EXPECT_TRUE(parse_network("0.0.0.0/0")->contains(ip("198.51.100.1")));
  for (const char* text :
       {"192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/", "192.0.2.0/x", "::/129", "/8"})
    EXPECT_FALSE(parse_network(text)) << text;
}

}  // namespace
}  // namespace hotline::url
