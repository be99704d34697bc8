// Storing what was seen of a film, and how a turned picture looks upright. No rules here.
#pragma once

#include <optional>
#include <string>

#include "casework/casework.h"
#include "db/db.h"

namespace hotline::casework {

struct Film {
  ItemId item;
  std::string frames;  ///< vPDQ lines (media/vpdq.h).
  std::int64_t milliseconds = 0;
  bool whole = true;        ///< False: the look ended early.
  bool key_frames = false;  ///< Too long: only its key frames were looked at.
  std::string tmk;          ///< Evidence id of its TMK vector, or empty.
};

struct ShownHash {
  std::string pdq;  ///< Profile FULL of the upright picture.
  int quality = 0;
};

class FilmStore {
 public:
  explicit FilmStore(db::Transaction& tx) : tx_(tx) {}

  /// Nothing happens if the item has one.
  Done add(const Film& film);
  Result<std::optional<Film>> film(const ItemId& item);

  Done add_shown(const ItemId& item, const ShownHash& shown);
  Result<std::optional<ShownHash>> shown(const ItemId& item);

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::casework
