#include "matching/index_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <set>

#include "matching/crc32c.h"
#include "matching/segment.h"

namespace hotline::matching {

namespace {

constexpr std::string_view kManifestMagic = "HLHMM\r\n\x01", kJournalMagic = "HLHMJ\r\n\x01";
constexpr std::size_t kTextMax = 1 << 20;

std::unexpected<Error> damaged(const std::string& what) {
  return fail(ErrorKind::corrupt, "The index folder is damaged: " + what + ".");
}

class Writer {
 public:
  template <class T>
  void number(T value) {
    static_assert(std::is_unsigned_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void text(std::string_view text) {
    number(static_cast<std::uint32_t>(text.size()));
    bytes_ += text;
  }
  void raw(const void* bytes, std::size_t count) {
    bytes_.append(static_cast<const char*>(bytes), count);
  }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};

/// Reads what Writer wrote; after the first thing that is not there all is zero, and good() false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}
  template <class T>
  T number() {
    T value{};
    raw(&value, sizeof value);
    return value;
  }
  std::string text() {
    const auto length = number<std::uint32_t>();
    if (length > left_.size() || length > kTextMax) good_ = false;
    if (!good_) return {};
    std::string text(left_.substr(0, length));
    left_.remove_prefix(length);
    return text;
  }
  void raw(void* bytes, std::size_t count) {
    if (count > left_.size()) good_ = false;
    if (!good_ || count == 0) return;
    std::memcpy(bytes, left_.data(), count);
    left_.remove_prefix(count);
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool finished() const { return good_ && left_.empty(); }
  [[nodiscard]] std::size_t left() const { return left_.size(); }

 private:
  std::string_view left_;
  bool good_ = true;
};

constexpr std::uint8_t kRemove = 0, kPut = 1;
constexpr std::uint8_t kHasPictureBit = 1, kMd5Bit = 2, kSha1Bit = 4, kSha256Bit = 8;

void write_change(Writer& out, const Change& change) {
  const Entry& entry = change.entry;
  out.number<std::uint8_t>(change.remove ? kRemove : kPut);
  out.number(entry.id);
  if (change.remove) return;
  out.number(entry.list);
  out.number(static_cast<std::uint8_t>(entry.quality));
  const auto has = static_cast<std::uint8_t>(
      (entry.picture.is_zero() ? 0 : kHasPictureBit) | (entry.digests.md5 ? kMd5Bit : 0) |
      (entry.digests.sha1 ? kSha1Bit : 0) | (entry.digests.sha256 ? kSha256Bit : 0));
  out.number(has);
  if (has & kHasPictureBit) out.raw(&entry.picture, sizeof entry.picture);
  for (const auto kind : kDigestKinds) {
    const auto digest = digest_of(entry.digests, kind);
    out.raw(digest.data(), digest.size());
  }
  out.text(entry.note);
  out.text(entry.ref);
}

bool read_change(Reader& in, Change& change) {
  const auto what = in.number<std::uint8_t>();
  Entry& entry = change.entry;
  entry.id = in.number<std::uint64_t>();
  change.remove = what == kRemove;
  if (what > kPut) return false;
  if (change.remove) return in.good();
  entry.list = in.number<std::uint16_t>();
  entry.quality = in.number<std::uint8_t>();
  const auto has = in.number<std::uint8_t>();
  if (has & kHasPictureBit) in.raw(&entry.picture, sizeof entry.picture);
  if (has & kMd5Bit) in.raw(entry.digests.md5.emplace().data(), 16);
  if (has & kSha1Bit) in.raw(entry.digests.sha1.emplace().data(), 20);
  if (has & kSha256Bit) in.raw(entry.digests.sha256.emplace().data(), 32);
  entry.note = in.text();
  entry.ref = in.text();
  return in.good() && entry.quality <= 100;
}

std::string padded(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(digits.size() < 12 ? 12 - digits.size() : 0, '0') + digits;
}

/// The number in "journal-000000000012"; nothing if the name is another.
std::optional<std::uint64_t> number_in(const std::string& name, std::string_view before,
                                       std::string_view after) {
  if (!name.starts_with(before) || !name.ends_with(after)) return std::nullopt;
  const char* first = name.data() + before.size();
  const char* last = name.data() + name.size() - after.size();
  std::uint64_t number = 0;
  const auto read = std::from_chars(first, last, number);
  if (first >= last || read.ec != std::errc() || read.ptr != last) return std::nullopt;
  return number;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code trouble;
  for (std::filesystem::directory_iterator at(folder, trouble), end; !trouble && at != end;
       at.increment(trouble))
    names.push_back(at->path().filename().string());
  return names;
}

}  // namespace

std::string manifest_path(const std::string& folder) {
  return folder + "/manifest";
}
std::string segment_path(const std::string& folder, std::uint64_t number) {
  return folder + "/segment-" + padded(number) + ".hmi";
}
std::string journal_path(const std::string& folder, std::uint64_t number) {
  return folder + "/journal-" + padded(number);
}

std::vector<std::uint64_t> journals_in(const std::string& folder) {
  std::vector<std::uint64_t> numbers;
  for (const auto& name : names_in(folder))
    if (const auto number = number_in(name, "journal-", "")) numbers.push_back(*number);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

void remove_what_is_left_over(const std::string& folder, const Manifest& manifest) {
  std::set<std::uint64_t> wanted;
  for (const auto& part : manifest.parts) wanted.insert(part.number);
  for (const auto& name : names_in(folder)) {
    const auto segment = number_in(name, "segment-", ".hmi");
    const auto journal = number_in(name, "journal-", "");
    const bool over = (segment && !wanted.contains(*segment)) ||
                      (journal && *journal < manifest.first_journal) || name.ends_with(".new");
    if (over) ::unlink((folder + "/" + name).c_str());
  }
}

std::string write_manifest(const Manifest& manifest) {
  Writer out;
  out.raw(kManifestMagic.data(), kManifestMagic.size());
  out.number(manifest.stamp);
  out.number(manifest.first_journal);
  out.number(manifest.next_segment);
  out.number(static_cast<std::uint32_t>(manifest.lists.size()));
  for (const auto& rule : manifest.lists) {
    out.number(static_cast<std::uint8_t>(rule.radius));
    out.number(static_cast<std::uint8_t>(rule.quality_min));
    out.number<std::uint8_t>(rule.allow ? 1 : 0);
    out.text(rule.name);
  }
  out.number(static_cast<std::uint32_t>(manifest.parts.size()));
  for (const auto& part : manifest.parts) {
    out.number(part.number);
    out.number(static_cast<std::uint32_t>(part.removed.size()));
    out.raw(part.removed.data(), part.removed.size() * 4);
  }
  out.number(crc32c(0, out.bytes().data(), out.bytes().size()));
  return std::move(out.bytes());
}

Result<Manifest> read_manifest(std::string_view bytes) {
  if (!bytes.starts_with(kManifestMagic) || bytes.size() < 12) return damaged("its manifest");
  std::uint32_t crc;
  std::memcpy(&crc, bytes.data() + bytes.size() - 4, 4);
  bytes.remove_suffix(4);
  if (crc32c(0, bytes.data(), bytes.size()) != crc) return damaged("its manifest");
  Reader in(bytes.substr(kManifestMagic.size()));
  Manifest manifest;
  manifest.stamp = in.number<std::uint64_t>();
  manifest.first_journal = in.number<std::uint64_t>();
  manifest.next_segment = in.number<std::uint64_t>();
  for (auto left = in.number<std::uint32_t>(); left > 0 && in.good(); --left) {
    ListRule rule;
    rule.radius = in.number<std::uint8_t>();
    rule.quality_min = in.number<std::uint8_t>();
    rule.allow = in.number<std::uint8_t>() == 1;
    rule.name = in.text();
    if (rule.radius > kRadiusMax || rule.quality_min > 100) return damaged("its manifest");
    manifest.lists.push_back(std::move(rule));
  }
  for (auto left = in.number<std::uint32_t>(); left > 0 && in.good(); --left) {
    Manifest::Part part;
    part.number = in.number<std::uint64_t>();
    const auto removed = in.number<std::uint32_t>();
    if (removed > in.left() / 4) return damaged("its manifest");
    part.removed.resize(removed);
    in.raw(part.removed.data(), std::size_t{removed} * 4);
    manifest.parts.push_back(std::move(part));
  }
  if (!in.finished()) return damaged("its manifest");
  return manifest;
}

std::string write_record(std::span<const Change> changes, std::uint64_t stamp) {
  Writer out;
  out.number<std::uint32_t>(0);  // Its length and checksum, when both are known.
  out.number<std::uint32_t>(0);
  out.number(stamp);
  out.number(static_cast<std::uint32_t>(changes.size()));
  for (const auto& change : changes) write_change(out, change);
  std::string& bytes = out.bytes();
  const auto length = static_cast<std::uint32_t>(bytes.size() - 8);
  std::memcpy(bytes.data(), &length, 4);
  const std::uint32_t crc = crc32c(0, bytes.data() + 8, length);
  std::memcpy(bytes.data() + 4, &crc, 4);
  return std::move(bytes);
}

Result<JournalRead> read_journal(std::string_view bytes) {
  JournalRead read;
  if (bytes.size() < kJournalMagic.size()) return read;  // Killed before it had begun.
  if (!bytes.starts_with(kJournalMagic)) return damaged("a journal");
  std::size_t at = kJournalMagic.size();
  for (read.good_bytes = at; bytes.size() - at >= 8; read.good_bytes = at) {
    Reader head(bytes.substr(at, 8));
    const auto length = head.number<std::uint32_t>();
    const auto crc = head.number<std::uint32_t>();
    if (length > bytes.size() - at - 8 || crc32c(0, bytes.data() + at + 8, length) != crc) break;
    Reader in(bytes.substr(at + 8, length));
    JournalRecord record;
    record.stamp = in.number<std::uint64_t>();
    for (auto left = in.number<std::uint32_t>(); left > 0; --left)
      if (!read_change(in, record.changes.emplace_back())) return damaged("a journal's record");
    if (!in.finished()) return damaged("a journal's record");
    read.records.push_back(std::move(record));
    at += 8 + length;
  }
  return read;
}

Result<Journal> Journal::make(const std::string& folder, std::uint64_t number) {
  Journal journal(OwnedDescriptor(::open(journal_path(folder, number).c_str(),
                                         O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)));
  if (journal.file_.get() < 0)
    return fail(ErrorKind::unavailable, "The index's journal cannot be made.");
  TRY_DONE(journal.append(kJournalMagic));
  TRY_DONE(sync_folder(folder));
  return journal;
}

Done Journal::append(std::string_view record) {
  TRY_DONE(write_at(file_.get(), bytes_, record.data(), record.size()));
  TRY_DONE(sync_file(file_.get()));
  bytes_ += record.size();
  return {};
}

}  // namespace hotline::matching
