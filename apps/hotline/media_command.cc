// hotline media hash, preview, vpdq, tmk: useful alone, without an installation. Every file is
// decoded in the jail; this program sees digests, hashes and previews only.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "apps/hotline/commands.h"
#include "apps/hotline/installation.h"
#include "base/text.h"
#include "media/film_lab.h"
#include "media/hash_cli.h"
#include "media/kind.h"

namespace hotline::cli {

namespace {
constexpr auto kPatience = std::chrono::seconds(60);  ///< A picture.

std::unique_ptr<media::Lab> lab() {
  return media::open_jailed_lab(program_folder() + "/hotline-media", kPatience);
}

/// "45 %" on a terminal, over itself; nothing elsewhere.
class Progress {
 public:
  explicit Progress(std::string what) : what_(std::move(what)), shown_(isatty(2) == 1) {}
  ~Progress() {
    if (drawn_) std::fputs("\r\033[K", stderr);
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void say(double part) {
    const int percent = static_cast<int>(part * 100);
    if (!shown_ || percent == last_) return;
    last_ = percent;
    drawn_ = true;
    std::fprintf(stderr, "\r%s  %d %%\033[K", what_.c_str(), percent);
  }

 private:
  std::string what_;
  bool shown_, drawn_ = false;
  int last_ = -1;
};

/// A text for terminals: no name of a file moves the cursor.
std::string plain(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 32 || c == 127; }, '?');
  return text;
}

std::unexpected<Error> unreadable(const std::string& file) {
  return fail(ErrorKind::not_found, "The file " + plain(file) + " cannot be read.");
}

/// Error `invalid` if it is no film.
Result<media::FilmFindings> watch(const std::string& file, const media::FilmRequest& request) {
  media::MappedFile mapped;
  if (!mapped.open(file)) return unreadable(file);
  if (media::kind_of(mapped.bytes()) != "video")
    return fail(ErrorKind::invalid, plain(file) + " is no film.");
  Progress progress(plain(file));
  auto found = media::watch_film(program_folder() + "/hotline-film", mapped.descriptor(), request,
                                 [&](double part) { progress.say(part); });
  if (found && !found->trouble.empty())
    return fail(ErrorKind::invalid, plain(file) + ": " + found->trouble + ".");
  return found;
}

Done write_file(const std::string& path, std::string_view bytes) {
  if (path == "-") {
    if (isatty(1) == 1) return fail(ErrorKind::invalid, "These bytes are not for a terminal.");
    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
    return {};
  }
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) return fail(ErrorKind::unavailable, plain(path) + " cannot be written.");
  return {};
}

Result<double> number(const Options& options, std::string_view name, double otherwise,
                      double most) {
  if (!options.has(name)) return otherwise;
  const std::string text = options.get(name);
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != 0 || !std::isfinite(value) || value < 0 || value > most)
    return fail(ErrorKind::invalid, "--" + std::string(name) + " wants a number from 0 to " +
                                        std::to_string(static_cast<int>(most)) + ".");
  return value;
}

// --- hash and preview ---------------------------------------------------------------------------

Result<int> hash(const Arguments& arguments) {
  TRY(options, Options::read(arguments, {}, {"json", "turns"}));
  if (options.words().empty()) return fail(ErrorKind::invalid, "Name the files.");
  Progress progress("hashing");
  const media::HashWish wish{.as_json = options.has("json"),
                             .turns = options.has("turns"),
                             .progress = [&](std::size_t done, std::size_t all) {
                               if (all > 1) progress.say(double(done) / double(all));
                             }};
  return media::hash_files(options.words(), *lab(), wish, std::cout, std::cerr);
}

Result<int> preview(const Arguments& arguments) {
  TRY(options, Options::read(arguments, {"level", "out"}, {"json"}));
  TRY(level, number(options, "level", 1, 4));
  if (options.words().size() != 1 || !options.has("out") || level < 1)
    return fail(ErrorKind::invalid,
                "Say `hotline media preview FILE --level 1 --out FILE.jpg`; levels are 1 to 4.");
  const std::string& file = options.words()[0];
  media::MappedFile mapped;
  if (!mapped.open(file)) return unreadable(file);
  TRY(found, lab()->examine(mapped.bytes(), true));
  const auto made =
      std::find_if(found.previews.begin(), found.previews.end(),
                   [&](const auto& one) { return one.level == static_cast<int>(level); });
  if (made == found.previews.end())
    return fail(ErrorKind::invalid,
                plain(file) + ": " + (found.trouble.empty() ? "broken" : found.trouble) + ".");
  TRY_DONE(write_file(options.get("out"), made->jpeg));
  if (options.has("json") && options.get("out") != "-")
    std::printf("%s\n", json::serialize(json::object{{"file", file},
                                                     {"kind", found.kind},
                                                     {"level", made->level},
                                                     {"frames", found.frames.size()},
                                                     {"bytes", made->jpeg.size()}})
                            .c_str());
  return kGood;
}

// --- vpdq ---------------------------------------------------------------------------------------

struct Hashed {
  std::vector<media::VpdqFrame> frames;
  json::object about;
};

json::object about(const media::FilmFindings& found) {
  return {{"container", found.container},
          {"codec", found.codec},
          {"width", found.width},
          {"height", found.height},
          {"frames_per_second", found.frames_per_second},
          {"seconds", found.seconds},
          {"frames", found.frame_count},
          {"key_frames", found.key_frames},
          {"whole", found.whole}};
}

/// Of a film, or read from a list of hashes.
Result<Hashed> hashes_of(const std::string& file, const media::FilmRequest& request) {
  media::MappedFile mapped;
  if (!mapped.open(file)) return unreadable(file);
  if (media::kind_of(mapped.bytes()) == "video") {
    TRY(found, watch(file, request));
    return Hashed{found.frames, about(found)};
  }
  TRY(frames, media::parse_vpdq(mapped.bytes()));
  return Hashed{std::move(frames), {}};
}

