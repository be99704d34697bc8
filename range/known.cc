#include <fmt/format.h>

#include <cstdio>

#include "base/crypto.h"
#include "base/text.h"
#include "media/pdq.h"
#include "range/commands.h"
#include "range/pictures.h"

namespace hotline::range {

// The pixels as they were drawn: a decoder of JPEG stays out of here, and a perceptual hash of
// the drawn picture and of its first file differ by a few bits at most.
int print_known(const World& world) {
  for (const auto seed : world.known_seeds) {
    const auto file = make_file(seed, "original");
    if (!file) return 1;
    fmt::print("sha256 {}\nmd5 {}\nsha1 {}\n", hex(crypto::sha256(file->bytes)),
               hex(crypto::md5(file->bytes)), hex(crypto::sha1(file->bytes)));
    const auto hash = media::pdq_full(draw(seed));
    fmt::print("pdq {} {}\n", media::text(hash.bits), hash.quality);
  }
  return 0;
}

}  // namespace hotline::range
