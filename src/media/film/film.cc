#include "media/film/film.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "media/film/libav.h"
#include "media/folded_filter.h"
#include "media/sheet.h"

namespace hotline::media {

namespace {
constexpr int kFramesMax = 5'000'000;
/// Below, colours cost little, and their rounding is more of what is hashed.
constexpr int kLumaSideMin = 200;

/// Frames at any rate to 15 a second, as ffmpeg's constant rate does it: which of them are left out
/// and which come twice decides the vector.
class Rate15 {
 public:
  /// How often the frame at `seconds` is to come, after `before` more of the one before it.
  struct Times {
    int before = 0, now = 0;
  };
  Times times(double seconds, double frames_per_second, double lasts_seconds) {
    const double at = seconds * kTmkFramesPerSecond;
    const long lasts = std::lrint(lasts_seconds * kTmkFramesPerSecond);
    const double length = lasts > 0 ? static_cast<double>(lasts)
                                    : std::min(kTmkFramesPerSecond / frames_per_second, 1.0);
    double start = at - static_cast<double>(next_);
    const double end = start + length;
    if (start < 0 && end > 0) start = 0;
    Times times;
    if (end < -1.1) return times;
    times.now = 1;
    if (end > 1.1) {
      // A hole in the time stamps is filled, but not for ever.
      times.now = static_cast<int>(std::min<long>(std::lrint(end), kHoleMax));
      if (start > 1.1)
        times.before = static_cast<int>(std::min<long>(std::lrint(start - 0.6), times.now));
      times.now -= times.before;
    }
    next_ += times.before + times.now;
    return times;
  }

 private:
  static constexpr long kHoleMax = 9000;  ///< Ten minutes.
  std::int64_t next_ = 0;
};

/// Of a frame whose brightness is a plane of bytes of its own; nothing of others.
std::optional<Pdq> luma_pdq(const AVFrame& frame) {
  const auto* about = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  constexpr std::uint64_t kOther = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL |
                                   AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL;
  if (about == nullptr || (about->flags & kOther) != 0 || about->comp[0].plane != 0 ||
      about->comp[0].depth != 8 || about->comp[0].step != 1 || frame.width < kLumaSideMin ||
      frame.height < kLumaSideMin || frame.linesize[0] < frame.width)
    return std::nullopt;
  FoldedFilter filter(frame.width, frame.height);
  for (int y = 0; y < frame.height; ++y)
    filter.row(frame.data[0] + static_cast<std::ptrdiff_t>(y) * frame.linesize[0]);
  Grid grid = filter.finish();
  const bool full_range = frame.color_range == AVCOL_RANGE_JPEG ||
                          frame.format == AV_PIX_FMT_YUVJ420P ||
                          frame.format == AV_PIX_FMT_YUVJ422P ||
                          frame.format == AV_PIX_FMT_YUVJ444P || about->nb_components < 3;
  if (!full_range) {
    for (float& value : grid) value = (value - 16.0f) * (255.0f / 219.0f);
  }
  return pdq_of(grid);
}

/// What is made of the frames.
class Watcher {
 public:
  Watcher(const FilmFile& file, const FilmWish& wish, FilmEnd& end,
          const std::function<void(const VpdqFrame&, double)>& take)
      : file_(file), wish_(wish), end_(end), take_(take), orientation_(file.orientation()) {
    if (wish.every_seconds > 0)
      step_ =
          std::max(1, static_cast<int>(std::min(wish.every_seconds * end.frames_per_second, 1e9)));
  }

  void see(const AVFrame& frame) {
    const int number = end_.frames++;
    const double time = file_.time_of(frame);
    if (wish_.tmk) feed_tmk(frame, time);
    bool hashed = wish_.hashes && (end_.key_frames || number % step_ == 0);
    const bool tile = wish_.sheet && sheet_.wants_next();
    if (wish_.sheet && !tile) sheet_.skip();
    if (hashed && !wish_.strict) {
      if (const auto pdq = luma_pdq(frame)) {
        take(*pdq, number, time);
        hashed = false;
      }
    }
    if (!hashed && !tile) return;
    if (!rgb_.convert(frame, frame.width, frame.height, picture_)) return;
    if (tile) sheet_.add(picture_, orientation_);
    if (hashed) hash(number, time);
  }

  void finish() {
    if (wish_.tmk) end_.tmk = tmk_.finish();
    if (wish_.sheet) end_.sheet = sheet_.finish();
  }

 private:
  void hash(int number, double time) { take(pdq_full(picture_), number, time); }

