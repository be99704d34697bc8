// What a registry entry may try: nothing of it reaches a header, an envelope or a second mailbox.
#include "takedown_case.h"

namespace hotline::takedown {
namespace {

std::vector<std::string> hostile() {
  std::vector<std::string> all = {"",
                                  " ",
                                  "@",
                                  "abuse",
                                  "abuse@",
                                  "@isp.example",
                                  "abuse@@isp.example",
                                  "abuse@isp@x.example",
                                  "abuse@isp.example ",
                                  " abuse@isp.example x",
                                  "abuse @isp.example",
                                  "abuse@isp .example",
                                  "abuse@isp.example,victim@other.example",
                                  "abuse@isp.example, victim@other.example",
                                  "abuse@isp.example;victim@other.example",
                                  "abuse@isp.example victim@other.example",
                                  "Abuse <abuse@isp.example>",
                                  "<abuse@isp.example>",
                                  "\"a b\"@isp.example",
                                  "\"abuse\"@isp.example",
                                  "\"@\"@isp.example",
                                  "abuse(comment)@isp.example",
                                  "(x)abuse@isp.example",
                                  "abuse@isp.example(comment)",
                                  "group: abuse@isp.example;",
                                  "abuse@[192.0.2.1]",
                                  "abuse@[IPv6:2001:db8::1]",
                                  "abuse@192.0.2.1",
                                  "abuse@localhost",
                                  "abuse@-isp.example",
                                  "abuse@isp-.example",
                                  "abuse@.isp.example",
                                  "abuse@isp.example.",
                                  "abuse@isp..example",
                                  ".abuse@isp.example",
                                  "abuse.@isp.example",
                                  "a..b@isp.example",
                                  "mailto:abuse@isp.example",
                                  "http://abuse@isp.example/",
                                  "abuse@isp.example?cc=x@y.example",
                                  "abuse%victim@isp.example\n",
                                  "=?utf-8?q?abuse?=@isp.example",
                                  "=?utf-8?b?YWJ1c2VAaXNwLmV4YW1wbGU=?=",
                                  "abuse@=?utf-8?q?isp?=.example",
                                  "abuse@isp.example\\",
                                  "ab\\use@isp.example",
                                  "ab\"use@isp.example",
                                  "<script>@isp.example",
                                  "abuse@isp.example>",
                                  "abuse@isp.example> BODY=8BITMIME",
                                  "abuse@isp.example>\r\nDATA",
                                  "a\xc2\xa0"
                                  "b@isp.example",
                                  "abuse@isp\xe2\x80\xa8.example",
                                  "abuse\xe2\x80\xae@isp.example",
                                  "\xff\xfe@isp.example",
                                  "abuse@isp.example\xc2\x85",
                                  "abuse@isp_net.example",
                                  "abuse@" + std::string(300, 'a') + ".example",
                                  std::string(65, 'a') + "@isp.example",
                                  std::string(10000, 'a'),
                                  "abuse@isp.example" + std::string(5000, ' ') + "x",
                                  "${IFS}@isp.example`id`",
                                  "|/bin/true",
                                  "&|@isp.example\r",
                                  "%0d%0aBcc:@isp.example%0a"};
  for (const char* end : {"\r\n", "\n", "\r", "\r\n\r\n", "\n.\n", "\r\n.\r\n", "\n.\r\n"})
    for (const char* after :
         {"Bcc: victim@other.example", "Subject: other", "MAIL FROM:<a@b.example>", ""}) {
      all.push_back("abuse@isp.example" + std::string(end) + after);
      all.push_back(std::string(after) + end + "abuse@isp.example");
    }
  for (const char control : {'\0', '\t', '\v', '\f', '\x1b', '\x7f', '\x08'}) {
    all.push_back(std::string("abuse@isp.example") + control);
    all.push_back(std::string("ab") + control + "use@isp.example");
    all.push_back(std::string("abuse@isp") + control + ".example");
  }
  return all;
}

class HostileContact : public TakedownCase {};

TEST_P(HostileContact, NoneIsEverWrittenTo) {
  const auto all = hostile();
  EXPECT_GE(all.size(), 130u);
  int number = 0;
  for (const auto& contact : all) {
    auto what = request("NL", contact);
    what.hosting.upstream = contact;
    what.hosting.episode = "hos_" + std::to_string(++number);
    const auto notice = open(what);
    now_ += 121s;
    // Either it is refused as a whole, or what was meant is one plain mailbox.
    if (notice.contact.empty()) {
      EXPECT_EQ(notice.trouble, "no_contact");
      EXPECT_EQ(send(notice.id).what, Sent::What::waits_for_contact) << contact;
    } else {
      ADD_FAILURE() << "taken: " << contact;
    }
    const auto set = database().transact([&](db::Transaction& tx) {
      return takedown_->set_contact(tx, notice.id, contact, "per_a", "r", now_);
    });
    EXPECT_FALSE(set) << contact;
  }
  EXPECT_TRUE(mailer_.taken.empty());
}

TEST_P(HostileContact, TheNetworkAboveIsNoWayAround) {
  auto what = request();
  what.hosting.upstream = "noc@upstream.example\r\nBcc: victim@other.example";
  const auto notice = open(what);
  now_ += 121s;
  send(notice.id);
  for (const auto wait : {24h, 48h}) {
    now_ += wait;
    in_tx([&](db::Transaction& tx) { return takedown_->deadline(tx, notice.id, now_); });
    send(notice.id);
  }
  EXPECT_EQ(mailer_.taken.size(), 2u);  // First and reminder; the escalation waits for a person.
  EXPECT_EQ(read(notice.id).trouble, "no_upstream");
}

TEST_P(HostileContact, HostileAddressesAndNamesLeaveTheHeadersAsMeant) {
  const auto clean = open_and_send();
  const std::string head_of_clean = net::compose(mailer_.taken[0]).value();
  auto what = request();
  what.hosting.episode = "hos_2";
  what.hosting.network = "NET\r\nBcc: victim@other.example\r\n\r\n.\r\nMAIL FROM:<x@y.example>";
  what.locations = {"http://gallery.example/\r\nX-Evil: 1\r\n\r\n.\r\nQUIT\r\n"};
  const auto notice = open(what);
  now_ += 121s;
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
  const std::string wire = net::compose(mailer_.taken[1]).value();
  const std::string head = wire.substr(0, wire.find("\r\n\r\n"));
  EXPECT_EQ(head.find("Bcc"), std::string::npos);
  EXPECT_EQ(head.find("X-Evil"), std::string::npos);
  EXPECT_EQ(wire.find("\r\n.\r\n"), std::string::npos);
  EXPECT_EQ(wire.find("\r\nMAIL FROM"), std::string::npos);
  // As many header lines as the clean one.
  const auto lines = [](const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
  };
  EXPECT_EQ(lines(head), lines(head_of_clean.substr(0, head_of_clean.find("\r\n\r\n"))));
}

TEST_P(HostileContact, ASettingThatCannotBeAHeaderNeverBlamesTheMailbox) {
  set("hotline.name", "Hotline\r\nBcc: victim@other.example");
  make_takedown();
  const auto notice = open(request());
  now_ += 121s;
  EXPECT_EQ(send(notice.id).what, Sent::What::not_now);
  EXPECT_EQ(read(notice.id).trouble, "not_composed");
  EXPECT_TRUE(mailer_.taken.empty());
  set("hotline.name", "Hotline");
  make_takedown();
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
}

TEST_P(HostileContact, ContactsStandOnceInTheRegistry) {
  in_tx([&](db::Transaction& tx) -> Done {
    ContactStore contacts(tx);
    TRY(first, contacts.meet(tenant_.id, "abuse@ISP.example", "traced", now_));
    EXPECT_EQ(first.email, "abuse@isp.example");
    TRY(second, contacts.meet(tenant_.id, "abuse@isp.EXAMPLE", "traced", now_));
    EXPECT_EQ(second.email, first.email);
    TRY_DONE(contacts.approve(tenant_.id, first.email, "per_a"));
    TRY_DONE(contacts.set_language(tenant_.id, first.email, "fr"));
    TRY_DONE(contacts.set_bounce(tenant_.id, first.email, BounceState::soft));
    TRY(all, contacts.all(tenant_.id));
    EXPECT_EQ(all.size(), 1u);
    EXPECT_TRUE(all[0].approved);
    EXPECT_EQ(all[0].bounce, BounceState::soft);
    EXPECT_EQ(contacts.approve(tenant_.id, "nobody@isp.example", "per_a").error().kind,
              ErrorKind::not_found);
    return {};
  });
  // Its own language, not that of the country.
  const auto notice = open(request("DE"));
  now_ += 121s;
  send(notice.id);
  EXPECT_EQ(mailer_.taken[0].language, "fr");
}

INSTANTIATE_TEST_SUITE_P(Engines, HostileContact, test::kEngines);

}  // namespace
}  // namespace hotline::takedown
