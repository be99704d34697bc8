// Settings: everything a hotline may decide, as data.
//
// Each setting is described once, in settings_table.cc: key, type, default and
// meaning. The parser, `hotline config explain` and the manual all read that
// table. Order: default < TOML file < HOTLINE__SECTION__KEY in the environment.
// An unknown key or a wrong type is an error that names the nearest known key.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace hotline {

enum class SettingType : std::uint8_t { text, integer, duration, flag, list };
[[nodiscard]] std::string_view name(SettingType type);

struct SettingSpec {
  std::string_view key;  ///< "section.name"
  SettingType type;
  std::string_view initial;  ///< As it would stand in the environment; a list has commas between.
  std::string_view meaning;  ///< One sentence for the person who installs it, unit included.
};

/// The whole table, sorted by key.
[[nodiscard]] std::span<const SettingSpec> all_settings();

class Settings {
 public:
  /// Only defaults and the environment.
  [[nodiscard]] static Result<Settings> defaults();
  /// `path` is a TOML file. Error `invalid` names the key; `not_found` if there is no file.
  [[nodiscard]] static Result<Settings> load(const std::string& path);

  // The key must stand in the table with that type: anything else is a bug (CHECK).
  [[nodiscard]] std::string text(std::string_view key) const;
  [[nodiscard]] std::int64_t integer(std::string_view key) const;
  [[nodiscard]] microseconds duration(std::string_view key) const;
  [[nodiscard]] bool flag(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> list(std::string_view key) const;

  /// As the environment would. Error `invalid` if the key is unknown or the value has another type.
  Done set(std::string_view key, std::string_view value);
  /// The value as text; the key must stand in the table.
  [[nodiscard]] const std::string& raw(std::string_view key) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// Where the parts of one installation lie, all below `hotline.dir`.
struct Places {
  std::string dir, database, evidence, drop, status, keys, run;
};
[[nodiscard]] Places places(const Settings& settings);

/// web/, policy/ and schema/ of this installation: share.dir, or the first folder above the
/// program that has them. Error `not_found`.
[[nodiscard]] Result<std::string> share_folder(const Settings& settings,
                                               const std::string& program_folder);

}  // namespace hotline
