#include "media/codecs/draw.h"

#include <algorithm>

#include "media/codecs/encode.h"
#include "media/preview.h"

namespace hotline::media {

namespace {
constexpr int kSideMax = kPreviewLevels.back().side_max;
constexpr std::size_t kFirstLevelMax = 4096;  ///< Bytes: a queue of two hundred must load at once.

/// A grey, blurred picture of 160 pixels takes about 1.5 KB; a hostile one is pressed harder.
Result<std::string> encoded(const Picture& picture, const PreviewLevel& level) {
  const auto encode_it = level.grey ? encode_grey_jpeg : encode_jpeg;
  auto jpeg = encode_it(picture, 60);
  for (const int quality : {40, 20, 5}) {
    if (level.level > 1 || !jpeg || jpeg->size() <= kFirstLevelMax) break;
    jpeg = encode_it(picture, quality);
  }
  return jpeg;
}

/// Nothing if the pixels are not what the header says.
Picture raster_of(const sandbox::Message& looked) {
  const json::value header(looked.header);
  const json::value* raster = member(header, "raster");
  if (raster == nullptr || looked.blobs.size() != 1) return {};
  const auto width = integer_at(*raster, "width"), height = integer_at(*raster, "height");
  if (!width || !height || *width < 1 || *height < 1 || *width > kSideMax || *height > kSideMax)
    return {};
  Picture picture = make_picture(static_cast<int>(*width), static_cast<int>(*height));
  if (looked.blobs[0].size() != picture.samples.size()) return {};
  std::copy(looked.blobs[0].begin(), looked.blobs[0].end(), picture.samples.begin());
  return picture;
}
}  // namespace

sandbox::Message draw(const sandbox::Message& looked) {
  sandbox::Message drawn;
  json::array levels;
  const Picture raster = raster_of(looked);
  for (const auto& level : kPreviewLevels) {
    if (raster.empty()) break;
    auto jpeg = encoded(preview(raster, level), level);
    if (!jpeg) break;
    levels.emplace_back(level.level);
    drawn.blobs.push_back(*std::move(jpeg));
  }
  drawn.header["levels"] = std::move(levels);
  return drawn;
}

}  // namespace hotline::media
