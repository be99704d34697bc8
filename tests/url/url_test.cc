#include "url/url.h"

#include <gtest/gtest.h>

#include <random>

namespace hotline::url {
namespace {

struct Pair {
  const char* given;
  const char* canonical;
};

TEST(Url, OneFormForAllWaysToWriteAnAddress) {
  const Pair kPairs[] = {
      {"http://gallery.example", "http://gallery.example/"},
      {"HTTP://GALLERY.Example:80/", "http://gallery.example/"},
      {"https://gallery.example:443/a", "https://gallery.example/a"},
      {"https://gallery.example:0443/a", "https://gallery.example/a"},
      {"http://gallery.example:8080/a", "http://gallery.example:8080/a"},
      {"http://gallery.example./a", "http://gallery.example/a"},
      {"http://gallery.example/a#part", "http://gallery.example/a"},
      {"http://gallery.example?x=1", "http://gallery.example/?x=1"},
      {"http://gallery.example/?", "http://gallery.example/"},
      {"http://gallery.example/a/./b/../c", "http://gallery.example/a/c"},
      {"http://gallery.example/../../c", "http://gallery.example/c"},
      {"http://gallery.example/a/..", "http://gallery.example/"},
      {"http://gallery.example/a/%2e%2E/b", "http://gallery.example/b"},
      {"http://gallery.example/%7euser/%41%c3%a9", "http://gallery.example/~user/A%C3%A9"},
      {"http://gallery.example/\xC3\xA9", "http://gallery.example/%C3%A9"},
      {"http://gallery.example/a b", "http://gallery.example/a%20b"},
      {"http://gallery.example/100%", "http://gallery.example/100%25"},
      {"http://gallery.example/a\\b", "http://gallery.example/a/b"},
      {"http:gallery.example/a", "http://gallery.example/a"},
      {"http:////gallery.example/a", "http://gallery.example/a"},
      {"http:\\\\gallery.example\\a", "http://gallery.example/a"},
      {" \t http://gallery.exa\nmple/a \r\n", "http://gallery.example/a"},
      {"http://gallery.example/a?b=%2f&c=\"", "http://gallery.example/a?b=%2F&c=%22"},
      {"http://b\xC3\xBC"
       "cher.example/",
       "http://xn--bcher-kva.example/"},
      {"http://XN--BCHER-KVA.example/", "http://xn--bcher-kva.example/"},
      {"http://fa\xC3\x9F.example/", "http://xn--fa-hia.example/"},
      {"http://gallery\xE3\x80\x82"
       "example/",
       "http://gallery.example/"},
      {"http://%67allery.example/", "http://gallery.example/"},
      {"http://r3---sn.gallery.example/", "http://r3---sn.gallery.example/"},
      {"http://a_b.gallery.example/", "http://a_b.gallery.example/"},
      {"http://[2001:DB8:0:0::7]/", "http://[2001:db8::7]/"},
      {"http://[2001:db8::7]:8080/", "http://[2001:db8::7]:8080/"},
  };
  for (const auto& pair : kPairs) {
    const auto url = parse(pair.given);
    ASSERT_TRUE(url) << pair.given << ": " << url.error().sentence;
    EXPECT_EQ(url->canonical(), pair.canonical);
    EXPECT_EQ(url->verbatim, pair.given);
  }
}

TEST(Url, EveryNotationOfAnIPv4AddressIsThatAddress) {
  for (const char* host : {"127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1",
                           "0X7F.0.0.0x1", "017700000001", "0177.0.0.01", "0177.1", "127.0.0.1.",
                           "%31%32%37.1", "\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x97.0.0.1",
                           "127\xE3\x80\x82"
                           "0.0.1",
                           "\xE2\x91\xA0\xE2\x91\xA1\xE2\x91\xA6.0.0.1"}) {
    const auto url = parse(std::string("http://") + host + "/");
    ASSERT_TRUE(url) << host;
    EXPECT_EQ(url->host, "127.0.0.1") << host;
    ASSERT_TRUE(url->ip());
    EXPECT_FALSE(is_global(*url->ip()));
  }
  EXPECT_EQ(parse("http://0/")->host, "0.0.0.0");
  EXPECT_EQ(parse("http://0x/")->host, "0.0.0.0");
  EXPECT_EQ(parse("http://0xffffffff/")->host, "255.255.255.255");
}

TEST(Url, WhatIsNoWebAddressIsRefused) {
  const char* kRefused[] = {
      "",
      " ",
      "http:",
      "http://",
      "http:///",
      "https://:80/",
      "http://?a",
      "gallery.example",
      "ftp://gallery.example/",
      "file:///etc/hosts",
      "javascript:alert(1)",
      "gopher://127.0.0.1:25/",
      "data:text/plain,x",
      "ws://gallery.example/",
      "blob:http://gallery.example/1",
      "http://user@gallery.example/",
      "http://user:word@gallery.example/",
      "http://@gallery.example/",
      "http://gallery.example:word@127.0.0.1/",
      "http://gallery.example:0/",
      "http://gallery.example:65536/",
      "http://gallery.example:99999999999999999999/",
      "http://gallery.example:8o/",
      "http://gallery.example:-1/",
      "http://256.1.1.1/",
      "http://1.2.3.4.5/",
      "http://0x100000000/",
      "http://4294967296/",
      "http://127.0.0.08/",
      "http://a.0x/x.1.2.3.4.0xg.1/",
      "http://gallery..example/",
      "http://.example/",
      "http://gallery.example../",
      "http://gal lery.example/",
      "http://gal%20lery.example/",
      "http://gal%00lery.example/",
      "http://gallery.example%2fpath/",
      "http://[::1/",
      "http://[::1]x/",
      "http://[fe80::1%25eth0]/",
      "http://[127.0.0.1]/",
      "http://[]/",
      "http://[::g]/",
      "http://gal<lery.example/",
      "http://gal|lery.example/",
      "http://gal^lery.example/",
      "http://xn--a.example/",
      "http://\xFF\xFE.example/",
  };
  for (const char* text : kRefused) {
    const auto url = parse(text);
    ASSERT_FALSE(url) << text << " became " << url->canonical();
    EXPECT_EQ(url.error().kind, ErrorKind::invalid);
    EXPECT_EQ(url.error().sentence.find("gallery"), std::string::npos);
  }
  EXPECT_FALSE(parse("http://" + std::string(64, 'a') + ".example/"));
}

TEST(Url, ALinkIsResolvedAsBrowsersDo) {
  const auto base = parse("https://gallery.example:8443/a/b?c=d");
  ASSERT_TRUE(base);
  const Pair kPairs[] = {
      {"x.jpg", "https://gallery.example:8443/a/x.jpg"},
      {"./x.jpg", "https://gallery.example:8443/a/x.jpg"},
      {"../x.jpg", "https://gallery.example:8443/x.jpg"},
      {"../../../x.jpg", "https://gallery.example:8443/x.jpg"},
      {"/x.jpg?y", "https://gallery.example:8443/x.jpg?y"},
      {"?y", "https://gallery.example:8443/a/b?y"},
      {"#y", "https://gallery.example:8443/a/b?c=d"},
      {"", "https://gallery.example:8443/a/b?c=d"},
      {"//cdn.example/x", "https://cdn.example/x"},
      {"\\\\cdn.example\\x", "https://cdn.example/x"},
      {"http://cdn.example", "http://cdn.example/"},
      {"https:x.jpg", "https://gallery.example:8443/a/x.jpg"},
      {"https:/cdn.example/x", "https://cdn.example/x"},
      {" x.jpg\n", "https://gallery.example:8443/a/x.jpg"},
      {"a:b", nullptr},
      {"javascript:void(0)", nullptr},
      {"//user@cdn.example/", nullptr},
  };
  for (const auto& pair : kPairs) {
    const auto url = resolve_relative(*base, pair.given);
    ASSERT_EQ(url.has_value(), pair.canonical != nullptr) << pair.given;
    if (url) {
      EXPECT_EQ(url->canonical(), pair.canonical) << pair.given;
    }
  }
}

TEST(Url, ReportersMayDisarmQuoteAndForgetTheScheme) {
  const Pair kPairs[] = {
      {"hxxp://gallery[.]example/a", "http://gallery.example/a"},
      {"hXXps://gallery(.)example/a", "https://gallery.example/a"},
      {"hxxp[:]//gallery[dot]example/a", "http://gallery.example/a"},
      {"hxxp[://]gallery[.]example[/]a", "http://gallery.example/a"},
      {"h**p://gallery{.}example/a[.]jpg", "http://gallery.example/a.jpg"},
      {"http://gallery.example/a[.]jpg", "http://gallery.example/a[.]jpg"},
      {"gallery.example", "http://gallery.example/"},
      {"www.gallery.example/a", "http://www.gallery.example/a"},
      {"gallery.example:8080/a", "http://gallery.example:8080/a"},
      {"//gallery.example/a", "http://gallery.example/a"},
      {"192.0.2.7/a", "http://192.0.2.7/a"},
      {"[2001:db8::7]/a", "http://[2001:db8::7]/a"},
      {"\"http://gallery.example/a\"", "http://gallery.example/a"},
      {"<http://gallery.example/a>", "http://gallery.example/a"},
      {"<URL:http://gallery.example/a>", "http://gallery.example/a"},
      {"(http://gallery.example/a).", "http://gallery.example/a"},
      {"[http://gallery.example/a],", "http://gallery.example/a"},
      {"http://gallery.example/a_(1)", "http://gallery.example/a_(1)"},
      {"http://gallery.example/a)", "http://gallery.example/a"},
      {"\xE2\x80\x9Chttp://gallery.example/a\xE2\x80\x9D", "http://gallery.example/a"},
      {"\xEF\xBB\xBFhttp://gallery.example/a\xC2\xA0", "http://gallery.example/a"},
      {"I saw this: http://gallery.example/a yesterday", "http://gallery.example/a"},
      {"http://[2001:db8::7]", "http://[2001:db8::7]/"},
  };
  for (const auto& pair : kPairs) {
    const auto address = canonical_from_report(pair.given);
    ASSERT_TRUE(address) << pair.given << ": " << address.error().sentence;
    EXPECT_EQ(*address, pair.canonical) << pair.given;
  }
  for (const char* text :
       {"", "hello", "localhost", "mailto:a@gallery.example", "ftp://gallery.example/",
        "hxxp://user@gallery[.]example/", "http://a.example http://b.example", "...", "()", "[.]",
        "http://", "see below"})
    EXPECT_FALSE(canonical_from_report(text)) << text;
}

TEST(Url, AllAddressesOfAPastedTextAreFoundOnce) {
  const auto found = addresses_in(
      "First hxxp://gallery[.]example/1, then <a href=\"https://gallery.example/2\">two</a>;\n"
      "gallery.example/3 and http://gallery.example/1 again. Costs 3.5 or 12.50, see note.txt and "
      "e.g. page 4,http://a.example/5|http://b.example/6 (192.0.2.7).");
  const std::vector<std::string> expected = {
      "hxxp://gallery[.]example/1", "https://gallery.example/2", "gallery.example/3",
      "http://a.example/5",         "http://b.example/6",        "192.0.2.7"};
  EXPECT_EQ(found, expected);
  std::string many;
  for (int i = 0; i < 50; ++i) many += "http://gallery.example/" + std::to_string(i) + "\n";
  EXPECT_EQ(addresses_in(many).size(), kAddressesPerTextMax);
}

TEST(Url, LengthIsBoundedAndTenMegabytesAreNothingSpecial) {
  for (const char fill : {'a', '.', '[', '(', '/', '%', '"', ' ', '\\', '0', ':', '@', '\xC3'}) {
    const std::string large(10'000'000, fill);
    EXPECT_FALSE(parse("http://gallery.example/" + large));
    EXPECT_FALSE(parse_reported(large));
    EXPECT_FALSE(parse(large));
    EXPECT_TRUE(addresses_in(large).empty());
  }
  const std::string inner(8000, '[');
  EXPECT_NO_FATAL_FAILURE((void)parse_reported(inner));
}

TEST(Url, CanonicalOfCanonicalIsTheSame) {
  const std::string_view kPieces[] = {
      "http", "https", "://",      "/",       "//",   "\\",       "..",
      ".",    "%",     "%2",       "%2e",     "%25",  "%2f",      "%41",
      "a",    "B",     ".example", "gallery", "?",    "#",        "=",
      "&",    ":",     "80",       "443",     "8080", "@",        "[",
      "]",    "::1",   "127",      "0x7f",    "017",  "\xC3\xBC", "\xE3\x80\x82",
      " ",    "\t",    "\"",       "'",       "xn--", "-",        "_",
      ";",    ",",     "|",        "^"};
  std::mt19937 random(7);
  int parsed = 0;
  for (int round = 0; round < 40000; ++round) {
    std::string text = round % 2 ? "http://gallery.example" : "https://";
    const auto count = random() % 9;
    for (unsigned i = 0; i < count; ++i) text += kPieces[random() % std::size(kPieces)];
    const auto url = parse(text);
    if (!url) continue;
    ++parsed;
    const auto again = parse(url->canonical());
    ASSERT_TRUE(again) << text << " became " << url->canonical();
    ASSERT_EQ(again->canonical(), url->canonical()) << text;
    ASSERT_EQ(*canonical_from_report(url->canonical()),
              *canonical_from_report(*canonical_from_report(url->canonical())))
        << text;
  }
  EXPECT_GT(parsed, 8000);
}

TEST(Url, RegistrableDomains) {
  EXPECT_EQ(registrable_domain("a.b.example"), "b.example");
  EXPECT_EQ(registrable_domain("b.example"), "b.example");
  EXPECT_EQ(registrable_domain("example"), "example");
  EXPECT_EQ(registrable_domain("A.B.Example."), "b.example");
  EXPECT_EQ(registrable_domain("x.gallery.co.uk"), "gallery.co.uk");
  EXPECT_EQ(registrable_domain("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(registrable_domain("[2001:db8::7]"), "[2001:db8::7]");
  EXPECT_EQ(registrable_domain(""), "");
}

}  // namespace
}  // namespace hotline::url
