#include "matching/ring_search.h"

#include <algorithm>
#include <bit>

#include "matching/hmi_format.h"
#include "matching/kernels.h"

namespace hotline::matching {

namespace {

using hmi::kBuckets;
using hmi::kTables;

/// All 16-bit words with at most three bits set, fewest first: xor with a chunk gives its
/// neighbours. The first 1, 17, 137 and 697 are those within 0, 1, 2 and 3 bits.
struct Neighbours {
  std::array<std::uint16_t, 697> masks{};
  std::array<std::int8_t, 697> bits{};
  Neighbours() {
    std::size_t count = 0;
    for (int ones = 0; ones <= 3; ++ones)
      for (std::uint32_t word = 0; word < 65536; ++word)
        if (std::popcount(word) == ones) {
          masks[count] = static_cast<std::uint16_t>(word);
          bits[count++] = static_cast<std::int8_t>(ones);
        }
  }
};
const Neighbours& neighbours() {
  static const Neighbours all;
  return all;
}
constexpr std::array<std::size_t, 4> kProbes = {1, 17, 137, 697};

/// What check words may differ in, by probe, for each sum of what two neighbouring chunks may.
struct Limits {
  std::array<std::array<std::int8_t, 697>, 8> of_pair{};
  Limits() {
    for (std::size_t pair = 0; pair < of_pair.size(); ++pair)
      for (std::size_t i = 0; i < 697; ++i)
        of_pair[pair][i] = static_cast<std::int8_t>(static_cast<int>(pair) - neighbours().bits[i]);
  }
};
const std::int8_t* limits_of(int pair) {
  static const Limits all;
  return all.of_pair[static_cast<std::size_t>(pair)].data();
}

/// How one radius opens the tables. The tables whose buckets are evenest are opened widest.
struct Plan {
  struct Step {
    std::uint32_t table;
    std::uint32_t probes;
    const std::int8_t* limits;  ///< Of the check words, by probe.
  };
  std::array<Step, kTables> steps;
  std::size_t count = 0;
  double cost = 0;  ///< Beside `reading`, both in nanoseconds, roughly.
};

constexpr double kNsPerProbe = 12, kNsPerEntry = 0.12, kNsPerHashRead = 1.2;

Plan plan_of(const RingTables& tables, int radius) {
  std::array<std::size_t, kTables> order;
  for (std::size_t i = 0; i < kTables; ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return tables.weights[a] < tables.weights[b];
  });
  std::array<int, kTables> wide;
  for (std::size_t i = 0; i < kTables; ++i)
    wide[order[i]] = (radius + 1) / 16 - 1 + (static_cast<int>(i) < (radius + 1) % 16 ? 1 : 0);
  Plan plan;
  for (std::size_t table = 0; table < kTables; ++table) {
    if (wide[table] < 0) continue;
    const auto probes = static_cast<std::uint32_t>(kProbes[static_cast<std::size_t>(wide[table])]);
    const double bucket = static_cast<double>(tables.weights[table]) / tables.count;
    plan.cost += static_cast<double>(probes) * (kNsPerProbe + kNsPerEntry * bucket);
    plan.steps[plan.count++] = {static_cast<std::uint32_t>(table), probes,
                                limits_of(wide[table] + wide[(table + 1) % kTables] + 1)};
  }
  return plan;
}

/// The queries of one radius as a stream of (table, query) units: table by table, and in each in
/// the order of their chunks, so that what one query has read is at hand for the next.
class Stream {
 public:
  Stream(const RingTables& tables, const Plan& plan, std::span<const Hash256> queries,
         std::span<const std::uint32_t> numbers, int radius, std::vector<PictureHit>& hits)
      : tables_(tables),
        plan_(plan),
        queries_(queries),
        numbers_(numbers),
        radius_(radius),
        hits_(hits),
        sizes_{tables.count},
        kernels_(kernels()) {
    if (found_.size() < 4096) found_.resize(4096);
    survivors_.clear();
    slots_.clear();
  }

