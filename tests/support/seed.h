// A small hotline for tests: one tenant, people of each role, cases with neutral items.
#pragma once

#include <gtest/gtest.h>

#include "accounts/people.h"
#include "accounts/people_store.h"
#include "base/text.h"
#include "casework/casework_store.h"
#include "evidence/evidence.h"

namespace hotline::test {

inline constexpr std::string_view kPassword = "correct horse battery";

inline Instant start_of_tests() {
  return *parse_rfc3339("2030-03-04T09:00:00Z");
}

inline casework::TenantId add_tenant(db::Database& database, Instant now) {
  const auto id = casework::TenantId::make(now);
  EXPECT_TRUE(database.transact([&](db::Transaction& tx) {
    return casework::CaseworkStore(tx).add_tenant({id, "Test hotline", "GB"});
  }));
  return id;
}

inline accounts::Person add_person(db::Database& database, const casework::TenantId& tenant,
                                   const std::string& name, accounts::Role role, Instant now) {
  const auto id = accounts::add_person(
      database, {tenant, name, "Person " + name, role, std::string(kPassword)}, "system", now);
  EXPECT_TRUE(id.has_value()) << id.error().sentence;
  return *database.read([&](db::Transaction& tx) { return accounts::person(tx, *id); });
}

/// The same without a password that works: hashing one takes a tenth of a second on purpose.
inline accounts::Person add_colleague(db::Database& database, const casework::TenantId& tenant,
                                      const std::string& name, accounts::Role role, Instant now) {
  accounts::Person person;
  person.id = casework::PersonId::make(now);
  person.tenant = tenant;
  person.name = name;
  person.full_name = "Person " + name;
  person.role = role;
  person.added_at = now;
  EXPECT_TRUE(database.transact(
      [&](db::Transaction& tx) { return accounts::PeopleStore(tx).add(person, "none"); }));
  return person;
}

struct SeededCase {
  casework::CaseId id;
  std::vector<casework::ItemId> items;
};

struct CaseSpec {
  std::string address = "http://gallery.example/a";
  int items = 3;
  int side = 400;       ///< Width and height of each item.
  std::string picture;  ///< Bytes of each preview; empty: no previews.
};

/// A case with one report and one sighting whose page holds fresh items.
inline SeededCase add_case(db::Transaction& tx, const casework::TenantId& tenant,
                           const CaseSpec& spec, Instant now,
                           const evidence::Evidence* evidence = nullptr) {
  casework::CaseworkStore store(tx);
  SeededCase made;
  const auto address =
      store.find_or_add_address(tenant, spec.address, spec.address, "gallery.example", now);
  EXPECT_TRUE(address.has_value());
  made.id = casework::CaseId::make(now);
  EXPECT_TRUE(store.add_case({made.id, tenant, address->id, now}));
  casework::Report report;
  report.id = casework::ReportId::make(now);
  report.tenant = tenant;
  report.casefile = made.id;
  report.address = address->id;
  report.drop = made.id.str();
  report.door = "portal";
  report.portal = "main";
  report.language = "en";
  report.received_at = now;
  EXPECT_TRUE(store.add_report(report));
  casework::Sighting sighting;
  sighting.id = casework::SightingId::make(now);
  sighting.tenant = tenant;
  sighting.casefile = made.id;
  sighting.address = address->id;
  sighting.at = now;
  sighting.outcome = casework::SightingOutcome::seen;
  sighting.http_status = 200;
  sighting.final_url = spec.address;
  sighting.ip = "192.0.2.7";
  EXPECT_TRUE(store.add_sighting(sighting));
  for (int i = 0; i < spec.items; ++i) {
    casework::Item item;
    item.id = casework::ItemId::make(now);
    item.tenant = tenant;
    item.sha256 = hex(crypto::sha256(item.id.str()));
    item.kind = "jpeg";
    item.width = item.height = spec.side;
    item.first_seen = now;
    EXPECT_TRUE(store.find_or_add_item(item));
    EXPECT_TRUE(store.add_seen_item(sighting.id, {item.id, i, spec.address + "/pictures", ""}));
    for (int level = 1; evidence && !spec.picture.empty() && level <= 4; ++level) {
      const auto sealed =
          evidence->put(tx, tenant, made.id, evidence::ObjectKind::preview, spec.picture, now);
      EXPECT_TRUE(sealed.has_value());
      EXPECT_TRUE(store.add_preview({item.id, level, sealed->str()}));
    }
    made.items.push_back(item.id);
  }
  return made;
}

}  // namespace hotline::test
