#include "tracing/origin.h"

#include "base/json.h"
#include "base/text.h"
#include "net/http_post.h"
#include "net/rdap.h"
#include "url/ip.h"
#include "url/url.h"

namespace hotline::tracing {

namespace {

constexpr std::size_t kAnswerBytesMax = 64 * 1024;

class PostingAsker final : public OriginAsker {
 public:
  PostingAsker(std::vector<OriginDoor> doors, crypto::SigningKeys keys, std::string hotline)
      : doors_(std::move(doors)), keys_(std::move(keys)), hotline_(std::move(hotline)) {}

  [[nodiscard]] bool knows(std::string_view cdn) const override { return door(cdn) != nullptr; }

  Result<OriginAnswer> ask(std::string_view cdn, std::string_view host, Instant now) override {
    const OriginDoor* at = door(cdn);
    if (at == nullptr) return fail(ErrorKind::not_found, "This proxy's operator gave no door.");
    const std::string nonce = hex(crypto::random_bytes(16));
    net::HttpPost post;
    post.url = at->address;
    post.body = json::serialize(json::object{{"protocol", kOriginProtocol},
                                             {"hotline", hotline_},
                                             {"host", std::string(host)},
                                             {"nonce", nonce},
                                             {"asked_at", rfc3339(now)}});
    post.headers = {
        {std::string(kOriginSignature), base64(crypto::sign(keys_, post.body))},
        {std::string(kOriginKey), base64(keys_.public_key)},
    };
    post.bytes_max = kAnswerBytesMax;
    TRY(answer, net::http_post(post));
    if (answer.status == 404)
      return fail(ErrorKind::not_found, "The proxy's operator knows no such host.");
    if (answer.status == 401 || answer.status == 403)
      return fail(ErrorKind::forbidden, "The proxy's operator refuses to answer us.");
    if (answer.status != 200)
      return fail(ErrorKind::unavailable, "The proxy's operator answered with status " +
                                              std::to_string(answer.status) + ".");
    const auto signature = answer.headers.find(lower_ascii(kOriginSignature));
    TRY(read,
        read_origin_answer(answer.body, signature == answer.headers.end() ? "" : signature->second,
                           at->public_key, nonce, host));
    read.source = url::parse(at->address)->origin();
    return read;
  }

 private:
  [[nodiscard]] const OriginDoor* door(std::string_view cdn) const {
    for (const auto& one : doors_)
      if (one.cdn == cdn) return &one;
    return nullptr;
  }
  std::vector<OriginDoor> doors_;
  crypto::SigningKeys keys_;
  std::string hotline_;
};

}  // namespace

Result<std::vector<OriginDoor>> parse_origin_doors(const std::vector<std::string>& lines) {
  std::vector<OriginDoor> doors;
  for (const auto& line : lines) {
    const auto bad = [&](const char* why) {
      return fail(ErrorKind::invalid,
                  "In tracing.origin_doors, " + line.substr(0, 60) + ": " + why);
    };
    const auto equals = line.find('=');
    if (equals == std::string::npos || equals == 0) return bad("say CDN=ADDRESS#KEY.");
    const auto hash = line.find('#');
    OriginDoor door{line.substr(0, equals), line.substr(equals + 1, hash - equals - 1), ""};
    if (hash != std::string::npos) {
      const auto key = unbase64(line.substr(hash + 1));
      if (!key || key->size() != 32) return bad("the key is not 32 bytes in base64.");
      door.public_key = *key;
    }
    const auto address = url::parse(door.address);
    if (!address) return bad("the address is no web address.");
    // Without TLS and without a signature anybody on the way could name an innocent origin.
    if (address->scheme != "https" && door.public_key.empty())
      return bad("an address without https needs a key.");
    doors.push_back(std::move(door));
  }
  return doors;
}

Result<crypto::SigningKeys> origin_keys(const std::string& path) {
  TRY(seed, crypto::key_file(path));
  return crypto::signing_keys_from_seed(seed.reveal());
}

std::unique_ptr<OriginAsker> open_origin_asker(std::vector<OriginDoor> doors,
                                               crypto::SigningKeys keys, std::string hotline) {
  return std::make_unique<PostingAsker>(std::move(doors), std::move(keys), std::move(hotline));
}

Result<OriginAnswer> read_origin_answer(std::string_view body, std::string_view signature_base64,
                                        std::string_view public_key, std::string_view nonce,
                                        std::string_view host) {
  const auto not_theirs = [] {
    return fail(ErrorKind::corrupt, "The answer about the origin is not the operator's.");
  };
  OriginAnswer answer;
  if (!public_key.empty()) {
    const auto signature = unbase64(signature_base64);
    if (!signature || !crypto::verify(public_key, body, *signature)) return not_theirs();
    answer.is_signed = true;
  }
  const auto parsed = parse_json(body);
  if (!parsed) return not_theirs();
  if (text_at(*parsed, "protocol") != kOriginProtocol || text_at(*parsed, "nonce") != nonce ||
      text_at(*parsed, "host") != host)
    return fail(ErrorKind::corrupt, "The answer about the origin is not to this question.");
  const auto* origin = member(*parsed, "origin");
  const auto ip = url::parse_ip(origin != nullptr ? text_at(*origin, "ip").value_or("") : "");
  if (!ip) return fail(ErrorKind::not_found, "The proxy's operator knows no origin.");
  answer.ip = ip->text();
  answer.contact = net::strict_email(text_at(*origin, "abuse").value_or("")).value_or("");
  answer.raw = clip_utf8(clean_utf8(body), kAnswerBytesMax);
  return answer;
}

}  // namespace hotline::tracing
