// Status parcels: what the worker says to a reporter, left where only the receipt opens it.
//
// One file a receipt, named by Receipt::parcel(), sealed to the receipt's public
// key and padded, so that neither name nor size says how a report stands. It is
// replaced as a whole. Host, category and anything about a victim never stand in
// it; times are whole days.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "intake/receipt.h"

namespace hotline::intake {

/// What a reporter may see. Spelled as stored.
enum class Stage : std::uint8_t {
  received,
  checking,
  acted,          ///< Checked: we took action.
  outside_remit,  ///< Checked: outside what we can act on.
  not_found,      ///< We could not find it.
};
[[nodiscard]] std::string_view name(Stage stage);
[[nodiscard]] Result<Stage> parse_stage(std::string_view text);

struct Step {
  Stage stage = Stage::received;
  Instant day{};
};

struct ParcelMessage {
  bool from_reporter = false;
  std::string text;
  Instant day{};
};

struct Parcel {
  /// For each address of the submission, in its order, the steps, oldest first.
  std::vector<std::vector<Step>> reports;
  bool has_contact = false;             ///< An e-mail address is kept; it can be erased.
  bool erased = false;                  ///< It was, at the reporter's wish.
  std::vector<ParcelMessage> messages;  ///< Questions and answers, oldest first.
};

/// Replaces the parcel atomically; `folder` is made if missing.
Done write_parcel(const std::string& folder, std::string_view parcel_id,
                  std::string_view public_key, const Parcel& parcel);
/// Error `not_found` if there is no such parcel (yet, or any more), `corrupt` if it does not open.
[[nodiscard]] Result<Parcel> read_parcel(const std::string& folder, const Receipt& receipt);

}  // namespace hotline::intake
