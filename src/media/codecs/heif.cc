// HEIC and AVIF: libheif reads the container, and decoders that we start ourselves read the
// pictures, because its own ones start threads, which no cell may.
#include "media/codecs/formats.h"

#include <dav1d/dav1d.h>
#include <libde265/de265.h>
#include <libheif/heif.h>
#include <libheif/heif_plugin.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "base/result.h"
#include "media/codecs/decode.h"

namespace hotline::media {

namespace {
constexpr unsigned kFramePixelsMax = 100'000'000;
constexpr int kPriority = 1000;  ///< Over the decoders that libheif brings.
constexpr heif_error kGood = {heif_error_Ok, heif_suberror_Unspecified, "Success"};
constexpr heif_error kBad = {heif_error_Decoder_plugin_error, heif_suberror_Unspecified, "broken"};

struct Plane {
  heif_channel channel;
  const std::uint8_t* from;
  std::ptrdiff_t stride;
  int width, height, bits;
};

bool add_plane(heif_image* to, const Plane& plane) {
  if (plane.from == nullptr || plane.bits < 8 || plane.bits > 16 ||
      heif_image_add_plane(to, plane.channel, plane.width, plane.height, plane.bits).code !=
          heif_error_Ok)
    return false;
  int stride = 0;
  std::uint8_t* rows = heif_image_get_plane(to, plane.channel, &stride);
  if (rows == nullptr) return false;
  const std::size_t bytes = static_cast<std::size_t>(plane.width) * (plane.bits > 8 ? 2 : 1);
  for (int y = 0; y < plane.height; ++y)
    std::memcpy(rows + static_cast<std::ptrdiff_t>(y) * stride, plane.from + y * plane.stride,
                bytes);
  return true;
}

struct Colours {
  int primaries, transfer, matrix;
  bool full_range;
};

void set_colours(heif_image* image, const Colours& colours) {
  heif_color_profile_nclx* profile = heif_nclx_color_profile_alloc();
  if (profile == nullptr) return;
  // Values that libheif does not know are refused by it, and then its defaults stand.
  heif_nclx_color_profile_set_color_primaries(profile,
                                              static_cast<std::uint16_t>(colours.primaries));
  heif_nclx_color_profile_set_transfer_characteristics(
      profile, static_cast<std::uint16_t>(colours.transfer));
  heif_nclx_color_profile_set_matrix_coefficients(profile,
                                                  static_cast<std::uint16_t>(colours.matrix));
  profile->full_range_flag = colours.full_range ? 1 : 0;
  heif_image_set_nclx_color_profile(image, profile);
  heif_nclx_color_profile_free(profile);
}

heif_image* new_image(int width, int height, heif_chroma chroma) {
  heif_image* image = nullptr;
  const auto space =
      chroma == heif_chroma_monochrome ? heif_colorspace_monochrome : heif_colorspace_YCbCr;
  return heif_image_create(width, height, space, chroma, &image).code == heif_error_Ok ? image
                                                                                       : nullptr;
}

// --- HEVC through libde265, without its threads -------------------------------------------------

heif_error new_hevc(void** decoder) {
  *decoder = de265_new_decoder();
  return *decoder != nullptr ? kGood : kBad;
}

void free_hevc(void* decoder) {
  de265_free_decoder(decoder);
}

/// libheif gives NAL units, each behind its length in four bytes.
heif_error push_hevc(void* decoder, const void* bytes, std::size_t size) {
  std::string_view left(static_cast<const char*>(bytes), size);
  while (left.size() >= 4) {
    std::uint32_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(left[i]);
    left.remove_prefix(4);
    if (length > left.size()) return kBad;
    de265_push_NAL(decoder, left.data(), static_cast<int>(length), 0, nullptr);
    left.remove_prefix(length);
  }
  return kGood;
}

heif_image* image_of(const de265_image* from) {
  constexpr heif_chroma kChromas[] = {heif_chroma_monochrome, heif_chroma_420, heif_chroma_422,
                                      heif_chroma_444};
  const int chroma = de265_get_chroma_format(from);
  heif_image* image = new_image(de265_get_image_width(from, 0), de265_get_image_height(from, 0),
                                kChromas[std::clamp(chroma, 0, 3)]);
  constexpr heif_channel kChannels[] = {heif_channel_Y, heif_channel_Cb, heif_channel_Cr};
  for (int i = 0; image != nullptr && i < (chroma == 0 ? 1 : 3); ++i) {
    int stride = 0;
    const std::uint8_t* rows = de265_get_image_plane(from, i, &stride);
    const Plane plane{kChannels[i],
                      rows,
                      stride,
                      de265_get_image_width(from, i),
                      de265_get_image_height(from, i),
                      de265_get_bits_per_pixel(from, i)};
    if (!add_plane(image, plane)) {
      heif_image_release(image);
      return nullptr;
    }
  }
  if (image != nullptr)
    set_colours(
        image,
        {de265_get_image_colour_primaries(from), de265_get_image_transfer_characteristics(from),
         de265_get_image_matrix_coefficients(from), de265_get_image_full_range_flag(from) != 0});
  return image;
}

heif_error decode_hevc(void* decoder, heif_image** out) {
  *out = nullptr;
  de265_flush_data(decoder);
  int more = 1;
  for (int turn = 0; more != 0 && turn < 1000 && *out == nullptr; ++turn) {
    more = 0;
    const de265_error error = de265_decode(decoder, &more);
    if (error != DE265_OK && error != DE265_ERROR_WAITING_FOR_INPUT_DATA) break;
    if (const de265_image* picture = de265_get_next_picture(decoder)) *out = image_of(picture);
  }
  return *out != nullptr ? kGood : kBad;
}

// --- AV1 through dav1d, with one thread ---------------------------------------------------------

struct Av1 {
  Dav1dContext* context = nullptr;
  std::string bytes;
};

heif_error new_av1(void** decoder) {
  auto made = std::make_unique<Av1>();
  Dav1dSettings settings;
  dav1d_default_settings(&settings);
  settings.n_threads = 1;
  settings.max_frame_delay = 1;
  settings.all_layers = 0;
  settings.frame_size_limit = kFramePixelsMax;
  settings.logger.callback = nullptr;
  if (dav1d_open(&made->context, &settings) != 0) return kBad;
  *decoder = made.release();
  return kGood;
}

void free_av1(void* decoder) {
  const std::unique_ptr<Av1> owned(static_cast<Av1*>(decoder));
  dav1d_close(&owned->context);
}

heif_error push_av1(void* decoder, const void* bytes, std::size_t size) {
  static_cast<Av1*>(decoder)->bytes.append(static_cast<const char*>(bytes), size);
  return kGood;
}

heif_image* image_of(const Dav1dPicture& from) {
  constexpr heif_chroma kChromas[] = {heif_chroma_monochrome, heif_chroma_420, heif_chroma_422,
                                      heif_chroma_444};
  const int layout = std::clamp(static_cast<int>(from.p.layout), 0, 3);
  heif_image* image = new_image(from.p.w, from.p.h, kChromas[layout]);
  constexpr heif_channel kChannels[] = {heif_channel_Y, heif_channel_Cb, heif_channel_Cr};
  for (int i = 0; image != nullptr && i < (layout == 0 ? 1 : 3); ++i) {
    const bool half_wide = i > 0 && layout != 3, half_tall = i > 0 && layout == 1;
    const Plane plane{kChannels[i],
                      static_cast<const std::uint8_t*>(from.data[i]),
                      from.stride[i > 0 ? 1 : 0],
                      half_wide ? (from.p.w + 1) / 2 : from.p.w,
                      half_tall ? (from.p.h + 1) / 2 : from.p.h,
                      from.p.bpc};
    if (!add_plane(image, plane)) {
      heif_image_release(image);
      return nullptr;
    }
  }
  if (image != nullptr && from.seq_hdr != nullptr)
    set_colours(image, {from.seq_hdr->pri, from.seq_hdr->trc, from.seq_hdr->mtrx,
                        from.seq_hdr->color_range != 0});
  return image;
}

void keep_bytes(const std::uint8_t*, void*) {}

heif_error decode_av1(void* decoder, heif_image** out) {
  *out = nullptr;
  auto& av1 = *static_cast<Av1*>(decoder);
  Dav1dData left{};
  if (dav1d_data_wrap(&left, reinterpret_cast<const std::uint8_t*>(av1.bytes.data()),
                      av1.bytes.size(), keep_bytes, nullptr) != 0)
    return kBad;
  Dav1dPicture picture{};
  // Parts are taken while it wants more, then once more to have what it holds back.
  for (int turn = 0; turn < 1000; ++turn) {
    if (left.sz > 0) {
      const int sent = dav1d_send_data(av1.context, &left);
      if (sent < 0 && sent != DAV1D_ERR(EAGAIN)) break;
    }
    const int got = dav1d_get_picture(av1.context, &picture);
    if (got == 0) {
      *out = image_of(picture);
      dav1d_picture_unref(&picture);
      break;
    }
    if (got != DAV1D_ERR(EAGAIN) || left.sz == 0) break;
  }
  if (left.sz > 0) dav1d_data_unref(&left);
  return *out != nullptr ? kGood : kBad;
}

// --- the two, for libheif ----------------------------------------------------------------------

template <heif_compression_format kFormat>
int supports(heif_compression_format format) {
  return format == kFormat ? kPriority : 0;
}
void ignore_strictness(void*, int) {}

constexpr heif_decoder_plugin kHevc = {3,
                                       [] { return "hotline hevc"; },
                                       nullptr,
                                       nullptr,
                                       supports<heif_compression_HEVC>,
                                       new_hevc,
                                       free_hevc,
                                       push_hevc,
                                       decode_hevc,
                                       ignore_strictness,
                                       "hotline_hevc"};
constexpr heif_decoder_plugin kAv1 = {3,
                                      [] { return "hotline av1"; },
                                      nullptr,
                                      nullptr,
                                      supports<heif_compression_AV1>,
                                      new_av1,
                                      free_av1,
                                      push_av1,
                                      decode_av1,
                                      ignore_strictness,
                                      "hotline_av1"};

template <auto kFree>
struct Freed {
  template <class Handle>
  void operator()(Handle* handle) const {
    kFree(handle);
  }
};
using Context = std::unique_ptr<heif_context, Freed<heif_context_free>>;
using Handle = std::unique_ptr<heif_image_handle, Freed<heif_image_handle_release>>;
using Image = std::unique_ptr<heif_image, Freed<heif_image_release>>;
using Options = std::unique_ptr<heif_decoding_options, Freed<heif_decoding_options_free>>;

Read copied(const heif_image* image, const DecodeLimits& limits) {
  const int width = heif_image_get_width(image, heif_channel_interleaved);
  const int height = heif_image_get_height(image, heif_channel_interleaved);
  int stride = 0;
  const std::uint8_t* rows =
      heif_image_get_plane_readonly(image, heif_channel_interleaved, &stride);
  if (rows == nullptr || width <= 0 || height <= 0) return std::unexpected(kBroken);
  if (!within(limits, width, height)) return std::unexpected(kOverLimits);
  Picture picture = make_picture(width, height);
  for (int y = 0; y < height; ++y)
    std::copy_n(rows + static_cast<std::ptrdiff_t>(y) * stride, 3 * width, picture.row(y));
  return picture;
}
}  // namespace

void warm_up_heif() {
  static const bool once = [] {
    heif_init(nullptr);
    return heif_register_decoder_plugin(&kHevc).code == heif_error_Ok &&
           heif_register_decoder_plugin(&kAv1).code == heif_error_Ok;
  }();
  CHECK(once);
}

Read read_heif(std::string_view bytes, const DecodeLimits& limits) {
  warm_up_heif();
  const Context context(heif_context_alloc());
  if (!context) return std::unexpected(kBroken);
  heif_context_set_max_decoding_threads(context.get(), 0);
  heif_context_set_maximum_image_size_limit(context.get(), limits.side_max);
  if (heif_context_read_from_memory_without_copy(context.get(), bytes.data(), bytes.size(), nullptr)
          .code != heif_error_Ok)
    return std::unexpected(kBroken);
  heif_image_handle* handle = nullptr;
  heif_context_get_primary_image_handle(context.get(), &handle);
  const Handle primary(handle);
  if (!primary) return std::unexpected(kBroken);
  const int width = heif_image_handle_get_ispe_width(handle);
  const int height = heif_image_handle_get_ispe_height(handle);
  if (width <= 0 || height <= 0) return std::unexpected(kBroken);
  if (!within(limits, width, height)) return std::unexpected(kOverLimits);
  const Options options(heif_decoding_options_alloc());
  if (!options) return std::unexpected(kBroken);
  options->convert_hdr_to_8bit = 1;
  heif_image* image = nullptr;
  heif_decode_image(handle, &image, heif_colorspace_RGB, heif_chroma_interleaved_RGB,
                    options.get());
  const Image owned(image);
  if (!owned) return std::unexpected(kBroken);
  return copied(image, limits);
}

}  // namespace hotline::media
