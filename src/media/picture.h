// Picture: decoded pixels, nothing else. Values only: codecs/ makes them from bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hotline::media {

/// 8-bit RGB, rows from the top, no padding: samples.size() == 3 * width * height.
struct Picture {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> samples;

  [[nodiscard]] bool empty() const { return samples.empty(); }
  [[nodiscard]] const std::uint8_t* row(int y) const {
    return samples.data() + 3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(y);
  }
  [[nodiscard]] std::uint8_t* row(int y) {
    return samples.data() + 3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(y);
  }
};

/// All black.
[[nodiscard]] inline Picture make_picture(int width, int height) {
  return {width, height,
          std::vector<std::uint8_t>(3 * static_cast<std::size_t>(width) *
                                    static_cast<std::size_t>(height))};
}

}  // namespace hotline::media
