// links: matching base
// Any line: never a crash, and what was read is written so that it reads the same.
#include <cstdlib>

#include "matching/hash_lines.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace hotline::matching;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto line = parse_hash_line(text, "partner");
  if (!line || line->withdrawn) return 0;
  const std::string written = hash_line(line->known);
  const auto again = parse_hash_line(written, "partner");
  if (!again || hash_line(again->known) != written) std::abort();
  return 0;
}
