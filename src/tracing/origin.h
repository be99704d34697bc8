// Origin disclosure: the operator of a proxy tells a hotline where the bytes lie.
//
// One signed question by HTTPS in place of one e-mail a case. The operator has
// consented by giving us an address to ask at and, for signed answers, a key; it
// answers with the origin's address and who to write to, bound to our question.
// An operator with a plain reporting interface answers unsigned: that is kept as
// what it is. The bytes are in docs/formats/origin-disclosure.md.
//
// Only hosts that were traced to that very proxy are asked about, by name; no
// page address and nothing of a report leaves.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/result.h"

namespace hotline::tracing {

struct OriginAnswer {
  std::string ip;       ///< Of the origin; empty: nothing was told.
  std::string contact;  ///< One strict addr-spec, or empty.
  std::string source;   ///< Who told us.
  bool is_signed = false;
  std::string raw = {};  ///< Not stored twice: it is a raw answer of the trace.
};

/// Where one proxy's operator is asked; a line of tracing.origin_doors.
struct OriginDoor {
  std::string cdn;         ///< Id of a row of policy/cdn.json.
  std::string address;     ///< https, or http inside a test network.
  std::string public_key;  ///< 32 bytes, or empty: answers are not signed.
};
/// "range-cdn=https://disclose.fastedge.example/origin#BASE64KEY". Error `invalid` names the line.
[[nodiscard]] Result<std::vector<OriginDoor>> parse_origin_doors(
    const std::vector<std::string>& lines);

class OriginAsker {
 public:
  virtual ~OriginAsker() = default;
  [[nodiscard]] virtual bool knows(std::string_view cdn) const = 0;
  /// Error `not_found` if there is no door or the operator knows no origin, `forbidden` if it
  /// refuses us, `corrupt` if the answer is not the operator's or not to this question,
  /// `unavailable` if none came.
  virtual Result<OriginAnswer> ask(std::string_view cdn, std::string_view host, Instant now) = 0;
};

/// The keys that sign our questions, from a seed file that is made if it is not there.
[[nodiscard]] Result<crypto::SigningKeys> origin_keys(const std::string& path);

/// `keys` sign our questions; `hotline` is our name in them.
[[nodiscard]] std::unique_ptr<OriginAsker> open_origin_asker(std::vector<OriginDoor> doors,
                                                             crypto::SigningKeys keys,
                                                             std::string hotline);

// The protocol, for both sides: the range's operator uses it too.

inline constexpr std::string_view kOriginProtocol = "hotline-origin/1";
inline constexpr std::string_view kOriginSignature = "Hotline-Signature";
inline constexpr std::string_view kOriginKey = "Hotline-Key";

/// Reads an answer to the question with `nonce` about `host`. Errors as ask().
[[nodiscard]] Result<OriginAnswer> read_origin_answer(std::string_view body,
                                                      std::string_view signature_base64,
                                                      std::string_view public_key,
                                                      std::string_view nonce,
                                                      std::string_view host);

}  // namespace hotline::tracing
