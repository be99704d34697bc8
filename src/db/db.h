// One query layer over SQLite and PostgreSQL.
//
// A statement is one text for both: parameters are $1, $2 … in order, values
// are whole numbers, text or NULL (bytes are stored as base64 text). Every write
// happens inside transact(); SQLite takes its write lock at the beginning, so
// that two programs never fail half-way. There is no name of a table in here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace hotline::db {

/// One parameter. Flags are 0 and 1; instants are us().
using Value = std::variant<std::nullptr_t, std::int64_t, std::string>;
using Values = std::vector<Value>;

/// A text, or NULL if there is none.
[[nodiscard]] inline Value maybe(const std::optional<std::string>& text) {
  return text ? Value(*text) : Value(nullptr);
}
[[nodiscard]] inline Value maybe(const std::optional<std::int64_t>& number) {
  return number ? Value(*number) : Value(nullptr);
}

class Row {
 public:
  explicit Row(std::vector<std::optional<std::string>> cells) : cells_(std::move(cells)) {}
  [[nodiscard]] bool is_null(std::size_t column) const { return !cells_.at(column); }
  /// Empty for NULL.
  [[nodiscard]] std::string text(std::size_t column) const {
    return cells_.at(column).value_or("");
  }
  /// 0 for NULL; a cell that is no number is a bug in the statement (CHECK).
  [[nodiscard]] std::int64_t integer(std::size_t column) const;
  [[nodiscard]] std::optional<std::string> maybe_text(std::size_t column) const {
    return cells_.at(column);
  }
  [[nodiscard]] std::optional<std::int64_t> maybe_integer(std::size_t column) const;

 private:
  std::vector<std::optional<std::string>> cells_;
};

using Rows = std::vector<Row>;

class Session;

/// Alive only inside transact() or read().
class Transaction {
 public:
  explicit Transaction(Session& session) : session_(session) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// All rows of a SELECT or of a RETURNING clause; none for anything else.
  /// Error `conflict` if a uniqueness rule refuses, `unavailable` if the database does,
  /// `corrupt` if the statement itself is wrong.
  Result<Rows> run(std::string_view sql, const Values& values = {});
  /// Like run() for UPDATE and DELETE: how many rows changed.
  Result<std::int64_t> change(std::string_view sql, const Values& values = {});

 private:
  Session& session_;
};

/// A pool of connections to one database. Safe to use from several threads.
class Database {
 public:
  /// "sqlite:PATH", "sqlite::memory:" or "postgresql://…".
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(const std::string& url,
                                                              int connections = 4);
  ~Database();

  /// Runs `work` in one transaction and commits if it gives a value, else rolls back and
  /// hands its error on. Where two writers met, the whole of `work` runs again: it must have
  /// no effect outside the transaction. A commit whose answer is lost is `unavailable`,
  /// never a success.
  template <class Work>
  auto transact(Work&& work) -> std::invoke_result_t<Work, Transaction&> {
    using R = std::invoke_result_t<Work, Transaction&>;
    std::optional<R> result;
    const Done done = in_transaction(true, [&](Transaction& tx) -> Done {
      result.emplace(work(tx));
      if (!*result) return std::unexpected(result->error());
      return {};
    });
    if (!done) return std::unexpected(done.error());
    return std::move(*result);
  }
  /// The same for reading only; sees one state of the database throughout.
  template <class Work>
  auto read(Work&& work) -> std::invoke_result_t<Work, Transaction&> {
    using R = std::invoke_result_t<Work, Transaction&>;
    std::optional<R> result;
    const Done done = in_transaction(false, [&](Transaction& tx) -> Done {
      result.emplace(work(tx));
      if (!*result) return std::unexpected(result->error());
      return {};
    });
    if (!done) return std::unexpected(done.error());
    return std::move(*result);
  }

  [[nodiscard]] bool is_postgresql() const;

 private:
  struct Pool;
  explicit Database(std::unique_ptr<Pool> pool);
  Done in_transaction(bool writes, const std::function<Done(Transaction&)>& work);
  std::unique_ptr<Pool> pool_;
};

/// Applies the numbered files of `folder` ("0001_start.sql" …) that are not applied yet, each
/// in its own transaction, and remembers their digests. A line "-- @sqlite" or "-- @postgresql"
/// begins a block for that database only, "-- @both" ends it.
/// Gives how many were applied. Error `corrupt` if an applied file has changed since.
[[nodiscard]] Result<int> migrate(Database& database, const std::string& folder);
/// The names of files not applied yet.
[[nodiscard]] Result<std::vector<std::string>> pending_migrations(Database& database,
                                                                  const std::string& folder);

}  // namespace hotline::db
