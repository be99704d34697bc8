// Letter: what a host's abuse desk reads in an arriving notice.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace hotline::range {

struct Letter {
  std::string from, subject;
  std::string text;         ///< All text parts and JSON attachments, decoded, one after the other.
  std::string answer_link;  ///< The first http address with "/n/" in its path, or empty.
};

/// A message as it lies in a Maildir. Error `invalid` if it is no message at all.
[[nodiscard]] Result<Letter> read_letter(std::string_view bytes);
/// Whether the text speaks of that host, spelled plainly or defanged.
[[nodiscard]] bool names_host(const Letter& letter, std::string_view host);

}  // namespace hotline::range
