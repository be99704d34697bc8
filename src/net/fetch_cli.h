// `hotline fetch URL --json`: one look from the shell, printed as summary().
#pragma once

#include <string>

#include "net/fetcher.h"

namespace hotline::net {

struct FetchCommand {
  std::string address;  ///< As a reporter would give it.
  std::string referrer;
  bool browser = true;
  bool media = true;
  bool json = false;  ///< Else a few lines for people, addresses defanged.
};

/// What to print, with a line break at its end. Error as parse_reported() and Fetcher::look().
[[nodiscard]] Result<std::string> fetch_command(Fetcher& fetcher, const FetchCommand& command);

}  // namespace hotline::net
