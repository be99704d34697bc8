// Facts: everything that happened, in order, once, for ever.
//
// One append-only table is the audit log, the source of statistics and the
// trigger of what happens next. A fact holds ids, countries, categories, times
// and counts; never an address, a name or an e-mail, so that erasing personal
// data never breaks the chain. Facts are appended in the transaction of the
// change itself; the sealer gives them their position and chains them by hash
// afterwards, so that writers never queue on the chain's head. Readers follow
// positions: what they have not seen has a higher one.
//
// The kinds are listed in docs/formats/facts.md; a kind that is not in
// fact_kinds.cc is refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "db/db.h"

namespace hotline::facts {

struct Fact {
  std::string tenant;
  std::string kind;      ///< "report_received"; see fact_kinds.cc.
  std::string actor;     ///< "system", "public", "host" or a person's id.
  std::string casefile;  ///< Case id, or empty.
  std::string subject;   ///< The id of what it is about (report, item, notice …), or empty.
  json::object details;  ///< Ids, countries, categories, times, counts.
  Instant at{};
  std::int64_t position = 0;  ///< Given by the sealer; 0 when appending.
};

[[nodiscard]] bool is_kind(std::string_view kind);
[[nodiscard]] const std::vector<std::string_view>& all_kinds();

class FactStore {
 public:
  explicit FactStore(db::Transaction& tx) : tx_(tx) {}

  /// Error `invalid` if the kind is unknown or a detail looks like an address or an e-mail.
  Done append(const Fact& fact);
  /// Sealed facts after `position`, oldest first.
  Result<std::vector<Fact>> after(std::int64_t position, int limit);
  /// All sealed and unsealed facts of a case, oldest first: its timeline.
  Result<std::vector<Fact>> of_case(std::string_view casefile);
  /// All facts (sealed or not) of one kind in [from, to), oldest first; empty tenant means all.
  Result<std::vector<Fact>> of_kind(std::string_view tenant, std::string_view kind, Instant from,
                                    Instant to);

  /// How far a reader has come; 0 at first.
  Result<std::int64_t> cursor(std::string_view reader);
  Done move_cursor(std::string_view reader, std::int64_t position);

  /// Position of the newest sealed fact; 0 if there is none.
  Result<std::int64_t> last_position();
  /// Chains all unsealed facts; gives how many.
  Result<int> seal();
  /// Re-computes the whole chain. Error `corrupt` names the first position that is wrong;
  /// the value is the number of facts.
  Result<std::int64_t> verify();

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::facts
