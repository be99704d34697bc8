#include <fmt/format.h>

#include <cstdio>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "media/pdq.h"
#include "range/commands.h"
#include "range/pictures.h"

namespace hotline::range {

int print_contacts(const World& world) {
  for (const Network& network : world.networks) std::printf("%s\n", network.abuse.c_str());
  return 0;
}

// The pixels as they were drawn: a decoder of JPEG stays out of here, and a perceptual hash of
// the drawn picture and of its first file differ by a few bits at most.
int print_known(const World& world) {
  for (const auto seed : world.known_seeds) {
    const auto file = make_file(seed, "original");
    if (!file) return 1;
    const auto hash = media::pdq_full(draw(seed));
    const json::object line = {{"ref", fmt::format("range-{}", seed)},
                               {"sha256", hex(crypto::sha256(file->bytes))},
                               {"sha1", hex(crypto::sha1(file->bytes))},
                               {"md5", hex(crypto::md5(file->bytes))},
                               {"pdq", media::text(hash.bits)},
                               {"pdq_quality", hash.quality},
                               {"scheme", "uk_abc@1"},
                               {"category", "C"},
                               {"age", "not_determined"},
                               {"sex", "not_determined"},
                               {"graders", 2},
                               {"words", "A drawn picture of the range"}};
    fmt::print("{}\n", json::serialize(line));
  }
  return 0;
}

}  // namespace hotline::range
