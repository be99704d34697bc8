// One connection, as SOCI gives it. Private to db/.
#pragma once

#include <soci/soci.h>

#include <optional>
#include <string>

#include "base/result.h"
#include "db/db.h"

namespace hotline::db {

/// Statements go to SOCI with named parameters: "$2" becomes ":p2". Quoted text is left alone.
[[nodiscard]] std::string with_named_parameters(std::string_view sql);

class Session {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Session>> connect(const std::string& url);

  Result<Rows> run(std::string_view sql, const Values& values, std::int64_t* changed);
  /// A statement without parameters or rows.
  Done command(std::string_view sql);

  Done begin(bool writes);
  /// Error `unavailable` if the answer is lost or carries a warning: it may or may not have
  /// happened.
  Done commit();
  void rollback();

  [[nodiscard]] bool is_postgresql() const { return postgresql_; }
  /// Two writers met: the whole transaction should run again.
  [[nodiscard]] bool wants_retry() const { return retry_; }
  /// A statement failed since begin(): the transaction can only be rolled back.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }
  /// The connection itself is gone.
  [[nodiscard]] bool is_lost() const { return lost_; }

 private:
  Error remember(const soci::soci_error& trouble);

  soci::session sql_;
  bool postgresql_ = false;
  bool retry_ = false;
  bool lost_ = false;
  bool warned_ = false;
  std::optional<Error> failure_;
};

}  // namespace hotline::db
