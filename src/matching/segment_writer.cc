#include "matching/segment_writer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "matching/crc32c.h"
#include "matching/durable_file.h"

namespace hotline::matching {

bool can_match(const Entry& entry, const ListRule& rule) {
  return !entry.picture.is_zero() && entry.quality >= rule.quality_min;
}

std::uint8_t has_of(const Digests& digests, bool picture) {
  std::uint8_t has = picture ? hmi::kHasPicture : 0;
  for (const auto kind : kDigestKinds)
    if (!digest_of(digests, kind).empty()) has |= has_flag(kind);
  return has;
}

EntryRows::EntryRows(std::vector<const Entry*> entries, const std::vector<ListRule>& lists)
    : entries_(std::move(entries)) {
  const auto others = std::partition(entries_.begin(), entries_.end(), [&](const Entry* entry) {
    return can_match(*entry, lists[entry->list]);
  });
  const auto by_id = [](const Entry* a, const Entry* b) { return a->id < b->id; };
  std::sort(entries_.begin(), others, by_id);
  std::sort(others, entries_.end(), by_id);
  pictures_ = static_cast<std::uint32_t>(others - entries_.begin());
}

std::uint32_t EntryRows::entries() const {
  return static_cast<std::uint32_t>(entries_.size());
}

Rows::Attributes EntryRows::attributes(std::uint32_t slot) const {
  const Entry& entry = *entries_[slot];
  return {entry.list, static_cast<std::uint8_t>(entry.quality),
          has_of(entry.digests, slot < pictures_), entry.note};
}

void EntryRows::each_digest(
    DigestKind kind,
    const std::function<void(std::span<const std::uint8_t>, std::uint32_t)>& use) const {
  for (std::uint32_t slot = 0; slot < entries_.size(); ++slot)
    if (const auto digest = digest_of(entries_[slot]->digests, kind); !digest.empty())
      use(digest, slot);
}

namespace {

/// One file being written: sections one after another, each with its checksum.
class SegmentFile {
 public:
  explicit SegmentFile(int descriptor) : descriptor_(descriptor) {}

  /// Sections may be filled in turns: their place is taken when they begin.
  class Out {
   public:
    Out(SegmentFile& file, hmi::Section& section) : file_(file), section_(section) {}
    Done add(const void* bytes, std::size_t count) {
      section_.crc = crc32c(section_.crc, bytes, count);
      TRY_DONE(write_at(file_.descriptor_, section_.offset + written_, bytes, count));
      written_ += count;
      CHECK(written_ <= section_.length);
      return {};
    }

   private:
    SegmentFile& file_;
    hmi::Section& section_;
    std::uint64_t written_ = 0;
  };

  Out begin(hmi::SectionKind kind, std::uint64_t length, std::uint64_t parameter = 0) {
    hmi::Section& section = header_.table[header_.sections++];
    section = {kind, 0, position_, length, parameter};
    position_ = hmi::round_up(position_ + length, hmi::kPage);
    return {*this, section};
  }
  Done put(hmi::SectionKind kind, const void* bytes, std::size_t count,
           std::uint64_t parameter = 0) {
    return begin(kind, count, parameter).add(bytes, count);
  }
  Done finish(std::uint32_t entries, std::uint32_t pictures) {
    header_.entries = entries;
    header_.pictures = pictures;
    header_.file_bytes = position_;
    header_.crc = crc32c(0, &header_, sizeof header_ - 4);
    if (::ftruncate(descriptor_, static_cast<off_t>(position_)) != 0)
      return fail(ErrorKind::unavailable, "The index cannot be written.");
    return write_at(descriptor_, 0, &header_, sizeof header_);
  }
  [[nodiscard]] const hmi::Section& last() const { return header_.table[header_.sections - 1]; }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
  hmi::Header header_;
  std::uint64_t position_ = sizeof(hmi::Header);
};

/// Numbers of a fixed width, packed.
class Packer {
 public:
  Packer(std::uint64_t count, unsigned width)
      : column_(hmi::PackedColumn::length(count, width)), width_(width) {}
  void add(std::uint64_t value) {
    if (width_ == 64) {
      std::memcpy(column_.data() + at_ / 8, &value, 8);
    } else if (width_ > 0) {
      std::uint64_t word;
      std::memcpy(&word, column_.data() + at_ / 8, 8);
      word |= value << (at_ % 8);
      std::memcpy(column_.data() + at_ / 8, &word, 8);
    }
    at_ += width_;
  }
  Done put(SegmentFile& file, hmi::SectionKind kind) const {
    return file.put(kind, column_.data(), column_.size(), width_);
  }

