// links: media sandbox base
// Lists of vPDQ hashes in both forms: what is taken says the same when it is written again.
#include <cstdint>
#include <cstdlib>

#include "media/vpdq.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace hotline::media;
  const auto frames = parse_vpdq({reinterpret_cast<const char*>(bytes), size});
  if (!frames) return 0;
  const auto again = parse_vpdq(vpdq_lines(*frames));
  const auto as_json = parse_vpdq(vpdq_json(*frames));
  if (!again || !as_json || again->size() != frames->size() || as_json->size() != frames->size())
    std::abort();
  for (std::size_t i = 0; i < frames->size(); ++i) {
    if ((*again)[i].bits != (*frames)[i].bits || (*again)[i].frame != (*frames)[i].frame ||
        (*as_json)[i].quality != (*frames)[i].quality)
      std::abort();
  }
  const auto match = vpdq_compare(*frames, *again);
  if (match.query_matched != match.query_frames) std::abort();
  return 0;
}
