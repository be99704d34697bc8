#include "base/settings.h"

#define TOML_HEADER_ONLY 0
#include <toml++/toml.h>
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/text.h"

extern char** environ;

namespace hotline {

namespace {

const SettingSpec* find(std::string_view key) {
  for (const SettingSpec& spec : all_settings())
    if (spec.key == key) return &spec;
  return nullptr;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = corner + (a[i - 1] != b[j - 1]);
      corner = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, change}));
    }
  }
  return row.back();
}

std::string nearest(std::string_view key) {
  const auto specs = all_settings();
  return std::string(
      std::min_element(specs.begin(), specs.end(), [&](const auto& a, const auto& b) {
        return edit_distance(a.key, key) < edit_distance(b.key, key);
      })->key);
}

Done check(const SettingSpec& spec, std::string_view value) {
  const auto wrong = [&](std::string_view wanted) {
    return fail(ErrorKind::invalid,
                std::string(spec.key) + " must be " + std::string(wanted) + ".");
  };
  switch (spec.type) {
    case SettingType::integer:
      if (!parse_integer(value)) return wrong("a whole number");
      break;
    case SettingType::duration:
      if (!parse_duration(value)) return wrong("a duration like 90s, 15m, 24h or 7d");
      break;
    case SettingType::flag:
      if (value != "true" && value != "false") return wrong("true or false");
      break;
    case SettingType::text:
    case SettingType::list: break;
  }
  return {};
}

/// A TOML value as it would stand in the environment.
Result<std::string> as_text(std::string_view key, const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
  if (const auto flag = node.value_exact<bool>()) return std::string(*flag ? "true" : "false");
  if (const toml::array* array = node.as_array()) {
    std::vector<std::string> parts;
    for (const toml::node& part : *array) {
      TRY(text, as_text(key, part));
      parts.push_back(text);
    }
    return join(parts, ",");
  }
  return fail(ErrorKind::invalid, std::string(key) + " has a value of no known type.");
}

Done read_environment(Settings& settings) {
  constexpr std::string_view kPrefix = "HOTLINE__";
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view line(*entry);
    const auto equals = line.find('=');
    if (!line.starts_with(kPrefix) || equals == std::string_view::npos) continue;
    const std::string key =
        replace_all(lower_ascii(line.substr(kPrefix.size(), equals - kPrefix.size())), "__", ".");
    TRY_DONE(settings.set(key, line.substr(equals + 1)));
  }
  return {};
}

}  // namespace

std::string_view name(SettingType type) {
  switch (type) {
    case SettingType::text: return "text";
    case SettingType::integer: return "whole number";
    case SettingType::duration: return "duration";
    case SettingType::flag: return "true or false";
    case SettingType::list: return "list";
  }
  return "text";
}

Result<Settings> Settings::defaults() {
  Settings settings;
  for (const SettingSpec& spec : all_settings())
    settings.values_[std::string(spec.key)] = spec.initial;
  TRY_DONE(read_environment(settings));
  return settings;
}

Result<Settings> Settings::load(const std::string& path) {
  Settings settings;
  for (const SettingSpec& spec : all_settings())
    settings.values_[std::string(spec.key)] = spec.initial;
  try {
    const toml::table file = toml::parse_file(path);
    for (const auto& [section, body] : file) {
      const toml::table* table = body.as_table();
      if (!table)
        return fail(ErrorKind::invalid, "Settings stand in sections; '" +
                                            std::string(section.str()) +
                                            "' stands outside of one.");
      for (const auto& [key, node] : *table) {
        const std::string full = std::string(section.str()) + "." + std::string(key.str());
        TRY(value, as_text(full, node));
        TRY_DONE(settings.set(full, value));
      }
    }
  } catch (const toml::parse_error& trouble) {
    // toml++ reports a missing file the same way as a wrong one.
    const auto line = trouble.source().begin.line;
    if (line == 0) return fail(ErrorKind::not_found, "The settings file cannot be read.");
    return fail(ErrorKind::invalid, "The settings file is not TOML: line " + std::to_string(line) +
                                        ": " + std::string(trouble.description()) + ".");
  }
  TRY_DONE(read_environment(settings));
  return settings;
}

const std::string& Settings::raw(std::string_view key) const {
  const auto found = values_.find(key);
  CHECK(found != values_.end());
  return found->second;
}

std::string Settings::text(std::string_view key) const {
  return raw(key);
}
std::int64_t Settings::integer(std::string_view key) const {
  CHECK(find(key)->type == SettingType::integer);
  return *parse_integer(raw(key));
}
microseconds Settings::duration(std::string_view key) const {
  CHECK(find(key)->type == SettingType::duration);
  return *parse_duration(raw(key));
}
bool Settings::flag(std::string_view key) const {
  CHECK(find(key)->type == SettingType::flag);
  return raw(key) == "true";
}
std::vector<std::string> Settings::list(std::string_view key) const {
  CHECK(find(key)->type == SettingType::list);
  std::vector<std::string> parts;
  for (const std::string_view part : split(raw(key), ','))
    if (!trim(part).empty()) parts.emplace_back(trim(part));
  return parts;
}

Done Settings::set(std::string_view key, std::string_view value) {
  const SettingSpec* spec = find(key);
  if (!spec)
    return fail(ErrorKind::invalid, "There is no setting " + std::string(key) +
                                        "; the nearest is " + nearest(key) + ".");
  TRY_DONE(check(*spec, value));
  values_[std::string(key)] = value;
  return {};
}

Places places(const Settings& settings) {
  const std::string dir = settings.text("hotline.dir");
  return {dir,           dir + "/hotline.db", dir + "/evidence", dir + "/drop", dir + "/status",
          dir + "/keys", dir + "/run"};
}

Result<std::string> share_folder(const Settings& settings, const std::string& program_folder) {
  namespace fs = std::filesystem;
  if (const std::string set = settings.text("share.dir"); !set.empty()) return set;
  // An installed tree, then a build tree: build/bin and build/dev/bin lie below the sources.
  for (const char* up : {"/../share/hotline", "/../..", "/../../.."}) {
    std::error_code trouble;
    const fs::path folder = fs::weakly_canonical(program_folder + up, trouble);
    if (!trouble && fs::exists(folder / "schema", trouble) && fs::exists(folder / "web", trouble))
      return folder.string();
  }
  return fail(ErrorKind::not_found,
              "The folders web, policy and schema are not found; set share.dir.");
}

}  // namespace hotline
