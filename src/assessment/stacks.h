// Stacks: pictures of one page that are the same picture to a person.
//
// The first of them stands for all: it is shown once and its decision is given to
// the whole stack. Perceptual digests decide; a digest of low quality (flat colour,
// tiny pictures) never joins anything. Each picture is compared with the first of a
// stack only, so that a chain of small differences cannot grow without limit.
#pragma once

#include <string>
#include <vector>

namespace hotline::assessment {

struct Fingerprint {
  std::string pdq;  ///< 64 hex digits, or empty.
  int quality = 0;  ///< 0 to 100.
};

/// For each, the place of the one that stands for it: its own place where it stands alone.
[[nodiscard]] std::vector<std::size_t> stacks_of(const std::vector<Fingerprint>& pictures);

}  // namespace hotline::assessment