Result<media::FilmRequest> film_request(const Options& options) {
  media::FilmRequest request;
  TRY(every, number(options, "every", 1, 3600));
  request.every_seconds = options.has("every-frame") ? 0 : every;
  request.key_frames = options.has("key-frames");
  request.strict = !options.has("fast");
  TRY(seconds, number(options, "time", 3600, 86'400));
  request.time = microseconds(static_cast<std::int64_t>(seconds * 1e6));
  return request;
}

Result<int> compare(const Options& options, const media::FilmRequest& request) {
  TRY(distance, number(options, "distance", 31, 256));
  TRY(quality, number(options, "quality", 50, 100));
  TRY(least, number(options, "percent", 80, 100));
  TRY(query, hashes_of(options.words()[1], request));
  TRY(other, hashes_of(options.words()[2], request));
  const auto match = media::vpdq_compare(query.frames, other.frames,
                                         {static_cast<int>(distance), static_cast<int>(quality)});
  const bool same = match.query_frames > 0 && match.query_percent() >= least;
  if (options.has("json")) {
    std::printf("%s\n",
                json::serialize(json::object{{"match", same},
                                             {"query_frames", match.query_frames},
                                             {"query_matched", match.query_matched},
                                             {"query_percent", match.query_percent()},
                                             {"compared_frames", match.compared_frames},
                                             {"compared_matched", match.compared_matched},
                                             {"compared_percent", match.compared_percent()}})
                    .c_str());
  } else {
    std::printf(
        "%s: %d of %d frames (%.1f %%) of the first are in the second, %d of %d (%.1f %%) "
        "the other way\n",
        same ? "match" : "no match", match.query_matched, match.query_frames, match.query_percent(),
        match.compared_matched, match.compared_frames, match.compared_percent());
  }
  return same ? kGood : kWarning;
}

Result<int> vpdq(const Arguments& arguments) {
  TRY(options, Options::read(arguments, {"every", "time", "distance", "quality", "percent"},
                             {"json", "every-frame", "key-frames", "fast"}));
  TRY(request, film_request(options));
  const auto& words = options.words();
  if (words.size() == 3 && words[0] == "compare") return compare(options, request);
  if (words.size() != 1)
    return fail(ErrorKind::invalid, "Say one film, or `hotline media vpdq compare A B`.");
  TRY(found, watch(words[0], request));
  if (options.has("json")) {
    json::object line = about(found);
    line["file"] = words[0];
    line["vpdq"] = json::value_from(media::vpdq_entries(found.frames));
    std::printf("%s\n", json::serialize(line).c_str());
  } else {
    std::fputs(media::vpdq_lines(found.frames).c_str(), stdout);
  }
  if (!found.whole) std::fputs("The film could not be watched to its end.\n", stderr);
  return found.whole ? kGood : kWarning;
}

// --- tmk ----------------------------------------------------------------------------------------

Result<media::Tmk> tmk_of(const std::string& file, const media::FilmRequest& request) {
  media::MappedFile mapped;
  if (!mapped.open(file)) return unreadable(file);
  if (media::kind_of(mapped.bytes()) != "video") return media::parse_tmk(mapped.bytes());
  TRY(found, watch(file, request));
  if (!found.tmk) return fail(ErrorKind::invalid, plain(file) + " has no frames.");
  return *std::move(found.tmk);
}

Result<int> tmk(const Arguments& arguments) {
  TRY(options, Options::read(arguments, {"out", "time", "least"}, {"json"}));
  TRY(request, film_request(options));
  request.hashes = false;
  request.tmk = true;
  const auto& words = options.words();
  if (words.size() == 3 && words[0] == "score") {
    TRY(least, number(options, "least", 0.7, 1));
    TRY(a, tmk_of(words[1], request));
    TRY(b, tmk_of(words[2], request));
    TRY(score, media::tmk_score(a, b));
    const bool same = score.level1 >= least && score.level2 >= least;
    if (options.has("json"))
      std::printf("%s\n", json::serialize(json::object{{"match", same},
                                                       {"level1", score.level1},
                                                       {"level2", score.level2}})
                              .c_str());
    else
      std::printf("%s: level 1 %.6f, level 2 %.6f\n", same ? "match" : "no match", score.level1,
                  score.level2);
    return same ? kGood : kWarning;
  }
  if (words.size() != 1 || !options.has("out"))
    return fail(ErrorKind::invalid,
                "Say `hotline media tmk FILM --out FILE.tmk`, or `hotline media tmk score A B`.");
  TRY(made, tmk_of(words[0], request));
  TRY_DONE(write_file(options.get("out"), media::tmk_bytes(made)));
  if (options.has("json") && options.get("out") != "-")
    std::printf("%s\n", json::serialize(json::object{{"file", words[0]},
                                                     {"frames", made.frames},
                                                     {"frames_per_second", made.frames_per_second}})
                            .c_str());
  return kGood;
}
}  // namespace

int media(const Arguments& arguments) {
  struct Part {
    std::string_view name;
    Result<int> (*run)(const Arguments&);
  };
  constexpr Part kParts[] = {{"hash", hash}, {"preview", preview}, {"vpdq", vpdq}, {"tmk", tmk}};
  for (const Part& part : kParts) {
    if (arguments.empty() || arguments[0] != part.name) continue;
    const auto done = part.run({arguments.begin() + 1, arguments.end()});
    return done ? *done : refuse(done.error());
  }
  return refuse("Say hash, preview, vpdq or tmk; `hotline media --help` has examples.");
}

}  // namespace hotline::cli
