#include "casework/film_store.h"

namespace hotline::casework {

Done FilmStore::add(const Film& film) {
  TRY_DONE(tx_.run(R"sql(
    INSERT INTO film (item, frames, milliseconds, whole, key_frames, tmk)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (item) DO NOTHING)sql",
                   {film.item.str(), film.frames, film.milliseconds, std::int64_t{film.whole},
                    std::int64_t{film.key_frames}, film.tmk}));
  return {};
}

Result<std::optional<Film>> FilmStore::film(const ItemId& item) {
  TRY(rows, tx_.run(R"sql(
    SELECT frames, milliseconds, whole, key_frames, tmk FROM film WHERE item = $1)sql",
                    {item.str()}));
  if (rows.empty()) return std::optional<Film>();
  const auto& row = rows.front();
  return std::optional(Film{item, row.text(0), row.integer(1), row.integer(2) != 0,
                            row.integer(3) != 0, row.text(4)});
}

Done FilmStore::add_shown(const ItemId& item, const ShownHash& shown) {
  TRY_DONE(tx_.run(R"sql(
    INSERT INTO item_shown (item, pdq, quality) VALUES ($1, $2, $3)
    ON CONFLICT (item) DO NOTHING)sql",
                   {item.str(), shown.pdq, std::int64_t{shown.quality}}));
  return {};
}

Result<std::optional<ShownHash>> FilmStore::shown(const ItemId& item) {
  TRY(rows, tx_.run("SELECT pdq, quality FROM item_shown WHERE item = $1", {item.str()}));
  if (rows.empty()) return std::optional<ShownHash>();
  return std::optional(ShownHash{rows.front().text(0), static_cast<int>(rows.front().integer(1))});
}

}  // namespace hotline::casework
