// The outside world of a unit test: maps that answer, and a mail server that remembers.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "net/fetcher.h"
#include "net/geo.h"
#include "net/mailer.h"
#include "net/rdap.h"
#include "net/resolver.h"

namespace hotline::test {

class FakeResolver final : public net::Resolver {
 public:
  std::map<std::string, std::vector<std::string>> values;  ///< "A gallery.example" → addresses.
  std::map<std::string, std::string> canonical;            ///< Name → end of its CNAME chain.
  bool down = false;
  std::string silent_type;  ///< This type gets no answer.

  Result<net::DnsAnswer> look_up(std::string_view name, std::string_view type) override {
    if (down || type == silent_type) return fail(ErrorKind::unavailable, "No DNS server answered.");
    net::DnsAnswer answer{std::string(name), std::string(type), "", {}, true};
    const auto found = values.find(std::string(type) + " " + std::string(name));
    if (found != values.end()) answer.values = found->second;
    answer.exists = found != values.end();
    if (const auto end = canonical.find(std::string(name)); end != canonical.end())
      answer.canonical_name = end->second;
    return answer;
  }
};

class FakeRdap final : public net::Rdap {
 public:
  std::map<std::string, net::RdapNetwork> networks;  ///< By IP.
  std::map<std::string, net::RdapNetwork> handles;
  bool down = false;

  Result<net::RdapNetwork> network(std::string_view ip) override { return at(networks, ip); }
  Result<net::RdapNetwork> by_handle(std::string_view handle) override {
    return at(handles, handle);
  }

 private:
  Result<net::RdapNetwork> at(const std::map<std::string, net::RdapNetwork>& from,
                              std::string_view key) const {
    if (down) return fail(ErrorKind::unavailable, "No registry answered.");
    const auto found = from.find(std::string(key));
    if (found == from.end()) return fail(ErrorKind::not_found, "Nobody holds this.");
    return found->second;
  }
};

class FakeGeo final : public net::Geo {
 public:
  std::map<std::string, net::GeoAnswer> answers;

  Result<net::GeoAnswer> look_up(std::string_view ip) override {
    const auto found = answers.find(std::string(ip));
    if (found == answers.end()) return fail(ErrorKind::not_found, "The file does not hold it.");
    return found->second;
  }
};

class FakeFetcher final : public net::Fetcher {
 public:
  std::function<Result<net::Capture>(const net::FetchRequest&)> answer;
  std::vector<net::FetchRequest> asked;

  Result<net::Capture> look(const net::FetchRequest& request) override {
    asked.push_back(request);
    return answer(request);
  }
};

class FakeMailer final : public net::Mailer {
 public:
  std::vector<net::Mail> taken;  ///< What the server has, whatever it told us.
  std::function<Result<std::string>(const net::Mail&)> answer;  ///< Null: 250.

  Result<std::string> send(const net::Mail& mail) override {
    const auto composed = net::compose(mail);
    if (!composed) return std::unexpected(composed.error());
    if (answer) {
      auto line = answer(mail);
      if (line) taken.push_back(mail);
      return line;
    }
    taken.push_back(mail);
    return "250 2.0.0 queued";
  }
};

}  // namespace hotline::test
