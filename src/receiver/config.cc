#include "receiver/config.h"

#include <toml++/toml.h>
#include <filesystem>

#include "base/text.h"

namespace hotline::receiver {

namespace {

namespace fs = std::filesystem;

std::unexpected<Error> wrong(const std::string& what) {
  return fail(ErrorKind::invalid, "The receiver's settings: " + what);
}

std::vector<std::string> words_of(const toml::node_view<toml::node>& node) {
  std::vector<std::string> words;
  if (const auto* array = node.as_array())
    for (const auto& one : *array)
      if (const auto word = one.value<std::string>()) words.push_back(*word);
  return words;
}

Result<Site> site_of(toml::table& table) {
  Site site;
  for (const auto& host : words_of(table["hosts"])) site.hosts.push_back(lower_ascii(host));
  site.prefix = table["prefix"].value_or(std::string("/"));
  site.root = table["root"].value_or(std::string());
  if (site.hosts.empty()) return wrong("a [[site]] needs hosts, such as [\"images.isp.example\"].");
  if (!site.prefix.starts_with('/') || !site.prefix.ends_with('/'))
    return wrong("the prefix of a [[site]] begins and ends with '/'.");
  std::error_code trouble;
  if (site.root.empty() || !fs::is_directory(site.root, trouble))
    return wrong("the root of a [[site]] is not a folder.");
  site.root = fs::canonical(site.root, trouble).string();
  return site;
}

Result<Trusted> trusted_of(toml::table& table) {
  Trusted trusted;
  trusted.name = table["name"].value_or(std::string());
  const auto key = unbase64(table["key"].value_or(std::string()));
  if (!key || key->size() != 32)
    return wrong("the key of a [[trust]] is 32 bytes in base64: ask the hotline for it.");
  trusted.public_key = *key;
  return trusted;
}

Done read_policy(toml::table& table, Config& config) {
  const auto action = table["action"].value_or(std::string("keep"));
  if (action == "keep")
    config.policy = Policy::keep;
  else if (action == "remove")
    config.policy = Policy::remove;
  else if (action == "hook")
    config.policy = Policy::hook;
  else
    return wrong("action is keep, remove or hook.");
  config.hook = words_of(table["hook"]);
  if (config.policy == Policy::hook && config.hook.empty())
    return wrong("action = \"hook\" needs hook = [\"/path/of/a/program\"].");
  return {};
}

}  // namespace

Result<Config> load_config(const std::string& path) {
  std::error_code trouble;
  if (!fs::exists(path, trouble))
    return fail(ErrorKind::not_found, "There is no such file of settings.");
  toml::table table;
  try {
    table = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    return wrong("line " + std::to_string(error.source().begin.line) + ": " +
                 std::string(error.description()) + ".");
  }
  Config config;
  config.name = table["name"].value_or(std::string());
  config.listen = table["listen"].value_or(config.listen);
  config.port = table["port"].value_or(config.port);
  config.state = table["state"].value_or(std::string());
  config.rescan = std::chrono::seconds(table["rescan_seconds"].value_or(std::int64_t{600}));
  TRY_DONE(read_policy(table, config));
  if (auto* sites = table["site"].as_array())
    for (auto& one : *sites)
      if (auto* given = one.as_table()) {
        TRY(site, site_of(*given));
        config.sites.push_back(std::move(site));
      }
  if (auto* trusts = table["trust"].as_array())
    for (auto& one : *trusts)
      if (auto* given = one.as_table()) {
        TRY(trusted, trusted_of(*given));
        config.trusted.push_back(std::move(trusted));
      }
  if (config.name.empty()) return wrong("name is missing: what the receipts call you.");
  if (config.state.empty()) return wrong("state is missing: a folder for key and receipts.");
  if (config.sites.empty()) return wrong("there is no [[site]].");
  if (config.trusted.empty()) return wrong("there is no [[trust]]: nobody's notices are obeyed.");
  if (config.rescan < std::chrono::seconds(1)) return wrong("rescan_seconds is at least 1.");
  return config;
}

}  // namespace hotline::receiver
