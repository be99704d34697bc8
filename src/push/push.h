// Push: what a hotline and a host's receiver say to each other.
//
// A notice is pushed as a signed JSON document; the receiver answers with a signed
// receipt. Both are signed the way of Standard Webhooks 1.0 (Ed25519, "v1a"): over
// "<id>.<unix seconds>.<body>", key pinned by hand on either side. The id is the
// letter's: a repeat is the same push, and gets the same receipt. Addresses and
// digests only; there is no field that could carry media. docs/formats/receiver.md.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/result.h"

namespace hotline::push {

inline constexpr std::string_view kNoticesPath = "/v1/notices";
inline constexpr std::size_t kBodyBytesMax = 1024 * 1024;
/// A signature older or newer than this is refused: it may be a replay.
inline constexpr std::chrono::seconds kClockTolerance{300};

/// Spelled as sent.
enum class Kind : std::uint8_t { first, reminder, escalation, withdrawal };
[[nodiscard]] std::string_view name(Kind kind);

struct Digests {
  std::string md5, sha1, sha256;  ///< Lower-case hex; empty ones are left out.
};

struct Notice {
  std::string id;         ///< The letter's: the same for every try.
  std::string reference;  ///< "NTC-…", the same for all letters of a notice.
  Kind kind = Kind::first;
  std::string organisation;  ///< Who asks.
  std::string contact;       ///< Where a person answers: a mailbox.
  std::string category;      ///< Of the hotline's scheme.
  bool baseline = false;     ///< INTERPOL's baseline beyond doubt.
  Instant sent_at{};
  std::vector<std::string> locations;  ///< Exact addresses, the reported one first.
  std::vector<Digests> items;
  std::string answer_link;    ///< Where a person may answer by hand.
  std::string subject, text;  ///< The whole letter as it would be mailed.
};

/// What became of one file. Spelled as sent.
enum class Deed : std::uint8_t {
  disabled,   ///< Not served any more, kept where only the host gets at it.
  removed,    ///< Deleted.
  hooked,     ///< The host's own program said it is done.
  restored,   ///< Put back, after a withdrawal.
  not_found,  ///< Nothing at this address, or nothing with this digest.
  failed,     ///< Found, and could not be taken away: a person must.
};
inline constexpr std::array kDeeds = {Deed::disabled, Deed::removed,   Deed::hooked,
                                      Deed::restored, Deed::not_found, Deed::failed};
[[nodiscard]] std::string_view name(Deed deed);
[[nodiscard]] bool is_done(Deed deed);  ///< disabled, removed, hooked or restored.

struct Action {
  std::string location;  ///< The notice's address that led there; empty: found by digest only.
  std::string sha256;    ///< Of what was found, or of what was looked for.
  Deed deed = Deed::not_found;
};

struct Receipt {
  std::string id, reference;  ///< The notice's.
  std::string notice_digest;  ///< SHA-256 of the notice's body, hex: binds the two.
  std::string receiver;       ///< The host's name for itself.
  Instant received_at{}, finished_at{};
  std::vector<Action> actions;

  /// Something was taken away (or put back) and nothing failed.
  [[nodiscard]] bool all_done() const;
  [[nodiscard]] int count(Deed deed) const;
};

[[nodiscard]] std::string to_json(const Notice& notice);
[[nodiscard]] std::string to_json(const Receipt& receipt);
/// Error `invalid`: not such a document, or beyond its limits (1,000 addresses, 10,000 items).
[[nodiscard]] Result<Notice> parse_notice(std::string_view body);
[[nodiscard]] Result<Receipt> parse_receipt(std::string_view body);

/// The three headers of Standard Webhooks.
struct Signature {
  std::string id;         ///< webhook-id
  std::string timestamp;  ///< webhook-timestamp: unix seconds
  std::string value;      ///< webhook-signature: "v1a,<base64>", several with blanks between.
};
[[nodiscard]] Signature sign(const crypto::SigningKeys& keys, std::string_view id, Instant at,
                             std::string_view body);
/// One good signature is enough (keys are rotated). Error `forbidden` if there is none, or if
/// `now` is further than kClockTolerance from its time.
Done verify(std::string_view public_key, const Signature& signature, std::string_view body,
            Instant now);

}  // namespace hotline::push
