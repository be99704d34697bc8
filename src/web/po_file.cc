#include "web/po_file.h"

#include <filesystem>
#include <fstream>
#include <optional>

#include "base/text.h"

namespace hotline::web {

namespace {

std::optional<std::string> quoted(std::string_view line) {
  line = trim(line);
  if (line.size() < 2 || line.front() != '"' || line.back() != '"') return std::nullopt;
  line = line.substr(1, line.size() - 2);
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') return std::nullopt;
    if (line[i] != '\\') {
      text += line[i];
      continue;
    }
    if (++i == line.size()) return std::nullopt;
    text += line[i] == 'n' ? '\n' : line[i];
  }
  return text;
}

}  // namespace

std::string PoFile::head_value(std::string_view name) const {
  for (const auto line : split(head, '\n'))
    if (line.starts_with(name) && line.substr(name.size()).starts_with(':'))
      return std::string(trim(line.substr(name.size() + 1)));
  return "";
}

std::unexpected<Error> po_error(const std::string& path, int line, std::string_view why) {
  return fail(ErrorKind::invalid, std::filesystem::path(path).filename().string() + ", line " +
                                      std::to_string(line) + ": " + std::string(why) + ".");
}

Result<PoFile> read_po(const std::string& path) {
  std::ifstream file(path);
  PoFile read;
  std::string line;
  std::string* open = nullptr;  // What the next quoted line continues.
  for (int number = 1; std::getline(file, line); ++number) {
    const auto content = trim(line);
    if (content.empty() || content.starts_with('#')) continue;
    std::string_view rest = content;
    if (content.starts_with("msgid ")) {
      open = &read.entries.emplace_back(PoFile::Entry{"", "", number}).key;
      rest = content.substr(6);
    } else if (content.starts_with("msgstr ") && !read.entries.empty()) {
      open = &read.entries.back().text;
      rest = content.substr(7);
    }
    const auto part = quoted(rest);
    if (!part || open == nullptr) return po_error(path, number, "not understood");
    *open += *part;
  }
  if (!read.entries.empty() && read.entries.front().key.empty()) {
    read.head = std::move(read.entries.front().text);
    read.entries.erase(read.entries.begin());
  }
  return read;
}

}  // namespace hotline::web