 private:
  std::vector<std::uint8_t> column_;
  unsigned width_;
  std::uint64_t at_ = 0;
};

Done put_lists(SegmentFile& file, const std::vector<ListRule>& lists) {
  std::string bytes;
  for (const auto& rule : lists) {
    const auto length = static_cast<std::uint32_t>(rule.name.size());
    bytes += {static_cast<char>(rule.radius), static_cast<char>(rule.quality_min),
              static_cast<char>(rule.allow ? 1 : 0), '\0'};
    bytes.append(reinterpret_cast<const char*>(&length), 4);
    bytes += rule.name;
  }
  return file.put(hmi::kLists, bytes.data(), bytes.size());
}

Done put_ids(SegmentFile& file, const Rows& rows) {
  std::vector<std::uint64_t> bases;
  std::uint64_t widest = 0;
  const std::uint32_t entries = rows.entries(), pictures = rows.pictures();
  const auto first_of_block = [&](std::uint32_t slot) {
    return (slot < pictures ? slot : slot - pictures) % hmi::kIdBlock == 0;
  };
  for (std::uint32_t slot = 0; slot < entries; ++slot) {
    if (first_of_block(slot)) bases.push_back(rows.id(slot));
    widest = std::max(widest, rows.id(slot) - bases.back());
  }
  TRY_DONE(file.put(hmi::kIdBases, bases.data(), bases.size() * 8));
  Packer deltas(entries, hmi::PackedColumn::width_for(widest));
  std::size_t block = 0;
  for (std::uint32_t slot = 0; slot < entries; ++slot) {
    if (first_of_block(slot)) ++block;
    deltas.add(rows.id(slot) - bases[block - 1]);
  }
  return deltas.put(file, hmi::kIdDeltas);
}

/// Attribute sets and notes, each stored once.
class AttributeSets {
 public:
  std::uint32_t number(const Rows::Attributes& row) {
    // Rows of one source share the view of their note: most are found without reading it.
    const Shortcut key{row.note.data(), row.note.size(), row.list, row.quality, row.has};
    auto& shortcut = shortcuts_[key.place()];
    if (shortcut.first == key && shortcut.second != kNone) return shortcut.second;
    const auto note = note_numbers_.try_emplace(std::string(row.note), notes_.size());
    if (note.second) notes_.push_back(note.first->first);
    const hmi::AttributeSet set{row.list, row.quality, row.has, note.first->second};
    std::uint64_t bits;
    std::memcpy(&bits, &set, 8);
    const auto found = set_numbers_.try_emplace(bits, sets_.size());
    if (found.second) sets_.push_back(set);
    shortcut = {key, found.first->second};
    return found.first->second;
  }
  Done put(SegmentFile& file) const {
    TRY_DONE(file.put(hmi::kAttributeSets, sets_.data(), sets_.size() * sizeof(sets_[0])));
    std::vector<std::uint64_t> ends;
    std::string text;
    for (const auto& note : notes_) {
      text += note;
      ends.push_back(text.size());
    }
    TRY_DONE(file.put(hmi::kNoteEnds, ends.data(), ends.size() * 8));
    return file.put(hmi::kNotes, text.data(), text.size());
  }
  [[nodiscard]] std::size_t size() const { return sets_.size(); }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;
  struct Shortcut {
    const char* note = nullptr;
    std::size_t length = 0;
    ListNumber list = 0;
    std::uint8_t quality = 0, has = 0;
    [[nodiscard]] std::size_t place() const {
      return (reinterpret_cast<std::uintptr_t>(note) / 8 * 31 + quality * 7U + list + has * 3U) %
             1024;
    }
    friend bool operator==(const Shortcut&, const Shortcut&) = default;
  };
  std::vector<std::pair<Shortcut, std::uint32_t>> shortcuts_ =
      std::vector<std::pair<Shortcut, std::uint32_t>>(1024, {{}, kNone});
  std::unordered_map<std::string, std::uint32_t> note_numbers_;
  std::unordered_map<std::uint64_t, std::uint32_t> set_numbers_;
  std::vector<hmi::AttributeSet> sets_;
  std::vector<std::string> notes_;
};

Done put_attributes(SegmentFile& file, const Rows& rows) {
  AttributeSets sets;
  std::vector<std::uint32_t> numbers(rows.entries());
  for (std::uint32_t slot = 0; slot < rows.entries(); ++slot)
    numbers[slot] = sets.number(rows.attributes(slot));
  Packer column(rows.entries(),
                hmi::PackedColumn::width_for(sets.size() == 0 ? 0 : sets.size() - 1));
  for (const auto number : numbers) column.add(number);
  TRY_DONE(sets.put(file));
  return column.put(file, hmi::kAttributes);
}

Done put_refs(SegmentFile& file, const Rows& rows) {
  std::string text;
  for (std::uint32_t slot = 0; slot < rows.entries(); ++slot) text += rows.ref(slot);
  if (text.empty()) return {};
  Packer ends(rows.entries(), hmi::PackedColumn::width_for(text.size()));
  std::uint64_t end = 0;
  for (std::uint32_t slot = 0; slot < rows.entries(); ++slot)
    ends.add(end += rows.ref(slot).size());
  TRY_DONE(ends.put(file, hmi::kRefEnds));
  return file.put(hmi::kRefs, text.data(), text.size());
}

Done put_digests(SegmentFile& file, const Rows& rows) {
  for (const auto kind : kDigestKinds) {
    const hmi::DigestSizes sizes{digest_bytes(kind)};
    std::string records;
    rows.each_digest(kind, [&](std::span<const std::uint8_t> digest, std::uint32_t slot) {
      records.append(reinterpret_cast<const char*>(digest.data()), digest.size());
      records.append(reinterpret_cast<const char*>(&slot), 4);
    });
    if (records.empty()) continue;
    const std::size_t count = records.size() / sizes.record();
    std::vector<std::uint32_t> order(count);
    for (std::uint32_t i = 0; i < count; ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return std::memcmp(&records[std::size_t{a} * sizes.record()],
                         &records[std::size_t{b} * sizes.record()], sizes.digest) < 0;
    });
    const unsigned bits = hmi::DigestSizes::bits_for(count);
    std::vector<std::uint32_t> directory((std::size_t{1} << bits) + 1, 0);
    std::string sorted;
    sorted.reserve(records.size());
    for (const auto i : order) {
      const char* record = &records[std::size_t{i} * sizes.record()];
      std::uint32_t top;
      std::memcpy(&top, record, 4);
      ++directory[(bits == 0 ? 0 : __builtin_bswap32(top) >> (32 - bits)) + std::size_t{1}];
      sorted.append(record, sizes.record());
    }
    for (std::size_t i = 1; i < directory.size(); ++i) directory[i] += directory[i - 1];
    auto out = file.begin(section_of(kind), sizes.length(count, bits), count << 8 | bits);
    TRY_DONE(out.add(directory.data(), directory.size() * 4));
    TRY_DONE(out.add(sorted.data(), sorted.size()));
  }
  return {};
}

using Counts = std::vector<std::uint32_t>;  ///< 16 x 65,536: the sizes of the buckets.

Result<Counts> put_pictures(SegmentFile& file, const Rows& rows) {
  constexpr std::uint32_t kSample = 32768;
  const std::uint32_t pictures = rows.pictures();
  std::vector<Hash256> block;
  for (std::uint64_t i = 0; i < std::min(kSample, pictures); ++i)
    block.push_back(
        rows.picture(static_cast<std::uint32_t>(i * pictures / std::min(kSample, pictures))));
  TRY(permutation, BitPermutation::of(BitPermutation::learned(block)));
  TRY_DONE(file.put(hmi::kPermutation, permutation.places().data(), 256));
  const bool tables = pictures >= hmi::kTablesFrom;
  Counts counts(tables ? hmi::kTables * hmi::kBuckets : 0);
  auto out = file.begin(hmi::kPictures, std::uint64_t{pictures} * sizeof(Hash256));
  block.clear();
  for (std::uint32_t slot = 0; slot < pictures; ++slot) {
    block.push_back(permutation.apply(rows.picture(slot)));
    if (block.size() < kSample && slot + 1 < pictures) continue;
    TRY_DONE(out.add(block.data(), block.size() * sizeof(Hash256)));
    for (std::size_t table = 0; tables && table < hmi::kTables; ++table)
      for (const auto& hash : block)
        ++counts[table * hmi::kBuckets + hash.chunk(static_cast<int>(table))];
    block.clear();
  }
  return counts;
}

Done put_begins(SegmentFile& file, const Counts& counts) {
  std::array<std::uint64_t, hmi::kTables> weights{};
  std::vector<std::uint32_t> begins;
  begins.reserve(hmi::kTables * (hmi::kBuckets + 1));
  for (std::size_t table = 0; table < hmi::kTables; ++table) {
    begins.push_back(0);
    for (std::size_t bucket = 0; bucket < hmi::kBuckets; ++bucket) {
      const std::uint64_t count = counts[table * hmi::kBuckets + bucket];
      weights[table] += count * count;
      begins.push_back(begins.back() + static_cast<std::uint32_t>(count));
    }
  }
  TRY_DONE(file.put(hmi::kWeights, weights.data(), sizeof weights));
  return file.put(hmi::kBegins, begins.data(), begins.size() * 4);
}

/// The pictures that have just been written, seen through a mapping: no second copy is held.
class WrittenPictures {
 public:
  WrittenPictures(int descriptor, const hmi::Section& section) : length_(section.length) {
    base_ = ::mmap(nullptr, length_, PROT_READ, MAP_SHARED, descriptor,
                   static_cast<off_t>(section.offset));
  }
  ~WrittenPictures() {
    if (base_ != MAP_FAILED) ::munmap(base_, length_);
  }
  WrittenPictures(const WrittenPictures&) = delete;
  WrittenPictures& operator=(const WrittenPictures&) = delete;
  [[nodiscard]] bool good() const { return base_ != MAP_FAILED; }
  [[nodiscard]] const Hash256* begin() const { return static_cast<const Hash256*>(base_); }

