#include "matching/segment.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "matching/crc32c.h"
#include "matching/durable_file.h"

namespace hotline::matching {

using hmi::SectionKind;

unsigned digest_bytes(DigestKind kind) {
  constexpr std::array<unsigned, 3> bytes = {16, 20, 32};
  return bytes[static_cast<std::size_t>(kind)];
}
SectionKind section_of(DigestKind kind) {
  return static_cast<SectionKind>(hmi::kMd5 + static_cast<std::uint32_t>(kind));
}
std::uint8_t has_flag(DigestKind kind) {
  return static_cast<std::uint8_t>(hmi::kHasMd5 << static_cast<unsigned>(kind));
}
std::span<const std::uint8_t> digest_of(const Digests& digests, DigestKind kind) {
  switch (kind) {
    case DigestKind::md5:
      if (digests.md5) return *digests.md5;
      break;
    case DigestKind::sha1:
      if (digests.sha1) return *digests.sha1;
      break;
    case DigestKind::sha256:
      if (digests.sha256) return *digests.sha256;
      break;
  }
  return {};
}

namespace {

std::unexpected<Error> damaged(const std::string& what) {
  return fail(ErrorKind::corrupt, "The index file is damaged: " + what + ".");
}

std::uint32_t load32(const std::uint8_t* at) {
  std::uint32_t value;
  std::memcpy(&value, at, 4);
  return value;
}

constexpr std::array<std::string_view, hmi::kSections> kSectionNames = {
    "",           "lists",     "permutation", "pictures", "id bases", "id deltas", "attribute sets",
    "attributes", "note ends", "notes",       "ref ends", "refs",     "weights",   "begins",
    "checks",     "lows",      "highs",       "md5",      "sha1",     "sha256"};

}  // namespace

Result<std::shared_ptr<const Segment>> Segment::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return fail(ErrorKind::not_found, "The index file cannot be opened.");
  return map(descriptor);
}

Result<std::shared_ptr<const Segment>> Segment::map(int descriptor) {
  const OwnedDescriptor file(descriptor);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0 || status.st_size < std::int64_t{sizeof(hmi::Header)})
    return damaged("it is too short");
  const auto bytes = static_cast<std::uint64_t>(status.st_size);
  void* base = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file.get(), 0);
  if (base == MAP_FAILED) return fail(ErrorKind::unavailable, "The index file cannot be mapped.");
  // Look-ups go everywhere: reading ahead would fill memory with what nobody asked for.
  ::madvise(base, bytes, MADV_RANDOM);
  return at(base, bytes, true);
}

Result<std::shared_ptr<const Segment>> Segment::load(int descriptor) {
  const OwnedDescriptor file(descriptor);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0 || status.st_size < std::int64_t{sizeof(hmi::Header)})
    return damaged("it is too short");
  const auto bytes = static_cast<std::uint64_t>(status.st_size);
  // The kernel gives large pages where a stretch is aligned for them: all but the two ends.
  void* base = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) return fail(ErrorKind::unavailable, "There is no memory for the index.");
  ::madvise(base, bytes, MADV_HUGEPAGE);
  std::uint64_t read = 0;
  while (read < bytes) {
    const ssize_t got =
        ::pread(file.get(), static_cast<char*>(base) + read,
                std::min<std::uint64_t>(bytes - read, 64U << 20), static_cast<off_t>(read));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      ::munmap(base, bytes);
      return damaged("it cannot be read whole");
    }
    read += static_cast<std::uint64_t>(got);
  }
  ::mprotect(base, bytes, PROT_READ);
  return at(base, bytes, false);
}

Result<std::shared_ptr<const Segment>> Segment::at(void* base, std::uint64_t bytes, bool mapped) {
  std::shared_ptr<Segment> segment(new Segment());
  segment->base_ = static_cast<const std::uint8_t*>(base);
  segment->bytes_ = bytes;
  segment->mapped_ = mapped;
  for (const auto read : {&Segment::read_header, &Segment::read_lists, &Segment::read_columns,
                          &Segment::read_texts, &Segment::read_tables, &Segment::read_digests})
    TRY_DONE((segment.get()->*read)());
  return segment;
}

bool Segment::worth_loading() const {
  const auto free = static_cast<std::uint64_t>(::sysconf(_SC_AVPHYS_PAGES)) *
                    static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return !loading_tried_ && tables_.has_tables && bytes_ < free / 2;
}

Segment::~Segment() {
  if (base_) ::munmap(const_cast<std::uint8_t*>(base_), bytes_);
}

