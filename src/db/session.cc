#include "db/session.h"

#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <cstring>
#include <deque>

#include "base/text.h"

namespace hotline::db {

namespace {

bool gives_rows(std::string_view sql) {
  const std::string start = lower_ascii(trim(sql).substr(0, 6));
  return start == "select" || start.starts_with("with") || sql.find("RETURNING") != sql.npos;
}

std::optional<std::string> cell(const soci::row& row, std::size_t column) {
  if (row.get_indicator(column) == soci::i_null) return std::nullopt;
  switch (row.get_properties(column).get_data_type()) {
    case soci::dt_string: return row.get<std::string>(column);
    case soci::dt_integer: return std::to_string(row.get<int>(column));
    case soci::dt_long_long: return std::to_string(row.get<long long>(column));
    case soci::dt_unsigned_long_long: return std::to_string(row.get<unsigned long long>(column));
    case soci::dt_double:
      // PostgreSQL's sums of BIGINT arrive as numeric; ours are whole.
      return std::to_string(static_cast<long long>(row.get<double>(column)));
    default: break;
  }
  CHECK(false && "a column of a type that schema/ does not use");
}

Rows all_rows(soci::statement& statement, const soci::row& row) {
  Rows rows;
  for (bool got = statement.execute(true); got; got = statement.fetch()) {
    std::vector<std::optional<std::string>> cells;
    cells.reserve(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) cells.push_back(cell(row, i));
    rows.emplace_back(std::move(cells));
  }
  return rows;
}

/// SOCI reads "key=value" only: libpq itself takes the address apart. Empty if it cannot.
std::string key_values(const std::string& url) {
  PQconninfoOption* options = PQconninfoParse(url.c_str(), nullptr);
  std::string text;
  for (const PQconninfoOption* option = options; option && option->keyword; ++option) {
    if (!option->val || !*option->val) continue;
    text += std::string(option->keyword) + "='" + replace_all(option->val, "'", "\\'") + "' ";
  }
  PQconninfoFree(options);
  return text;
}

}  // namespace

std::string with_named_parameters(std::string_view sql) {
  std::string text;
  text.reserve(sql.size() + 16);
  bool quoted = false;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] == '\'') quoted = !quoted;
    if (!quoted && sql[i] == '$' && i + 1 < sql.size() && sql[i + 1] >= '0' && sql[i + 1] <= '9')
      text += ":p";
    else
      text += sql[i];
  }
  return text;
}

Result<std::unique_ptr<Session>> Session::connect(const std::string& url) {
  auto session = std::make_unique<Session>();
  try {
    if (url.starts_with("sqlite:")) {
      const std::string path = url.substr(7);
      session->sql_.open(soci::sqlite3, "db=\"" + path + "\" timeout=10");
      for (const char* pragma : {"PRAGMA busy_timeout=10000", "PRAGMA journal_mode=WAL",
                                 "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON",
                                 // What is erased must not stay in the file's free space.
                                 "PRAGMA secure_delete=ON"})
        session->sql_ << pragma;
    } else {
      session->postgresql_ = true;
      session->sql_.open(soci::postgresql, key_values(url));
      auto* backend = static_cast<soci::postgresql_session_backend*>(session->sql_.get_backend());
      // A commit that returns with a warning ("canceling wait for synchronous replication") is
      // not acknowledged: it must be told from a clean one.
      PQsetNoticeReceiver(
          backend->conn_,
          [](void* self, const PGresult* notice) {
            const char* severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
            if (severity && std::strcmp(severity, "WARNING") == 0)
              static_cast<Session*>(self)->warned_ = true;
          },
          session.get());
    }
  } catch (const soci::soci_error&) {
    return fail(ErrorKind::unavailable, "The database cannot be opened.");
  }
  return session;
}

Error Session::remember(const soci::soci_error& trouble) {
  Error error{ErrorKind::corrupt,
              std::string("The database refused a statement: ") + trouble.what()};
  if (const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&trouble)) {
    switch (sqlite->result() & 0xff) {
      case SQLITE_CONSTRAINT:
        error = {ErrorKind::conflict, "A rule of the database refused a change."};
        break;
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        retry_ = true;
        error = {ErrorKind::unavailable, "The database is busy."};
        break;
      case SQLITE_FULL: error = {ErrorKind::unavailable, "The disk is full."}; break;
      case SQLITE_IOERR:
      case SQLITE_CANTOPEN:
      case SQLITE_READONLY:
        error = {ErrorKind::unavailable, "The disk refused the database."};
        break;
      default: break;
    }
  } else if (const auto* postgres = dynamic_cast<const soci::postgresql_soci_error*>(&trouble)) {
    const std::string state = postgres->sqlstate();
    if (state.starts_with("23"))
      error = {ErrorKind::conflict, "A rule of the database refused a change."};
    else if (state == "40001" || state == "40P01") {
      retry_ = true;
      error = {ErrorKind::unavailable, "Two writers met."};
    } else if (state.starts_with("08") || state.starts_with("57") || state.starts_with("53") ||
               state.empty() || state.find_first_not_of(" ") == std::string::npos) {
      lost_ = !state.starts_with("53");
      error = {ErrorKind::unavailable, "The database does not answer."};
    }
  }
  failure_ = error;
  return error;
}

Result<Rows> Session::run(std::string_view sql, const Values& values, std::int64_t* changed) {
  try {
    soci::statement statement(sql_);
    // Binding keeps references: deques, so that nothing moves.
    std::deque<std::string> texts;
    std::deque<long long> numbers;
    std::deque<soci::indicator> indicators;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::string parameter = "p" + std::to_string(i + 1);
      if (const auto* number = std::get_if<std::int64_t>(&values[i])) {
        statement.exchange(soci::use(numbers.emplace_back(*number), parameter));
        continue;
      }
      const auto* text = std::get_if<std::string>(&values[i]);
      statement.exchange(soci::use(texts.emplace_back(text ? *text : ""),
                                   indicators.emplace_back(text ? soci::i_ok : soci::i_null),
                                   parameter));
    }
    soci::row row;
    const bool rows_wanted = gives_rows(sql);
    if (rows_wanted) statement.exchange(soci::into(row));
    statement.alloc();
    statement.prepare(with_named_parameters(sql));
    statement.define_and_bind();
    if (rows_wanted) return all_rows(statement, row);
    statement.execute(true);
    if (changed) *changed = statement.get_affected_rows();
    return Rows{};
  } catch (const soci::soci_error& trouble) {
    return std::unexpected(remember(trouble));
  }
}

Done Session::command(std::string_view sql) {
  try {
    sql_.once << std::string(sql);
    return {};
  } catch (const soci::soci_error& trouble) {
    return std::unexpected(remember(trouble));
  }
}

Done Session::begin(bool writes) {
  retry_ = false;
  failure_.reset();
  warned_ = false;
  if (postgresql_)
    return command(writes ? "BEGIN ISOLATION LEVEL SERIALIZABLE"
                          : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  // IMMEDIATE takes the write lock now: a transaction that reads first and writes later would
  // otherwise fail half-way when another program wrote in between.
  return command(writes ? "BEGIN IMMEDIATE" : "BEGIN");
}

Done Session::commit() {
  TRY_DONE(command("COMMIT"));
  if (warned_) return fail(ErrorKind::unavailable, "The database committed with a warning.");
  return {};
}

void Session::rollback() {
  try {
    sql_.once << "ROLLBACK";
  } catch (const soci::soci_error&) {
    // SQLite has rolled back itself after some errors; PostgreSQL when the connection is lost.
    lost_ = lost_ || postgresql_;
  }
}

}  // namespace hotline::db
