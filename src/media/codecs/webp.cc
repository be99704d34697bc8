#include <webp/decode.h>
#include <webp/demux.h>

#include <algorithm>

#include "media/codecs/formats.h"

namespace hotline::media {

namespace {
bool decode_still(const std::uint8_t* bytes, std::size_t size, Picture& picture) {
  return WebPDecodeRGBInto(bytes, size, picture.samples.data(), picture.samples.size(),
                           3 * picture.width) != nullptr;
}

/// The first frame of an animation, on a black canvas.
bool decode_first_frame(std::string_view bytes, Picture& picture) {
  const WebPData all{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  WebPDemuxer* demuxer = WebPDemux(&all);
  if (demuxer == nullptr) return false;
  WebPIterator frame{};
  bool done = false;
  if (WebPDemuxGetFrame(demuxer, 1, &frame) != 0 && frame.width > 0 && frame.height > 0 &&
      frame.x_offset >= 0 && frame.y_offset >= 0 && frame.x_offset + frame.width <= picture.width &&
      frame.y_offset + frame.height <= picture.height) {
    Picture part = make_picture(frame.width, frame.height);
    done = decode_still(frame.fragment.bytes, frame.fragment.size, part);
    for (int y = 0; done && y < part.height; ++y)
      std::copy_n(part.row(y), 3 * part.width,
                  picture.row(frame.y_offset + y) + 3 * frame.x_offset);
  }
  WebPDemuxReleaseIterator(&frame);
  WebPDemuxDelete(demuxer);
  return done;
}
}  // namespace

Read read_webp(std::string_view bytes, const DecodeLimits& limits) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  WebPBitstreamFeatures about{};
  if (WebPGetFeatures(data, bytes.size(), &about) != VP8_STATUS_OK || about.width <= 0 ||
      about.height <= 0)
    return std::unexpected(kBroken);
  if (!within(limits, about.width, about.height)) return std::unexpected(kOverLimits);
  Picture picture = make_picture(about.width, about.height);
  const bool done = about.has_animation != 0 ? decode_first_frame(bytes, picture)
                                             : decode_still(data, bytes.size(), picture);
  if (!done) return std::unexpected(kBroken);
  return picture;
}

}  // namespace hotline::media
