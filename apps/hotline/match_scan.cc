// hotline match scan: hashes files in the media jail and looks them up.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <deque>
#include <filesystem>

#include "apps/hotline/match_command.h"
#include "base/text.h"
#include "matching/films.h"
#include "media/film_lab.h"
#include "media/lab.h"

namespace hotline::cli {

using namespace hotline::matching;

namespace {

constexpr std::size_t kAtOnce = 16;
constexpr auto kPatience = std::chrono::seconds(600);  ///< A film.

/// A file's bytes without a copy.
class MappedFile {
 public:
  explicit MappedFile(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status{};
    if (file >= 0 && ::fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
      good_ = true;
      size_ = static_cast<std::size_t>(status.st_size);
      if (size_ > 0) base_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
      good_ = size_ == 0 || base_ != MAP_FAILED;
    }
    if (file >= 0) ::close(file);
  }
  ~MappedFile() {
    if (base_ && base_ != MAP_FAILED) ::munmap(base_, size_);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] std::string_view bytes() const {
    return base_ ? std::string_view(static_cast<const char*>(base_), size_) : std::string_view();
  }

 private:
  void* base_ = nullptr;
  std::size_t size_ = 0;
  bool good_ = false;
};

class Scan {
 public:
  Scan(const Index& index, const FilmIndex& films, media::Lab& lab, const Options& options)
      : index_(index),
        films_(films),
        lab_(lab),
        all_(options.has("all")),
        turned_(options.has("turned")),
        shown_(isatty(2) == 1) {
    if (options.has("distance"))
      radius_ = static_cast<int>(parse_integer(options.get("distance")).value_or(31));
  }

  void walk(const std::string& path) {
    namespace fs = std::filesystem;
    std::error_code trouble;
    if (!fs::is_directory(path, trouble)) return take(path);
    // Links are not followed: they lead out of what was asked for, or in circles.
    fs::recursive_directory_iterator at(path, fs::directory_options::skip_permission_denied,
                                        trouble);
    for (; !trouble && at != fs::recursive_directory_iterator(); at.increment(trouble))
      if (at->is_regular_file(trouble) && !at->is_symlink(trouble)) take(at->path().string());
    if (trouble) unreadable(path);
  }

  /// Answers what is waiting; gives the exit code.
  Result<int> finish() {
    TRY_DONE(answer());
    if (!failed_.empty()) return fail(ErrorKind::unavailable, failed_);
    if (shown_) std::fputs("\r\033[K", stderr);
    std::fprintf(stderr, "%zu files, %zu match, %zu known innocent, %zu could not be read.\n",
                 files_, matched_, innocent_, unreadable_);
    return matched_ + unreadable_ > 0 ? kWarning : kGood;
  }

 private:
  void unreadable(const std::string& path) {
    ++unreadable_;
    std::fprintf(stderr, "%s%s: cannot be read\n", shown_ ? "\r\033[K" : "", path.c_str());
  }

  void take(const std::string& path) {
    if (!failed_.empty()) return;
    auto& file = mapped_.emplace_back(path);
    if (!file.good()) {
      mapped_.pop_back();
      return unreadable(path);
    }
    names_.push_back(path);
    if (names_.size() < kAtOnce) return;
    if (const Done done = answer(); !done) failed_ = done.error().sentence;
  }

  Done answer() {
    std::vector<std::string_view> bytes;
    for (const auto& file : mapped_) bytes.push_back(file.bytes());
    if (!bytes.empty()) {
      TRY(found, lab_.examine_all(bytes, false));
      for (std::size_t i = 0; i < found.size(); ++i) look_up(names_[i], bytes[i], found[i]);
    }
    files_ += names_.size();
    names_.clear();
    mapped_.clear();
    if (shown_) std::fprintf(stderr, "\r%zu files, %zu match", files_, matched_);
    return {};
  }

  void look_up(const std::string& file, std::string_view bytes, const media::Findings& findings) {
    std::vector<Hash256> pictures;
    int quality = 100;
    const auto add = [&](const std::string& hex) {
      if (const auto hash = Hash256::parse(hex)) pictures.push_back(*hash);
    };
    if (findings.full) {
      quality = findings.full->quality;
      add(findings.full->hex);
    }
    if (findings.full_shown) add(findings.full_shown->hex);
    if (turned_)
      for (const auto& turn : findings.turns) add(turn);
    const Answer answer =
        index_.answer({.pictures = pictures,
                       .quality = quality,
                       .radius = radius_,
                       .digests = digests_of(findings.md5, findings.sha1, findings.sha256)});
    json::object line{{"file", clean_utf8(file)}, {"kind", findings.kind}};
    for (auto& member : answer_line(index_, answer)) line[member.key()] = member.value();
    if (!findings.trouble.empty()) line["trouble"] = findings.trouble;
    const bool frames = look_up_frames(findings, line), film = look_up_film(bytes, findings, line);
    const bool matched = !answer.hits.empty() || frames || film;
    matched_ += matched ? 1 : 0;
    innocent_ += !matched && answer.allowed ? 1 : 0;
    if (matched || all_) std::printf("%s\n", json::serialize(line).c_str());
  }

