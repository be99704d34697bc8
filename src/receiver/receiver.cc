#include "receiver/receiver.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

namespace hotline::receiver {

namespace {

namespace fs = std::filesystem;
using push::Action;
using push::Deed;

std::string header_of(const http::Request& request, std::string_view name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? "" : found->second;
}

/// Whole and on the disk, or not there.
bool write_whole(const std::string& path, const std::string& bytes) {
  const std::string fresh = path + ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  const bool good = ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
                    ::fsync(fd) == 0;
  ::close(fd);
  return good && ::rename(fresh.c_str(), path.c_str()) == 0;
}

}  // namespace

Receiver::Receiver(Config config, const Clock& clock, crypto::SigningKeys keys)
    : config_(std::move(config)),
      clock_(clock),
      keys_(std::move(keys)),
      shelf_(config_.sites, config_.state + "/index") {}

Result<std::unique_ptr<Receiver>> Receiver::open(Config config, const Clock& clock) {
  std::error_code trouble;
  fs::create_directories(config.state + "/receipts", trouble);
  if (trouble)
    return fail(ErrorKind::unavailable, "The state folder of the receiver cannot be made.");
  TRY(seed, crypto::key_file(config.state + "/receiver.key"));
  std::unique_ptr<Receiver> receiver(
      new Receiver(std::move(config), clock, crypto::signing_keys_from_seed(seed.reveal())));
  TRY(deeds, Deeds::open(receiver->config_, receiver->shelf_));
  receiver->deeds_ = std::move(deeds);
  return receiver;
}

bool Receiver::is_trusted(const push::Signature& signature, const std::string& body) const {
  return std::any_of(config_.trusted.begin(), config_.trusted.end(), [&](const auto& one) {
    return push::verify(one.public_key, signature, body, clock_.now()).has_value();
  });
}

std::string Receiver::receipt_path(std::string_view id) const {
  return config_.state + "/receipts/" + hex(crypto::sha256(id)) + ".json";
}

std::optional<SignedReceipt> Receiver::earlier(std::string_view id) const {
  std::ifstream file(receipt_path(id), std::ios::binary);
  if (!file) return std::nullopt;
  std::stringstream text;
  text << file.rdbuf();
  return SignedReceipt{text.str(), {}};
}

Done Receiver::keep(std::string_view id, const SignedReceipt& receipt) const {
  if (write_whole(receipt_path(id), receipt.body)) return {};
  return fail(ErrorKind::unavailable, "The receipt cannot be kept.");
}

std::vector<Action> Receiver::take_away(const push::Notice& notice, Instant now) {
  std::vector<Action> actions;
  if (notice.kind == push::Kind::withdrawal) return deeds_->restore(notice.reference, now);
  std::set<std::string> taken;  // Digests that an address led to: no second line for them.
  for (const auto& location : notice.locations) {
    Action action{location, "", Deed::not_found};
    if (const auto file = shelf_.at(location)) {
      action.sha256 = shelf_.digest_of(*file).value_or("");
      action.deed = deeds_->take(notice.reference, location, *file, now);
    } else if (const auto line = deeds_->before(notice.reference, location, "")) {
      action.sha256 = line->sha256;
      action.deed = line->deed;
    }
    if (push::is_done(action.deed)) taken.insert(action.sha256);
    actions.push_back(std::move(action));
  }
  for (const auto& item : notice.items) {
    if (item.sha256.empty()) continue;
    bool found = false;
    for (const auto& file : shelf_.with_digest(item.sha256)) {
      // The index is as old as its last reading: what lies there now decides.
      if (shelf_.digest_of(file) != item.sha256) continue;
      found = true;
      actions.push_back({"", item.sha256, deeds_->take(notice.reference, "", file, now)});
    }
    if (found) continue;
    if (const auto line = deeds_->before(notice.reference, "", item.sha256))
      actions.push_back({"", item.sha256, line->deed});
    else if (!taken.contains(item.sha256))
      actions.push_back({"", item.sha256, Deed::not_found});
  }
  return actions;
}

Result<SignedReceipt> Receiver::take(const push::Signature& signature, const std::string& body) {
  if (!is_trusted(signature, body))
    return fail(ErrorKind::forbidden, "No key that is trusted here has signed this just now.");
  TRY(notice, push::parse_notice(body));
  if (notice.id != signature.id)
    return fail(ErrorKind::invalid, "The notice and its signature have different ids.");
  const std::lock_guard lock(mutex_);
  const Instant now = clock_.now();
  if (auto receipt = earlier(notice.id)) {
    receipt->signature = push::sign(keys_, notice.id, now, receipt->body);
    return std::move(*receipt);
  }
  if (notice.kind != push::Kind::withdrawal) TRY_DONE(deeds_->want(notice.reference, notice.items));
  push::Receipt receipt;
  receipt.id = notice.id;
  receipt.reference = notice.reference;
  receipt.notice_digest = hex(crypto::sha256(body));
  receipt.receiver = config_.name;
  receipt.received_at = now;
  receipt.actions = take_away(notice, now);
  receipt.finished_at = clock_.now();
  SignedReceipt signed_receipt{push::to_json(receipt), {}};
  TRY_DONE(keep(notice.id, signed_receipt));
  signed_receipt.signature = push::sign(keys_, notice.id, clock_.now(), signed_receipt.body);
  log::note("notice", {{"reference", notice.reference},
                       {"kind", name(notice.kind)},
                       {"disabled", receipt.count(Deed::disabled)},
                       {"removed", receipt.count(Deed::removed)},
                       {"hooked", receipt.count(Deed::hooked)},
                       {"restored", receipt.count(Deed::restored)},
                       {"not_found", receipt.count(Deed::not_found)},
                       {"failed", receipt.count(Deed::failed)}});
  return signed_receipt;
}

int Receiver::rescan() {
  int taken = 0;
  for (const auto& file : shelf_.rescan()) {
    const auto digest = shelf_.digest_of(file);
    const std::string reference = digest ? deeds_->wanted(*digest) : "";
    if (reference.empty()) continue;
    const std::lock_guard lock(mutex_);
    const Deed deed = deeds_->take(reference, "", file, clock_.now());
    log::note("came_back", {{"reference", reference}, {"deed", name(deed)}});
    taken += push::is_done(deed) ? 1 : 0;
  }
  return taken;
}

http::Router receiver_router(Receiver& receiver) {
  http::Router router;
  router.on("POST", std::string(push::kNoticesPath), [&receiver](const http::Request& request) {
    const push::Signature signature{header_of(request, "webhook-id"),
                                    header_of(request, "webhook-timestamp"),
                                    header_of(request, "webhook-signature")};
    const auto receipt = receiver.take(signature, request.body);
    if (!receipt) return http::problem(receipt.error());
    return http::json_text(receipt->body)
        .header("webhook-id", receipt->signature.id)
        .header("webhook-timestamp", receipt->signature.timestamp)
        .header("webhook-signature", receipt->signature.value);
  });
  router.on("GET", "/v1/key", [&receiver](const http::Request&) {
    return http::json_text(json::serialize(json::object{{"receiver", receiver.config().name},
                                                        {"key", base64(receiver.public_key())}}));
  });
  return router;
}

}  // namespace hotline::receiver
