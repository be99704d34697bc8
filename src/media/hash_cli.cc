#include "media/hash_cli.h"

#include <fstream>
#include <iterator>
#include <ostream>

namespace hotline::media {

namespace {
json::value as_json(const std::optional<PdqHash>& pdq) {
  if (!pdq) return nullptr;
  return json::object{{"hash", pdq->hex}, {"quality", pdq->quality}};
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  // A folder opens, but does not read.
  if (!file || (file.peek(), file.bad())) return std::nullopt;
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) return std::nullopt;
  return bytes;
}
}  // namespace

json::object hash_line(const std::string& file, const Findings& findings) {
  return {{"file", file},
          {"md5", findings.md5},
          {"sha1", findings.sha1},
          {"sha256", findings.sha256},
          {"kind", findings.kind},
          {"width", findings.width},
          {"height", findings.height},
          {"pdq_full", as_json(findings.full)},
          {"pdq_nn512", as_json(findings.nn512)},
          {"trouble", findings.trouble}};
}

int hash_files(std::span<const std::string> files, Lab& lab, std::ostream& out,
               std::ostream& talk) {
  int code = 0;
  for (const auto& file : files) {
    const auto bytes = read_file(file);
    if (!bytes) {
      talk << file << ": cannot be read\n";
      code = 1;
      continue;
    }
    const auto findings = lab.examine(*bytes, false);
    if (!findings) {
      talk << file << ": " << findings.error().sentence << '\n';
      code = 1;
      continue;
    }
    out << json::serialize(hash_line(file, *findings)) << '\n' << std::flush;
  }
  return code;
}

}  // namespace hotline::media
