// WHOIS answers of the five registries and of registrars, hostile ones, and a client on loopback.
#include "net/whois.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <thread>

#include "net/rdap.h"
#include "net/sockets.h"
#include "support/fake_net.h"

#include <poll.h>

namespace hotline::net {
namespace {

TEST(WhoisAnswer, EachRegistryIsUnderstood) {
  const auto ripe = read_whois(
      "% This is a test.\r\n%\r\n% Abuse contact for '192.0.2.0 - 192.0.2.255' is "
      "'abuse@isp.example'\r\n\r\ninetnum:        192.0.2.0 - 192.0.2.255\r\nnetname:        "
      "ISP-NET\r\ncountry:        NL # mostly\r\norg-name:       ISP B.V.\r\n");
  EXPECT_EQ(ripe.start, "192.0.2.0");
  EXPECT_EQ(ripe.end, "192.0.2.255");
  EXPECT_EQ(ripe.handle, "192.0.2.0 - 192.0.2.255");
  EXPECT_EQ(ripe.country, "NL");
  EXPECT_EQ(ripe.abuse_email, "abuse@isp.example");
  EXPECT_EQ(ripe.organisation, "ISP B.V.");
  const auto arin = read_whois(
      "#\n# ARIN\n#\nNetRange:       198.51.100.0 - 198.51.100.255\nCIDR:           "
      "198.51.100.0/24\nNetName:        PLAINS\nNetHandle:      NET-198-51-100-0-1\nParent:        "
      " "
      "NET198 (NET-198-0-0-0-0)\nOrgName:        Plains Inc.\nCountry:        us\nOrgAbuseEmail:  "
      "abuse@plains.example\n");
  EXPECT_EQ(arin.handle, "NET-198-51-100-0-1");
  EXPECT_EQ(arin.parent, "NET-198-0-0-0-0");
  EXPECT_EQ(arin.country, "US");
  EXPECT_EQ(arin.abuse_email, "abuse@plains.example");
  const auto lacnic =
      read_whois("inetnum:     203.0.113/24\nowner:       Sur SA\ncountry:     UY\n");
  EXPECT_EQ(lacnic.start, "203.0.113.0");
  EXPECT_EQ(lacnic.end, "203.0.113.255");
  EXPECT_EQ(lacnic.organisation, "Sur SA");
  const auto six =
      read_whois("inet6num: 2001:db8:1::/48\ncountry: EU\nabuse-mailbox: a@b.example\n");
  EXPECT_EQ(six.end, "2001:db8:1:ffff:ffff:ffff:ffff:ffff");
  EXPECT_EQ(six.country, "");  // The EU is no country of hosting.
  EXPECT_EQ(six.abuse_email, "a@b.example");
}

TEST(WhoisAnswer, RegistriesAndRegistrarsOfNamesAreUnderstood) {
  const auto iana = read_whois(
      "% IANA WHOIS server\nrefer:        whois.registry.example\n\ndomain:       "
      "EXAMPLE\n\norganisation: Range Registry\nwhois:        whois.other.example\n");
  EXPECT_EQ(iana.referral, "whois.registry.example");
  EXPECT_EQ(iana.registry, "Range Registry");
  const auto registry = read_whois(
      "   Domain Name: GALLERY.EXAMPLE\n   Registrar WHOIS Server: http://whois.names.example/x\n"
      "   Registrar: Names Ltd.\n   Registrar Abuse Contact Email: abuse@names.example\n"
      "   Creation Date: 2029-01-02T03:04:05Z\n   Name Server: NS1.ISP.EXAMPLE\n>>> Last update\n");
  EXPECT_EQ(registry.registrar, "Names Ltd.");
  EXPECT_EQ(registry.registrar_abuse, "abuse@names.example");
  EXPECT_EQ(registry.referral, "whois.names.example");
  EXPECT_EQ(registry.name_servers, std::vector<std::string>{"ns1.isp.example"});
  EXPECT_EQ(registry.created, "2029-01-02T03:04:05Z");
}

TEST(WhoisAnswer, NobodyAndNotNowAreToldApart) {
  for (const char* text : {"No match for \"GALLERY.EXAMPLE\".\r\n", "NOT FOUND\n",
                           "% x\n%ERROR:101: no entries found\n", "\n\nNo Data Found\n"})
    EXPECT_TRUE(read_whois(text).nothing) << text;
  for (const char* text : {"%ERROR:201: access denied for 192.0.2.1\n",
                           "Query rate limit exceeded.\n", "Your access: too many queries\n"})
    EXPECT_TRUE(read_whois(text).refused) << text;
  const auto holder = read_whois("netname: NOT-FOUND\ndescr: no match\ncountry: NL\n");
  EXPECT_FALSE(holder.nothing);
}

TEST(WhoisAnswer, HostileTextGivesNothingThatIsUsed) {
  for (const char* text :
       {"abuse-mailbox: victim@x.example, other@y.example\n", "abuse-mailbox: <a@b.example>\n",
        "abuse-mailbox: a@b.example\x00x\n", "OrgAbuseEmail: a@[127.0.0.1]\n",
        "% Abuse contact for 'x' is 'a b@c.example'\n",
        "abuse-mailbox: a@b.example%0d%0aBcc:x\n"}) {
    const auto email = read_whois(text).abuse_email;
    EXPECT_TRUE(email.empty() || strict_email(email) == email) << text;
    EXPECT_EQ(email.find_first_of(" ,<>[]"), std::string::npos) << text;
  }
  for (const char* text : {"refer: 127.0.0.1\n", "refer: localhost\n", "refer: -flag.example\n",
                           "refer: rwhois://x.example:4321\n", "refer: a..example\n",
                           "ReferralServer: rwhois://x.example\n", "refer: 0x7f000001\n"})
    EXPECT_EQ(read_whois(text).referral, "") << text;
  EXPECT_EQ(read_whois("inetnum: 192.0.2.9 - 192.0.2.1\n").start, "");
  EXPECT_EQ(read_whois("inetnum: 192.0.2.1 - 2001:db8::1\n").start, "");
  EXPECT_EQ(read_whois("country: NLD\n").country, "");
  (void)read_whois(std::string(300'000, ':'));
  (void)read_whois(std::string(300'000, '\n'));
}

TEST(WhoisQuestion, ALineBreakOrAFlagNeverReachesAServer) {
  for (const char* text : {"", "a\r\nb", "-V", "gallery.example x", "a%b", "a\tb"})
    EXPECT_FALSE(whois_question("whois.example", text)) << text;
  EXPECT_EQ(*whois_question("whois.arin.net", "192.0.2.1"), "n + 192.0.2.1");
  EXPECT_EQ(*whois_question("whois.arin.net", "AS64500"), "AS64500");
  EXPECT_EQ(*whois_question("whois.example", "gallery.example"), "gallery.example");
}

/// Answers one line with a text, on loopback; the address decides which server it plays.
class WhoisDouble {
 public:
  explicit WhoisDouble(std::function<std::string(const std::string& question)> answer)
      : answer_(std::move(answer)),
        listener_(loopback_socket(SOCK_STREAM, 0)),
        thread_([this] { serve(); }) {}
  ~WhoisDouble() {
    stopping_ = true;
    thread_.join();
    ::close(listener_);
  }
  [[nodiscard]] int port() const { return port_of(listener_); }
  std::atomic<int> asked{0};

 private:
  void serve() {
    while (!stopping_) {
      pollfd ready{listener_, POLLIN, 0};
      if (::poll(&ready, 1, 20) <= 0) continue;
      const int fd = ::accept(listener_, nullptr, nullptr);
      std::string question;
      char c = 0;
      while (question.size() < 300 && ::recv(fd, &c, 1, 0) == 1 && c != '\n') question += c;
      ++asked;
      send_all(fd, answer_(question));
      ::close(fd);
    }
  }
  std::function<std::string(const std::string&)> answer_;
  int listener_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

WhoisOptions on(const WhoisDouble& server) {
  return {.server = "whois.first.example",
          .port = server.port(),
          .test_networks = {*url::parse_network("127.0.0.0/8")},
          .time = std::chrono::milliseconds(2000)};
}

TEST(WhoisClient, ReferralsAreFollowedOnceAndNeverInside) {
  test::FakeResolver names;
  names.values["A whois.first.example"] = {"127.0.0.1"};
  names.values["A whois.second.example"] = {"127.0.0.1"};
  names.values["A whois.inside.example"] = {"10.0.0.1"};
  int count = 0;
  WhoisDouble server([&](const std::string& question) -> std::string {
    EXPECT_EQ(question, "192.0.2.7\r");
    if (++count == 1) return "refer: whois.second.example\n";
    return "inetnum: 192.0.2.0 - 192.0.2.255\ncountry: NL\nrefer: whois.inside.example\n";
  });
  const auto whois = open_whois(on(server), names);
  const auto answers = whois->ask("192.0.2.7");
  ASSERT_TRUE(answers) << answers.error().sentence;
  ASSERT_EQ(answers->size(), 2u);  // The third lies in a private network and is not asked.
  EXPECT_EQ(answers->back().server, "whois.second.example");
  EXPECT_EQ(answers->back().record.country, "NL");
  EXPECT_EQ(server.asked, 2);
}

TEST(WhoisClient, ACircleEndsAndSilenceIsNoAnswer) {
  test::FakeResolver names;
  names.values["A whois.first.example"] = {"127.0.0.1"};
  WhoisDouble circle([](const std::string&) { return "refer: whois.first.example\n"; });
  EXPECT_EQ(open_whois(on(circle), names)->ask("192.0.2.7")->size(), 1u);
  WhoisDouble silent([](const std::string&) { return ""; });
  EXPECT_EQ(open_whois(on(silent), names)->ask("192.0.2.7").error().kind, ErrorKind::unavailable);
  EXPECT_EQ(open_whois(on(silent), names)->ask("a b").error().kind, ErrorKind::invalid);
  auto options = on(silent);
  options.test_networks.clear();
  EXPECT_EQ(open_whois(options, names)->ask("192.0.2.7").error().kind, ErrorKind::unavailable);
  EXPECT_EQ(silent.asked, 1);  // Loopback is not asked unless the test allows it.
}

TEST(WhoisClient, AnEndlessAnswerIsCut) {
  test::FakeResolver names;
  names.values["A whois.first.example"] = {"127.0.0.1"};
  WhoisDouble server([](const std::string&) { return std::string(1 << 20, 'x') + "\n"; });
  const auto answers = open_whois(on(server), names)->ask("192.0.2.7");
  ASSERT_TRUE(answers);
  EXPECT_EQ(answers->front().text.size(), kWhoisBytesMax);
}

}  // namespace
}  // namespace hotline::net
