// hotline-fetch as the worker runs it, against a web server on loopback.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zlib.h>

#include <chrono>
#include <fstream>

#include "net/dns_double.h"
#include "net/fetch_cli.h"
#include "net/fetcher.h"
#include "net/web_double.h"

namespace hotline::net {
namespace {

// Anything that begins as a PNG: nobody decodes it here.
const std::string kPicture = "\x89PNG\r\n\x1a\n" + std::string(600, 'p');

class Fetch : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/hotline_fetch_testXXXXXX";
    const int fd = ::mkstemp(name);
    ASSERT_GE(fd, 0);
    ::close(fd);
    config_ = name;
  }
  void TearDown() override { ::unlink(config_.c_str()); }

  Capture look(const std::string& url, bool browser = false, const std::string& referrer = "") {
    std::ofstream(config_) << "[net]\ntest_networks = [\"127.0.0.1/32\"]\nresolver = \""
                           << dns_.server() << "\"\n[capture]\ndeadline = \"" << deadline_
                           << "\"\npage_size_max = 300000\n"
                           << (browser_program_.empty()
                                   ? ""
                                   : "browser = \"" + browser_program_ + "\"\n");
    const auto fetcher =
        open_jailed_fetcher(HOTLINE_BINARY_DIR "/hotline-fetch", config_, std::chrono::seconds(40));
    const auto start = std::chrono::steady_clock::now();
    auto capture = fetcher->look({.url = url, .referrer = referrer, .browser = browser});
    took_ = std::chrono::steady_clock::now() - start;
    EXPECT_TRUE(capture) << capture.error().sentence;
    return capture ? *std::move(capture) : Capture{};
  }

  DnsDouble dns_;
  std::string config_;
  std::string deadline_ = "8s";
  std::string browser_program_;
  std::chrono::steady_clock::duration took_{};
};

