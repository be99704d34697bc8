// hotline agency, hotline authority: whose gate it is, and what an agency signs in advance.
#include <cstdio>
#include <iostream>
#include <iterator>

#include "accounts/people.h"
#include "apps/hotline/commands.h"
#include "apps/hotline/installation.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "takedown/gate.h"

namespace hotline::cli {

namespace {

using takedown::Agency;
using takedown::GateStore;

std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  for (const auto part : split(text, ','))
    if (!trim(part).empty()) parts.emplace_back(trim(part));
  return parts;
}

Done add(const Installation& in, const Options& options) {
  Agency agency;
  agency.tenant = in.tenant;
  agency.id = options.words()[1];
  agency.name = options.get("name", agency.id);
  agency.countries = parts_of(options.get("countries"));
  for (const auto& number : parts_of(options.get("networks"))) {
    TRY(network, parse_integer(number));
    agency.networks.push_back(network);
  }
  if (options.has("key")) {
    TRY(key, unhex(options.get("key")));
    agency.public_key = key;
  }
  TRY(hold, parse_duration(options.get("hold", "72h")));
  agency.hold = hold;
  agency.added_by = "system";
  agency.added_at = SystemClock().now();
  return in.database->transact(
      [&](db::Transaction& tx) { return GateStore(tx).put_agency(agency); });
}

Done list(const Installation& in) {
  TRY(all,
      in.database->read([&](db::Transaction& tx) { return GateStore(tx).agencies(in.tenant); }));
  for (const auto& one : all)
    std::printf("%-20s %-32s %-12s %s\n", one.id.c_str(), one.name.c_str(),
                one.countries.empty() ? "all" : join(one.countries, ",").c_str(),
                one.public_key.empty() ? "no key" : hex(one.public_key).c_str());
  return {};
}

Done person(const Installation& in, const Options& options) {
  return in.database->transact([&](db::Transaction& tx) -> Done {
    TRY(who, accounts::person_by_name(tx, options.words()[2]));
    return GateStore(tx).set_person(in.tenant, who.id.str(), options.words()[1]);
  });
}

Done run_agency(const Options& options) {
  const auto& words = options.words();
  if (words.empty()) return fail(ErrorKind::invalid, "Say list, add or person.");
  TRY(settings, settings_of(options));
  TRY(installation, open_installation(settings));
  if (words[0] == "list") return list(installation);
  if (words[0] == "add" && words.size() == 2) return add(installation, options);
  if (words[0] == "person" && words.size() == 3) return person(installation, options);
  return fail(ErrorKind::invalid, "Say list, add ID or person ID NAME.");
}

/// The agency's own desk: needs no installation and touches no database.
Done run_authority(const Options& options) {
  const auto& words = options.words();
  if (words.empty()) return fail(ErrorKind::invalid, "Say key or sign.");
  if (!options.has("key"))
    return fail(ErrorKind::invalid, "Say where the agency's key lies: --key FILE.");
  TRY(seed, crypto::key_file(options.get("key")));
  const auto keys = crypto::signing_keys_from_seed(seed.reveal());
  if (words[0] == "key") {
    std::printf("%s\n", hex(keys.public_key).c_str());
    return {};
  }
  if (words[0] != "sign") return fail(ErrorKind::invalid, "Say key or sign.");
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  const std::string document(trim(text));
  Agency agency;
  TRY(parsed, parse_json(document));
  agency.id = text_at(parsed, "agency").value_or("");
  agency.public_key = keys.public_key;
  const auto signature = crypto::sign(keys, document);
  TRY_DONE(takedown::read_authority(agency, document, signature));
  std::printf("%s\n", hex(signature).c_str());
  return {};
}

}  // namespace

int agency(const Arguments& arguments) {
  const auto options = Options::read(
      arguments, {"config", "dir", "name", "countries", "networks", "key", "hold"}, {});
  if (!options) return refuse(options.error());
  const Done done = run_agency(*options);
  return done ? kGood : refuse(done.error());
}

int authority(const Arguments& arguments) {
  const auto options = Options::read(arguments, {"key"}, {});
  if (!options) return refuse(options.error());
  const Done done = run_authority(*options);
  return done ? kGood : refuse(done.error());
}

}  // namespace hotline::cli
