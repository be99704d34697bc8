// Answer: what the staff of a host do with the link in a notice.
//
// They open it as a browser without scripts would, fill in the form that the page
// shows, and send it. Runs outside the range's namespace, as people sit elsewhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace hotline::range {

struct Form {
  std::string action;  ///< As it stands in the page; empty means the page itself.
  std::vector<std::pair<std::string, std::string>> fields;
};

/// The first form of the page on which `word` can be chosen (radio, option or button), with
/// that choice made and everything else as the page filled it in.
[[nodiscard]] std::optional<Form> find_form(std::string_view page, std::string_view word);

/// Opens `link`, chooses `word`, sends the form. Error `unavailable` if the page did not answer,
/// `invalid` if it offers no such answer or refuses it.
[[nodiscard]] Done answer(const std::string& link, std::string_view word);

}  // namespace hotline::range
