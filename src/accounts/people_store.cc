#include "accounts/people_store.h"

namespace hotline::accounts {

namespace {

constexpr std::string_view kPersonColumns =
    "p.id, p.tenant, p.name, p.full_name, p.role, p.totp, p.disabled, p.added_at";

Result<Person> person_from(const db::Row& row) {
  Person person;
  TRY(id, PersonId::parse(row.text(0)));
  TRY(tenant, TenantId::parse(row.text(1)));
  TRY(role, parse_role(row.text(4)));
  person.id = id;
  person.tenant = tenant;
  person.name = row.text(2);
  person.full_name = row.text(3);
  person.role = role;
  person.second_factor = !row.text(5).empty();
  person.disabled = row.integer(6) != 0;
  person.added_at = instant(row.integer(7));
  return person;
}

std::string select_person(std::string_view more, std::string_view rest) {
  return "SELECT " + std::string(kPersonColumns) + std::string(more) + " FROM person p " +
         std::string(rest);
}

}  // namespace

Done PeopleStore::add(const Person& person, std::string_view password_hash) {
  TRY(rows, tx_.run(R"sql(
    INSERT INTO person (id, tenant, name, full_name, role, password, added_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO NOTHING RETURNING id)sql",
                    {person.id.str(), person.tenant.str(), person.name, person.full_name,
                     std::string(hotline::accounts::name(person.role)), std::string(password_hash),
                     us(person.added_at)}));
  if (rows.empty()) return fail(ErrorKind::conflict, "This sign-in name is taken.");
  return {};
}

Result<Person> PeopleStore::person(const PersonId& id) {
  TRY(rows, tx_.run(select_person("", "WHERE p.id = $1"), {id.str()}));
  if (rows.empty()) return fail(ErrorKind::not_found, "There is no person with this id.");
  return person_from(rows[0]);
}

Result<std::optional<Credentials>> PeopleStore::credentials(std::string_view name) {
  TRY(rows, tx_.run(select_person(", p.password, p.totp, p.totp_last, p.failures, p.locked_until",
                                  "WHERE p.name = $1"),
                    {std::string(name)}));
  if (rows.empty()) return std::nullopt;
  Credentials found;
  TRY(who, person_from(rows[0]));
  found.person = std::move(who);
  found.password = rows[0].text(8);
  found.totp = rows[0].text(9);
  found.totp_last = rows[0].integer(10);
  found.failures = static_cast<int>(rows[0].integer(11));
  found.locked_until = instant(rows[0].integer(12));
  return found;
}

Result<std::vector<Person>> PeopleStore::people(const TenantId& tenant) {
  TRY(rows, tx_.run(select_person("", "WHERE p.tenant = $1 ORDER BY p.name"), {tenant.str()}));
  std::vector<Person> found;
  for (const auto& row : rows) {
    TRY(one, person_from(row));
    found.push_back(std::move(one));
  }
  return found;
}

Result<bool> PeopleStore::is_empty() {
  TRY(rows, tx_.run("SELECT id FROM person LIMIT 1"));
  return rows.empty();
}

Done PeopleStore::set_password(const PersonId& id, std::string_view hash) {
  TRY_DONE(
      tx_.change("UPDATE person SET password = $2, failures = 0, locked_until = 0 WHERE id = $1",
                 {id.str(), std::string(hash)}));
  return {};
}

Done PeopleStore::set_role(const PersonId& id, Role role) {
  TRY_DONE(tx_.change("UPDATE person SET role = $2 WHERE id = $1",
                      {id.str(), std::string(hotline::accounts::name(role))}));
  return {};
}

Done PeopleStore::set_disabled(const PersonId& id, bool disabled) {
  TRY_DONE(tx_.change("UPDATE person SET disabled = $2 WHERE id = $1",
                      {id.str(), std::int64_t{disabled}}));
  return {};
}

Done PeopleStore::set_totp(const PersonId& id, std::string_view sealed) {
  TRY_DONE(tx_.change("UPDATE person SET totp = $2, totp_last = 0 WHERE id = $1",
                      {id.str(), std::string(sealed)}));
  return {};
}

Done PeopleStore::set_failures(const PersonId& id, int failures, Instant locked_until) {
  TRY_DONE(tx_.change("UPDATE person SET failures = $2, locked_until = $3 WHERE id = $1",
                      {id.str(), std::int64_t{failures}, us(locked_until)}));
  return {};
}

Result<bool> PeopleStore::use_totp_step(const PersonId& id, std::int64_t step) {
  TRY(changed, tx_.change("UPDATE person SET totp_last = $2 WHERE id = $1 AND totp_last < $2",
                          {id.str(), step}));
  return changed == 1;
}

Done PeopleStore::add_session(std::string_view digest, const PersonId& id, Instant now) {
  TRY_DONE(
      tx_.run("INSERT INTO staff_session (digest, person, opened_at, used_at) "
              "VALUES ($1, $2, $3, $4)",
              {std::string(digest), id.str(), us(now), us(now)}));
  return {};
}

Result<std::optional<StoredSession>> PeopleStore::session(std::string_view digest) {
  TRY(rows, tx_.run(select_person(", s.opened_at, s.used_at",
                                  "JOIN staff_session s ON s.person = p.id "
                                  "WHERE s.digest = $1 AND s.revoked_at IS NULL"),
                    {std::string(digest)}));
  if (rows.empty()) return std::nullopt;
  StoredSession found;
  TRY(who, person_from(rows[0]));
  found.person = std::move(who);
  found.opened_at = instant(rows[0].integer(8));
  found.used_at = instant(rows[0].integer(9));
  return found;
}

Done PeopleStore::touch_session(std::string_view digest, Instant now) {
  TRY_DONE(tx_.change("UPDATE staff_session SET used_at = $2 WHERE digest = $1",
                      {std::string(digest), us(now)}));
  return {};
}

Result<bool> PeopleStore::revoke_session(std::string_view digest, Instant now) {
  TRY(changed, tx_.change("UPDATE staff_session SET revoked_at = $2 "
                          "WHERE digest = $1 AND revoked_at IS NULL",
                          {std::string(digest), us(now)}));
  return changed == 1;
}

Done PeopleStore::revoke_sessions(const PersonId& id, Instant now) {
  TRY_DONE(
      tx_.change("UPDATE staff_session SET revoked_at = $2 "
                 "WHERE person = $1 AND revoked_at IS NULL",
                 {id.str(), us(now)}));
  return {};
}

Done PeopleStore::replace_setup_token(std::string_view digest, Instant now) {
  TRY_DONE(tx_.change("DELETE FROM setup_token WHERE used_at IS NULL"));
  TRY_DONE(tx_.run("INSERT INTO setup_token (digest, made_at) VALUES ($1, $2)",
                   {std::string(digest), us(now)}));
  return {};
}

Result<bool> PeopleStore::setup_token_lives(std::string_view digest, Instant made_after) {
  TRY(rows, tx_.run("SELECT digest FROM setup_token "
                    "WHERE digest = $1 AND made_at > $2 AND used_at IS NULL",
                    {std::string(digest), us(made_after)}));
  return !rows.empty();
}

Result<bool> PeopleStore::use_setup_token(std::string_view digest, Instant made_after,
                                          Instant now) {
  TRY(changed, tx_.change("UPDATE setup_token SET used_at = $3 "
                          "WHERE digest = $1 AND made_at > $2 AND used_at IS NULL",
                          {std::string(digest), us(made_after), us(now)}));
  return changed == 1;
}

}  // namespace hotline::accounts
