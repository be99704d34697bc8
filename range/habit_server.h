// The hosts of behaviours.h, live: one address, one server, told apart by the Host header.
//
// Their story begins when they are asked first; an hour of it passes in kHour divided
// by --speed. Pictures are drawn ones in place of the table's made-up bytes.
#pragma once

#include <string>

#include "range/behaviours.h"
#include "range/world.h"

namespace hotline::range {

inline constexpr double kHabitHourSeconds = 10;

/// Never comes back. Exits the process if the address cannot be listened on.
[[noreturn]] void serve_habits(const std::string& address, double speed);

/// What goes over the wire for what a host shows; empty: nothing, the connection just ends.
[[nodiscard]] std::string habit_answer(const net::Capture& shown, const std::string& host);

}  // namespace hotline::range