  // Each unit goes through three steps, some units apart, so that none waits for memory: ask for
  // the buckets' borders; read them and ask for the check words; read those.
  void run() {
    const std::size_t each = numbers_.size(), units = each * plan_.count;
    Place ask(*this, each), read(*this, each), last(*this, each);
    for (std::size_t unit = 0; unit < units + 2 * kAhead; ++unit) {
      if (unit < units) ask_for_borders(ask.next());
      if (unit >= kAhead && unit - kAhead < units) read_borders(read.next(), unit - kAhead);
      if (unit >= 2 * kAhead) scan(last.next(), unit - 2 * kAhead);
    }
    find_slots();
    verify();
  }

 private:
  static constexpr std::size_t kAhead = 2;
  static constexpr std::size_t kTogether = 48;
  static constexpr std::size_t kLinesAhead = 6;
  /// Fewer queries are taken as they come.
  static constexpr std::size_t kSortFrom = 64;

  struct Unit {
    const Plan::Step* step;
    std::uint32_t number;
  };
  /// A walk through all units. Three walks follow each other, at most 2 * kAhead units apart.
  class Place {
   public:
    Place(Stream& stream, std::size_t each) : stream_(stream), each_(each) {}
    Unit next() {
      const Unit unit{&stream_.plan_.steps[step_], stream_.order(step_)[at_]};
      if (++at_ == each_) {
        at_ = 0;
        ++step_;
      }
      return unit;
    }

   private:
    Stream& stream_;
    std::size_t each_, step_ = 0, at_ = 0;
  };

  /// The queries' numbers in the order of their chunks in a step's table.
  std::span<const std::uint32_t> order(std::size_t step) {
    if (numbers_.size() < kSortFrom) return numbers_;
    auto& kept = scratch().orders[step % 2];
    if (sorted_ <= step) {
      sort(plan_.steps[step].table, kept);
      sorted_ = step + 1;
    }
    return kept;
  }
  /// By counting, the lower byte first.
  void sort(std::size_t table, std::vector<std::uint32_t>& into) {
    const auto chunk = static_cast<int>(table);
    auto& half = scratch().half;
    half.resize(numbers_.size());
    into.resize(numbers_.size());
    const auto pass = [&](std::span<const std::uint32_t> from, std::vector<std::uint32_t>& to,
                          int shift) {
      std::array<std::uint32_t, 257> places{};
      for (const auto number : from) ++places[(queries_[number].chunk(chunk) >> shift & 255) + 1];
      for (std::size_t i = 1; i < places.size(); ++i) places[i] += places[i - 1];
      for (const auto number : from)
        to[places[queries_[number].chunk(chunk) >> shift & 255]++] = number;
    };
    pass(numbers_, half, 0);
    pass(half, into, 8);
  }

  /// An entry that passed its check word; its slot is not known yet.
  struct Survivor {
    std::uint32_t query;
    std::uint32_t table;
    std::uint32_t place;
    std::uint32_t nth;   ///< In its bucket.
    std::uint64_t bits;  ///< Where its bucket's high halves begin.
  };
  struct Slot {
    std::uint32_t query, slot;
  };

  [[nodiscard]] const std::uint32_t* begins_of(std::size_t table) const {
    return tables_.begins + table * (kBuckets + 1);
  }
  [[nodiscard]] const std::uint16_t* checks_of(std::size_t table) const {
    return reinterpret_cast<const std::uint16_t*>(tables_.checks + table * sizes_.checks_bytes());
  }

  void ask_for_borders(const Unit& unit) const {
    const auto& step = *unit.step;
    const std::uint32_t* begins = begins_of(step.table);
    const std::uint16_t chunk = queries_[unit.number].chunk(static_cast<int>(step.table));
    for (std::size_t i = 0; i < step.probes; ++i)
      __builtin_prefetch(&begins[chunk ^ neighbours_.masks[i]]);
  }

