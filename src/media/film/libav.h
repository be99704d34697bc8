// Libav: the C handles of film.cc, each wrapped once.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <memory>

#include "media/film/film.h"

namespace hotline::media {

struct AvDeleter {
  void operator()(AVFormatContext* it) const { avformat_close_input(&it); }
  void operator()(AVCodecContext* it) const { avcodec_free_context(&it); }
  void operator()(AVPacket* it) const { av_packet_free(&it); }
  void operator()(AVFrame* it) const { av_frame_free(&it); }
  void operator()(SwsContext* it) const { sws_freeContext(it); }
  void operator()(AVIOContext* it) const {
    av_freep(static_cast<void*>(&it->buffer));
    avio_context_free(&it);
  }
};
template <class Handle>
using Av = std::unique_ptr<Handle, AvDeleter>;

/// The opened file with its one video stream.
class FilmFile {
 public:
  /// False if it is no film that we read; trouble() says why.
  /// `quick` believes a container that says all that a decoder needs, instead of decoding ahead.
  [[nodiscard]] bool open(const FilmSource& source, bool quick = false);
  /// Prepares the decoder. False likewise.
  [[nodiscard]] bool open_decoder(std::uint64_t frame_pixels_max, bool key_frames);
  /// The next frame in the order of decoding; nothing at the end. Packets that cannot be decoded
  /// are left out, up to a bound.
  [[nodiscard]] const AVFrame* next();

  [[nodiscard]] const AVStream& stream() const { return *stream_; }
  [[nodiscard]] const AVCodecContext& decoder() const { return *decoder_; }
  [[nodiscard]] const char* container() const { return format_->iformat->name; }
  [[nodiscard]] double frames_per_second() const;
  [[nodiscard]] double seconds() const;                      ///< 0 if the file does not say.
  [[nodiscard]] double time_of(const AVFrame& frame) const;  ///< From its start; below 0 unknown.
  [[nodiscard]] int orientation() const;  ///< As EXIF counts, of the display matrix.
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  static int give(void* self, std::uint8_t* to, int count);
  static std::int64_t move(void* self, std::int64_t to, int whence);
  bool feed();
  [[nodiscard]] bool says_all() const;

  const FilmSource* source_ = nullptr;
  std::uint64_t at_ = 0;
  Av<AVIOContext> bytes_;
  Av<AVFormatContext> format_;
  Av<AVCodecContext> decoder_;
  Av<AVPacket> packet_{av_packet_alloc()};
  Av<AVFrame> frame_{av_frame_alloc()};
  const AVStream* stream_ = nullptr;
  bool drained_ = false, broken_ = false;
  int failures_ = 0;
};

/// To RGB of a given size; made anew when the frames change.
class Converter {
 public:
  explicit Converter(int flags) : flags_(flags) {}
  /// False if libswscale cannot. `to` keeps its memory from frame to frame.
  [[nodiscard]] bool convert(const AVFrame& frame, int width, int height, Picture& to);

 private:
  int flags_;
  Av<SwsContext> context_;
  Av<AVFrame> padded_;
  int from_width_ = 0, from_height_ = 0, from_format_ = -1;
};

}  // namespace hotline::media