const hmi::Header& Segment::header() const {
  return *reinterpret_cast<const hmi::Header*>(base_);
}
const hmi::Section* Segment::section(SectionKind kind) const {
  return sections_[kind];
}
const std::uint8_t* Segment::start(SectionKind kind) const {
  return base_ + sections_[kind]->offset;
}

Result<const hmi::Section*> Segment::sized(SectionKind kind, std::uint64_t length) const {
  const hmi::Section* found = section(kind);
  if (!found || found->length != length)
    return damaged("section \"" + std::string(kSectionNames[kind]) + "\" has the wrong length");
  return found;
}

Done Segment::read_header() {
  const hmi::Header& head = header();
  if (head.magic != hmi::kMagic) return fail(ErrorKind::corrupt, "This is not an .hmi file.");
  if (head.version != hmi::kVersion)
    return fail(ErrorKind::corrupt, "The index file has another format version than this program.");
  if (crc32c(0, base_, sizeof head - 4) != head.crc) return damaged("its header");
  if (head.file_bytes != bytes_) return damaged("it is cut off");
  if (head.entries > hmi::kEntriesMax || head.pictures > head.entries ||
      head.sections > head.table.size())
    return damaged("its header's numbers");
  entries_ = static_cast<std::uint32_t>(head.entries);
  pictures_ = static_cast<std::uint32_t>(head.pictures);
  for (std::uint32_t i = 0; i < head.sections; ++i) {
    const hmi::Section& found = head.table[i];
    if (found.offset % hmi::kPage != 0 || found.offset > bytes_ ||
        found.length > bytes_ - found.offset)
      return damaged("a section lies outside of it");
    if (found.kind < hmi::kSections) sections_[found.kind] = &found;  // Later kinds are skipped.
  }
  return {};
}

Done Segment::read_lists() {
  if (!section(hmi::kLists)) return damaged("it has no lists");
  const std::uint8_t* at = start(hmi::kLists);
  const std::uint8_t* end = at + section(hmi::kLists)->length;
  while (at < end) {
    if (end - at < 8) return damaged("its lists");
    ListRule rule{"", at[0], at[1], at[2] == 1};
    const std::uint32_t length = load32(at + 4);
    at += 8;
    if (rule.radius > kRadiusMax || rule.quality_min > 100 || length > end - at)
      return damaged("its lists");
    rule.name.assign(reinterpret_cast<const char*>(at), length);
    at += length;
    lists_.push_back(std::move(rule));
  }
  TRY(section, sized(hmi::kPermutation, 256));
  BitPermutation::Places places;
  std::memcpy(places.data(), base_ + section->offset, places.size());
  TRY(permutation, BitPermutation::of(places));
  permutation_ = std::move(permutation);
  return {};
}

Done Segment::read_columns() {
  const std::uint64_t blocks = (pictures_ + hmi::kIdBlock - 1) / hmi::kIdBlock +
                               (entries_ - pictures_ + hmi::kIdBlock - 1) / hmi::kIdBlock;
  TRY_DONE(sized(hmi::kPictures, std::uint64_t{pictures_} * sizeof(Hash256)));
  TRY_DONE(sized(hmi::kIdBases, blocks * 8));
  id_bases_ = reinterpret_cast<const std::uint64_t*>(start(hmi::kIdBases));
  for (const auto& [kind, column] :
       {std::pair{hmi::kIdDeltas, &id_deltas_}, std::pair{hmi::kAttributes, &attributes_}}) {
    if (!section(kind)) return damaged("a column is missing");
    const std::uint64_t width = section(kind)->parameter;
    if (width > 64 || (width > 56 && width < 64)) return damaged("the width of a column");
    TRY_DONE(sized(kind, hmi::PackedColumn::length(entries_, static_cast<unsigned>(width))));
    *column = {start(kind), static_cast<unsigned>(width)};
  }
  if (!section(hmi::kAttributeSets)) return damaged("it has no attribute sets");
  set_count_ = section(hmi::kAttributeSets)->length / sizeof(hmi::AttributeSet);
  sets_ = reinterpret_cast<const hmi::AttributeSet*>(start(hmi::kAttributeSets));
  if (set_count_ == 0 && entries_ > 0) return damaged("its attribute sets");
  return {};
}

