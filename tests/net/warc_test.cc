#include "net/warc.h"

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/text.h"

namespace hotline::net {
namespace {

Capture sample() {
  Capture capture{.verdict = FetchVerdict::answered, .status = 200};
  capture.final_url = "http://gallery.example/b";
  capture.page = "<p>page";
  capture.screenshot = "\x89PNG picture";
  capture.media.push_back(
      {.url = "http://gallery.example/1.png", .bytes = "\x89PNG\r\n\r\nWARC/1.1\r\n"});
  capture.exchanges = {{.url = "http://gallery.example/a",
                        .ip = "192.0.2.7",
                        .request = "GET /a HTTP/1.1\r\n\r\n",
                        .response = "HTTP/1.1 302 Found\r\nLocation: /b\r\n",
                        .body = "moved",
                        .at_us = 1'900'000'000'000'000},
                       {.url = "http://gallery.example/b",
                        .ip = "192.0.2.7",
                        .request = "GET /b HTTP/2\r\n\r\n",
                        .response = "HTTP/2 200\r\nContent-Encoding: gzip\r\ncontent-length: 4\r\n",
                        .body_of = Exchange::kPageBody},
                       {.url = "http://gallery.example/1.png",
                        .response = "HTTP/1.1 200 OK\r\n",
                        .body_of = 1,
                        .cut = true}};
  return capture;
}

const WarcAbout kAbout{.address = "http://gallery.example/a",
                       .maker = "Hotline\r\nInjected: yes",
                       .recipe = {.referrer = "http://forum.example/"},
                       .at = *parse_rfc3339("2030-03-04T09:00Z")};

TEST(Warc, WhatIsWrittenIsReadAgainAndEveryDigestIsRight) {
  const auto file = write_warc(sample(), kAbout);
  const auto records = read_warc(file);
  ASSERT_TRUE(records) << records.error().sentence;
  std::vector<std::string> types;
  for (const auto& record : *records) {
    types.push_back(record.type);
    EXPECT_TRUE(record.checked);
    EXPECT_TRUE(record.id.starts_with("<urn:uuid:"));
  }
  EXPECT_EQ(types, (std::vector<std::string>{"warcinfo", "response", "request", "response",
                                             "request", "response", "resource", "metadata"}));
  EXPECT_EQ((*records)[0].block.find("\nInjected"), std::string_view::npos);
  EXPECT_EQ((*records)[3].block,
            "HTTP/1.1 200 \r\nX-Archive-Orig-Content-Encoding: gzip\r\n"
            "X-Archive-Orig-content-length: 4\r\nContent-Length: 7\r\n\r\n<p>page");
  EXPECT_TRUE((*records)[5].block.ends_with("WARC/1.1\r\n"));
  EXPECT_NE((*records)[7].block.find("forum.example"), std::string_view::npos);
}

TEST(Warc, AChangedByteOfAnyBlockIsNoticed) {
  const auto file = write_warc(sample(), kAbout);
  const auto records = *read_warc(file);
  for (const auto& record : records) {
    auto broken = file;
    broken[static_cast<std::size_t>(record.block.data() - file.data()) + 1] ^= 1;
    EXPECT_EQ(read_warc(broken).error().kind, ErrorKind::corrupt) << record.type;
  }
}

TEST(Warc, ACutOrForeignFileIsInvalid) {
  const auto file = write_warc(sample(), kAbout);
  for (std::size_t length = 0; length < file.size(); length += 7) {
    const auto read = read_warc(std::string_view(file).substr(0, length));
    // Cut exactly between two records it is a whole, shorter file.
    if (read) {
      EXPECT_TRUE(file.substr(length).starts_with("WARC/1.1"));
    }
  }
  for (const char* text : {"", "WARC", "WARC/1.1\r\n\r\n", "GIF89a",
                           "WARC/1.1\r\nWARC-Type: a\r\nWARC-Record-ID: b\r\nContent-Length: "
                           "99999999999999999999\r\n\r\n\r\n\r\n",
                           "WARC/1.1\r\nWARC-Type: a\r\nWARC-Record-ID: b\r\nContent-Length: 0\r\n"
                           "Content-Length: 1\r\n\r\n\r\n\r\n"})
    EXPECT_FALSE(read_warc(text)) << text;
}

}  // namespace
}  // namespace hotline::net
