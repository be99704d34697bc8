#include <cstdio>

#include "apps/hotline/commands.h"
#include "base/json.h"

namespace hotline::cli {

namespace {

void explain(const SettingSpec& spec) {
  std::printf("%s (%s)\n  %s\n  default: %s\n", std::string(spec.key).c_str(),
              std::string(name(spec.type)).c_str(), std::string(spec.meaning).c_str(),
              spec.initial.empty() ? "(empty)" : std::string(spec.initial).c_str());
}

int explain_all(const std::vector<std::string>& keys) {
  if (keys.empty()) {
    for (const SettingSpec& spec : all_settings()) explain(spec);
    return kGood;
  }
  for (const std::string& key : keys) {
    bool found = false;
    for (const SettingSpec& spec : all_settings()) {
      if (spec.key != key && !spec.key.starts_with(key + ".")) continue;
      explain(spec);
      found = true;
    }
    if (found) continue;
    auto settings = Settings::defaults();
    const Done done = settings ? settings->set(key, "") : Done(std::unexpected(settings.error()));
    return refuse(done ? "There is no setting " + key + "." : done.error().sentence);
  }
  return kGood;
}

/// All settings, commented out, each with its meaning: a start for hotline.toml.
int init() {
  std::string section;
  for (const SettingSpec& spec : all_settings()) {
    const auto dot = spec.key.find('.');
    if (const std::string_view now = spec.key.substr(0, dot); now != section) {
      section = now;
      std::printf("\n[%s]\n", section.c_str());
    }
    const bool bare = spec.type == SettingType::integer || spec.type == SettingType::flag;
    const std::string value =
        bare ? std::string(spec.initial) : json::serialize(json::value(spec.initial));
    std::printf("# %s\n# %s = %s\n", std::string(spec.meaning).c_str(),
                std::string(spec.key.substr(dot + 1)).c_str(), value.c_str());
  }
  return kGood;
}

int show(const Settings& settings, bool only_changed) {
  for (const SettingSpec& spec : all_settings()) {
    const std::string& value = settings.raw(spec.key);
    if (only_changed && value == spec.initial) continue;
    std::printf("%s = %s\n", std::string(spec.key).c_str(), value.c_str());
  }
  return kGood;
}

}  // namespace

int config(const Arguments& arguments) {
  const auto options = Options::read(arguments, {"config", "dir"}, {"effective"});
  if (!options) return refuse(options.error());
  const auto& words = options->words();
  if (words.empty())
    return refuse("Say check, show, explain or init; `hotline config --help` has examples.");
  if (words[0] == "explain") return explain_all({words.begin() + 1, words.end()});
  if (words[0] == "init") return init();
  const auto settings = settings_of(*options);
  if (!settings) return refuse(settings.error());
  if (words[0] == "show") return show(*settings, !options->has("effective"));
  if (words[0] != "check") return refuse("There is no `hotline config " + words[0] + "`.");
  std::fputs("The settings are good.\n", stderr);
  return kGood;
}

}  // namespace hotline::cli
