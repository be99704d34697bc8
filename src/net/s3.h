// S3: objects in a bucket of any server that speaks Amazon's protocol (Ceph, MinIO, Garage ...).
//
// Four verbs over one bucket, path-style addresses, signature version 4. Bodies are
// whole in memory: evidence is sealed object by object, each below a capture's
// size. What an object is called and that it is sealed is evidence/'s business.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/sensitive.h"

namespace hotline::net {

struct S3Place {
  std::string url;     ///< "https://s3.example/bucket", perhaps with a prefix after it.
  std::string region;  ///< What the signature names; most servers take any.
  std::string access;
  Sensitive<std::string> secret;
  std::chrono::milliseconds time{60'000};
};

class S3 {
 public:
  /// Error `invalid` if the URL is no http or https address with a bucket.
  [[nodiscard]] static Result<S3> open(S3Place place);

  // All are safe to call from several threads. Error `unavailable` if the server cannot be reached
  // or has trouble, `forbidden` if it does not accept the key.

  Done put(std::string_view name, std::string_view bytes) const;
  /// Nothing if there is no such object.
  [[nodiscard]] Result<std::optional<std::string>> get(std::string_view name) const;
  [[nodiscard]] Result<bool> has(std::string_view name) const;
  /// Good too if there was none.
  Done remove(std::string_view name) const;

 private:
  struct Reply {
    int status = 0;
    std::string body;
  };
  explicit S3(S3Place place) : place_(std::move(place)) {}
  [[nodiscard]] Result<Reply> ask(std::string_view verb, std::string_view name,
                                  std::string_view body) const;

  S3Place place_;
  std::string origin_, host_, path_;
};

/// The Authorization header of signature version 4, for tests against Amazon's own examples.
struct SigningRequest {
  std::string_view verb, host, path, body_sha256, stamp;  ///< stamp: "20130524T000000Z".
  std::string_view region, access, secret;
};
[[nodiscard]] std::string s3_authorization(const SigningRequest& request);

}  // namespace hotline::net