 private:
  void* base_;
  std::size_t length_;
};

Done put_tables(SegmentFile& file, const WrittenPictures& written, std::uint32_t pictures,
                const Counts& counts) {
  if (!written.good()) return fail(ErrorKind::unavailable, "The index cannot be mapped.");
  TRY_DONE(put_begins(file, counts));
  const hmi::TableSizes sizes{pictures};
  auto checks_out = file.begin(hmi::kChecks, hmi::kTables * sizes.checks_bytes());
  auto lows_out = file.begin(hmi::kLows, hmi::kTables * sizes.lows_bytes());
  auto highs_out = file.begin(hmi::kHighs, hmi::kTables * sizes.high_words() * 8);
  std::vector<std::uint16_t> checks(sizes.checks_bytes() / 2), lows(sizes.lows_bytes() / 2);
  std::vector<std::uint64_t> highs(sizes.high_words());
  std::vector<std::uint32_t> place(hmi::kBuckets);
  for (std::size_t table = 0; table < hmi::kTables; ++table) {
    std::uint32_t begin = 0;
    for (std::size_t bucket = 0; bucket < hmi::kBuckets; ++bucket) {
      place[bucket] = begin;
      begin += counts[table * hmi::kBuckets + bucket];
    }
    std::fill(highs.begin(), highs.end(), 0);
    const auto next = static_cast<int>((table + 1) % hmi::kTables);
    for (std::uint32_t slot = 0; slot < pictures; ++slot) {
      const Hash256& hash = written.begin()[slot];
      const std::uint16_t bucket = hash.chunk(static_cast<int>(table));
      const std::uint32_t at = place[bucket]++;
      checks[at] = hash.chunk(next);
      lows[at] = static_cast<std::uint16_t>(slot);
      const std::uint64_t bit = at + bucket * sizes.highs() + (slot >> 16);
      highs[bit / 64] |= std::uint64_t{1} << (bit % 64);
    }
    TRY_DONE(checks_out.add(checks.data(), checks.size() * 2));
    TRY_DONE(lows_out.add(lows.data(), lows.size() * 2));
    TRY_DONE(highs_out.add(highs.data(), highs.size() * 8));
  }
  return {};
}

}  // namespace

