// hotline match build, query, info, verify: for members and police, no server needed.
#include "apps/hotline/match_command.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <unordered_map>

#include "base/text.h"
#include "matching/durable_file.h"
#include "matching/films.h"
#include "matching/kernels.h"
#include "matching/list_reader.h"
#include "matching/segment_writer.h"

namespace hotline::cli {

using namespace hotline::matching;

Result<std::unique_ptr<Index>> open_index(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0)
    return fail(ErrorKind::not_found, "There is no index at " + path + ".");
  if (!S_ISDIR(status.st_mode)) return Index::open_file(path);
  return Index::open(path, {.merge_in_background = false, .read_only = true});
}

namespace {
template <std::size_t n>
void set_digest(const std::string& hex, std::optional<std::array<std::uint8_t, n>>& digest) {
  const auto bytes = unhex(hex);
  if (bytes && bytes->size() == n)
    std::copy(bytes->begin(), bytes->end(), digest.emplace().begin());
}
}  // namespace

Digests digests_of(const std::string& md5, const std::string& sha1, const std::string& sha256) {
  Digests digests;
  set_digest(md5, digests.md5);
  set_digest(sha1, digests.sha1);
  set_digest(sha256, digests.sha256);
  return digests;
}

namespace {

json::object hit_line(const Index& index, const std::vector<ListRule>& lists,
                      const matching::Hit& hit) {
  json::object line{
      {"by", name(hit.by)}, {"distance", hit.distance}, {"list", lists[hit.list].name}};
  if (hit.picture > 0) line["turn"] = hit.picture;
  const auto entry = index.find(hit.id);
  if (!entry) return line;
  if (is_film_entry(hit.id)) {
    const auto film = find_film(index, film_of(hit.id));
    line["frame_of"] = film ? film->ref : "";
    return line;
  }
  if (!entry->ref.empty()) line["ref"] = entry->ref;
  if (const auto note = parse_json(entry->note); note && note->is_object())
    for (const auto& member : note->as_object()) line.emplace(member.key(), member.value());
  return line;
}

}  // namespace

json::object answer_line(const Index& index, const Answer& answer) {
  const auto lists = index.lists();
  json::array matches;
  for (const auto& hit : answer.hits) matches.push_back(hit_line(index, lists, hit));
  json::object line{{"matches", std::move(matches)}};
  if (answer.allowed) line["innocent"] = hit_line(index, lists, *answer.allowed);
  return line;
}

namespace {

/// Lists on their way into one index.
class Build {
 public:
  explicit Build(const Options& options) : options_(options) {}

  Done take(const std::string& path, bool allow) {
    TRY(text, path == "-"
                  ? Result<std::string>(std::string(std::istreambuf_iterator<char>(std::cin),
                                                    std::istreambuf_iterator<char>()))
                  : read_file(path));
    const std::string label = path.substr(path.rfind('/') + 1);
    if (!options_.has("format")) {
      TRY(film, film_in(text));
      if (film) return take_film(*std::move(film), label, allow);
    }
    ListFormat format = guess_format(text);
    if (options_.has("format")) {
      TRY(given, parse_list_format(options_.get("format")));
      format = given;
    }
    const auto number = add_list(label, allow);
    std::optional<ListNumber> innocent;
    std::unordered_map<std::string, std::size_t> by_ref;
    const Done done = read_list(text, format, [&](ListLine&& line) {
      // In our own format a ref that comes again replaces its entry; others may share refs.
      if (format == ListFormat::known) {
        const auto old = by_ref.find(line.entry.ref);
        if (old != by_ref.end()) entries_[old->second].id = kGone;
        if (line.withdrawn) {
          by_ref.erase(line.entry.ref);
          return;
        }
        by_ref[line.entry.ref] = entries_.size();
      }
      if (line.innocent && !innocent) innocent = add_list(label + " (innocent)", true);
      line.entry.list = line.innocent ? *innocent : number;
      line.entry.id = entries_.size() + 1;
      entries_.push_back(std::move(line.entry));
    });
    if (!done) return fail(done.error().kind, path + ": " + done.error().sentence);
    return {};
  }

