#include "net/s3.h"

#include <curl/curl.h>

#include <algorithm>
#include <ctime>
#include <memory>

#include "base/crypto.h"
#include "base/text.h"
#include "net/curl_start.h"
#include "url/url.h"

namespace hotline::net {

namespace {

using std::string_view;

constexpr std::size_t kAnswerBytesMax = 300u << 20;

std::string stamp_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[20];
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
  return text;
}

struct Upload {
  string_view left;
};

std::size_t give(char* to, std::size_t size, std::size_t count, void* from) {
  auto* upload = static_cast<Upload*>(from);
  const auto length = std::min(size * count, upload->left.size());
  std::copy_n(upload->left.begin(), length, to);
  upload->left.remove_prefix(length);
  return length;
}

std::size_t keep(char* bytes, std::size_t, std::size_t count, void* to) {
  auto* body = static_cast<std::string*>(to);
  if (body->size() + count > kAnswerBytesMax) return 0;
  body->append(bytes, count);
  return count;
}

// Names are ours: letters, digits, "_", "-" and "/". Anything else would need escaping twice.
bool plain_name(string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == '/';
  });
}

}  // namespace

std::string s3_authorization(const SigningRequest& r) {
  const auto day = std::string(r.stamp.substr(0, 8));
  const auto scope = day + "/" + std::string(r.region) + "/s3/aws4_request";
  constexpr string_view kSigned = "host;x-amz-content-sha256;x-amz-date";
  std::string canonical(r.verb);
  canonical.append("\n").append(r.path).append("\n\nhost:").append(r.host);
  canonical.append("\nx-amz-content-sha256:").append(r.body_sha256);
  canonical.append("\nx-amz-date:").append(r.stamp).append("\n\n").append(kSigned);
  canonical.append("\n").append(r.body_sha256);
  const auto to_sign = "AWS4-HMAC-SHA256\n" + std::string(r.stamp) + "\n" + scope + "\n" +
                       hex(crypto::sha256(canonical));
  std::string key = "AWS4" + std::string(r.secret);
  for (const auto& part :
       {day, std::string(r.region), std::string("s3"), std::string("aws4_request"), to_sign})
    key = crypto::hmac_sha256(key, part);
  return "AWS4-HMAC-SHA256 Credential=" + std::string(r.access) + "/" + scope +
         ",SignedHeaders=" + std::string(kSigned) + ",Signature=" + hex(key);
}

Result<S3> S3::open(S3Place place) {
  const auto url = url::parse(place.url);
  if (!url || url->path.size() < 2 || !url->query.empty() || !plain_name(url->path))
    return fail(ErrorKind::invalid, "The place for evidence is not https://SERVER/BUCKET.");
  S3 s3(std::move(place));
  s3.origin_ = url->origin();
  s3.host_ = url->origin().substr(url->scheme.size() + 3);
  s3.path_ = url->path;
  while (s3.path_.ends_with('/')) s3.path_.pop_back();
  return s3;
}

Result<S3::Reply> S3::ask(string_view verb, string_view name, string_view body) const {
  if (!plain_name(name)) return fail(ErrorKind::invalid, "This is no name of an object.");
  start_curl();
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(::curl_easy_init(), ::curl_easy_cleanup);
  if (!curl) return fail(ErrorKind::unavailable, "The HTTP client could not start.");
  const auto path = path_ + "/" + std::string(name);
  const auto digest = hex(crypto::sha256(body));
  const auto stamp = stamp_now();
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(nullptr, ::curl_slist_free_all);
  for (const auto& line :
       {"x-amz-content-sha256: " + digest, "x-amz-date: " + stamp, std::string("Expect:"),
        "Authorization: " + s3_authorization({.verb = verb,
                                              .host = host_,
                                              .path = path,
                                              .body_sha256 = digest,
                                              .stamp = stamp,
                                              .region = place_.region,
                                              .access = place_.access,
                                              .secret = place_.secret.reveal()})})
    headers.reset(::curl_slist_append(headers.release(), line.c_str()));
  Upload upload{body};
  Reply reply;
  ::curl_easy_setopt(curl.get(), CURLOPT_URL, (origin_ + path).c_str());
  ::curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, std::string(verb).c_str());
  ::curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  ::curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  ::curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(place_.time.count()));
  ::curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, keep);
  ::curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &reply.body);
  if (verb == "HEAD") ::curl_easy_setopt(curl.get(), CURLOPT_NOBODY, 1L);
  if (verb == "PUT") {
    ::curl_easy_setopt(curl.get(), CURLOPT_UPLOAD, 1L);
    ::curl_easy_setopt(curl.get(), CURLOPT_READFUNCTION, give);
    ::curl_easy_setopt(curl.get(), CURLOPT_READDATA, &upload);
    ::curl_easy_setopt(curl.get(), CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(body.size()));
  }
  const CURLcode rc = ::curl_easy_perform(curl.get());
  if (rc != CURLE_OK)
    return fail(ErrorKind::unavailable, std::string("The object store gave no whole answer: ") +
                                            ::curl_easy_strerror(rc) + ".");
  long status = 0;
  ::curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  reply.status = static_cast<int>(status);
  if (status == 401 || status == 403)
    return fail(ErrorKind::forbidden, "The object store does not accept our key.");
  if (status != 404 && (status < 200 || status >= 300))
    return fail(ErrorKind::unavailable,
                "The object store answered " + std::to_string(status) + ".");
  return reply;
}

Done S3::put(string_view name, string_view bytes) const {
  TRY(reply, ask("PUT", name, bytes));
  if (reply.status == 404)
    return fail(ErrorKind::unavailable, "The object store has no such bucket.");
  return {};
}

Result<std::optional<std::string>> S3::get(string_view name) const {
  TRY(reply, ask("GET", name, ""));
  if (reply.status == 404) return std::optional<std::string>();
  return std::optional(std::move(reply.body));
}

Result<bool> S3::has(string_view name) const {
  TRY(reply, ask("HEAD", name, ""));
  return reply.status != 404;
}

Done S3::remove(string_view name) const {
  TRY_DONE(ask("DELETE", name, ""));
  return {};
}

}  // namespace hotline::net