  /// Films and animations: one frame is enough to be shown; how many of them is said beside it.
  bool look_up_frames(const media::Findings& findings, json::object& line) const {
    if (findings.frames.empty()) return false;
    std::vector<Hash256> hashes;
    std::vector<Query> queries;
    for (const auto& frame : findings.frames) {
      const auto hash = Hash256::parse(media::text(frame.bits));
      hashes.push_back(hash.value_or(Hash256{}));
    }
    for (std::size_t i = 0; i < hashes.size(); ++i)
      queries.push_back(
          {.pictures = {&hashes[i], 1}, .quality = findings.frames[i].quality, .radius = radius_});
    const auto answers = index_.answer_all(queries);
    std::size_t matched = 0;
    const Answer* best = nullptr;
    for (const auto& answer : answers) {
      if (answer.hits.empty()) continue;
      ++matched;
      if (!best || answer.hits[0].distance < best->hits[0].distance) best = &answer;
    }
    line["frames"] = findings.frames.size();
    line["frames_matched"] = matched;
    if (best) line["nearest_frame"] = answer_line(index_, *best)["matches"].as_array()[0];
    return best != nullptr;
  }

  /// The film as such: the share of its frames that are in a known one, and its TMK vector where
  /// the index has any to compare it with.
  bool look_up_film(std::string_view bytes, const media::Findings& findings,
                    json::object& line) const {
    if (findings.frames.empty()) return false;
    const auto frames = film_frames(findings.frames);
    FilmQuery query{.frames = frames, .rule = {}};
    query.rule.radius = radius_;
    std::optional<media::Tmk> tmk;
    if (films_.has_tmk() && findings.seconds > 0) {
      auto seen = media::watch_film_bytes(program_folder() + "/hotline-film", bytes,
                                          {.hashes = false, .tmk = true});
      if (seen) tmk = std::move(seen->tmk);
      if (tmk) query.tmk = &*tmk;
    }
    const auto lists = index_.lists();
    json::array films;
    for (const auto& hit : films_.answer(query).hits) {
      const auto film = films_.find(hit.number);
      json::object one{
          {"by", name(hit.by)}, {"list", lists[hit.list].name}, {"ref", film ? film->ref : ""}};
      if (hit.query_frames > 0) {
        one["frames_percent"] = hit.query_percent();
        one["known_percent"] = hit.known_percent();
      }
      if (hit.level2 > 0) {
        one["tmk_level1"] = hit.level1;
        one["tmk_level2"] = hit.level2;
      }
      films.push_back(std::move(one));
    }
    const bool matched = !films.empty();
    if (matched) line["films"] = std::move(films);
    return matched;
  }

  const Index& index_;
  const FilmIndex& films_;
  media::Lab& lab_;
  bool all_, turned_, shown_;
  std::optional<int> radius_;
  std::deque<MappedFile> mapped_;
  std::vector<std::string> names_;
  std::string failed_;
  std::size_t files_ = 0, matched_ = 0, innocent_ = 0, unreadable_ = 0;
};

Result<int> scan(const Arguments& arguments) {
  TRY(options, Options::read(arguments, {"distance"}, {"all", "turned"}));
  if (options.words().size() < 2)
    return fail(ErrorKind::invalid, "Say `hotline match scan FILE.hmi PATH...`.");
  TRY(index, open_index(options.words()[0]));
  const auto lab = media::open_jailed_lab(program_folder() + "/hotline-media", kPatience);
  TRY(films, FilmIndex::on(*index));
  Scan scan(*index, *films, *lab, options);
  for (std::size_t i = 1; i < options.words().size(); ++i) scan.walk(options.words()[i]);
  return scan.finish();
}

}  // namespace

int match_scan(const Arguments& arguments) {
  const auto code = scan(arguments);
  return code ? *code : refuse(code.error());
}

}  // namespace hotline::cli
