// The police of a story: agencies, what they authorise in advance, what they investigate; and who
// is asked above a host.
#include "base/text.h"
#include "scenarios/story.h"
#include "takedown/gate.h"

namespace hotline::scenarios {

namespace {

Error broken(const std::string& sentence) {
  return {ErrorKind::invalid, sentence};
}

}  // namespace

// agency national GB [hold=48h] · authority pre-1 national A,B [for=90d] ·
// revoke pre-1 by pia · investigates national host gallery.example
Done Story::agency_word(const Words& words) {
  if (words.size() < 3) return std::unexpected(broken("agency, authority, revoke, investigates"));
  const Instant now = clock_.now();
  const auto option = [&](std::string_view name, const std::string& otherwise) {
    for (const auto& word : words)
      if (word.starts_with(std::string(name) + "=")) return word.substr(name.size() + 1);
    return otherwise;
  };
  TRY(time, parse_duration(option("hold", option("for", "72h"))));
  TRY_DONE(change([&](db::Transaction& tx) -> Done {
    if (words[0] == "agency") {
      takedown::Agency agency;
      agency.tenant = tenant_;
      agency.id = words[1];
      agency.name = words[1];
      agency.countries = {words[2]};
      agency.public_key = agency_keys_.public_key;
      agency.hold = time;
      agency.added_at = now;
      return takedown::GateStore(tx).put_agency(agency);
    }
    if (words[0] == "authority") {
      json::array categories;
      for (const auto one : split(words[3], ',')) categories.emplace_back(one);
      const std::string text =
          json::serialize(json::object{{"format", "hotline-authority"},
                                       {"version", 1},
                                       {"id", words[1]},
                                       {"agency", words[2]},
                                       {"categories", categories},
                                       {"known_only", option("known_only", "true") == "true"},
                                       {"valid_from", rfc3339(now - std::chrono::hours(1))},
                                       {"valid_until", rfc3339(now + time)}});
      TRY_DONE(takedown_->accept_authority(tx, tenant_, words[2], text,
                                           crypto::sign(agency_keys_, text), "system", now));
      return {};
    }
    if (words[0] == "revoke") {
      TRY_DONE(
          takedown_->revoke_authority(tx, tenant_, words[1], "system", "as the story says", now));
      return {};
    }
    return takedown::GateStore(tx).put_investigation(
        {tenant_, words[2], words[3], words[1], "system", "as the story says", now, now + time});
  }));
  return settle();
}

// rung n1 registrar abuse@registrar.example by anna
Done Story::rung_word(const Words& words) {
  if (words.size() != 6 || words[4] != "by")
    return std::unexpected(broken("rung NOTICE RUNG MAILBOX by PERSON"));
  TRY(about, notice(words[1]));
  TRY(rung, takedown::parse_rung(words[2]));
  TRY(who, person(words[5]));
  TRY_DONE(change([&](db::Transaction& tx) {
    return takedown_->set_rung(tx, about.id, rung, words[3], who.id.str(), "as the story says",
                               clock_.now());
  }));
  return settle();
}

}  // namespace hotline::scenarios
