// Fetcher: one look at a stranger's address, through the fetch jail.
//
// The real form spawns hotline-fetch for every look and talks to it over a pipe:
// this program never opens a connection to a reported address itself. Whatever
// the address answers is a value; only our own trouble is an error, so that our
// outage is never taken for a removal.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"

namespace hotline::net {

struct FetchRequest {
  std::string url;       ///< Canonical.
  std::string referrer;  ///< Sent only if not empty (a capture recipe).
  bool browser = true;   ///< Page and screenshot by the browser; false means plain HTTP only.
  bool media = true;     ///< Fetch the page's pictures and videos too.
};

/// What the other side did, spelled as stored.
enum class FetchVerdict : std::uint8_t {
  answered,   ///< A final HTTP answer came; see status.
  no_name,    ///< NXDOMAIN, or no address in the DNS.
  no_answer,  ///< Refused, reset, timed out while our canaries are not asked here.
  refused,    ///< We may not: not global, scheme, port, too many hops.
  too_large,  ///< A cap was reached; what came until then is kept.
};
[[nodiscard]] std::string_view name(FetchVerdict verdict);
[[nodiscard]] Result<FetchVerdict> parse_fetch_verdict(std::string_view text);

struct Hop {
  std::string url;
  std::string ip;
  int status = 0;
  std::string note;  ///< "certificate expired", "blocked: private network", or empty.
};

struct FetchedMedia {
  std::string url;
  std::string ip;
  int status = 0;
  std::string content_type;
  std::string bytes;  ///< Not decoded by anyone yet.
};

struct Capture {
  FetchVerdict verdict = FetchVerdict::no_answer;
  std::vector<Hop> hops;  ///< The first is the address itself.
  int status = 0;         ///< Of the last hop.
  std::string final_url;
  std::string content_type;
  std::string server;  ///< The Server header and CDN hints ("via", "cf-ray" …) as JSON text.
  std::string page;    ///< Bytes of the last answer.
  std::string title;
  std::string text;        ///< Visible text, at most 64 KiB, UTF-8.
  std::string screenshot;  ///< PNG by the browser, or empty.
  std::vector<FetchedMedia> media;
  std::string sentence;  ///< Why, where the verdict is not `answered`.
};

class Fetcher {
 public:
  virtual ~Fetcher() = default;
  /// Error `unavailable` if the jail itself failed (could not start, broke its protocol).
  virtual Result<Capture> look(const FetchRequest& request) = 0;
};

/// `program` is the path of hotline-fetch; it reads the same settings file and folder.
[[nodiscard]] std::unique_ptr<Fetcher> open_jailed_fetcher(const std::string& program,
                                                           const std::string& config_path,
                                                           microseconds deadline);

/// As hotline fetch --json prints it and as it crosses the pipe; bytes are counted, not shown.
[[nodiscard]] json::object summary(const Capture& capture);

}  // namespace hotline::net