Done write_segment(int descriptor, const Rows& rows, const std::vector<ListRule>& lists) {
  if (rows.entries() > hmi::kEntriesMax)
    return fail(ErrorKind::invalid, "A segment holds at most 4,294,901,760 entries.");
  SegmentFile file(descriptor);
  TRY_DONE(put_lists(file, lists));
  TRY(counts, put_pictures(file, rows));
  const hmi::Section pictures = file.last();
  TRY_DONE(put_ids(file, rows));
  TRY_DONE(put_attributes(file, rows));
  TRY_DONE(put_refs(file, rows));
  if (rows.pictures() >= hmi::kTablesFrom)
    TRY_DONE(put_tables(file, WrittenPictures(descriptor, pictures), rows.pictures(), counts));
  TRY_DONE(put_digests(file, rows));
  return file.finish(rows.entries(), rows.pictures());
}

Done write_segment_file(const std::string& path, const Rows& rows,
                        const std::vector<ListRule>& lists) {
  const std::string passing = path + ".new";
  {
    const OwnedDescriptor file(
        ::open(passing.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (file.get() < 0) return fail(ErrorKind::unavailable, "The index file cannot be made.");
    Done written = write_segment(file.get(), rows, lists);
    if (written) written = sync_file(file.get());
    if (!written) {
      ::unlink(passing.c_str());
      return written;
    }
  }
  if (::rename(passing.c_str(), path.c_str()) != 0)
    return fail(ErrorKind::unavailable, "The index file cannot be given its name.");
  return sync_folder(folder_of(path));
}

}  // namespace hotline::matching