  void read_borders(const Unit& unit, std::size_t place) {
    const auto& step = *unit.step;
    const std::uint32_t* begins = begins_of(step.table);
    const std::uint16_t* checks = checks_of(step.table);
    const std::uint16_t chunk = queries_[unit.number].chunk(static_cast<int>(step.table));
    auto& runs = runs_[place % runs_.size()];
    for (std::size_t i = 0; i < step.probes; ++i) {
      const std::uint32_t* border = &begins[chunk ^ neighbours_.masks[i]];
      runs[i] = {border[0], border[1]};
      // Two lines hold most runs; a longer one is asked for up to where the processor itself
      // has seen that it is read in order.
      const auto* line = reinterpret_cast<const char*>(checks + border[0]);
      const auto* end = reinterpret_cast<const char*>(checks + border[1]);
      __builtin_prefetch(line);
      __builtin_prefetch(end - 1);
      if (end - line <= 128) continue;
      for (std::size_t ahead = 1; ahead < kLinesAhead; ++ahead)
        __builtin_prefetch(line + 64 * ahead);
    }
  }

  void scan(const Unit& unit, std::size_t place) {
    const auto& step = *unit.step;
    const auto& runs = runs_[place % runs_.size()];
    std::size_t entries = 0;
    for (std::size_t i = 0; i < step.probes; ++i) entries += runs[i].end - runs[i].begin;
    if (entries >= found_.size()) found_.resize(2 * entries);
    const std::uint32_t number = unit.number;
    const Hash256& query = queries_[number];
    const auto next = static_cast<int>((step.table + 1) % kTables);
    const std::size_t kept = kernels_.scan(checks_of(step.table), runs.data(), step.limits,
                                           step.probes, query.chunk(next), found_.data());
    const std::uint16_t chunk = query.chunk(static_cast<int>(step.table));
    for (std::size_t i = 0; i < kept; ++i) {
      const Found& found = found_[i];
      const std::uint32_t begin = runs[found.run].begin;
      const std::uint64_t bucket = chunk ^ neighbours_.masks[found.run];
      const Survivor survivor{number, static_cast<std::uint32_t>(step.table), found.place,
                              found.place - begin, begin + bucket * sizes_.highs()};
      __builtin_prefetch(low_of(survivor));
      __builtin_prefetch(highs_of(survivor) + survivor.bits / 64);
      survivors_.push_back(survivor);
      if (survivors_.size() >= kTogether) {
        verify();
        find_slots();
      }
    }
  }

  [[nodiscard]] const std::uint16_t* low_of(const Survivor& survivor) const {
    return reinterpret_cast<const std::uint16_t*>(tables_.lows +
                                                  survivor.table * sizes_.lows_bytes()) +
           survivor.place;
  }
  [[nodiscard]] const std::uint64_t* highs_of(const Survivor& survivor) const {
    return tables_.highs + survivor.table * sizes_.high_words();
  }

  void find_slots() {
    for (const Survivor& survivor : survivors_) {
      const std::uint64_t high =
          kernels_.high(highs_of(survivor), sizes_.high_words(), survivor.bits, survivor.nth);
      const std::uint64_t slot = high << 16 | *low_of(survivor);
      if (slot >= tables_.count) continue;  // Only a damaged file says so.
      __builtin_prefetch(&tables_.pictures[slot]);
      slots_.push_back({survivor.query, static_cast<std::uint32_t>(slot)});
    }
    survivors_.clear();
  }

  void verify() {
    for (const Slot& slot : slots_) {
      const int bits = kernels_.distance(queries_[slot.query], tables_.pictures[slot.slot]);
      if (bits <= radius_)
        hits_.push_back({slot.query, slot.slot, static_cast<std::uint16_t>(bits)});
    }
    slots_.clear();
  }

