// The commands of `hotline`, one file each. All of them: data on stdout, talk on
// stderr, --help that begins with examples, exit codes 0 (good), 1 (a warning, or
// the answer is no) and 2 (it failed, or was called wrongly).
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/settings.h"

namespace hotline::cli {

inline constexpr int kGood = 0, kWarning = 1, kFailed = 2;

using Arguments = std::vector<std::string>;

struct Command {
  std::string_view name;
  std::string_view summary;
  std::string_view help;  ///< Begins with examples.
  int (*run)(const Arguments& arguments);
};

/// All of them, in the order of the help.
[[nodiscard]] std::span<const Command> commands();

int serve(const Arguments& arguments);
int demo(const Arguments& arguments);
int doctor(const Arguments& arguments);
int migrate(const Arguments& arguments);
int config(const Arguments& arguments);
int user(const Arguments& arguments);
int member(const Arguments& arguments);
int receiver(const Arguments& arguments);
int agency(const Arguments& arguments);
int authority(const Arguments& arguments);
int routing(const Arguments& arguments);  // routing_command.cc
int known(const Arguments& arguments);
int portal(const Arguments& arguments);
int i18n(const Arguments& arguments);
int report(const Arguments& arguments);
int mailbox(const Arguments& arguments);
int audit(const Arguments& arguments);
int fetch(const Arguments& arguments);
int capture(const Arguments& arguments);
int firewall(const Arguments& arguments);
int evidence(const Arguments& arguments);
int media(const Arguments& arguments);
int match(const Arguments& arguments);
int version(const Arguments& arguments);

/// The packs that ship with the program go live, in this installation.
Done publish_demo_portals(const struct Installation& installation);

// --- shared by the commands -------------------------------------------------------------------

/// "--name value" and "--name=value" and "--flag"; what is left are the words.
class Options {
 public:
  /// `flags` take no value; anything that begins with "--" and is in neither list is `invalid`.
  static Result<Options> read(const Arguments& arguments, const std::vector<std::string>& valued,
                              const std::vector<std::string>& flags);
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::string get(std::string_view name, std::string_view otherwise = "") const;
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& words() const { return words_; }

 private:
  std::vector<std::pair<std::string, std::string>> values_;
  std::vector<std::string> words_;
};

/// Says what is wrong on stderr; gives kFailed.
int refuse(const Error& error);
int refuse(std::string_view sentence);

/// --config FILE, or /etc/hotline/hotline.toml if it is there, or defaults; then --dir. Relative
/// folders become absolute.
[[nodiscard]] Result<Settings> settings_of(const Options& options);
/// Writes all effective settings to PLACES.run/effective.toml, for the programs; gives its path.
[[nodiscard]] Result<std::string> write_effective(const Settings& settings);
/// The folder in which this program lies; its sisters lie beside it.
[[nodiscard]] std::string program_folder();

}  // namespace hotline::cli
