// links: range media_codecs media matching base
// How well clusters hold together, and how often they join what is different.
//
// Draws neutral pictures (range/pictures.h), makes ten benign edits of each, saves
// every one as JPEG, hashes what a decoder gives back, and lets them arrive one
// after the other at the real index of clusters. Printed for each edit: how many
// found the cluster of their own picture (recall), opened one of their own (missed)
// or fell into that of another picture (false merge).
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "matching/cluster.h"
#include "media/codecs/decode.h"
#include "media/codecs/encode.h"
#include "media/pdq.h"
#include "range/pictures.h"

namespace {

using namespace hotline;
using media::Picture;

constexpr int kWidth = 320, kHeight = 240;
constexpr std::array<const char*, 11> kEdits = {
    "original",   "re-encode q30", "half size", "1.5 x size",    "crop 5 %", "grey",
    "border 4 %", "text band",     "mirror",    "contrast +20%", "blur 3 px"};

template <class Change>
Picture each_sample(Picture picture, Change change) {
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x) change(picture.row(y) + 3 * x, x, y);
  return picture;
}

Picture cropped(const Picture& from, double share) {
  const int dx = static_cast<int>(from.width * share / 2),
            dy = static_cast<int>(from.height * share / 2);
  Picture out = media::make_picture(from.width - 2 * dx, from.height - 2 * dy);
  for (int y = 0; y < out.height; ++y)
    std::memcpy(out.row(y), from.row(y + dy) + 3 * dx, 3 * static_cast<std::size_t>(out.width));
  return out;
}

Picture bordered(const Picture& from, double share) {
  const int rim = static_cast<int>(from.width * share);
  Picture out = media::make_picture(from.width + 2 * rim, from.height + 2 * rim);
  std::fill(out.samples.begin(), out.samples.end(), std::uint8_t{250});
  for (int y = 0; y < from.height; ++y)
    std::memcpy(out.row(y + rim) + 3 * rim, from.row(y), 3 * static_cast<std::size_t>(from.width));
  return out;
}

/// A white band with dark bars like words on its lowest tenth.
Picture with_text(const Picture& from) {
  const int top = from.height * 88 / 100, foot = from.height * 97 / 100;
  return each_sample(from, [&](std::uint8_t* at, int x, int y) {
    if (y < top || y >= foot) return;
    const bool ink = y > top + 4 && y < foot - 4 && (x / 3) % 4 != 3 && (x / 29) % 5 != 4 &&
                     ((x * 7 + y * 3) % 5) < 3;
    std::fill(at, at + 3, ink ? std::uint8_t{30} : std::uint8_t{245});
  });
}

Picture blurred(const Picture& from) {
  Picture out = from;
  for (int y = 0; y < from.height; ++y)
    for (int x = 0; x < from.width; ++x)
      for (int c = 0; c < 3; ++c) {
        int sum = 0, count = 0;
        for (int dy = -1; dy <= 1; ++dy)
          for (int dx = -1; dx <= 1; ++dx)
            if (y + dy >= 0 && y + dy < from.height && x + dx >= 0 && x + dx < from.width) {
              sum += from.row(y + dy)[3 * (x + dx) + c];
              ++count;
            }
        out.row(y)[3 * x + c] = static_cast<std::uint8_t>(sum / count);
      }
  return out;
}

Picture edited(const Picture& from, std::size_t edit) {
  switch (edit) {
    case 2: return range::resize(from, from.width / 2, from.height / 2);
    case 3: return range::resize(from, from.width * 3 / 2, from.height * 3 / 2);
    case 4: return cropped(from, 0.05);
    case 5:
      return each_sample(from, [](std::uint8_t* at, int, int) {
        std::fill(at, at + 3,
                  static_cast<std::uint8_t>((299 * at[0] + 587 * at[1] + 114 * at[2]) / 1000));
      });
    case 6: return bordered(from, 0.04);
    case 7: return with_text(from);
    case 8: {
      Picture out = from;
      for (int y = 0; y < from.height; ++y)
        for (int x = 0; x < from.width; ++x)
          std::memcpy(out.row(y) + 3 * x, from.row(y) + 3 * (from.width - 1 - x), 3);
      return out;
    }
    case 9:
      return each_sample(from, [](std::uint8_t* at, int, int) {
        for (int c = 0; c < 3; ++c)
          at[c] = static_cast<std::uint8_t>(std::clamp((at[c] - 128) * 6 / 5 + 128, 0, 255));
      });
    case 10: return blurred(from);
    default: return from;
  }
}

struct Hashed {
  matching::Hash256 hash;
  int quality = 0;
};

Hashed hashed(const Picture& picture, int jpeg_quality) {
  const auto file = media::encode_jpeg(picture, jpeg_quality);
  const auto back = media::decode(file.value());
  const auto pdq = media::pdq_full(back.picture);
  return {matching::Hash256::parse(media::text(pdq.bits)).value(), pdq.quality};
}

using Row = std::array<Hashed, kEdits.size()>;

Row hash_all(std::uint64_t seed) {
  const Picture original = range::draw(seed, kWidth, kHeight);
  Row row;
  for (std::size_t edit = 0; edit < kEdits.size(); ++edit)
    row[edit] = hashed(edited(original, edit), edit == 1 ? 30 : 85);
  return row;
}

