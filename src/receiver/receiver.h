// Receiver: a hotline's notice comes in, the file goes away, a signed receipt goes out.
//
// What a host runs beside its web server. Obeys only pinned keys; answers a repeat with
// the receipt of the first time; takes away what an address leads to and what has a named
// digest, now and whenever such a file turns up later. Sends nothing by itself.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "http/http.h"
#include "push/push.h"
#include "receiver/config.h"
#include "receiver/deeds.h"
#include "receiver/shelf.h"

namespace hotline::receiver {

struct SignedReceipt {
  std::string body;
  push::Signature signature;
};

class Receiver {
 public:
  /// Makes the receiver's key at first. Errors as Deeds::open().
  [[nodiscard]] static Result<std::unique_ptr<Receiver>> open(Config config, const Clock& clock);

  /// Error `forbidden` for a signature that nobody trusted made, `invalid` for what is no notice,
  /// `unavailable` if the receipt cannot be kept: then it was not done for sure, and is repeated.
  Result<SignedReceipt> take(const push::Signature& signature, const std::string& body);
  /// Reads new files; takes away those whose digest a notice named. Gives how many.
  int rescan();

  [[nodiscard]] const std::string& public_key() const { return keys_.public_key; }
  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] std::size_t files() const { return shelf_.size(); }

 private:
  Receiver(Config config, const Clock& clock, crypto::SigningKeys keys);
  [[nodiscard]] bool is_trusted(const push::Signature& signature, const std::string& body) const;
  [[nodiscard]] std::string receipt_path(std::string_view id) const;
  [[nodiscard]] std::optional<SignedReceipt> earlier(std::string_view id) const;
  Done keep(std::string_view id, const SignedReceipt& receipt) const;
  std::vector<push::Action> take_away(const push::Notice& notice, Instant now);

  Config config_;
  const Clock& clock_;
  crypto::SigningKeys keys_;
  Shelf shelf_;
  std::unique_ptr<Deeds> deeds_;
  std::mutex mutex_;  ///< One notice at a time: the same one twice at once is one.
};

/// POST /v1/notices and GET /v1/key.
[[nodiscard]] http::Router receiver_router(Receiver& receiver);

}  // namespace hotline::receiver
