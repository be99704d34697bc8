#include "range/origin_desk.h"

#include "base/json.h"
#include "base/text.h"

namespace hotline::range {
namespace {

http::Response plain(int status, const json::object& body) {
  http::Response response;
  response.status = status;
  response.header("Content-Type", "application/json");
  response.body = json::serialize(body);
  return response;
}

/// Whether whoever asks holds the key that they name. Which keys may ask is the operator's policy;
/// this one answers every hotline that signs.
bool is_signed(const http::Request& request) {
  const auto key_line = request.headers.find("hotline-key");
  const auto signature_line = request.headers.find("hotline-signature");
  if (key_line == request.headers.end() || signature_line == request.headers.end()) return false;
  const auto key = unbase64(key_line->second);
  const auto signature = unbase64(signature_line->second);
  return key && signature && key->size() == 32 && crypto::verify(*key, request.body, *signature);
}

}  // namespace

crypto::SigningKeys desk_keys() {
  return crypto::signing_keys_from_seed(crypto::sha256("the disclosure desk of the range"));
}

http::Router origin_desk(const World& world) {
  http::Router router;
  router.on("POST", "/origin", [&world](const http::Request& request) {
    if (!is_signed(request)) return plain(403, {{"error", "not signed"}});
    const auto question = parse_json(request.body);
    if (!question || text_at(*question, "protocol") != "hotline-origin/1")
      return plain(400, {{"error", "no question"}});
    const auto host = text_at(*question, "host").value_or("");
    const auto* site = world.site(host);
    if (site == nullptr || site->origin.empty()) return plain(404, {{"error", "no such host"}});
    const auto* holder = world.holder(site->origin);
    auto response = plain(
        200,
        {{"protocol", "hotline-origin/1"},
         {"nonce", text_at(*question, "nonce").value_or("")},
         {"host", host},
         {"origin", {{"ip", site->origin}, {"abuse", holder != nullptr ? holder->abuse : ""}}}});
    response.header("Hotline-Signature", base64(crypto::sign(desk_keys(), response.body)));
    return response;
  });
  return router;
}

}  // namespace hotline::range
