// Films: which known film is this one, or a piece of it, by its frames and as a whole.
//
// A known film is kept in an Index (index.h) as entries of its own: one for each
// distinct frame hash (vPDQ), one that names the film, and two for its TMK vector
// where there is one. So films are stored, journaled, merged and mapped like all
// else, and what is on an allow-list (a title card, a test pattern) outvotes frames
// too. Two stages answer:
//   vPDQ  the share of the query's frames that have a partner in the known film, and
//         the share of the known film's frames that have one in the query; frames that
//         come again count each time; thresholds are inclusive.
//   TMK   the cosine of the averages first, the whole score for what passes.
// Digests of a film's bytes are ordinary entries beside this. Numbers of entries with
// the top bit set belong to films: an index that holds films has no others there.
//
// It only matches; what follows from a match stands elsewhere (matcher.h). A single
// frame that agrees says little of a film: FilmIndex never answers by one.
#pragma once

#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <vector>

#include "matching/index.h"
#include "media/tmk.h"
#include "media/vpdq.h"

namespace hotline::matching {

/// Chosen by the caller, unique in one index: 1 to 2^47 - 1.
using FilmNumber = std::uint64_t;
inline constexpr FilmNumber kFilmNumberMax = (FilmNumber{1} << 47) - 1;

struct FilmFrame {
  Hash256 picture;
  int quality = 0;  ///< Below its list's floor a frame is neither matched nor counted.
  friend bool operator==(const FilmFrame&, const FilmFrame&) = default;
};
[[nodiscard]] std::vector<FilmFrame> film_frames(std::span<const media::VpdqFrame> frames);
[[nodiscard]] Hash256 hash_of(const media::PdqBits& bits);

struct Film {
  FilmNumber number = 0;
  ListNumber list = 0;
  std::vector<FilmFrame> frames;  ///< At most 65,000 distinct ones of sufficient quality.
  std::string tmk;                ///< The bytes of a `.tmk`, or empty.
  std::string note, ref;          ///< As in Entry.
};
/// Puts a film, replacing the one with its number, or removes it (nothing else is read then).
struct FilmChange {
  Film film;
  bool remove = false;
};

/// What is asked of the two stages. All thresholds are inclusive.
struct FilmRule {
  double query_percent_min = 80;  ///< Of the query's frames, with a partner in the known film.
  double known_percent_min = 0;   ///< Of the known film's frames, with a partner in the query.
  std::optional<int> radius;      ///< Of two frames, 0 to 63; else the list's own.
  int quality_min = 50;           ///< Of the query's frames.
  double level1_min = 0.7, level2_min = 0.7;  ///< Of TMK.
};

struct FilmQuery {
  std::span<const FilmFrame> frames;
  const media::Tmk* tmk = nullptr;  ///< None: that stage is left out.
  FilmRule rule;
};

/// Spelled as printed.
enum class FilmMatchedBy : std::uint8_t { vpdq, tmk };
[[nodiscard]] std::string_view name(FilmMatchedBy by);

struct FilmHit {
  FilmNumber number = 0;
  ListNumber list = 0;
  FilmMatchedBy by = FilmMatchedBy::vpdq;  ///< vpdq where both stages agree.
  int query_frames = 0, query_matched = 0;
  int known_frames = 0, known_matched = 0;
  double level1 = 0, level2 = 0;  ///< 0 where TMK was not asked or has nothing to say.
  [[nodiscard]] double query_percent() const;
  [[nodiscard]] double known_percent() const;
};

struct FilmAnswer {
  std::vector<FilmHit> hits;  ///< The larger share of the query first, then the higher score.
  int query_frames = 0;       ///< Good enough to be asked for.
  int innocent_frames = 0;    ///< Of those, outvoted by an entry of an allow-list.
};

/// Whether an entry's number belongs to a film, and to which.
[[nodiscard]] bool is_film_entry(EntryId id);
[[nodiscard]] FilmNumber film_of(EntryId id);

/// List, note and ref of a film that stands.
[[nodiscard]] std::optional<Film> find_film(const Index& index, FilmNumber number);

/// The entries that stand for a film under its list's rule. Error `invalid`: its number, too many
/// frames, or a TMK vector that is none.
[[nodiscard]] Result<std::vector<Entry>> film_entries(const Film& film, const ListRule& rule);

/// Look-ups from any thread; changes from any thread, one after another.
class FilmIndex {
 public:
  /// On an index that outlives it. Reads the averages of the TMK vectors, 1 KiB a film.
  [[nodiscard]] static Result<std::unique_ptr<FilmIndex>> on(Index& index);

  /// Films and other entries in one step, as Index::apply().
  Done apply(std::span<const FilmChange> films, std::vector<Change> others = {},
             std::uint64_t stamp = 0);
  [[nodiscard]] FilmAnswer answer(const FilmQuery& query) const;
  [[nodiscard]] std::optional<Film> find(FilmNumber number) const {
    return find_film(index_, number);
  }
  /// Whether any film has a TMK vector.
  [[nodiscard]] bool has_tmk() const { return !averages()->empty(); }

 private:
  struct Average {
    FilmNumber number;
    std::array<float, media::kTmkSize> unit;  ///< Of length 1.
  };
  using Averages = std::vector<Average>;
  explicit FilmIndex(Index& index) : index_(index) {}
  void answer_by_frames(const FilmQuery& query, FilmAnswer& answer) const;
  void answer_by_tmk(const FilmQuery& query, FilmAnswer& answer) const;
  [[nodiscard]] std::shared_ptr<const Averages> averages() const;

  Index& index_;
  std::mutex change_lock_;
  mutable std::shared_mutex lock_;  ///< Of the pointer.
  std::shared_ptr<const Averages> averages_ = std::make_shared<Averages>();
};

}  // namespace hotline::matching
