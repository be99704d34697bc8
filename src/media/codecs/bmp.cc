// BMP as it is found: 8-bit palette, 24 and 32 bits, uncompressed. No library: the format is a
// header and rows.
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

struct Layout {
  std::size_t pixels = 0, palette = 0, colours = 0;
  int bits = 0;
};

void paint(const Bytes& file, const Layout& layout, const std::uint8_t* from, Picture& picture,
           int y) {
  std::uint8_t* to = picture.row(y);
  const int step = layout.bits / 8;
  for (int x = 0; x < picture.width; ++x, from += step, to += 3) {
    const std::uint8_t* colour = from;
    if (layout.bits == 8) {
      if (*from >= layout.colours) continue;
      colour = file.at(layout.palette + 4 * static_cast<std::size_t>(*from));
    }
    to[0] = colour[2];
    to[1] = colour[1];
    to[2] = colour[0];
  }
}
}  // namespace

Read read_bmp(std::string_view bytes, const DecodeLimits& limits) {
  const Bytes file(bytes);
  const std::uint32_t header = file.number(14, 4);
  const auto width = static_cast<std::int32_t>(file.number(18, 4));
  const auto tall = static_cast<std::int32_t>(file.number(22, 4));
  const std::uint32_t compression = file.number(30, 4);
  Layout layout{.pixels = file.number(10, 4),
                .palette = 14 + static_cast<std::size_t>(header),
                .colours = file.number(46, 4),
                .bits = static_cast<int>(file.number(28, 2))};
  // Bit fields (3) are read as the plain order that 32-bit files in fact use.
  const bool known = (layout.bits == 8 && compression == 0) ||
                     (layout.bits == 24 && compression == 0) ||
                     (layout.bits == 32 && (compression == 0 || compression == 3));
  if (header < 40 || width <= 0 || tall == 0 || tall == INT32_MIN || !known)
    return std::unexpected(kBroken);
  const std::int32_t height = tall < 0 ? -tall : tall;
  if (!within(limits, width, height)) return std::unexpected(kOverLimits);
  if (layout.colours == 0 || layout.colours > 256) layout.colours = 256;
  if (layout.bits == 8 && !file.has(layout.palette, 4 * layout.colours))
    return std::unexpected(kBroken);
  const std::size_t stride =
      (static_cast<std::size_t>(width) * static_cast<std::size_t>(layout.bits) + 31) / 32 * 4;
  if (!file.has(layout.pixels, stride)) return std::unexpected(kBroken);
  Picture picture = make_picture(width, height);
  for (int i = 0; i < height; ++i) {
    const std::size_t start = layout.pixels + stride * static_cast<std::size_t>(i);
    if (!file.has(start, stride)) break;
    paint(file, layout, file.at(start), picture, tall < 0 ? i : height - 1 - i);
  }
  return picture;
}

}  // namespace hotline::media
