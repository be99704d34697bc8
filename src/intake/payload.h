// Payload: files that somebody has written down as text, and how to leave them out.
//
// The portal takes words and addresses, never files, and a file stays one when it
// is pasted as base64, hexadecimal, numbers or percent escapes. What reads like
// that is dropped before it is stored, unseen, and "[…]" stands in its place.
// Addresses are the hard part: a signed link may be long and look random, and
// breaking it would lose the report. In an address only what begins like a file
// (its first bytes, in any usual coding) or is no text (escapes that are no UTF-8)
// is cut.
#pragma once

#include <string>
#include <string_view>

namespace hotline::intake {

/// `text` (valid UTF-8, several lines) without what looks like a file.
[[nodiscard]] std::string without_payload(std::string_view text);

}  // namespace hotline::intake
