// Storing what was needed to get to a reported page. No rules here.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "casework/casework.h"
#include "db/db.h"

namespace hotline::intake {

class AccessStore {
 public:
  explicit AccessStore(db::Transaction& tx) : tx_(tx) {}

  struct Row {
    std::string needed;    ///< Of login, pay, password, link; blanks between.
    std::string password;  ///< Sealed; empty if none was given.
  };
  Done add(const casework::CaseId& casefile, const casework::ReportId& report, const Row& row);
  /// By report; those that needed something only.
  Result<std::map<std::string, Row>> of_case(const casework::CaseId& casefile);

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::intake