  Done write(const std::string& path) {
    for (const auto& film : films_) {
      auto parts = film_entries(film, lists_[film.list]);
      if (!parts) return fail(parts.error().kind, film.ref + ": " + parts.error().sentence);
      std::move(parts->begin(), parts->end(), std::back_inserter(entries_));
    }
    std::vector<const Entry*> rows;
    for (const auto& entry : entries_)
      if (entry.id != kGone) rows.push_back(&entry);
    const EntryRows ready(rows, lists_);
    TRY_DONE(write_segment_file(path, ready, lists_));
    std::fprintf(stderr, "%u entries, %u with a PDQ hash that can match, in %zu lists.\n",
                 ready.entries(), ready.pictures(), lists_.size());
    if (!films_.empty())
      std::fprintf(stderr, "Of these, %zu films by their frames or TMK vectors.\n", films_.size());
    return {};
  }

 private:
  static constexpr EntryId kGone = 0;

  /// A `.tmk`, or vPDQ in either form: one film a file.
  static Result<std::optional<Film>> film_in(const std::string& text) {
    Film film;
    if (text.starts_with("TMK1")) {
      film.tmk = text;
      return std::optional(std::move(film));
    }
    const std::string_view first = std::string_view(text).substr(0, text.find('\n'));
    const bool lines = split(first, ',').size() == 4 && media::parse_vpdq(first).has_value();
    if (!lines && !text.starts_with("[\"")) return std::optional<Film>();
    TRY(frames, media::parse_vpdq(text));
    film.frames = film_frames(frames);
    return std::optional(std::move(film));
  }

  /// A film's vPDQ and TMK belong together where their files have the same name before the dot.
  Done take_film(Film film, const std::string& label, bool allow) {
    const std::string& list = allow ? kInnocentFilms : kFilms;
    const auto known = std::find_if(lists_.begin(), lists_.end(),
                                    [&](const ListRule& rule) { return rule.name == list; });
    film.list = known == lists_.end() ? add_list(list, allow)
                                      : static_cast<ListNumber>(known - lists_.begin());
    film.ref = label.substr(0, label.rfind('.'));
    const auto same = std::find_if(films_.begin(), films_.end(), [&](const Film& other) {
      return other.ref == film.ref && other.list == film.list &&
             (film.tmk.empty() ? other.frames.empty() : other.tmk.empty());
    });
    if (same != films_.end()) {
      if (film.tmk.empty())
        same->frames = std::move(film.frames);
      else
        same->tmk = std::move(film.tmk);
      return {};
    }
    film.number = films_.size() + 1;
    films_.push_back(std::move(film));
    return {};
  }

  ListNumber add_list(const std::string& label, bool allow) {
    const auto number = static_cast<ListNumber>(lists_.size());
    lists_.push_back({label, radius_or(31), quality_or(50), allow});
    return number;
  }
  [[nodiscard]] int radius_or(int otherwise) const {
    return static_cast<int>(parse_integer(options_.get("radius")).value_or(otherwise));
  }
  [[nodiscard]] int quality_or(int otherwise) const {
    return static_cast<int>(parse_integer(options_.get("quality-min")).value_or(otherwise));
  }