Done Segment::read_texts() {
  for (const auto kind : {hmi::kNoteEnds, hmi::kNotes})
    if (!section(kind)) return damaged("its notes are missing");
  note_count_ = section(hmi::kNoteEnds)->length / 8;
  note_ends_ = reinterpret_cast<const std::uint64_t*>(start(hmi::kNoteEnds));
  notes_ = {reinterpret_cast<const char*>(start(hmi::kNotes)), section(hmi::kNotes)->length};
  if (!section(hmi::kRefs)) return {};  // No entry has a ref.
  if (!section(hmi::kRefEnds)) return damaged("its refs");
  const std::uint64_t width = section(hmi::kRefEnds)->parameter;
  if (width > 56) return damaged("the width of a column");
  TRY_DONE(sized(hmi::kRefEnds, hmi::PackedColumn::length(entries_, static_cast<unsigned>(width))));
  ref_ends_ = {start(hmi::kRefEnds), static_cast<unsigned>(width)};
  refs_ = {reinterpret_cast<const char*>(start(hmi::kRefs)), section(hmi::kRefs)->length};
  return {};
}

Done Segment::read_tables() {
  tables_.pictures = reinterpret_cast<const Hash256*>(start(hmi::kPictures));
  tables_.count = pictures_;
  tables_.has_tables = section(hmi::kBegins) != nullptr;
  if (!tables_.has_tables) return {};
  const hmi::TableSizes sizes{pictures_};
  TRY_DONE(sized(hmi::kWeights, hmi::kTables * 8));
  TRY_DONE(sized(hmi::kBegins, hmi::TableSizes::begins_bytes()));
  TRY_DONE(sized(hmi::kChecks, hmi::kTables * sizes.checks_bytes()));
  TRY_DONE(sized(hmi::kLows, hmi::kTables * sizes.lows_bytes()));
  TRY_DONE(sized(hmi::kHighs, hmi::kTables * sizes.high_words() * 8));
  tables_.weights = reinterpret_cast<const std::uint64_t*>(start(hmi::kWeights));
  tables_.begins = reinterpret_cast<const std::uint32_t*>(start(hmi::kBegins));
  tables_.checks = start(hmi::kChecks);
  tables_.lows = start(hmi::kLows);
  tables_.highs = reinterpret_cast<const std::uint64_t*>(start(hmi::kHighs));
  // The borders are the one thing that a look-up trusts: all of them are looked at now.
  for (std::size_t table = 0; table < hmi::kTables; ++table) {
    const std::uint32_t* begins = tables_.begins + table * (hmi::kBuckets + 1);
    bool rises = begins[0] == 0 && begins[hmi::kBuckets] == pictures_;
    for (std::size_t i = 0; i < hmi::kBuckets; ++i) rises &= begins[i] <= begins[i + 1];
    if (!rises) return damaged("the borders of a table");
  }
  return {};
}

Done Segment::read_digests() {
  for (const auto kind : kDigestKinds) {
    const hmi::Section* found = section(section_of(kind));
    if (!found) continue;
    DigestTable& table = digests_[static_cast<std::size_t>(kind)];
    table.bits = static_cast<unsigned>(found->parameter & 63);
    table.count = found->parameter >> 8;
    const hmi::DigestSizes sizes{digest_bytes(kind)};
    if (table.bits > 32 || table.count > entries_) return damaged("a digest table");
    TRY_DONE(sized(section_of(kind), sizes.length(table.count, table.bits)));
    table.directory = base_ + found->offset;
    table.records = table.directory + sizes.directory(table.bits);
  }
  return {};
}

std::uint64_t Segment::id_block(std::uint32_t slot) const {
  if (slot < pictures_) return slot / hmi::kIdBlock;
  return (pictures_ + hmi::kIdBlock - 1) / hmi::kIdBlock + (slot - pictures_) / hmi::kIdBlock;
}

EntryId Segment::id(std::uint32_t slot) const {
  return id_bases_[id_block(slot)] + id_deltas_.at(slot);
}