  const RingTables& tables_;
  const Plan& plan_;
  std::span<const Hash256> queries_;
  std::span<const std::uint32_t> numbers_;
  int radius_;
  std::vector<PictureHit>& hits_;
  hmi::TableSizes sizes_;
  const Kernels& kernels_;
  const Neighbours& neighbours_ = neighbours();
  std::size_t sorted_ = 0;  ///< Steps whose order is made.
  std::array<std::array<Run, 697>, 2 * kAhead> runs_;
  // Kept from one call of a thread to the next: a single look-up is short.
  struct Scratch {
    std::vector<Found> found;
    std::vector<Survivor> survivors;
    std::vector<Slot> slots;
    std::array<std::vector<std::uint32_t>, 2> orders;
    std::vector<std::uint32_t> half;
  };
  static Scratch& scratch() {
    static thread_local Scratch kept;
    return kept;
  }
  std::vector<Found>& found_ = scratch().found;
  std::vector<Survivor>& survivors_ = scratch().survivors;
  std::vector<Slot>& slots_ = scratch().slots;
};

void read_everything(const RingTables& tables, std::span<const Hash256> queries,
                     std::span<const std::uint32_t> numbers, int radius,
                     std::vector<PictureHit>& hits) {
  // A block stays in the first cache while all queries read it.
  constexpr std::uint32_t kBlock = 512;
  std::vector<NearHash> near;
  for (std::uint32_t first = 0; first < tables.count; first += kBlock) {
    const std::uint32_t count = std::min(kBlock, tables.count - first);
    for (const std::uint32_t number : numbers) {
      near.clear();
      kernels().read_all(tables.pictures + first, count, queries[number], radius, near);
      for (const auto& hash : near) hits.push_back({number, first + hash.place, hash.distance});
    }
  }
}

/// Calls use(radius, numbers of its queries) for each radius that is asked for.
template <class Use>
void each_radius(std::span<const std::uint8_t> radii, Use&& use) {
  std::array<std::vector<std::uint32_t>, kRadiusMax + 1> numbers;
  for (std::size_t i = 0; i < radii.size(); ++i) {
    CHECK(radii[i] <= kRadiusMax);
    numbers[radii[i]].push_back(static_cast<std::uint32_t>(i));
  }
  for (int radius = 0; radius <= kRadiusMax; ++radius)
    if (!numbers[static_cast<std::size_t>(radius)].empty())
      use(radius, numbers[static_cast<std::size_t>(radius)]);
}

void sort_hits(std::vector<PictureHit>& hits, std::size_t from) {
  const auto begin = hits.begin() + static_cast<std::ptrdiff_t>(from);
  std::sort(begin, hits.end(), [](const PictureHit& a, const PictureHit& b) {
    return a.query != b.query ? a.query < b.query : a.slot < b.slot;
  });
  hits.erase(std::unique(begin, hits.end()), hits.end());
}

}  // namespace

void read_everything(const RingTables& tables, std::span<const Hash256> queries,
                     std::span<const std::uint8_t> radii, std::vector<PictureHit>& hits) {
  const std::size_t from = hits.size();
  each_radius(radii, [&](int radius, const std::vector<std::uint32_t>& numbers) {
    read_everything(tables, queries, numbers, radius, hits);
  });
  sort_hits(hits, from);
}

void ring_search(const RingTables& tables, std::span<const Hash256> queries,
                 std::span<const std::uint8_t> radii, std::vector<PictureHit>& hits) {
  if (!tables.has_tables) return read_everything(tables, queries, radii, hits);
  const std::size_t from = hits.size();
  each_radius(radii, [&](int radius, const std::vector<std::uint32_t>& numbers) {
    const Plan plan = plan_of(tables, radius);
    if (plan.cost > kNsPerHashRead * tables.count)
      return read_everything(tables, queries, numbers, radius, hits);
    Stream(tables, plan, queries, numbers, radius, hits).run();
  });
  sort_hits(hits, from);
}

}  // namespace hotline::matching
