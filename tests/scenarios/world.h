// The outside world of a scenario: names, networks, pages and mailboxes that do what
// the story says. Only the outside is faked; everything inside is the real hotline.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "media/lab.h"
#include "net/fetcher.h"
#include "net/geo.h"
#include "net/mailer.h"
#include "net/rdap.h"
#include "net/resolver.h"
#include "range/behaviours.h"

namespace hotline::scenarios {

using range::Asked;
using range::Behaviour;

enum class PageState { up, gone, soft_gone, changed, silent, forbidden };

struct Page {
  PageState state = PageState::up;
  std::vector<std::string> pictures;
  std::string referrer;  ///< Shown only to who comes from there, else an innocent page.
  bool via_cdn = false;
  std::string media_origin;  ///< Where its pictures lie, if not beside it.
  std::string marks;  ///< The site's own: "alpha", or only one kind of them: "alpha/favicon".
};

struct Network {
  std::string cidr, country, abuse, handle, parent;
};

struct World {
  std::map<std::string, std::vector<std::string>> names;  ///< Host → addresses.
  std::map<std::string, std::string> aliases;             ///< Host → canonical name.
  std::vector<Network> networks;
  std::map<std::string, Page> pages;  ///< By canonical address.
  /// Hosts of pictures only: "http://pictures.example" and what lies there as /media/1.jpg …
  std::map<std::string, std::vector<std::string>> media_origins;
  std::vector<net::Mail> mails;  ///< As the mail server took them.
  std::set<std::string> refused_mailboxes;
  bool we_are_down = false;   ///< Nothing outside answers us.
  bool jail_is_down = false;  ///< hotline-fetch does not start.
  bool mail_is_down = false;
  int looks = 0;                                ///< How often anything was fetched.
  bool browser_is_down = false;                 ///< Looks that need it fail.
  bool second_is_down = false;                  ///< The second vantage reaches nothing.
  bool portal_in_between = false;               ///< Somebody answers every request with one page.
  bool resolver_lies = false;                   ///< Our resolver knows no name at all.
  std::map<std::string, Behaviour> behaviours;  ///< By host; instead of pages.
  std::map<std::string, int> asked;             ///< By address.
  std::function<double()> hour = [] { return 0.0; };

  [[nodiscard]] const Network* network_of(const std::string& ip) const;
};

class FakeFetcher final : public net::Fetcher {
 public:
  explicit FakeFetcher(World& world, bool second = false) : world_(world), second_(second) {}
  Result<net::Capture> look(const net::FetchRequest& request) override;

 private:
  /// What lies between us and everybody; nothing if the way is free.
  std::optional<Result<net::Capture>> in_between(const net::FetchRequest& request);
  World& world_;
  bool second_;
};

/// Digests are the real ones; the PDQ of "picture:sunset~5" is that of "picture:sunset" with five
/// bits changed.
class FakeLab final : public media::Lab {
 public:
  Result<media::Findings> examine(std::string_view bytes, bool previews) override;
};
/// What a list of known items would say about a picture of that name.
[[nodiscard]] std::string known_line(const std::string& picture, const std::string& category,
                                     int graders);

class FakeResolver final : public net::Resolver {
 public:
  explicit FakeResolver(World& world) : world_(world) {}
  Result<net::DnsAnswer> look_up(std::string_view name, std::string_view type) override;

 private:
  World& world_;
};

class FakeRdap final : public net::Rdap {
 public:
  explicit FakeRdap(World& world) : world_(world) {}
  Result<net::RdapNetwork> network(std::string_view ip) override;
  Result<net::RdapNetwork> by_handle(std::string_view handle) override;

 private:
  World& world_;
};

class FakeGeo final : public net::Geo {
 public:
  explicit FakeGeo(World& world) : world_(world) {}
  Result<net::GeoAnswer> look_up(std::string_view ip) override;

 private:
  World& world_;
};

class FakeMailer final : public net::Mailer {
 public:
  explicit FakeMailer(World& world) : world_(world) {}
  Result<std::string> send(const net::Mail& mail) override;

 private:
  World& world_;
};

}  // namespace hotline::scenarios
