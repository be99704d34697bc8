// The disclosure desk of the range's CDN: answers a hotline's signed question where the bytes lie.
//
// The operator's side of docs/formats/origin-disclosure.md, written from that text and not from
// the hotline's sources.
#pragma once

#include "base/crypto.h"
#include "http/http.h"
#include "range/world.h"

namespace hotline::range {

/// The desk's keys: the same for each range, so that its public key can be in the settings.
[[nodiscard]] crypto::SigningKeys desk_keys();
/// POST /origin
[[nodiscard]] http::Router origin_desk(const World& world);

}  // namespace hotline::range
