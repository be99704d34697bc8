// Sharing: sources as numbers, the queue that serves them in turn, and pages of few sizes.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <fstream>

#include "base/text.h"
#include "http/fair_queue.h"
#include "http/sized.h"
#include "http/source.h"

namespace hotline::http {
namespace {

TEST(FairQueue, AFloodWaitsForItselfAndNobodyElseForIt) {
  std::mutex lock;
  std::condition_variable changed;
  bool open = false;
  std::vector<int> order;
  FairQueue queue(1);
  queue.post(1, [&] {
    std::unique_lock guard(lock);
    changed.wait(guard, [&] { return open; });
  });
  for (int i = 0; i < 1000; ++i) queue.post(1, [&] { order.push_back(1); });
  queue.post(2, [&] { order.push_back(2); });
  queue.post(3, [&] { order.push_back(3); });
  {
    const std::lock_guard guard(lock);
    open = true;
  }
  changed.notify_all();
  queue.join();
  ASSERT_EQ(order.size(), 1002u);
  EXPECT_LE(std::find(order.begin(), order.end(), 2) - order.begin(), 3);
  EXPECT_LE(std::find(order.begin(), order.end(), 3) - order.begin(), 3);
}

TEST(Sources, OneNetworkIsOneNumberForADay) {
  Sources sources;
  const Instant now = *parse_rfc3339("2030-03-04T09:41:22Z");
  const auto one = sources.number("192.0.2.7", now);
  EXPECT_NE(one, 0u);
  EXPECT_EQ(sources.number("192.0.2.200", now), one);
  EXPECT_EQ(sources.number(" ::ffff:192.0.2.9", now), one);
  EXPECT_NE(sources.number("198.51.100.7", now), one);
  EXPECT_EQ(sources.number("2001:db8:1::1", now), sources.number("2001:db8:1:ffff::2", now));
  EXPECT_NE(sources.number("2001:db8:1::1", now), sources.number("2001:db8:2::1", now));
  EXPECT_EQ(sources.number("nonsense", now), 0u);
  EXPECT_NE(sources.number("192.0.2.7", now + std::chrono::hours(25)), one);
}

TEST(Sized, APageIsFilledUpWithAndWithoutGzip) {
  for (const std::size_t length : {0u, 1u, 8000u, 8192u, 9000u, 100000u, 400000u}) {
    for (const bool packed : {false, true}) {
      Request request;
      if (packed) request.headers["accept-encoding"] = "br, gzip;q=0.5";
      Response page = html(std::string(length, 'x'));
      give_size(request, page);
      const bool is_size =
          std::find(kPageSizes.begin(), kPageSizes.end(), page.body.size()) != kPageSizes.end();
      EXPECT_TRUE(is_size || page.body.size() == 400000u) << length << packed;
      EXPECT_EQ(page.body.starts_with("\x1f\x8b"), packed);
    }
  }
}

/// What the gzip program makes of it.
std::string unpacked(const std::string& body) {
  const auto path = ::testing::TempDir() + "sized_form.gz";
  std::ofstream(path, std::ios::binary) << body;
  std::string text;
  FILE* out = ::popen(("gzip -dc " + path).c_str(), "r");
  char bytes[4096];
  for (std::size_t got = 0; (got = std::fread(bytes, 1, sizeof bytes, out)) > 0;)
    text.append(bytes, got);
  EXPECT_EQ(::pclose(out), 0) << "the sum or the length is wrong";
  return text;
}

TEST(Sized, AFormIsFilledWithoutCompressingItAgain) {
  std::string begin, end;
  for (int i = 0; i < 300; ++i) begin += "line " + std::to_string(i * 7919) + "\n";
  for (int i = 0; i < 200; ++i) end += "more " + std::to_string(i * 104729) + "\n";
  for (const auto& [page, wanted] : std::vector<std::pair<std::string, std::string>>{
           {begin + "MARK-A" + end, begin + "one" + end},
           {begin + "MARK-A and MARK-B, MARK-A" + end, begin + "one and , one" + end},
           {"MARK-A", "one"},
           {begin, begin},
           {"", ""}}) {
    const SizedForm form(html(page), {"MARK-A", "MARK-B"});
    const auto packed = form.fill(true, {"one", ""});
    EXPECT_EQ(unpacked(packed.body), wanted);
    EXPECT_EQ(packed.body.size(), 8192U);
    const auto plain = form.fill(false, {"one", ""});
    EXPECT_TRUE(plain.body.starts_with(wanted));
    EXPECT_EQ(plain.body.size(), 8192U);
  }
  const std::string large(70000, 'y');
  const SizedForm form(html(begin + "MARK-A"), {"MARK-A"});
  EXPECT_EQ(unpacked(form.fill(true, {large}).body), begin + large);
}

TEST(Sized, GzipIsTakenOnlyWhereItIsOffered) {
  EXPECT_TRUE(takes_gzip("gzip"));
  EXPECT_TRUE(takes_gzip("deflate, GZIP ;q=0.1"));
  EXPECT_FALSE(takes_gzip(""));
  EXPECT_FALSE(takes_gzip("gzip;q=0"));
  EXPECT_FALSE(takes_gzip("br, xgzip"));
}

}  // namespace
}  // namespace hotline::http