std::string gzip(const std::string& text) {
  z_stream stream{};
  ::deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(text.size() / 500 + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

TEST_F(Fetch, APageComesWithItsPictures) {
  WebDouble web([](int fd, const std::string& path, const std::string&) {
    if (path == "/")
      send_all(fd, web_answer("text/html",
                              "<title>Shapes</title><p>Two<img src=/1.png><img src=/2.png>"
                              "<img src=/gone.png>",
                              "Server: double\r\nSet-Cookie: a=b\r\n"));
    else if (path == "/gone.png")
      send_all(fd, "HTTP/1.1 404 Gone\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    else
      send_all(fd, web_answer("image/png", kPicture));
  });
  dns_.set("gallery.example", {"127.0.0.1"});
  const auto address = "http://gallery.example:" + std::to_string(web.port()) + "/";
  const auto capture = look(address);
  EXPECT_EQ(capture.verdict, FetchVerdict::answered);
  EXPECT_EQ(capture.status, 200);
  EXPECT_EQ(capture.title, "Shapes");
  EXPECT_EQ(capture.text, "Two");
  EXPECT_EQ(capture.server, R"({"server":"double"})");
  ASSERT_EQ(capture.hops.size(), 1u);
  EXPECT_EQ(capture.hops[0].ip, "127.0.0.1");
  ASSERT_EQ(capture.media.size(), 2u);
  EXPECT_EQ(capture.media[1].bytes, kPicture);
  EXPECT_EQ(capture.sentence, "1 of 3 pictures or videos could not be fetched.");
  for (const auto& head : web.heads()) {
    for (const char* never : {"Cookie:", "Referer:", "Authorization:", "hotline"})
      EXPECT_EQ(head.find(never), std::string::npos) << head;
    EXPECT_NE(head.find("User-Agent: Mozilla/5.0"), std::string::npos);
  }
}

TEST_F(Fetch, AReferrerIsSentOnlyAsTheRecipeSays) {
  WebDouble web([](int fd, const std::string&, const std::string& head) {
    const bool right = head.find("Referer: http://forum.example/thread\r\n") != std::string::npos;
    send_all(fd, right ? web_answer("image/png", kPicture) : web_answer("text/html", "nothing"));
  });
  EXPECT_EQ(look(web.origin() + "/a.png").media.size(), 0u);
  EXPECT_EQ(look(web.origin() + "/a.png", false, "http://forum.example/thread").media.size(), 1u);
}

TEST_F(Fetch, AnAddressThatIsAPictureIsItsOnlyMedium) {
  WebDouble web([](int fd, const std::string&, const std::string&) {
    send_all(fd, web_answer("image/png", kPicture));
  });
  const auto capture = look(web.origin() + "/a.png");
  ASSERT_EQ(capture.media.size(), 1u);
  EXPECT_EQ(capture.media[0].url, web.origin() + "/a.png");
  EXPECT_EQ(capture.page, kPicture);
}

TEST_F(Fetch, NoRedirectLeadsInside) {
  dns_.set("inside.example", {"10.0.0.1"});
  dns_.set("mixed.example", {"127.0.0.1", "192.168.0.1"});
  for (const char* target :
       {"http://10.0.0.1/", "http://127.0.0.2:8001/", "http://[::1]:8001/", "http://0x7f.2/",
        "http://[::ffff:127.0.0.1]:8001/", "http://169.254.169.254/latest/",
        "http://inside.example/", "http://mixed.example:8001/", "//10.0.0.1/",
        "http://127.0.0.1:22/", "http://127.0.0.1:6379/", "file:///etc/hosts",
        "gopher://127.0.0.1:8001/", "ftp://127.0.0.1/", "javascript:1",
        "http://user:word@127.0.0.1:8001/", "http://localhost:8001/"}) {
    WebDouble web([target](int fd, const std::string&, const std::string&) {
      send_all(fd, web_redirect(target));
    });
    const auto capture = look(web.origin() + "/");
    EXPECT_EQ(capture.verdict, FetchVerdict::refused) << target;
    EXPECT_EQ(web.heads().size(), 1u) << target;
    EXPECT_TRUE(capture.page.empty());
    EXPECT_NE(capture.sentence.find("blocked"), std::string::npos) << capture.sentence;
  }
}

TEST_F(Fetch, APictureInsideIsNotFetched) {
  WebDouble web([](int fd, const std::string&, const std::string&) {
    send_all(fd, web_answer("text/html",
                            "<img src=http://10.0.0.1/x.png><img src=http://127.0.0.2/y.png>"));
  });
  const auto capture = look(web.origin() + "/");
  EXPECT_EQ(capture.verdict, FetchVerdict::answered);
  EXPECT_TRUE(capture.media.empty());
}

TEST_F(Fetch, AChainOfThreeHundredHopsEnds) {
  WebDouble web([](int fd, const std::string& path, const std::string&) {
    const int hop = std::atoi(path.c_str() + 1);
    send_all(
        fd, hop < 300 ? web_redirect("/" + std::to_string(hop + 1)) : web_answer("text/html", "x"));
  });
  const auto capture = look(web.origin() + "/0");
  EXPECT_EQ(capture.verdict, FetchVerdict::refused);
  EXPECT_EQ(web.heads().size(), 11u);
  EXPECT_EQ(capture.hops.back().note, "blocked: too many redirects");
  WebDouble refresh([](int fd, const std::string& path, const std::string&) {
    send_all(fd,
             web_answer("text/html", "<meta http-equiv=refresh content='0;url=" + path + "x'>"));
  });
  EXPECT_EQ(look(refresh.origin() + "/").verdict, FetchVerdict::refused);
}

TEST_F(Fetch, ABombIsCapped) {
  const auto bomb = gzip(std::string(100'000'000, 'a'));
  WebDouble web([&](int fd, const std::string&, const std::string&) {
    send_all(fd, web_answer("text/html", bomb, "Content-Encoding: gzip\r\n"));
  });
  const auto capture = look(web.origin() + "/");
  EXPECT_EQ(capture.verdict, FetchVerdict::too_large);
  EXPECT_LE(capture.page.size(), 300000u);
  WebDouble endless([&](int fd, const std::string&, const std::string&) {
    send_all(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n");
    while (send_all(fd, std::string(65536, 'b'))) {
    }
  });
  EXPECT_EQ(look(endless.origin() + "/").verdict, FetchVerdict::too_large);
}

TEST_F(Fetch, HostileHeadersEnd) {
  WebDouble headers([](int fd, const std::string&, const std::string&) {
    send_all(fd, "HTTP/1.1 200 OK\r\n");
    while (send_all(fd, "X-Filler: " + std::string(1000, 'x') + "\r\n")) {
    }
  });
  EXPECT_NE(look(headers.origin() + "/").verdict, FetchVerdict::answered);
  WebDouble interim([](int fd, const std::string&, const std::string&) {
    while (send_all(fd, "HTTP/1.1 103 Early Hints\r\n\r\n")) {
    }
  });
  EXPECT_NE(look(interim.origin() + "/").verdict, FetchVerdict::answered);
  WebDouble garbage([](int fd, const std::string&, const std::string&) {
    send_all(fd, std::string(5000, '\x01'));
  });
  EXPECT_EQ(look(garbage.origin() + "/").verdict, FetchVerdict::no_answer);
}

TEST_F(Fetch, ASlowDripIsEnded) {
  deadline_ = "3s";
  WebDouble* drip = nullptr;
  WebDouble web([&](int fd, const std::string&, const std::string&) {
    send_all(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n");
    while (!drip->stopping() && send_all(fd, "d")) ::usleep(100'000);
  });
  drip = &web;
  const auto capture = look(web.origin() + "/");
  EXPECT_LT(took_, std::chrono::seconds(6));
  EXPECT_EQ(capture.status, 200);
  EXPECT_NE(capture.sentence.find("did not end"), std::string::npos);
  WebDouble* mute = nullptr;
  WebDouble silent([&](int, const std::string&, const std::string&) {
    while (!mute->stopping()) ::usleep(50'000);
  });
  mute = &silent;
  EXPECT_EQ(look(silent.origin() + "/").verdict, FetchVerdict::no_answer);
  EXPECT_LT(took_, std::chrono::seconds(6));
}

TEST_F(Fetch, WhoDoesNotAnswerAndWhoDoesNotExist) {
  EXPECT_EQ(look("http://nobody.example/").verdict, FetchVerdict::no_name);
  EXPECT_EQ(look("http://127.0.0.1:8099/").verdict, FetchVerdict::no_answer);
  EXPECT_EQ(look("http://10.0.0.1/").verdict, FetchVerdict::refused);
  EXPECT_EQ(look("not an address").verdict, FetchVerdict::refused);
}

TEST_F(Fetch, AGalleryOfThreeHundredTakesSeconds) {
  deadline_ = "30s";
  std::string page;
  for (int i = 0; i < 300; ++i) page += "<img src=/" + std::to_string(i) + ".png>";
  WebDouble web([&](int fd, const std::string& path, const std::string&) {
    if (path == "/") {
      send_all(fd, web_answer("text/html", page));
      return;
    }
    ::usleep(50'000);
    send_all(fd, web_answer("image/png", kPicture + path));
  });
  const auto capture = look(web.origin() + "/");
  EXPECT_EQ(capture.media.size(), 300u);
  EXPECT_LT(took_, std::chrono::seconds(12));
  EXPECT_EQ(capture.media[299].bytes, kPicture + "/299.png");
}

TEST_F(Fetch, WithoutABrowserTheCaptureIsPlainAndSaysSo) {
  browser_program_ = "/nowhere/browser";
  WebDouble web([](int fd, const std::string&, const std::string&) {
    send_all(fd, web_answer("text/html", "<title>Plain</title>"));
  });
  const auto capture = look(web.origin() + "/", true);
  EXPECT_EQ(capture.verdict, FetchVerdict::answered);
  EXPECT_EQ(capture.title, "Plain");
  EXPECT_TRUE(capture.screenshot.empty());
  EXPECT_NE(capture.sentence.find("plain HTTP only"), std::string::npos) << capture.sentence;
}

TEST_F(Fetch, TheBrowserShowsThePageAndStaysInItsJail) {
  if (::access("/usr/bin/chromium", X_OK) != 0) GTEST_SKIP() << "Chromium is not installed.";
  deadline_ = "30s";
  // A server of ours that is not in net.test_networks by its other address: the page may not reach
  // it.
  std::atomic<int> inside{0};
  WebDouble target([&](int fd, const std::string&, const std::string&) {
    ++inside;
    send_all(fd, web_answer("text/plain", "inside"));
  });
  const auto port = std::to_string(target.port());
  dns_.set("inside.example", {"10.0.0.1"});
  dns_.set("rebound.example", {"127.0.0.1", "10.0.0.1"});
  WebDouble web([&](int fd, const std::string& path, const std::string& head) {
    if (path == "/late.png") {
      send_all(fd, web_answer("image/png", kPicture));
      return;
    }
    const bool recipe = head.find("Referer: http://forum.example/t\r\n") != std::string::npos;
    send_all(fd, web_answer("text/html", R"(<title>Before</title><body><script>
      document.title = "After";
      document.body.append("scripted )" + std::string(recipe ? "with" : "without") +
                                             R"( recipe");
      const image = new Image(); image.src = "/late.png"; document.body.append(image);
      for (const host of ["127.0.0.2", "localhost", "[::1]", "inside.example", "rebound.example",
                          "10.0.0.1", "169.254.169.254", "0x7f.2", "[::ffff:127.0.0.1]"]) {
        fetch("http://" + host + ":)" + port +
                                             R"(/", {mode: "no-cors"}).catch(() => 0);
        try { new WebSocket("ws://" + host + ":)" +
                                             port + R"(/"); } catch (e) {}
        new Image().src = "http://" + host + ":)" +
                                             port + R"(/x.png";
      }
      alert("stand still"); window.open("http://127.0.0.2:)" +
                                             port + R"(/");
    </script>)"));
  });
  const auto capture = look(web.origin() + "/", true, "http://forum.example/t");
  EXPECT_EQ(capture.verdict, FetchVerdict::answered);
  EXPECT_EQ(capture.title, "After") << capture.sentence;
  EXPECT_NE(capture.text.find("scripted with recipe"), std::string::npos) << capture.text;
  EXPECT_TRUE(capture.screenshot.starts_with("\x89PNG"));
  ASSERT_EQ(capture.media.size(), 1u);
  EXPECT_EQ(capture.media[0].url, web.origin() + "/late.png");
  EXPECT_EQ(inside, 0);
  EXPECT_GT(capture.hops.size(), 1u);
  EXPECT_NE(capture.hops.back().note.find("asked for by the page"), std::string::npos);
}

TEST_F(Fetch, TheCommandPrintsASummary) {
  WebDouble web([](int fd, const std::string&, const std::string&) {
    send_all(fd, web_answer("image/png", kPicture));
  });
  std::ofstream(config_) << "[net]\ntest_networks = [\"127.0.0.1/32\"]\n";
  const auto fetcher =
      open_jailed_fetcher(HOTLINE_BINARY_DIR "/hotline-fetch", config_, std::chrono::seconds(40));
  const auto printed = fetch_command(
      *fetcher, {.address = "hxxp://127.0.0[.]1:" + std::to_string(web.port()) + "/a.png",
                 .browser = false,
                 .json = true});
  ASSERT_TRUE(printed);
  const auto summary = parse_json(*printed);
  EXPECT_EQ(text_at(*summary, "verdict"), "answered");
  EXPECT_EQ(integer_at(*summary, "page_bytes"), static_cast<std::int64_t>(kPicture.size()));
  EXPECT_FALSE(fetch_command(*fetcher, {.address = "hello"}));
}

}  // namespace
}  // namespace hotline::net
