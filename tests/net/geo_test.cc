#include "net/geo.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace hotline::net {
namespace {

// A MaxMind DB file by hand: one network, one record. Enough to read every field that we read.
std::string text_field(const std::string& text) {
  return static_cast<char>(0x40 | text.size()) + text;
}

std::string mmdb(const std::string& record, const std::vector<bool>& path, int ip_version) {
  const auto count = static_cast<unsigned>(path.size());
  std::string tree;
  const auto add24 = [&](unsigned value) {
    for (int shift : {16, 8, 0}) tree += static_cast<char>(value >> shift & 255);
  };
  for (unsigned i = 0; i < count; ++i) {
    // The last node points to the record, at offset 0 of the part behind the 16 zeros.
    const unsigned next = i + 1 < count ? i + 1 : count + 16;
    add24(path[i] ? count : next);
    add24(path[i] ? next : count);
  }
  const auto number = [](const std::string& key, unsigned value, char type = '\xa2') {
    std::string out = text_field(key) + type;
    out += static_cast<char>(value >> 8);
    return out + static_cast<char>(value & 255);
  };
  const std::string metadata =
      std::string("\xAB\xCD\xEFMaxMind.com") + static_cast<char>(0xe0 | 9) +
      number("binary_format_major_version", 2) + number("binary_format_minor_version", 0) +
      text_field("build_epoch") + std::string("\x01\x02\x01", 3) + text_field("database_type") +
      text_field("Test") + text_field("description") + static_cast<char>(0xe0) +
      number("ip_version", static_cast<unsigned>(ip_version)) + text_field("languages") +
      std::string("\x00\x04", 2) + number("node_count", count, '\xc2') + number("record_size", 24);
  return tree + std::string(16, '\0') + record + metadata;
}

std::unique_ptr<Geo> geo_of(const std::string& bytes) {
  char name[] = "/tmp/hotline_geo_testXXXXXX";
  ::close(::mkstemp(name));
  std::ofstream(name, std::ios::binary) << bytes;
  auto geo = open_geo(name);
  ::unlink(name);
  EXPECT_TRUE(geo) << geo.error().sentence;
  return geo ? *std::move(geo) : nullptr;
}

std::vector<bool> bits_of(std::uint32_t first, int prefix, int before) {
  std::vector<bool> bits(static_cast<std::size_t>(before), false);
  for (int i = 0; i < prefix; ++i) bits.push_back((first >> (31 - i) & 1) != 0);
  return bits;
}

TEST(Geo, CountryAndAutonomousSystemAreRead) {
  const std::string nested =
      std::string("\xe3") + text_field("country") + "\xe1" + text_field("iso_code") +
      text_field("NL") + text_field("autonomous_system_number").replace(0, 1, "\x58") +
      std::string("\xc2\xfc\x00", 3) +
      text_field("autonomous_system_organization").replace(0, 1, std::string("\x5d\x01")) +
      text_field("Example Hosting");
  const auto geo = geo_of(mmdb(nested, bits_of(0xc0000200u, 24, 0), 4));
  ASSERT_TRUE(geo);
  const auto answer = geo->look_up("192.0.2.7");
  ASSERT_TRUE(answer) << answer.error().sentence;
  EXPECT_EQ(answer->country, "NL");
  EXPECT_EQ(answer->asn, 64512);
  EXPECT_EQ(answer->organisation, "Example Hosting");
  EXPECT_EQ(answer->network, "192.0.2.0/24");
  EXPECT_EQ(geo->look_up("198.51.100.1").error().kind, ErrorKind::not_found);
  EXPECT_EQ(geo->look_up("2001:db8::1").error().kind, ErrorKind::not_found);
  EXPECT_EQ(geo->look_up("gallery.example").error().kind, ErrorKind::invalid);
}

TEST(Geo, TheFlatFormAndTheIPv6TreeAreReadToo) {
  const std::string flat = std::string("\xe1") + text_field("country_code") + text_field("de");
  const auto geo = geo_of(mmdb(flat, bits_of(0xc6336400u, 24, 96), 6));
  ASSERT_TRUE(geo);
  const auto answer = geo->look_up("198.51.100.9");
  ASSERT_TRUE(answer) << answer.error().sentence;
  EXPECT_EQ(answer->country, "DE");
  EXPECT_EQ(answer->asn, 0);
  EXPECT_EQ(answer->network, "198.51.100.0/24");
}

TEST(Geo, AnotherFileIsRefused) {
  EXPECT_EQ(open_geo("/nowhere/at/all").error().kind, ErrorKind::invalid);
  char name[] = "/tmp/hotline_geo_testXXXXXX";
  ::close(::mkstemp(name));
  std::ofstream(name) << "not a database";
  EXPECT_EQ(open_geo(name).error().kind, ErrorKind::invalid);
  ::unlink(name);
}

}  // namespace
}  // namespace hotline::net