  void take(const Pdq& pdq, int number, double time) {
    VpdqFrame made{number, pdq.quality, pdq.bits, number / end_.frames_per_second};
    if (end_.key_frames && time >= 0) {
      made.frame = static_cast<int>(std::min(time * end_.frames_per_second + 0.5, 2e9));
      made.seconds = time;
    }
    const double part = end_.seconds > 0 ? std::clamp(time / end_.seconds, 0.0, 1.0) : 0;
    take_(made, part);
  }

  void feed_tmk(const AVFrame& frame, double time) {
    const double counted = (end_.frames - 1) / end_.frames_per_second;
    const double lasts = static_cast<double>(frame.pkt_duration) * av_q2d(file_.stream().time_base);
    const auto times = rate_.times(time >= 0 ? time : counted, end_.frames_per_second, lasts);
    for (int i = 0; i < times.before && small_known_; ++i) tmk_.add(coefficients_);
    if (!small_rgb_.convert(frame, 64, 64, small_)) return;
    coefficients_ = pdqf(small_);
    small_known_ = true;
    for (int i = 0; i < times.now; ++i) tmk_.add(coefficients_);
  }

  const FilmFile& file_;
  const FilmWish& wish_;
  FilmEnd& end_;
  const std::function<void(const VpdqFrame&, double)>& take_;
  int orientation_, step_ = 1;
  Converter rgb_{SWS_AREA}, small_rgb_{SWS_BICUBIC};
  Picture picture_, small_;
  bool small_known_ = false;
  std::array<float, kTmkSize> coefficients_{};
  Sheet sheet_;
  Rate15 rate_;
  TmkMaker tmk_;
};

std::uint64_t area(int width, int height) {
  return static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height);
}
}  // namespace

FilmSource source_of(std::string_view bytes) {
  return {[bytes](std::uint8_t* to, std::size_t count, std::uint64_t at) -> std::int64_t {
            if (at >= bytes.size()) return 0;
            const std::size_t got = std::min(count, bytes.size() - static_cast<std::size_t>(at));
            std::memcpy(to, bytes.data() + at, got);
            return static_cast<std::int64_t>(got);
          },
          bytes.size()};
}

FilmEnd watch(const FilmSource& source, const FilmWish& wish,
              const std::function<void(const VpdqFrame&, double)>& take) {
  FilmEnd end;
  end.trouble = "broken";
  FilmFile file;
  if (!file.open(source, wish.key_frames)) return end;
  end.container = file.container();
  const auto& about = *file.stream().codecpar;
  end.codec = avcodec_get_name(about.codec_id);
  end.frames_per_second = file.frames_per_second();
  end.seconds = file.seconds();
  const std::uint64_t pixels = area(std::max(about.width, 0), std::max(about.height, 0));
  if (pixels > wish.frame_pixels_max) {
    end.trouble = "over the limits";
    return end;
  }
  const double expected = end.seconds * end.frames_per_second * static_cast<double>(pixels);
  const auto allowed = static_cast<double>(wish.pixels_max);
  end.key_frames = wish.key_frames || (wish.pixels_max > 0 && expected > allowed);
  if (!file.open_decoder(wish.frame_pixels_max, end.key_frames)) return end;
  Watcher watcher(file, wish, end, take);
  std::uint64_t decoded = 0;
  end.whole = true;
  while (const AVFrame* frame = file.next()) {
    if (end.frames == 0) {
      end.width = frame->width;
      end.height = frame->height;
    }
    decoded += area(frame->width, frame->height);
    watcher.see(*frame);
    if ((wish.pixels_max > 0 && decoded > wish.pixels_max) || end.frames >= kFramesMax) {
      end.whole = false;
      break;
    }
  }
  if (end.frames == 0) return end;
  if (file.broken()) end.whole = false;
  watcher.finish();
  end.trouble.clear();
  return end;
}

void warm_up_films() {
  av_log_set_level(AV_LOG_QUIET);
  // Tables and processor features that are found at first use.
  Picture picture;
  Av<AVFrame> frame(av_frame_alloc());
  frame->format = AV_PIX_FMT_YUV420P;
  frame->width = frame->height = 64;
  if (av_frame_get_buffer(frame.get(), 64) == 0) {
    for (int plane = 0; plane < 3; ++plane)
      std::memset(frame->data[plane], 0,
                  static_cast<std::size_t>(frame->linesize[plane]) * (plane == 0 ? 64 : 32));
    for (const int flags : {SWS_AREA, SWS_BICUBIC}) {
      Converter converter(flags);
      if (converter.convert(*frame, 64, 64, picture)) [[maybe_unused]]
        const auto table = pdq_full(picture);
    }
  }
}

}  // namespace hotline::media
