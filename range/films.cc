#include "range/films.h"

#include <algorithm>
#include <vector>

#include "media/codecs/encode.h"
#include "range/pictures.h"

namespace hotline::range {

namespace {
constexpr int kScenes = 4, kSecondsEach = 3;

void put(std::string& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift & 0xff);
}

/// RIFF: a name, a length, the bytes, and one more where the length is odd.
std::string chunk(std::string_view name, std::string_view bytes) {
  std::string out(name);
  put(out, static_cast<std::uint32_t>(bytes.size()));
  out += bytes;
  if (bytes.size() % 2 != 0) out += '\0';
  return out;
}

std::string list(std::string_view name, std::string_view bytes) {
  return chunk("LIST", std::string(name).append(bytes));
}

struct Shape {
  int width, height, rate, quality;
};

std::string header(const Shape& shape, std::uint32_t frames, std::uint32_t largest) {
  const auto width = static_cast<std::uint32_t>(shape.width),
             height = static_cast<std::uint32_t>(shape.height),
             rate = static_cast<std::uint32_t>(shape.rate);
  std::string main, stream, format;
  for (const std::uint32_t value : {1'000'000 / rate, largest * rate, 0U, 0x10U, frames, 0U, 1U,
                                    largest, width, height, 0U, 0U, 0U, 0U})
    put(main, value);
  stream = "vidsMJPG";
  for (const std::uint32_t value :
       {0U, 0U, 0U, 1U, rate, 0U, frames, largest, 10'000U, 0U, 0U, width | height << 16})
    put(stream, value);
  for (const std::uint32_t value : {40U, width, height, 1U | 24U << 16}) put(format, value);
  format += "MJPG";
  for (const std::uint32_t value : {3 * width * height, 0U, 0U, 0U, 0U}) put(format, value);
  return list("hdrl",
              chunk("avih", main) + list("strl", chunk("strh", stream) + chunk("strf", format)));
}

/// Of the scene, moved a little more with each frame.
media::Picture frame_at(const media::Picture& scene, double seconds, int width, int height) {
  media::Picture view = media::make_picture(320, 240);
  const int left = std::min(static_cast<int>(seconds * 25), scene.width - view.width);
  const int top = std::min(static_cast<int>(seconds * 18), scene.height - view.height);
  for (int y = 0; y < view.height; ++y)
    std::copy_n(scene.row(y + top) + 3 * left, 3 * view.width, view.row(y));
  return width == view.width ? view : resize(view, width, height);
}
}  // namespace

Result<std::string> make_film(std::uint64_t seed, bool copy) {
  const Shape shape = copy ? Shape{240, 180, 12, 45} : Shape{320, 240, 10, 85};
  std::string frames, index;
  std::uint32_t count = 0, largest = 0;
  for (int part = 0; part < kScenes; ++part) {
    const auto scene = draw(seed * 1000 + static_cast<std::uint64_t>(part), 400, 300);
    for (int i = 0; i < kSecondsEach * shape.rate; ++i, ++count) {
      TRY(jpeg, media::encode_jpeg(
                    frame_at(scene, static_cast<double>(i) / shape.rate, shape.width, shape.height),
                    shape.quality));
      index += "00dc";
      for (const std::uint32_t value : {0x10U, static_cast<std::uint32_t>(frames.size()) + 4,
                                        static_cast<std::uint32_t>(jpeg.size())})
        put(index, value);
      largest = std::max(largest, static_cast<std::uint32_t>(jpeg.size()));
      frames += chunk("00dc", jpeg);
    }
  }
  return chunk(
      "RIFF", "AVI " + header(shape, count, largest) + list("movi", frames) + chunk("idx1", index));
}

}  // namespace hotline::range
