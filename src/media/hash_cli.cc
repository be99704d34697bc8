#include "media/hash_cli.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <ostream>

namespace hotline::media {

namespace {
constexpr std::size_t kAtOnce = 16;  ///< Files in work; the lab has fewer helpers than that.

json::value as_json(const std::optional<PdqHash>& pdq) {
  if (!pdq) return nullptr;
  return json::object{{"hash", pdq->hex}, {"quality", pdq->quality}};
}

void add_turns(const Findings& findings, json::object& line) {
  if (findings.turns.size() != kTurnNames.size()) return;
  json::object turns;
  for (std::size_t i = 0; i < kTurnNames.size(); ++i) turns[kTurnNames[i]] = findings.turns[i];
  line["pdq_turns"] = std::move(turns);
}

std::string as_text(std::string_view name, const std::optional<PdqHash>& pdq) {
  if (!pdq) return "";
  return fmt::format("  {:<10} {}  quality {}\n", name, pdq->hex, pdq->quality);
}

/// Answers in the order of the files; those that cannot be read are told and left out.
class Batch {
 public:
  void take(const std::string& file, int* code, std::ostream& talk) {
    auto& mapped = mapped_.emplace_back();
    if (mapped.open(file)) {
      names_.push_back(file);
      bytes_.push_back(mapped.bytes());
      return;
    }
    mapped_.pop_back();
    talk << file << ": cannot be read\n";
    *code = std::max(*code, 1);
  }

  void answer(Lab& lab, const HashWish& wish, int* code, std::ostream& out, std::ostream& talk) {
    const auto found = lab.examine_all(bytes_, false);
    if (!found) {
      talk << names_.front() << ": " << found.error().sentence << '\n';
      *code = 2;
      return;
    }
    for (std::size_t i = 0; i < names_.size(); ++i) {
      json::object line = hash_line(names_[i], (*found)[i]);
      if (wish.turns) add_turns((*found)[i], line);
      if (wish.as_json) {
        out << json::serialize(line) << '\n';
        continue;
      }
      out << hash_text(names_[i], (*found)[i]);
      for (std::size_t t = 1; wish.turns && t < (*found)[i].turns.size(); ++t)
        out << fmt::format("  {:<10} {}\n", kTurnNames[t], (*found)[i].turns[t]);
    }
    out << std::flush;
  }

  [[nodiscard]] bool empty() const { return names_.empty(); }

 private:
  std::deque<MappedFile> mapped_;
  std::vector<std::string> names_;
  std::vector<std::string_view> bytes_;
};
}  // namespace

bool MappedFile::open(const std::string& path) {
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat about{};
  if (descriptor_ < 0 || fstat(descriptor_, &about) != 0 || !S_ISREG(about.st_mode)) return false;
  const auto size = static_cast<std::size_t>(about.st_size);
  if (size == 0) return true;
  void* start = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor_, 0);
  if (start == MAP_FAILED) return false;
  bytes_ = {static_cast<const char*>(start), size};
  return true;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<char*>(bytes_.data()), bytes_.size());
  if (descriptor_ >= 0) close(descriptor_);
}

json::object hash_line(const std::string& file, const Findings& findings) {
  json::object line{{"file", file},
                    {"md5", findings.md5},
                    {"sha1", findings.sha1},
                    {"sha256", findings.sha256},
                    {"kind", findings.kind},
                    {"width", findings.width},
                    {"height", findings.height},
                    {"pdq_full", as_json(findings.full)},
                    {"pdq_nn512", as_json(findings.nn512)},
                    {"trouble", findings.trouble}};
  if (findings.full_shown) {
    line["orientation"] = findings.orientation;
    line["pdq_full_shown"] = as_json(findings.full_shown);
  }
  if (!findings.frames.empty()) {
    line["frames"] = json::value_from(vpdq_entries(findings.frames));
    line["seconds"] = findings.seconds;
    line["whole"] = findings.whole;
    line["key_frames"] = findings.key_frames;
  }
  return line;
}

std::string hash_text(const std::string& file, const Findings& findings) {
  std::string text = file + "\n  " + findings.kind;
  if (findings.width > 0) text += fmt::format(" {} x {}", findings.width, findings.height);
  if (!findings.trouble.empty()) text += "  (" + findings.trouble + ")";
  text += fmt::format("\n  {:<10} {}\n  {:<10} {}\n  {:<10} {}\n", "md5", findings.md5, "sha1",
                      findings.sha1, "sha256", findings.sha256);
  text += as_text("pdq", findings.full) + as_text("pdq nn512", findings.nn512) +
          as_text("pdq shown", findings.full_shown);
  if (!findings.frames.empty())
    text += fmt::format("  {} frames hashed of {:.1f} s{}{}\n", findings.frames.size(),
                        findings.seconds, findings.key_frames ? ", key frames only" : "",
                        findings.whole ? "" : ", not to its end");
  return text;
}

int hash_files(std::span<const std::string> files, Lab& lab, const HashWish& wish,
               std::ostream& out, std::ostream& talk) {
  int code = 0;
  for (std::size_t at = 0; at < files.size(); at += kAtOnce) {
    if (wish.progress) wish.progress(at, files.size());
    Batch batch;
    for (const auto& file : files.subspan(at, std::min(kAtOnce, files.size() - at)))
      batch.take(file, &code, talk);
    if (!batch.empty()) batch.answer(lab, wish, &code, out, talk);
  }
  if (wish.progress) wish.progress(files.size(), files.size());
  return code;
}

}  // namespace hotline::media
