// The reference vectors of tests/media/vectors, as values.
#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/text.h"

namespace hotline::media {

inline std::string vector_file(const std::string& name) {
  std::ifstream file(std::string(HOTLINE_SOURCE_DIR) + "/tests/media/vectors/" + name,
                     std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string vector_picture(const std::string& name) {
  return vector_file("pictures/" + name);
}

/// The rows of a CSV without its heading; no field of these files has quotes.
inline std::vector<std::vector<std::string>> vector_rows(const std::string& name) {
  std::vector<std::vector<std::string>> rows;
  const std::string text = vector_file(name);
  bool heading = true;
  for (const auto line : split(text, '\n')) {
    if (!heading && !line.empty()) {
      auto& row = rows.emplace_back();
      for (const auto field : split(line, ',')) row.emplace_back(field);
    }
    heading = false;
  }
  return rows;
}

}  // namespace hotline::media
