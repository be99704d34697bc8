#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "apps/hotline/commands.h"
#include "base/json.h"

namespace hotline::cli {

namespace fs = std::filesystem;

Result<Options> Options::read(const Arguments& arguments, const std::vector<std::string>& valued,
                              const std::vector<std::string>& flags) {
  Options options;
  const auto in = [](const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (!argument.starts_with("--") || argument == "--") {
      options.words_.push_back(argument);
      continue;
    }
    const auto equals = argument.find('=');
    const std::string name = argument.substr(2, equals == argument.npos ? equals : equals - 2);
    if (in(flags, name)) {
      options.values_.emplace_back(name, "");
    } else if (in(valued, name) && equals != argument.npos) {
      options.values_.emplace_back(name, argument.substr(equals + 1));
    } else if (in(valued, name) && i + 1 < arguments.size()) {
      options.values_.emplace_back(name, arguments[++i]);
    } else {
      return fail(ErrorKind::invalid,
                  "There is no option --" + name + ", or its value is missing.");
    }
  }
  return options;
}

bool Options::has(std::string_view name) const {
  return std::any_of(values_.begin(), values_.end(),
                     [&](const auto& value) { return value.first == name; });
}

std::string Options::get(std::string_view name, std::string_view otherwise) const {
  for (const auto& [key, value] : values_)
    if (key == name) return value;
  return std::string(otherwise);
}

std::vector<std::string> Options::all(std::string_view name) const {
  std::vector<std::string> found;
  for (const auto& [key, value] : values_)
    if (key == name) found.push_back(value);
  return found;
}

int refuse(const Error& error) {
  return refuse(error.sentence);
}
int refuse(std::string_view sentence) {
  std::fprintf(stderr, "hotline: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
  return kFailed;
}

Result<Settings> settings_of(const Options& options) {
  constexpr const char* kUsual = "/etc/hotline/hotline.toml";
  std::string path = options.get("config");
  std::error_code trouble;
  if (path.empty() && fs::exists(kUsual, trouble)) path = kUsual;
  TRY(settings, path.empty() ? Settings::defaults() : Settings::load(path));
  if (options.has("dir")) TRY_DONE(settings.set("hotline.dir", options.get("dir")));
  TRY_DONE(settings.set("hotline.dir",
                        fs::absolute(settings.text("hotline.dir")).lexically_normal().string()));
  return settings;
}

Result<std::string> write_effective(const Settings& settings) {
  const Places at = places(settings);
  std::error_code trouble;
  fs::create_directories(at.run, trouble);
  const std::string path = at.run + "/effective.toml";
  std::ofstream out(path, std::ios::trunc);
  out << "# Written by hotline at each start: every setting as the programs read it.\n";
  std::string section;
  for (const SettingSpec& spec : all_settings()) {
    const auto dot = spec.key.find('.');
    if (const std::string_view now = spec.key.substr(0, dot); now != section) {
      section = now;
      out << "\n[" << section << "]\n";
    }
    // JSON's strings are TOML's basic strings.
    const std::string& raw = settings.raw(spec.key);
    const bool bare = spec.type == SettingType::integer || spec.type == SettingType::flag;
    out << spec.key.substr(dot + 1) << " = " << (bare ? raw : json::serialize(json::value(raw)))
        << "\n";
  }
  out.close();
  if (!out) return fail(ErrorKind::unavailable, "The folder " + at.run + " cannot be written.");
  return path;
}

std::string program_folder() {
  return fs::canonical("/proc/self/exe").parent_path().string();
}

}  // namespace hotline::cli
