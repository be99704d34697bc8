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
  // The rest of a recipe (recipe.h); all empty: as anybody would come, with no past.
  std::vector<std::string> via = {};  ///< Pages visited before, in order; their cookies are kept.
  std::string cookies = {};           ///< "name=value; other=value", for the address's own host.
  std::string locale = {};            ///< "de-DE": the language that is asked for.
  std::string agent = {};             ///< Instead of our User-Agent.
  std::string exit = {};              ///< A name of net.exits (exits.h); empty: the usual one.
  bool exchanges = false;             ///< Keep the heads of all requests and answers (warc.h).
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

/// One request and its answer, as they were on the wire but for transfer encodings.
struct Exchange {
  static constexpr int kOwnBody = -1, kPageBody = 0;
  std::string url;
  std::string ip;
  std::string request;     ///< Head of the request.
  std::string response;    ///< Head of the answer.
  int body_of = kOwnBody;  ///< kPageBody: the body is Capture::page; n > 0: media[n - 1].
  std::string body;        ///< Otherwise, at most 64 KiB of it.
  bool cut = false;        ///< The body is not whole.
  std::int64_t at_us = 0;  ///< When it was asked.
};

/// What the browser loaded to show the page.
struct Resource {
  std::string url;
  std::string kind;  ///< "script", "image", "websocket" …
  std::string content_type;
  int status = 0;
};

/// By what the same site is known again under another name (fingerprint.h). Empty where the page
/// gives nothing to go by.
struct Fingerprints {
  std::string structure;  ///< 16 hex digits; near pages have near values.
  std::string paths;      ///< 16 hex digits, of the names of scripts, styles and pictures.
  std::string favicon;    ///< SHA-256 of the favicon, hex.
  std::vector<std::string> payments = {};  ///< SHA-256 of wallets, hex.
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
  std::string sentence;                  ///< Why, where the verdict is not `answered`.
  std::vector<Exchange> exchanges = {};  ///< Only if they were asked for.
  std::vector<Resource> resources = {};
  Fingerprints fingerprints = {};
  std::string exit = {};         ///< The name of the exit that the look took.
  std::string certificate = {};  ///< Of the last hop, as JSON text: subject, issuer, names, from,
                                 ///< until, serial, sha256. Empty without TLS.
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
