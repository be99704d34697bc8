// links: matching base
// Any bytes as a segment, a manifest, a journal or a list: never a crash, whatever is asked of
// them. The first byte chooses; a segment's header gets its right checksum, or nothing behind it is
// read.
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "matching/crc32c.h"
#include "matching/index_files.h"
#include "matching/list_reader.h"
#include "matching/segment.h"

namespace {
using namespace hotline::matching;

void ask_segment(std::string bytes) {
  if (bytes.size() >= sizeof(hmi::Header)) {
    const std::uint64_t size = bytes.size();
    std::memcpy(&bytes[32], &size, 8);
    const std::uint32_t crc = crc32c(0, bytes.data(), sizeof(hmi::Header) - 4);
    std::memcpy(&bytes[sizeof(hmi::Header) - 4], &crc, 4);
  }
  const int file = ::memfd_create("fuzz", MFD_CLOEXEC);
  if (::write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) return;
  const auto segment = Segment::load(file);
  if (!segment) return;
  (void)(*segment)->verify();
  const Hash256 query{{1, 2, 3, 4}};
  const std::uint8_t radius = 31;
  std::vector<PictureHit> hits;
  (*segment)->find_pictures({&query, 1}, {&radius, 1}, hits);
  (void)(*segment)->slot_of(7);
  for (std::uint32_t slot = 0; slot < std::min((*segment)->entries(), 100U); ++slot) {
    (void)(*segment)->note((*segment)->attributes(slot).note);
    (void)(*segment)->ref(slot);
    (void)(*segment)->picture(slot);
  }
  const std::array<std::uint8_t, 32> digest{};
  for (const auto kind : kDigestKinds)
    (*segment)->find_digest(kind, std::span(digest).first(digest_bytes(kind)),
                            [](std::uint32_t) {});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  switch (bytes[0] % 7) {
    case 0: ask_segment(std::string(rest)); break;
    case 1: (void)read_manifest(rest); break;
    case 2: (void)read_journal(rest); break;
    default: (void)read_list(rest, static_cast<ListFormat>(bytes[0] % 7 - 3), [](ListLine&&) {});
  }
  return 0;
}