std::uint32_t Segment::first_from(std::uint32_t low, std::uint32_t high, EntryId wanted) const {
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (id(middle) < wanted)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

std::uint32_t Segment::first_without_picture(EntryId first) const {
  return first_from(pictures_, entries_, first);
}

std::optional<std::uint32_t> Segment::slot_of(EntryId wanted) const {
  for (const auto& [first, last] : {std::pair{0U, pictures_}, std::pair{pictures_, entries_}}) {
    const std::uint32_t slot = first_from(first, last, wanted);
    if (slot < last && id(slot) == wanted) return slot;
  }
  return std::nullopt;
}

hmi::AttributeSet Segment::attributes(std::uint32_t slot) const {
  const std::uint64_t number = attributes_.at(slot);
  return number < set_count_ ? sets_[number] : hmi::AttributeSet{};
}

std::string_view Segment::note(std::uint32_t number) const {
  if (number >= note_count_) return {};
  const std::uint64_t begin = number == 0 ? 0 : note_ends_[number - 1], end = note_ends_[number];
  return begin <= end && end <= notes_.size() ? notes_.substr(begin, end - begin)
                                              : std::string_view();
}

std::string_view Segment::ref(std::uint32_t slot) const {
  if (refs_.empty()) return {};
  const std::uint64_t begin = slot == 0 ? 0 : ref_ends_.at(slot - 1), end = ref_ends_.at(slot);
  return begin <= end && end <= refs_.size() ? refs_.substr(begin, end - begin)
                                             : std::string_view();
}

Hash256 Segment::picture(std::uint32_t slot) const {
  return slot < pictures_ ? permutation_.undo(tables_.pictures[slot]) : Hash256{};
}

void Segment::find_pictures(std::span<const Hash256> queries, std::span<const std::uint8_t> radii,
                            std::vector<PictureHit>& hits) const {
  if (pictures_ == 0) return;
  std::vector<Hash256> permuted;
  permuted.reserve(queries.size());
  for (const auto& query : queries) permuted.push_back(permutation_.apply(query));
  ring_search(tables_, permuted, radii, hits);
}

void Segment::find_digest(DigestKind kind, std::span<const std::uint8_t> digest,
                          const std::function<void(std::uint32_t)>& use) const {
  const DigestTable& table = digests_[static_cast<std::size_t>(kind)];
  const unsigned bytes = digest_bytes(kind);
  if (table.count == 0 || digest.size() != bytes) return;
  const std::uint32_t top = load32(digest.data());
  const std::uint64_t first = table.bits == 0 ? 0 : __builtin_bswap32(top) >> (32 - table.bits);
  std::uint64_t at = load32(table.directory + 4 * first);
  const std::uint64_t end =
      std::min<std::uint64_t>(load32(table.directory + 4 * first + 4), table.count);
  for (; at < end; ++at) {
    const std::uint8_t* record = table.records + at * (bytes + 4);
    if (std::memcmp(record, digest.data(), bytes) != 0) continue;
    if (const std::uint32_t slot = load32(record + bytes); slot < entries_) use(slot);
  }
}

void Segment::each_digest(
    DigestKind kind,
    const std::function<void(std::span<const std::uint8_t>, std::uint32_t)>& use) const {
  const DigestTable& table = digests_[static_cast<std::size_t>(kind)];
  const unsigned bytes = digest_bytes(kind);
  for (std::uint64_t at = 0; at < table.count; ++at) {
    const std::uint8_t* record = table.records + at * (bytes + 4);
    if (const std::uint32_t slot = load32(record + bytes); slot < entries_)
      use({record, bytes}, slot);
  }
}

std::uint64_t Segment::digests(DigestKind kind) const {
  return digests_[static_cast<std::size_t>(kind)].count;
}

Done Segment::verify() const {
  ::madvise(const_cast<std::uint8_t*>(base_), bytes_, MADV_SEQUENTIAL);
  std::optional<std::string> wrong;
  for (std::uint32_t kind = 1; kind < hmi::kSections && !wrong; ++kind) {
    const hmi::Section* found = sections_[kind];
    if (found && crc32c(0, base_ + found->offset, found->length) != found->crc)
      wrong = "the checksum of section \"" + std::string(kSectionNames[kind]) + "\"";
  }
  ::madvise(const_cast<std::uint8_t*>(base_), bytes_, MADV_RANDOM);
  if (wrong) return damaged(*wrong);
  return verify_columns();
}

Done Segment::verify_columns() const {
  for (std::uint32_t slot = 0; slot < entries_; ++slot) {
    if (slot != 0 && slot != pictures_ && id(slot) <= id(slot - 1)) return damaged("its ids");
    if (attributes_.at(slot) >= set_count_) return damaged("its attributes");
    const hmi::AttributeSet set = attributes(slot);
    if (set.list >= lists_.size() || set.note >= note_count_) return damaged("an attribute set");
    if (((set.has & hmi::kHasPicture) != 0) != (slot < pictures_)) return damaged("its pictures");
  }
  // Every picture must stand in every table, in the bucket of its chunk.
  if (!tables_.has_tables) return {};
  for (std::size_t table = 0; table < hmi::kTables; ++table) {
    const std::uint32_t* begins = tables_.begins + table * (hmi::kBuckets + 1);
    std::vector<std::uint32_t> size(hmi::kBuckets, 0);
    for (std::uint32_t slot = 0; slot < pictures_; ++slot)
      ++size[tables_.pictures[slot].chunk(static_cast<int>(table))];
    for (std::size_t i = 0; i < hmi::kBuckets; ++i)
      if (begins[i + 1] - begins[i] != size[i]) return damaged("the borders of a table");
  }
  return {};
}

}  // namespace hotline::matching
