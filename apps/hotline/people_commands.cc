// hotline user, hotline member.
#include <cstdio>
#include <iterator>

#include "accounts/members.h"
#include "accounts/people.h"
#include "apps/hotline/commands.h"
#include "apps/hotline/installation.h"
#include "base/text.h"
#include "intake/portal_store.h"
#include "lists/recall.h"
#include "takedown/pusher.h"

namespace hotline::cli {

namespace {

/// The first line of standard input: never an argument, where others could read it.
std::string password_from_input() {
  std::string line;
  for (int c = std::getchar(); c != EOF && c != '\n'; c = std::getchar())
    line += static_cast<char>(c);
  return line;
}

Result<Installation> opened(const Options& options) {
  TRY(settings, settings_of(options));
  return open_installation(settings);
}

/// --portal: the people of that portal's own desk.
Done choose_portal(Installation& in, const Options& options) {
  if (!options.has("portal")) return {};
  TRY(all, in.database->read([](db::Transaction& tx) { return intake::PortalStore(tx).all(); }));
  for (const auto& portal : all)
    if (portal.id == options.get("portal")) {
      in.tenant = portal.tenant;
      return {};
    }
  return fail(ErrorKind::not_found, "There is no portal " + options.get("portal") + ".");
}

Done list_people(const Installation& in) {
  TRY(people,
      in.database->read([&](db::Transaction& tx) { return accounts::people(tx, in.tenant); }));
  for (const auto& person : people)
    std::printf("%-16s %-8s %-9s %s\n", person.name.c_str(), std::string(name(person.role)).c_str(),
                person.disabled ? "disabled" : "active",
                person.second_factor ? "second factor" : "password only");
  return {};
}

Done add_user(const Installation& in, const std::string& who, const Options& options, Instant now) {
  TRY(role, accounts::parse_role(options.get("role", "analyst")));
  TRY_DONE(accounts::add_person(
      *in.database, {in.tenant, who, options.get("full-name"), role, password_from_input()},
      "system", now));
  std::fprintf(stderr, "Added.\n");
  return {};
}

Done change_user(const Installation& in, const std::string& what, const std::string& who,
                 const Options& options, Instant now) {
  TRY(person,
      in.database->read([&](db::Transaction& tx) { return accounts::person_by_name(tx, who); }));
  if (what == "password")
    return accounts::set_password(*in.database, person.id, password_from_input(), "system", now);
  if (what == "disable") return accounts::disable_person(*in.database, person.id, "system", now);
  if (what == "enable") return accounts::enable_person(*in.database, person.id, "system", now);
  if (what == "role") {
    if (options.words().size() < 3)
      return fail(ErrorKind::invalid, "Say which role: `hotline user role anna senior`.");
    TRY(role, accounts::parse_role(options.words()[2]));
    return accounts::set_role(*in.database, person.id, role, "system", now);
  }
  if (what == "totp") {
    TRY(key, crypto::key_file(places(in.settings).keys + "/accounts.key"));
    TRY(secret, accounts::set_totp(*in.database, key, person.id, "system", now));
    std::printf("%s\n", secret.c_str());
    return {};
  }
  return fail(ErrorKind::invalid, "There is no `hotline user " + what + "`.");
}

Done run_user(const Options& options) {
  const auto& words = options.words();
  if (words.empty())
    return fail(ErrorKind::invalid, "Say add, list, password, role, disable, enable or totp.");
  TRY(installation, opened(options));
  TRY_DONE(choose_portal(installation, options));
  const Instant now = SystemClock().now();
  if (words[0] == "list") return list_people(installation);
  if (words.size() < 2)
    return fail(ErrorKind::invalid, "Say whose account: `hotline user " + words[0] + " NAME`.");
  if (words[0] == "add") return add_user(installation, words[1], options, now);
  return change_user(installation, words[0], words[1], options, now);
}

Result<accounts::Member> member_by_name(db::Transaction& tx, const casework::TenantId& tenant,
                                        const std::string& who) {
  TRY(all, accounts::members(tx, tenant));
  for (const auto& one : all)
    if (one.name == who) return one;
  return fail(ErrorKind::not_found, "There is no member of that name.");
}

/// hotline member webhook NAME ADDRESS|off: prints our public key for the member's settings.
Done name_webhook(const Installation& in, db::Transaction& tx, const accounts::Member& member,
                  const Options& options, Instant now) {
  lists::RecallStore store(tx);
  if (options.words().size() < 3)
    return fail(ErrorKind::invalid, "Say where to post: `hotline member webhook NAME https://…`.");
  if (options.words()[2] == "off") return store.remove_webhook(member.id);
  TRY_DONE(store.put_webhook({member.id, in.tenant, options.words()[2], "system", now, {}, ""}));
  TRY(pusher, takedown::Pusher::open(in.settings, places(in.settings).keys));
  std::printf("whpk_%s\n", base64(pusher->public_key()).c_str());
  return {};
}

/// hotline member log NAME: the latest tries to tell this member of a recall.
Done print_tries(db::Transaction& tx, const accounts::Member& member) {
  lists::RecallStore store(tx);
  TRY(webhook, store.webhook(member.id));
  if (!webhook)
    std::fprintf(stderr, "%s has named no address.\n", member.name.c_str());
  else if (webhook->stopped_at)
    std::fprintf(stderr, "Stopped: %s\n", webhook->stopped_because.c_str());
  TRY(tries, store.tries(member.id, 200));
  for (const auto& one : tries)
    std::printf("%s %s try %d: %s\n", rfc3339(one.at).c_str(), one.message.str().c_str(),
                one.number, one.status ? std::to_string(one.status).c_str() : one.words.c_str());
  return {};
}

/// hotline member recalls: every recall, and where each member stands with it.
Done print_recalls(db::Transaction& tx, const casework::TenantId& tenant) {
  lists::RecallStore store(tx);
  TRY(recalls, store.recalls(tenant, 100));
  for (const auto& recall : recalls) {
    std::printf("%s %s %s %s\n", rfc3339(recall.at).c_str(), recall.list.c_str(),
                recall.entry.c_str(), recall.reason.c_str());
    TRY(reach, store.reach(recall));
    for (const auto& one : reach)
      std::printf("  %-30s %-9s message %-9s %s\n", one.member_name.c_str(),
                  one.took ? "took it," : "",
                  one.message ? std::string(name(*one.message)).c_str() : "none",
                  one.fetched ? "has the tombstone" : "has not fetched since");
  }
  return {};
}

Done run_member(const Options& options) {
  const auto& words = options.words();
  if (words.empty())
    return fail(ErrorKind::invalid,
                "Say add, key, revoke, disable, list, webhook, log or recalls.");
  TRY(in, opened(options));
  const Instant now = SystemClock().now();
  return in.database->transact([&](db::Transaction& tx) -> Done {
    if (words[0] == "list") {
      TRY(all, accounts::members(tx, in.tenant));
      for (const auto& one : all)
        std::printf("%-30s %-8s %s\n", one.name.c_str(), one.kind.c_str(),
                    one.disabled ? "disabled" : "active");
      return {};
    }
    if (words[0] == "recalls") return print_recalls(tx, in.tenant);
    if (words.size() < 2) return fail(ErrorKind::invalid, "Say which member.");
    if (words[0] == "add") {
      TRY_DONE(accounts::add_member(tx, in.tenant, words[1], options.get("kind", "other"), "system",
                                    now));
      return {};
    }
    TRY(member, member_by_name(tx, in.tenant, words[1]));
    if (words[0] == "disable") return accounts::disable_member(tx, member.id, "system", now);
    if (words[0] == "revoke")
      return accounts::revoke_key(tx, member.id, options.get("label", "default"), "system", now);
    if (words[0] == "webhook") return name_webhook(in, tx, member, options, now);
    if (words[0] == "log") return print_tries(tx, member);
    if (words[0] != "key")
      return fail(ErrorKind::invalid, "There is no `hotline member " + words[0] + "`.");
    const std::string scopes_text = options.get("scopes", "lists,lookups,feedback,reports");
    std::vector<std::string> scopes;
    for (const auto scope : split(scopes_text, ',')) scopes.emplace_back(trim(scope));
    TRY(key,
        accounts::add_key(tx, member.id, options.get("label", "default"), scopes, "system", now));
    std::printf("%s\n", key.c_str());
    return {};
  });
}

int finish(const Done& done) {
  return done ? kGood : refuse(done.error());
}

}  // namespace

int user(const Arguments& arguments) {
  const auto options =
      Options::read(arguments, {"config", "dir", "role", "full-name", "portal"}, {});
  return options ? finish(run_user(*options)) : refuse(options.error());
}

int member(const Arguments& arguments) {
  const auto options = Options::read(arguments, {"config", "dir", "kind", "label", "scopes"}, {});
  return options ? finish(run_member(*options)) : refuse(options.error());
}

}  // namespace hotline::cli
