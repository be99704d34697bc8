// XARF 4.2: the machine-readable twin of a notice.
//
// XARF has one type that fits, content/csam, and it demands a classification: it is
// used only where the scheme maps the category to INTERPOL's baseline. Anything else
// would be a guess, so it becomes a plain document of our own with the same field
// names ("hotline-notice"). The published schema accepts attachments, so it is no
// safety net: this emitter has no way to put bytes in. Digests and addresses only.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "takedown/notice.h"

namespace hotline::takedown {

struct TwinSender {
  std::string organisation, contact, domain;
};

struct Twin {
  std::string name;  ///< "xarf.json" or "notice.json"
  json::object document;
};

/// `letter` is the letter's id: the same letter always gives the same report_id.
[[nodiscard]] Twin make_twin(const Notice& notice, std::string_view letter,
                             const TwinSender& sender, Instant at);

/// The form of a UUID, made from a name (RFC 9562 version 8).
[[nodiscard]] std::string uuid_of(std::string_view name);

}  // namespace hotline::takedown
