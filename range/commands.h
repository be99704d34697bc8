// What `hotline-range` can be asked to do. Each gives the program's exit code.
//
// 0 done · 1 the outside world failed · 2 asked wrongly. Data goes to stdout, talk to stderr.
#pragma once

#include <string>
#include <vector>

#include "range/world.h"

namespace hotline::range {

struct UpOptions {
  std::string dir;
  double speed = 1;
  int ready_fd = -1;  ///< Gets the line "ready" once every server answers.
};

/// Runs until SIGTERM or SIGINT, or until a server of the range has died.
int up(const World& world, const UpOptions& options);
/// Settings of a hotline that lives in the running range: KEY=VALUE lines. 1 while none is up.
int print_settings(const World& world, const std::string& dir);
int print_sites(const World& world);
/// The abuse mailboxes of all networks, one a line: a demo has confirmed them.
int print_contacts(const World& world);
/// The pictures that a demo knows already, as docs/formats/known-hashes.md has them.
int print_known(const World& world);
/// Writes one generated picture to stdout.
int print_picture(std::uint64_t seed, const std::string& form);
/// Letters in all mailboxes, or in one.
int print_mail(const std::string& dir, const std::string& mailbox);
int set_state(const World& world, const std::string& dir, const std::string& site,
              const std::string& state);
/// Does not come back if the program starts.
int run(const std::string& dir, const std::vector<std::string>& program);

}  // namespace hotline::range