  const Options& options_;
  std::vector<ListRule> lists_;
  std::vector<Entry> entries_;
  static inline const std::string kFilms = "films", kInnocentFilms = "films (innocent)";
  std::vector<Film> films_;
};

Done in_range(const Options& options, std::string_view option, int most) {
  if (!options.has(option)) return {};
  const auto number = parse_integer(options.get(option));
  if (!number || *number < 0 || *number > most)
    return fail(ErrorKind::invalid,
                "--" + std::string(option) + " is 0 to " + std::to_string(most) + ".");
  return {};
}

Result<int> build(const Arguments& arguments) {
  TRY(options, Options::read(arguments, {"out", "format", "radius", "quality-min", "allow"}, {}));
  TRY_DONE(in_range(options, "radius", 63));
  TRY_DONE(in_range(options, "quality-min", 100));
  const std::string out = options.get("out");
  if (out.empty() || (options.words().empty() && options.all("allow").empty()))
    return fail(ErrorKind::invalid, "Say `hotline match build --out FILE.hmi LIST...`.");
  Build lists(options);
  for (const auto& path : options.words()) TRY_DONE(lists.take(path, false));
  for (const auto& path : options.all("allow")) TRY_DONE(lists.take(path, true));
  TRY_DONE(lists.write(out));
  return kGood;
}

Result<int> query(const Arguments& arguments) {
  TRY(options, Options::read(arguments, {"distance"}, {"json"}));
  TRY_DONE(in_range(options, "distance", 63));
  if (options.words().size() != 1)
    return fail(ErrorKind::invalid, "Say `hotline match query FILE.hmi < HASHES`.");
  TRY(index, open_index(options.words()[0]));
  constexpr std::size_t kWrongShown = 10;
  int code = kGood;
  std::size_t number = 0, wrong = 0;
  for (std::string text; std::getline(std::cin, text);) {
    ++number;
    std::optional<Entry> asked;
    const Done read =
        read_list(text, ListFormat::lines, [&](ListLine&& line) { asked = std::move(line.entry); });
    if (!read) {
      // A wrong file would otherwise be told line by line.
      if (++wrong <= kWrongShown) std::fprintf(stderr, "Line %zu is no hash.\n", number);
      code = std::max(code, kWarning);
    }
    if (!asked) continue;
    Query question{
        .pictures = {&asked->picture, 1}, .quality = asked->quality, .digests = asked->digests};
    if (options.has("distance"))
      question.radius = static_cast<int>(*parse_integer(options.get("distance")));
    const Answer answer = index->answer(question);
    if (!answer.hits.empty()) code = std::max(code, kWarning);
    json::object line = answer_line(*index, answer);
    if (options.has("json")) {
      line["line"] = number;
      std::printf("%s\n", json::serialize(line).c_str());
      continue;
    }
    for (const auto& match : line["matches"].as_array())
      std::printf("%zu\t%s\n", number, json::serialize(match).c_str());
    if (answer.allowed)
      std::printf("%zu\tinnocent\t%s\n", number, json::serialize(line["innocent"]).c_str());
  }
  if (wrong > kWrongShown) std::fprintf(stderr, "%zu lines are no hashes.\n", wrong);
  return code;
}

Result<int> info(const Arguments& arguments) {
  TRY(options, Options::read(arguments, {}, {}));
  if (options.words().size() != 1)
    return fail(ErrorKind::invalid, "Say `hotline match info FILE.hmi`.");
  TRY(index, open_index(options.words()[0]));
  const auto size = index->size();
  json::array lists;
  for (const auto& rule : index->lists())
    lists.push_back({{"name", rule.name},
                     {"radius", rule.radius},
                     {"quality_min", rule.quality_min},
                     {"innocent", rule.allow}});
  const json::object line{
      {"entries", size.entries},  {"pictures", size.pictures}, {"removed", size.removed},
      {"live", size.live},        {"segments", size.segments}, {"bytes", size.bytes},
      {"kernel", kernels().name}, {"lists", std::move(lists)},
  };
  std::printf("%s\n", json::serialize(line).c_str());
  return kGood;
}

/// A folder's segments are the files in it; its manifest and journals are checked by opening it.
Result<int> verify(const Arguments& arguments) {
  TRY(options, Options::read(arguments, {}, {}));
  if (options.words().size() != 1)
    return fail(ErrorKind::invalid, "Say `hotline match verify FILE.hmi`.");
  const std::string& path = options.words()[0];
  TRY(index, open_index(path));
  TRY_DONE(index->verify());
  std::fprintf(stderr, "%llu entries, every byte is as it was written.\n",
               static_cast<unsigned long long>(index->size().entries));
  return kGood;
}

}  // namespace

int match(const Arguments& arguments) {
  if (arguments.empty())
    return refuse("Say build, query, scan, info, verify or bench: `hotline match --help`.");
  const Arguments rest(arguments.begin() + 1, arguments.end());
  const std::string& what = arguments.front();
  if (what == "scan") return match_scan(rest);
  if (what == "bench") return match_bench(rest);
  Result<int> code = fail(ErrorKind::invalid, "There is no `hotline match " + what + "`.");
  if (what == "build") code = build(rest);
  if (what == "query") code = query(rest);
  if (what == "info") code = info(rest);
  if (what == "verify") code = verify(rest);
  return code ? *code : refuse(code.error());
}

}  // namespace hotline::cli
