#include <webp/decode.h>
#include <webp/demux.h>

#include <algorithm>
#include <memory>

#include "media/codecs/animation.h"
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

void sample_webp(std::string_view bytes, const DecodeLimits& limits, std::uint64_t pixels_max,
                 Animation& into) {
  const WebPData all{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  WebPBitstreamFeatures about{};
  if (WebPGetFeatures(all.bytes, all.size, &about) != VP8_STATUS_OK || about.has_animation == 0)
    return;
  // It keeps two canvases of 4 bytes a pixel.
  const DecodeLimits tighter{limits.pixels_max / 3, limits.side_max};
  if (!within(tighter, about.width, about.height)) return;
  WebPAnimDecoderOptions options;
  if (WebPAnimDecoderOptionsInit(&options) == 0) return;
  options.color_mode = MODE_RGBA;
  options.use_threads = 0;
  const std::unique_ptr<WebPAnimDecoder, void (*)(WebPAnimDecoder*)> decoder(
      WebPAnimDecoderNew(&all, &options), WebPAnimDecoderDelete);
  WebPAnimInfo sizes{};
  if (!decoder || WebPAnimDecoderGetInfo(decoder.get(), &sizes) == 0 || sizes.frame_count < 2 ||
      sizes.frame_count > 1'000'000)
    return;
  FrameSampler sampler(static_cast<int>(sizes.frame_count), into);
  Picture shown =
      make_picture(static_cast<int>(sizes.canvas_width), static_cast<int>(sizes.canvas_height));
  const std::uint64_t area = shown.samples.size() / 3;
  std::uint64_t work = 0;
  into.whole = false;
  for (int number = 0; WebPAnimDecoderHasMoreFrames(decoder.get()) != 0; ++number) {
    std::uint8_t* canvas = nullptr;
    int until_ms = 0;
    work += area;
    if (work > pixels_max || WebPAnimDecoderGetNext(decoder.get(), &canvas, &until_ms) == 0) break;
    if (sampler.wants(number)) {
      for (std::size_t i = 0; i < area; ++i)
        std::copy_n(canvas + 4 * i, 3, shown.samples.data() + 3 * i);
      sampler.see(number, into.seconds, shown);
    }
    into.seconds = std::max(0, until_ms) / 1000.0;
    into.whole = number + 1 == into.count;
  }
  sampler.finish();
}

}  // namespace hotline::media
