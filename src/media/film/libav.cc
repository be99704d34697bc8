#include "media/film/libav.h"

extern "C" {
#include <libavutil/display.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace hotline::media {

namespace {
using namespace std::string_view_literals;
constexpr int kBufferBytes = 64 * 1024;
constexpr int kFailuresMax = 2000;  ///< Packets of noise are work too.

/// Video codecs as they are found. No sound, no text, no exotic ones: each is code for strangers.
constexpr const char* kDecoders =
    "h264,hevc,vp8,vp9,libdav1d,mpeg4,msmpeg4,msmpeg4v2,mpeg1video,mpeg2video,h263,flv,mjpeg,"
    "theora,wmv1,wmv2,wmv3,vc1,prores,vp6f,vp6,svq3,rawvideo";

const AVInputFormat* format_of(const std::array<std::uint8_t, 512>& first, std::int64_t got) {
  const std::string_view bytes(reinterpret_cast<const char*>(first.data()),
                               static_cast<std::size_t>(std::max<std::int64_t>(got, 0)));
  const auto box = bytes.size() >= 8 ? bytes.substr(4, 4) : ""sv;
  for (const auto name : {"ftyp"sv, "moov"sv, "mdat"sv, "wide"sv, "free"sv, "skip"sv}) {
    if (box == name) return av_find_input_format("mov");
  }
  if (bytes.starts_with("\x1a\x45\xdf\xa3"sv)) return av_find_input_format("matroska");
  if (bytes.starts_with("RIFF"sv)) return av_find_input_format("avi");
  if (bytes.starts_with("FLV"sv)) return av_find_input_format("flv");
  if (bytes.starts_with("OggS"sv)) return av_find_input_format("ogg");
  if (bytes.starts_with("\0\0\1\xba"sv)) return av_find_input_format("mpeg");
  if (bytes.starts_with("\0\0\1\xb3"sv)) return av_find_input_format("mpegvideo");
  if (bytes.size() > 188 && bytes[0] == 0x47 && bytes[188] == 0x47)
    return av_find_input_format("mpegts");
  return nullptr;
}
}  // namespace

int FilmFile::give(void* self, std::uint8_t* to, int count) {
  auto* file = static_cast<FilmFile*>(self);
  const auto got = file->source_->read(to, static_cast<std::size_t>(count), file->at_);
  if (got < 0) return AVERROR(EIO);
  if (got == 0) return AVERROR_EOF;
  file->at_ += static_cast<std::uint64_t>(got);
  return static_cast<int>(got);
}

std::int64_t FilmFile::move(void* self, std::int64_t to, int whence) {
  auto* file = static_cast<FilmFile*>(self);
  const auto size = static_cast<std::int64_t>(file->source_->size);
  if ((whence & AVSEEK_SIZE) != 0) return size;
  const std::int64_t base = whence == SEEK_CUR   ? static_cast<std::int64_t>(file->at_)
                            : whence == SEEK_END ? size
                                                 : 0;
  if (to < -base || to > size - base) return AVERROR(EINVAL);
  file->at_ = static_cast<std::uint64_t>(base + to);
  return base + to;
}

/// MP4 and Matroska name the size, the rate and the codec's own header in front.
bool FilmFile::says_all() const {
  if (stream_ == nullptr || format_->duration <= 0) return false;
  const auto& about = *stream_->codecpar;
  const std::string_view container = format_->iformat->name;
  return (container.starts_with("mov,") || container.starts_with("matroska")) &&
         about.codec_id != AV_CODEC_ID_NONE && about.width > 0 && about.height > 0 &&
         stream_->avg_frame_rate.num > 0 && stream_->avg_frame_rate.den > 0;
}

bool FilmFile::open(const FilmSource& source, bool quick) {
  source_ = &source;
  std::array<std::uint8_t, 512> first{};
  const AVInputFormat* format = format_of(first, source.read(first.data(), first.size(), 0));
  auto* buffer = static_cast<unsigned char*>(av_malloc(kBufferBytes));
  bytes_.reset(avio_alloc_context(buffer, kBufferBytes, 0, this, give, nullptr, move));
  AVFormatContext* opened = avformat_alloc_context();
  if (format == nullptr || !bytes_ || opened == nullptr) {
    avformat_free_context(opened);
    return false;
  }
  opened->pb = bytes_.get();
  opened->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_DISCARD_CORRUPT;
  opened->codec_whitelist = av_strdup(kDecoders);
  opened->format_whitelist = av_strdup(format->name);
  opened->max_streams = 64;
  opened->probesize = 5'000'000;
  // On failure it frees what it was given.
  if (avformat_open_input(&opened, "", format, nullptr) < 0) return false;
  format_.reset(opened);
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    AVStream& stream = *format_->streams[i];
    const bool picture = (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    const bool video = stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !picture;
    if (video && stream_ == nullptr) {
      stream_ = &stream;
    } else {
      stream.discard = AVDISCARD_ALL;
    }
  }
  if (stream_ == nullptr && (format_->ctx_flags & AVFMTCTX_NOHEADER) == 0) return false;
  if (quick && says_all()) {
    const_cast<AVStream*>(stream_)->discard = AVDISCARD_NONKEY;
    return true;
  }
  if (avformat_find_stream_info(format_.get(), nullptr) < 0) return false;
  if (stream_ == nullptr) {
    const int best = av_find_best_stream(format_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    if (best < 0) return false;
    stream_ = format_->streams[best];
  }
  return true;
}

bool FilmFile::open_decoder(std::uint64_t frame_pixels_max, bool key_frames) {
  const AVCodec* codec = avcodec_find_decoder(stream_->codecpar->codec_id);
  decoder_.reset(avcodec_alloc_context3(codec));
  if (codec == nullptr || !decoder_ ||
      avcodec_parameters_to_context(decoder_.get(), stream_->codecpar) < 0)
    return false;
  decoder_->codec_whitelist = av_strdup(kDecoders);
  decoder_->thread_count = 1;
  decoder_->max_pixels = static_cast<std::int64_t>(frame_pixels_max);
  decoder_->pkt_timebase = stream_->time_base;
  if (key_frames) decoder_->skip_frame = AVDISCARD_NONKEY;
  return avcodec_open2(decoder_.get(), codec, nullptr) >= 0;
}

/// The next packet of the film into the decoder. False when there is none, now or any more.
bool FilmFile::feed() {
  for (;;) {
    const int read = av_read_frame(format_.get(), packet_.get());
    if (read < 0) {
      if (read != AVERROR_EOF) broken_ = true;
      avcodec_send_packet(decoder_.get(), nullptr);
      drained_ = true;
      return true;
    }
    const bool ours = packet_->stream_index == stream_->index;
    // In a screening the packets that would be thrown away need not even be parsed.
    const bool wanted = ours && (decoder_->skip_frame != AVDISCARD_NONKEY ||
                                 (packet_->flags & AV_PKT_FLAG_KEY) != 0);
    const int sent = wanted ? avcodec_send_packet(decoder_.get(), packet_.get()) : 0;
    av_packet_unref(packet_.get());
    if (sent == AVERROR(ENOMEM)) return false;
    if (sent < 0) {
      broken_ = true;
      if (++failures_ > kFailuresMax) return false;
    }
    if (wanted && sent >= 0) return true;
  }
}

const AVFrame* FilmFile::next() {
  for (;;) {
    const int got = avcodec_receive_frame(decoder_.get(), frame_.get());
    if (got == 0) return frame_.get();
    if (got == AVERROR_EOF) return nullptr;
    if (got != AVERROR(EAGAIN)) {
      broken_ = true;
      if (++failures_ > kFailuresMax) return nullptr;
    }
    if (drained_ && got == AVERROR(EAGAIN)) return nullptr;
    if (!drained_ && !feed()) {
      broken_ = true;
      return nullptr;
    }
  }
}

double FilmFile::frames_per_second() const {
  for (const AVRational rate : {stream_->avg_frame_rate, stream_->r_frame_rate}) {
    const double value = rate.den > 0 ? av_q2d(rate) : 0;
    if (value > 0 && value <= 1000) return value;
  }
  return 25;
}

double FilmFile::seconds() const {
  double value = 0;
  if (format_->duration > 0) value = static_cast<double>(format_->duration) / AV_TIME_BASE;
  if (value == 0 && stream_->duration > 0)
    value = static_cast<double>(stream_->duration) * av_q2d(stream_->time_base);
  return std::isfinite(value) && value < 1e7 ? value : 0;
}

double FilmFile::time_of(const AVFrame& frame) const {
  if (frame.best_effort_timestamp == AV_NOPTS_VALUE) return -1;
  const double start = format_->start_time != AV_NOPTS_VALUE
                           ? static_cast<double>(format_->start_time) / AV_TIME_BASE
                           : 0;
  return static_cast<double>(frame.best_effort_timestamp) * av_q2d(stream_->time_base) - start;
}

int FilmFile::orientation() const {
  std::size_t size = 0;
  const auto* matrix = reinterpret_cast<const std::int32_t*>(
      av_stream_get_side_data(stream_, AV_PKT_DATA_DISPLAYMATRIX, &size));
  if (matrix == nullptr || size < 9 * sizeof(std::int32_t)) return 1;
  const double turned = av_display_rotation_get(matrix);  // Counter-clockwise, -180 to 180.
  if (!std::isfinite(turned)) return 1;
  const long quarter = (std::lround(turned / 90) + 4) % 4;
  constexpr std::array kAsExif = {1, 8, 3, 6};
  return kAsExif[static_cast<std::size_t>(quarter)];
}

bool Converter::convert(const AVFrame& frame, int width, int height, Picture& to) {
  if (!context_ || frame.width != from_width_ || frame.height != from_height_ ||
      frame.format != from_format_ || to.width != width || to.height != height) {
    context_.reset(sws_getContext(frame.width, frame.height,
                                  static_cast<AVPixelFormat>(frame.format), width, height,
                                  AV_PIX_FMT_RGB24, flags_, nullptr, nullptr, nullptr));
    padded_.reset(av_frame_alloc());
    if (!context_ || !padded_) return false;
    padded_->format = AV_PIX_FMT_RGB24;
    padded_->width = width;
    padded_->height = height;
    // Rows of its own: libswscale writes beyond their ends.
    if (av_frame_get_buffer(padded_.get(), 64) < 0) return false;
    from_width_ = frame.width;
    from_height_ = frame.height;
    from_format_ = frame.format;
    to = make_picture(width, height);
  }
  if (sws_scale(context_.get(), frame.data, frame.linesize, 0, frame.height, padded_->data,
                padded_->linesize) != height)
    return false;
  for (int y = 0; y < height; ++y)
    std::copy_n(padded_->data[0] + static_cast<std::ptrdiff_t>(y) * padded_->linesize[0], 3 * width,
                to.row(y));
  return true;
}

}  // namespace hotline::media
