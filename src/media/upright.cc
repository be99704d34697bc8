#include "media/upright.h"

#include <algorithm>

namespace hotline::media {

Picture upright(Picture picture, int orientation) {
  if (orientation <= 1 || orientation > 8) return picture;
  const bool across = orientation >= 5;  // 5 to 8 exchange the axes.
  const int width = across ? picture.height : picture.width;
  const int height = across ? picture.width : picture.height;
  // Where the stored picture is mirrored, seen from the upright one.
  const bool from_right =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_below =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Picture turned = make_picture(width, height);
  for (int y = 0; y < height; ++y) {
    std::uint8_t* to = turned.row(y);
    for (int x = 0; x < width; ++x, to += 3) {
      int from_x = across ? y : x, from_y = across ? x : y;
      if (from_right) from_x = picture.width - 1 - from_x;
      if (from_below) from_y = picture.height - 1 - from_y;
      std::copy_n(picture.row(from_y) + 3 * from_x, 3, to);
    }
  }
  return turned;
}

}  // namespace hotline::media
