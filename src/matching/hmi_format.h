// The bytes of an .hmi file: docs/formats/hmi.md in numbers.
//
// Values and arithmetic only: reading is segment.h, writing is segment_writer.h.
// All integers are little-endian; sections begin at multiples of 4096 bytes.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace hotline::matching::hmi {

static_assert(std::endian::native == std::endian::little, "Mapped files are little-endian.");

inline constexpr std::array<char, 8> kMagic = {'H', 'L', 'H', 'M', 'I', '\r', '\n', '\x1a'};
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::size_t kPage = 4096;
inline constexpr std::size_t kTables = 16;
inline constexpr std::size_t kBuckets = 65536;
/// So few pictures are read faster than tables are opened: no tables are written.
inline constexpr std::uint32_t kTablesFrom = 4096;
inline constexpr std::uint32_t kEntriesMax = 0xFFFF0000U;
inline constexpr std::size_t kIdBlock = 64;

enum SectionKind : std::uint32_t {
  kLists = 1,
  kPermutation,
  kPictures,
  kIdBases,
  kIdDeltas,
  kAttributeSets,
  kAttributes,
  kNoteEnds,
  kNotes,
  kRefEnds,
  kRefs,
  kWeights,
  kBegins,
  kChecks,
  kLows,
  kHighs,
  kMd5,
  kSha1,
  kSha256,
  kSections  ///< One more than the last.
};

struct Section {
  std::uint32_t kind = 0;
  std::uint32_t crc = 0;  ///< CRC-32C of its bytes.
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t parameter = 0;  ///< Bits a value, or how many values: by kind.
};

struct Header {
  std::array<char, 8> magic = kMagic;
  std::uint32_t version = kVersion;
  std::uint32_t sections = 0;
  std::uint64_t entries = 0;
  std::uint64_t pictures = 0;
  std::uint64_t file_bytes = 0;
  std::array<std::uint64_t, 3> reserved{};
  std::array<Section, 64> table{};
  std::array<std::uint8_t, kPage - 64 - 64 * sizeof(Section) - 4> zeros{};
  std::uint32_t crc = 0;  ///< Of all bytes before it.
};
static_assert(sizeof(Section) == 32 && sizeof(Header) == kPage);

/// What an entry shares with others: stored once.
struct AttributeSet {
  std::uint16_t list = 0;
  std::uint8_t quality = 0;
  std::uint8_t has = 0;
  std::uint32_t note = 0;  ///< Its number among the notes.
};
static_assert(sizeof(AttributeSet) == 8);
enum Has : std::uint8_t { kHasPicture = 1, kHasMd5 = 2, kHasSha1 = 4, kHasSha256 = 8 };

[[nodiscard]] constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t to) {
  return (value + to - 1) / to * to;
}

/// Where the parts of the search tables lie, for a number of pictures.
struct TableSizes {
  std::uint64_t pictures;
  /// How many values the upper half of a slot can have.
  [[nodiscard]] std::uint64_t highs() const { return (pictures >> 16) + 1; }
  [[nodiscard]] std::uint64_t checks_bytes() const { return round_up(2 * pictures + 64, 64); }
  [[nodiscard]] std::uint64_t lows_bytes() const { return round_up(2 * pictures, 64); }
  [[nodiscard]] std::uint64_t high_words() const {
    return round_up(pictures + kBuckets * highs() + 64, 512) / 64;
  }
  [[nodiscard]] static std::uint64_t begins_bytes() { return kTables * (kBuckets + 1) * 4; }
};

/// Values of a fixed number of bits, one after another. The array is padded by 8 bytes.
struct PackedColumn {
  const std::uint8_t* bytes = nullptr;
  unsigned width = 0;  ///< 0 to 56, or 64.
  [[nodiscard]] std::uint64_t at(std::uint64_t i) const {
    if (width == 0) return 0;
    std::uint64_t word;
    std::memcpy(&word, bytes + i * width / 8, 8);
    if (width == 64) return word;
    return word >> (i * width % 8) & ((std::uint64_t{1} << width) - 1);
  }
  [[nodiscard]] static std::uint64_t length(std::uint64_t count, unsigned width) {
    return (count * width + 7) / 8 + 8;
  }
  [[nodiscard]] static unsigned width_for(std::uint64_t largest) {
    const auto bits = static_cast<unsigned>(std::bit_width(largest));
    return bits > 56 ? 64 : bits;
  }
};

/// Digests lie sorted behind a directory of their first `bits` bits; a record is the digest and
/// the entry's slot.
struct DigestSizes {
  unsigned digest;  ///< 16, 20 or 32 bytes.
  [[nodiscard]] unsigned record() const { return digest + 4; }
  [[nodiscard]] static unsigned bits_for(std::uint64_t count) {
    return count < 8 ? 0 : static_cast<unsigned>(std::bit_width(count / 4)) - 1;
  }
  [[nodiscard]] std::uint64_t directory(unsigned bits) const {
    return ((std::uint64_t{1} << bits) + 1) * 4;
  }
  [[nodiscard]] std::uint64_t length(std::uint64_t count, unsigned bits) const {
    return directory(bits) + count * record();
  }
};

}  // namespace hotline::matching::hmi
