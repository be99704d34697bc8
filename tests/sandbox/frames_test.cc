#include "sandbox/frames.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <random>
#include <thread>

namespace hotline::sandbox {
namespace {

Message sample(std::mt19937& random) {
  Message message;
  message.header["number"] = random() % 1000;
  message.header["text"] = std::string(random() % 300, 'x');
  const std::size_t count = random() % 5;
  for (std::size_t i = 0; i < count; ++i) {
    std::string blob(random() % 4 == 0 ? 0 : random() % 5000, '\0');
    for (char& c : blob) c = static_cast<char>(random());
    message.blobs.push_back(blob);
  }
  return message;
}

void expect_same(const Message& a, const Message& b) {
  EXPECT_EQ(json::serialize(a.header), json::serialize(b.header));
  EXPECT_EQ(a.blobs, b.blobs);
}

TEST(Frames, AnyMessageComesBackHoweverItIsCut) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    std::vector<Message> sent;
    std::string wire;
    for (int i = 0; i < 3; ++i) {
      sent.push_back(sample(random));
      wire += encode(sent.back());
    }
    MessageParser parser;
    std::size_t at = 0, seen = 0;
    while (at < wire.size()) {
      const std::size_t step = std::min<std::size_t>(1 + random() % 900, wire.size() - at);
      parser.feed(std::string_view(wire).substr(at, step));
      at += step;
      for (;;) {
        auto next = parser.next();
        ASSERT_TRUE(next.has_value());
        if (!*next) break;
        ASSERT_LT(seen, sent.size());
        expect_same(**next, sent[seen++]);
      }
    }
    EXPECT_EQ(seen, sent.size());
    EXPECT_TRUE(parser.at_border());
  }
}

TEST(Frames, WantedNeverReachesIntoTheNextMessage) {
  std::mt19937 random(2);
  for (int round = 0; round < 200; ++round) {
    const std::string wire = encode(sample(random));
    MessageParser parser;
    std::size_t at = 0;
    while (true) {
      const std::size_t wanted = parser.wanted();
      if (wanted == 0) {
        auto next = parser.next();
        ASSERT_TRUE(next.has_value());
        if (*next) break;
        ASSERT_GT(parser.wanted(), 0u);
        continue;
      }
      ASSERT_LE(at + wanted, wire.size());
      parser.feed(std::string_view(wire).substr(at, wanted));
      at += wanted;
    }
    EXPECT_EQ(at, wire.size());
  }
}

TEST(Frames, AChangedByteNeverGivesMoreThanTheLimitsAllow) {
  std::mt19937 random(3);
  const FrameLimits limits{2000, 6000, 6, 30000};
  for (int round = 0; round < 5000; ++round) {
    std::string wire = encode(sample(random));
    for (int i = 0; i < 3; ++i) wire[random() % std::min<std::size_t>(wire.size(), 60)] ^= random();
    MessageParser parser(limits);
    parser.feed(wire);
    const auto next = parser.next();
    if (!next) {
      EXPECT_EQ(next.error().kind, ErrorKind::invalid);
      EXPECT_FALSE(parser.next().has_value());
      EXPECT_FALSE(parser.at_border());
    } else if (*next) {
      EXPECT_LE((*next)->blobs.size(), 6u);
      for (const auto& blob : (*next)->blobs) EXPECT_LE(blob.size(), 6000u);
    } else {
      EXPECT_LE(parser.wanted(), 30000u);
    }
  }
}

TEST(Frames, EachLengthHasItsOwnCap) {
  Message message;
  message.header["a"] = std::string(100, 'a');
  message.blobs = {std::string(50, 'b'), std::string(50, 'c')};
  const std::string wire = encode(message);
  const auto verdict = [&](FrameLimits limits) {
    MessageParser parser(limits);
    parser.feed(wire);
    return parser.next().has_value();
  };
  EXPECT_TRUE(verdict({108, 50, 2, wire.size()}));
  EXPECT_FALSE(verdict({107, 50, 2, wire.size()}));
  EXPECT_FALSE(verdict({108, 49, 2, wire.size()}));
  EXPECT_FALSE(verdict({108, 50, 1, wire.size()}));
  EXPECT_FALSE(verdict({108, 50, 2, wire.size() - 1}));
}

TEST(Frames, AnAnnouncedGigabyteIsRefusedBeforeItComes) {
  MessageParser parser;
  parser.feed(std::string("HLF1\x02\0\0\0\x01\0\0\0\0\0\0\x70{}", 18));
  EXPECT_EQ(parser.next().error().kind, ErrorKind::invalid);
}

TEST(Frames, TheHeaderMustBeAnObject) {
  for (const std::string text : {"[]", "1", "", "{", "{} x"}) {
    std::string wire("HLF1\0\0\0\0\0\0\0\0", 12);
    wire[4] = static_cast<char>(text.size());
    MessageParser parser;
    parser.feed(wire + text);
    EXPECT_FALSE(parser.next().has_value()) << text;
  }
}

class FramePipe : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(pipe(ends_), 0); }
  void TearDown() override {
    close(ends_[0]);
    close_writer();
  }
  void close_writer() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }
  int ends_[2] = {-1, -1};
};

TEST_F(FramePipe, LongMessagesCrossAPipe) {
  std::mt19937 random(4);
  Message first = sample(random), second = sample(random);
  first.blobs.push_back(std::string(3'000'000, 'z'));
  std::thread writer([&] {
    EXPECT_TRUE(write_message(ends_[1], first, in(std::chrono::seconds(10))));
    EXPECT_TRUE(write_message(ends_[1], second, in(std::chrono::seconds(10))));
    close_writer();
  });
  for (const auto* sent : {&first, &second}) {
    auto got = read_message(ends_[0], {}, in(std::chrono::seconds(10)));
    ASSERT_TRUE(got && *got);
    expect_same(**got, *sent);
  }
  const auto end = read_message(ends_[0], {}, in(std::chrono::seconds(10)));
  ASSERT_TRUE(end.has_value());
  EXPECT_FALSE(end->has_value());
  writer.join();
}

TEST_F(FramePipe, AnEndInsideAMessageIsTrouble) {
  const std::string wire = encode({{{"a", 1}}, {"blob"}});
  ASSERT_EQ(write(ends_[1], wire.data(), wire.size() - 1), std::ssize(wire) - 1);
  close_writer();
  EXPECT_EQ(read_message(ends_[0], {}, in(std::chrono::seconds(10))).error().kind,
            ErrorKind::unavailable);
}

TEST_F(FramePipe, BothSidesKeepTheirDeadline) {
  const auto began = std::chrono::steady_clock::now();
  EXPECT_FALSE(read_message(ends_[0], {}, in(std::chrono::milliseconds(50))));
  const Message large{{}, {std::string(1'000'000, 'z')}};
  EXPECT_FALSE(write_message(ends_[1], large, in(std::chrono::milliseconds(50))));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
}

TEST_F(FramePipe, AReaderThatHasGoneIsTroubleAndNotASignal) {
  close(ends_[0]);
  EXPECT_EQ(write_message(ends_[1], {{}, {"x"}}, in(std::chrono::seconds(1))).error().kind,
            ErrorKind::unavailable);
  ends_[0] = dup(0);
}

}  // namespace
}  // namespace hotline::sandbox
