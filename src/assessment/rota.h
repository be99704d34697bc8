// The rota: who works when.
//
// A day and a shift a person. It says nothing about pictures: the exposure budget
// (budget.h) holds whatever stands here, and a person checks in by themself.
//
// Fact: rota_changed.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/people.h"
#include "db/db.h"

namespace hotline::assessment {

struct ShiftKind {
  std::string_view id, label;
};
inline constexpr std::array kShifts = {ShiftKind{"early", "Early"}, ShiftKind{"late", "Late"},
                                       ShiftKind{"other", "Work without pictures"},
                                       ShiftKind{"off", "Off"}};

struct Shift {
  casework::PersonId person;
  std::string day;  ///< YYYY-MM-DD
  std::string shift;
};

/// Error `forbidden` but for who sees the board, `invalid` for a day or shift that there is not.
[[nodiscard]] Done set_shift(db::Transaction& tx, const accounts::Person& by, const Shift& shift,
                             Instant now);
/// Of the tenant, from `first` to `last`, both included.
[[nodiscard]] Result<std::vector<Shift>> shifts(db::Transaction& tx,
                                                const casework::TenantId& tenant,
                                                std::string_view first, std::string_view last);

/// "2026-11-22", so many days later. Error `invalid` if it is no day.
[[nodiscard]] Result<std::string> day_after(std::string_view day, int days);

}  // namespace hotline::assessment