/// Draws on from `first`.
std::vector<Row> make_rows(std::size_t first, std::size_t count, unsigned threads) {
  std::vector<Row> rows(count);
  std::vector<std::thread> workers;
  for (unsigned worker = 0; worker < threads; ++worker)
    workers.emplace_back([&, worker] {
      for (std::size_t i = worker; i < count; i += threads)
        rows[i] = hash_all(1'000'000 + first + i);
    });
  for (auto& worker : workers) worker.join();
  return rows;
}

/// What the file holds, and then what is missing, kept as it is made: a run that is stopped goes
/// on.
std::vector<Row> rows_of(std::size_t pictures, const std::string& keep) {
  constexpr std::size_t kAtOnce = 500;
  std::vector<Row> rows;
  if (std::ifstream in(keep, std::ios::binary); !keep.empty() && in)
    for (Row row; in.read(reinterpret_cast<char*>(&row), sizeof row);) rows.push_back(row);
  const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  while (rows.size() < pictures) {
    const auto more = make_rows(rows.size(), std::min(kAtOnce, pictures - rows.size()), threads);
    if (!keep.empty())
      std::ofstream(keep, std::ios::binary | std::ios::app)
          .write(reinterpret_cast<const char*>(more.data()),
                 static_cast<std::streamsize>(more.size() * sizeof(Row)));
    rows.insert(rows.end(), more.begin(), more.end());
    std::fprintf(stderr, "%zu of %zu drawn\n", rows.size(), pictures);
  }
  return rows;
}

/// Hashes of the picture files below a folder, as they are.
std::vector<std::string> hashes_below(const std::string& folder) {
  std::vector<std::string> all;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    const auto decoded = media::decode(bytes);
    if (decoded.picture.empty() || decoded.picture.width < 200) continue;
    const auto pdq = media::pdq_full(decoded.picture);
    if (pdq.quality >= matching::kQualityMin) all.push_back(media::text(pdq.bits));
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

struct Counts {
  std::size_t own = 0, split = 0, opened = 0, other = 0, low = 0;
};

/// Everything arrives in turn: each original, then its copies. `picture_of`: which picture opened
/// the cluster, and by which edit.
void measure(const std::vector<Row>& rows, int distance) {
  matching::ClusterIndex index;
  std::vector<std::pair<std::size_t, std::size_t>> opened_by;
  std::array<Counts, kEdits.size()> counts{};
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t edit = 0; edit < kEdits.size(); ++edit) {
      const auto& one = rows[i][edit];
      if (one.quality < matching::kQualityMin || one.hash.is_zero()) {
        ++counts[edit].low;
        continue;
      }
      const auto hit = index.nearest(one.hash, distance);
      if (!hit) {
        index.add(one.hash);
        opened_by.emplace_back(i, edit);
        ++counts[edit].opened;
      } else if (opened_by[hit->cluster].first != i) {
        ++counts[edit].other;
      } else {
        ++(opened_by[hit->cluster].second == 0 ? counts[edit].own : counts[edit].split);
      }
    }
  std::printf("\ndistance %d: %zu clusters of %zu pictures\n", distance, index.size(), rows.size());
  std::printf("%-14s %9s %9s %9s %12s %8s\n", "edit", "recall", "own copy", "missed", "false merge",
              "low q.");
  for (std::size_t edit = 0; edit < kEdits.size(); ++edit) {
    const auto& c = counts[edit];
    const double seen = static_cast<double>(rows.size() - c.low);
    std::printf("%-14s %8.3f%% %8.3f%% %8.3f%% %6zu %.1e %8zu\n", kEdits[edit],
                100.0 * static_cast<double>(c.own) / seen,
                100.0 * static_cast<double>(c.split) / seen,
                100.0 * static_cast<double>(c.opened) / seen, c.other,
                static_cast<double>(c.other) / seen, c.low);
  }
}

constexpr const char* kHelp =
    "Examples:\n"
    "  cluster_edits --pictures 20000 --keep hashes.bin     draw, edit, hash; then measure\n"
    "  cluster_edits --keep hashes.bin --distances 16,20,24 measure what was hashed before\n"
    "  cluster_edits --keep hashes.bin --write benign.txt   the originals' hashes, one a line\n"
    "  cluster_edits --below FOLDER --write benign.txt      adds those of picture files\n"
    "A distance of 20 is what is compiled in. Exit code 0; 2 for wrong use.\n";

}  // namespace

int main(int argc, char** argv) {
  std::size_t pictures = 20000;
  std::string keep, list, folder, distances = "8,12,16,20,24,28,31";
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i], value = argv[i + 1];
    if (name == "--pictures")
      pictures = static_cast<std::size_t>(std::stoull(value));
    else if (name == "--keep")
      keep = value;
    else if (name == "--distances")
      distances = value;
    else if (name == "--write")
      list = value;
    else if (name == "--below")
      folder = value;
  }
  if (argc % 2 == 0) {
    std::fputs(kHelp, stdout);
    return std::string(argv[1]) == "--help" ? 0 : 2;
  }
  if (!folder.empty()) {
    std::ofstream out(list, std::ios::app);
    for (const auto& hash : hashes_below(folder)) out << hash << '\n';
    return 0;
  }
  const std::vector<Row> rows = rows_of(pictures, keep);
  if (!list.empty()) {
    std::ofstream out(list);
    for (const auto& row : rows)
      if (row[0].quality >= matching::kQualityMin) out << row[0].hash.hex() << '\n';
    return 0;
  }
  for (const auto one : split(distances, ','))
    measure(rows, static_cast<int>(parse_integer(one).value_or(20)));
  return 0;
}
