// WARC 1.1 (ISO 28500:2017): a capture as archives, courts and other tools read it.
//
// One file holds who made it, each request with its answer, the browser's picture
// of the page, and what we made of it. Bodies stand as they were after decoding;
// the headers that described the encoding keep their values under the prefix
// X-Archive-Orig-. Each block carries its SHA-256, so that anybody can check it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "net/recipe.h"

namespace hotline::net {

struct WarcAbout {
  std::string address;  ///< What was asked for.
  std::string maker;    ///< "Hotline 0.1 (organisation)".
  Recipe recipe;
  Instant at{};
};

/// `capture` must have been asked for with its exchanges.
[[nodiscard]] std::string write_warc(const Capture& capture, const WarcAbout& about);

struct WarcRecord {
  std::string type;  ///< "response" …
  std::string id, date, target;
  std::string content_type;
  std::string_view block;  ///< Into the file's bytes.
  bool checked = false;    ///< It has a block digest of a kind we know, and it is right.
};

/// All records of a file that is not compressed. Error `invalid` says at which byte it breaks the
/// format, `corrupt` which record has another digest than it says.
[[nodiscard]] Result<std::vector<WarcRecord>> read_warc(std::string_view file);

}  // namespace hotline::net
