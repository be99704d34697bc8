// Storing the messages between the hotline and its reporters. No rules here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "casework/casework.h"
#include "db/db.h"
#include "intake/parcel.h"

namespace hotline::intake {

class MessageStore {
 public:
  explicit MessageStore(db::Transaction& tx) : tx_(tx) {}

  struct Row {
    std::string id, parcel, casefile, author, body;
    Instant at{};
  };
  /// False if there is a message with that id.
  Result<bool> add(const Row& row);
  /// Of one receipt, in their order.
  Result<std::vector<Row>> of_parcel(std::string_view parcel);
  Result<std::int64_t> count(std::string_view parcel);
  /// How many are gone.
  Result<std::int64_t> erase(std::string_view parcel);

  struct Where {
    std::string tenant, casefile;
  };
  /// The receipt's tenant, and the case in which its reporter was last asked, or else its first
  /// report's. Nothing for a receipt that we do not know.
  Result<std::optional<Where>> where(std::string_view parcel);
  /// The receipt that `report` of this case stands under.
  Result<std::optional<std::string>> parcel_of(const casework::CaseId& casefile,
                                               const casework::ReportId& report);
  struct Reporter {
    std::string parcel, report, door, language;
    Instant received_at{};
    bool has_contact = false;
  };
  /// Everybody who reported this case and holds a receipt; once, with their first report.
  Result<std::vector<Reporter>> reporters(const casework::CaseId& casefile);

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::intake
