// BMP as it is found: palettes of 1, 4 and 8 bits, run lengths, 16, 24 and 32 bits with or without
// masks, and OS/2's short header. No library: the format is a header and rows.
#include <algorithm>
#include <array>
#include <bit>

#include "media/codecs/formats.h"

namespace hotline::media {

namespace {
class Bytes {
 public:
  explicit Bytes(std::string_view all) : all_(all) {}
  [[nodiscard]] std::uint32_t number(std::size_t at, std::size_t count) const {
    if (!has(at, count)) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = count; i-- > 0;)
      value = value << 8 | static_cast<unsigned char>(all_[at + i]);
    return value;
  }
  [[nodiscard]] bool has(std::size_t at, std::size_t count) const {
    return at <= all_.size() && all_.size() - at >= count;
  }
  [[nodiscard]] const std::uint8_t* at(std::size_t place) const {
    return reinterpret_cast<const std::uint8_t*>(all_.data()) + place;
  }

 private:
  std::string_view all_;
};

enum Compression : std::uint32_t { kPlain = 0, kRuns8 = 1, kRuns4 = 2, kMasks = 3 };

struct Layout {
  std::size_t pixels = 0, palette = 0, colours = 0, entry = 4;
  int bits = 0;
  std::uint32_t compression = kPlain;
  std::array<std::uint32_t, 3> masks{};  ///< Of red, green, blue, for 16 and 32 bits.
};

/// The part of `value` under the mask, as 0 to 255.
std::uint8_t channel(std::uint32_t value, std::uint32_t mask) {
  if (mask == 0) return 0;
  const int shift = std::countr_zero(mask);
  const std::uint64_t most = mask >> shift;
  return static_cast<std::uint8_t>((((value & mask) >> shift) * std::uint64_t{255} + most / 2) /
                                   most);
}

void paint_index(const Bytes& file, const Layout& layout, std::uint32_t index, std::uint8_t* to) {
  if (index >= layout.colours) return;
  const std::uint8_t* colour = file.at(layout.palette + layout.entry * index);
  to[0] = colour[2];
  to[1] = colour[1];
  to[2] = colour[0];
}

void paint(const Bytes& file, const Layout& layout, std::size_t start, Picture& picture, int y) {
  std::uint8_t* to = picture.row(y);
  const auto bits = static_cast<std::size_t>(layout.bits);
  for (std::size_t x = 0; x < static_cast<std::size_t>(picture.width); ++x, to += 3) {
    if (bits <= 8) {
      const std::size_t place = x * bits;
      const std::uint32_t byte = *file.at(start + place / 8);
      paint_index(file, layout, byte >> (8 - bits - place % 8) & ((1U << bits) - 1), to);
    } else if (bits == 24) {
      const std::uint8_t* colour = file.at(start + 3 * x);
      to[0] = colour[2];
      to[1] = colour[1];
      to[2] = colour[0];
    } else {
      const std::uint32_t value = file.number(start + x * bits / 8, bits / 8);
      for (std::size_t i = 0; i < 3; ++i) to[i] = channel(value, layout.masks[i]);
    }
  }
}

/// Run lengths: always from the lowest row up. What they leave out stays black.
void paint_runs(const Bytes& file, const Layout& layout, Picture& picture) {
  const bool nibbles = layout.compression == kRuns4;
  std::size_t at = layout.pixels;
  int x = 0, y = 0;
  const auto put = [&](std::uint32_t index) {
    if (x < picture.width)
      paint_index(file, layout, index, picture.row(picture.height - 1 - y) + 3 * x);
    ++x;
  };
  // A jump to the right costs two bytes and may go on for ever: it ends with the file.
  while (y < picture.height && file.has(at, 2)) {
    const std::uint32_t count = file.number(at, 1), second = file.number(at + 1, 1);
    at += 2;
    if (count > 0) {
      for (std::uint32_t i = 0; i < count; ++i)
        put(!nibbles ? second : i % 2 == 0 ? second >> 4 : second & 15);
    } else if (second == 0) {
      x = 0;
      ++y;
    } else if (second == 1) {
      return;
    } else if (second == 2) {
      x = std::min(x + static_cast<int>(file.number(at, 1)), picture.width);
      y += static_cast<int>(file.number(at + 1, 1));
      at += 2;
    } else {
      for (std::uint32_t i = 0; i < second; ++i) {
        const std::uint32_t byte = file.number(at + (nibbles ? i / 2 : i), 1);
        put(!nibbles ? byte : i % 2 == 0 ? byte >> 4 : byte & 15);
      }
      at += ((nibbles ? (second + 1) / 2 : second) + 1) / 2 * 2;
    }
  }
}

bool readable(const Layout& layout) {
  switch (layout.compression) {
    case kPlain:
      return layout.bits == 1 || layout.bits == 4 || layout.bits == 8 || layout.bits == 16 ||
             layout.bits == 24 || layout.bits == 32;
    case kRuns8: return layout.bits == 8;
    case kRuns4: return layout.bits == 4;
    case kMasks: return layout.bits == 16 || layout.bits == 32;
    default: return false;
  }
}

/// Everything but width and height.
Layout layout_of(const Bytes& file, std::uint32_t header) {
  Layout layout{.pixels = file.number(10, 4), .palette = 14 + static_cast<std::size_t>(header)};
  if (header == 12) {
    layout.bits = static_cast<int>(file.number(24, 2));
    layout.entry = 3;
  } else {
    layout.bits = static_cast<int>(file.number(28, 2));
    layout.compression = file.number(30, 4);
    layout.colours = file.number(46, 4);
  }
  // Bit fields stand behind a header of 40 bytes, and at the same place inside the longer ones.
  if (layout.compression == kMasks) {
    for (std::size_t i = 0; i < 3; ++i) layout.masks[i] = file.number(54 + 4 * i, 4);
    if (header == 40) layout.palette += 12;
  } else if (layout.bits == 16) {
    layout.masks = {0x7c00, 0x03e0, 0x001f};
  } else {
    layout.masks = {0xff0000, 0x00ff00, 0x0000ff};
  }
  if (layout.bits <= 8 && layout.bits > 0) {
    const std::size_t most = std::size_t{1} << layout.bits;
    if (layout.colours == 0 || layout.colours > most) layout.colours = most;
    // A short palette is usual where the header is.
    while (layout.colours > 0 && !file.has(layout.palette, layout.entry * layout.colours))
      --layout.colours;
  }
  return layout;
}
}  // namespace

