// hotline-film: watches films that strangers made, behind every wall that the kernel has.
//
// Started by watch_film() (media/film_lab.h), a process a film, never by a person. The film is
// fd 3, opened by the caller; the request is one frame on fd 0. It walls itself in, says so, and
// decodes in a cell that may read fd 3 and write its answer, and nothing else. Hashes leave as they
// are made; a second cell, which never sees the film, draws the contact sheet. It links neither
// database nor network code of ours, and sound is never decoded.
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "media/codecs/draw.h"
#include "media/film/film.h"
#include "sandbox/cell.h"

namespace {
using namespace hotline;
using sandbox::Message;

constexpr int kFilm = 3;
constexpr std::size_t kBatch = 64;  ///< Hashes a message.
constexpr sandbox::FrameLimits kRequest{1024, 0, 0, 2048};
constexpr sandbox::FrameLimits kWatched{4096, 3u << 20, 2, 4u << 20};
constexpr sandbox::CellLimits kDraw{.answer = {4096, 2u << 20, 4, 4u << 20}};

bool flag(const json::object& request, std::string_view key) {
  const auto* value = request.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

media::FilmWish wish_of(const json::object& request) {
  media::FilmWish wish;
  wish.hashes = flag(request, "hashes");
  wish.key_frames = flag(request, "key_frames");
  wish.sheet = flag(request, "previews");
  wish.tmk = flag(request, "tmk");
  wish.strict = flag(request, "strict");
  if (const auto* every = request.if_contains("every_seconds"); every && every->is_number())
    wish.every_seconds = every->to_number<double>();
  wish.pixels_max = static_cast<std::uint64_t>(
      std::max<std::int64_t>(integer_at(request, "pixels_max").value_or(0), 0));
  return wish;
}

media::FilmSource film_source() {
  struct stat about{};
  fstat(kFilm, &about);
  return {[](std::uint8_t* to, std::size_t count, std::uint64_t at) -> std::int64_t {
            return pread(kFilm, to, count, static_cast<off_t>(at));
          },
          static_cast<std::uint64_t>(std::max<off_t>(about.st_size, 0))};
}

json::object as_json(const media::FilmEnd& end) {
  return {{"trouble", end.trouble},       {"container", end.container},
          {"codec", end.codec},           {"width", end.width},
          {"height", end.height},         {"frames_per_second", end.frames_per_second},
          {"seconds", end.seconds},       {"frames", end.frames},
          {"key_frames", end.key_frames}, {"whole", end.whole}};
}

/// In the cell.
void look(const media::FilmSource& source, const media::FilmWish& wish, const sandbox::Emit& emit) {
  std::vector<media::VpdqFrame> batch;
  double done = 0;
  const auto hand_out = [&] {
    emit({{{"part", done}}, {media::vpdq_lines(batch)}});
    batch.clear();
  };
  const auto end = media::watch(source, wish, [&](const media::VpdqFrame& frame, double part) {
    batch.push_back(frame);
    done = part;
    if (batch.size() == kBatch) hand_out();
  });
  if (!batch.empty()) hand_out();
  Message last{{{"end", as_json(end)}}, {}};
  if (!end.sheet.empty()) {
    last.header["raster"] = json::object{{"width", end.sheet.width}, {"height", end.sheet.height}};
    last.blobs.emplace_back(end.sheet.samples.begin(), end.sheet.samples.end());
  }
  if (end.tmk) last.blobs.push_back(media::tmk_bytes(*end.tmk));
  emit(last);
}

/// The raster of the sheet becomes the previews; a TMK vector goes on as it is.
Result<Message> drawn(Message&& last) {
  Message answer{{{"end", last.header["end"]}}, {}};
  std::string tmk;
  if (last.header.contains("raster")) {
    if (last.blobs.size() > 1) {
      tmk = std::move(last.blobs[1]);
      last.blobs.resize(1);
    }
    TRY(made, sandbox::run_in_cell([&] { return media::draw(last); }, kDraw));
    if (made.answer) answer.blobs = std::move(made.answer->blobs);
  } else if (!last.blobs.empty()) {
    tmk = std::move(last.blobs[0]);
  }
  if (!tmk.empty()) answer.blobs.push_back(std::move(tmk));
  return answer;
}

Done serve(const media::FilmSource& source) {
  TRY(request, sandbox::read_message(0, kRequest, sandbox::kNoDeadline));
  if (!request) return {};
  const media::FilmWish wish = wish_of(request->header);
  const auto seconds = integer_at(request->header, "seconds_max").value_or(60);
  sandbox::CellLimits limits{.answer = kWatched, .kept = kFilm};
  limits.seconds_max = static_cast<std::uint64_t>(std::clamp<std::int64_t>(seconds, 1, 86'400));
  limits.cpu_seconds_max = limits.seconds_max;
  std::optional<Message> last;
  const auto take = [&](Message message) {
    if (last) return false;  // Nothing comes after the end.
    if (message.header.contains("end")) {
      last = std::move(message);
      return true;
    }
    return sandbox::write_message(1, message, sandbox::kNoDeadline).has_value();
  };
  TRY(status, sandbox::run_in_streaming_cell(
                  [&](const sandbox::Emit& emit) { look(source, wish, emit); }, limits, take));
  if (status != 0 || !last)
    return sandbox::write_message(1, {{{"end", {{"trouble", "broken"}}}}, {}},
                                  sandbox::kNoDeadline);
  TRY(answer, drawn(*std::move(last)));
  return sandbox::write_message(1, answer, sandbox::kNoDeadline);
}
}  // namespace

int main(int count, char** arguments) {
  using namespace std::string_view_literals;
  log::set_program("hotline-film");
  if (count > 1) {
    const bool asked = arguments[1] == "--help"sv;
    constexpr auto kHelp =
        "hotline-film is started by the other programs and talks in frames on a "
        "pipe.\nTo hash a film: hotline media vpdq FILE\n"sv;
    [[maybe_unused]] const auto told = write(asked ? 1 : 2, kHelp.data(), kHelp.size());
    return asked ? 0 : 2;
  }
  prctl(PR_SET_DUMPABLE, 0);
  media::warm_up_films();
  const auto source = film_source();
  const auto walls = sandbox::wall_in();
  if (!walls) {
    log::trouble("no_walls", walls.error());
    return 1;
  }
  const Message hello{{{"ready", true}, {"landlock", walls->landlock_abi}}, {}};
  Done served = sandbox::write_message(1, hello, sandbox::kNoDeadline);
  if (served) served = serve(source);
  if (!served) {
    log::trouble("film_ended", served.error());
    return 1;
  }
  return 0;
}