Read read_bmp(std::string_view bytes, const DecodeLimits& limits) {
  const Bytes file(bytes);
  const std::uint32_t header = file.number(14, 4);
  const bool short_header = header == 12;
  if (!short_header && (header < 40 || header > 1024)) return std::unexpected(kBroken);
  const auto width = static_cast<std::int32_t>(file.number(18, short_header ? 2 : 4));
  const auto tall =
      static_cast<std::int32_t>(short_header ? file.number(20, 2) : file.number(22, 4));
  const Layout layout = layout_of(file, header);
  if (width <= 0 || tall == 0 || tall == INT32_MIN || !readable(layout) ||
      (layout.bits <= 8 && layout.colours == 0))
    return std::unexpected(kBroken);
  const std::int32_t height = tall < 0 ? -tall : tall;
  if (!within(limits, width, height)) return std::unexpected(kOverLimits);
  const std::size_t stride =
      (static_cast<std::size_t>(width) * static_cast<std::size_t>(layout.bits) + 31) / 32 * 4;
  const bool runs = layout.compression == kRuns8 || layout.compression == kRuns4;
  if (!file.has(layout.pixels, runs ? 2 : stride)) return std::unexpected(kBroken);
  Picture picture = make_picture(width, height);
  if (runs) {
    paint_runs(file, layout, picture);
    return picture;
  }
  for (int i = 0; i < height; ++i) {
    const std::size_t start = layout.pixels + stride * static_cast<std::size_t>(i);
    if (!file.has(start, stride)) break;
    paint(file, layout, start, picture, tall < 0 ? i : height - 1 - i);
  }
  return picture;
}

}  // namespace hotline::media
