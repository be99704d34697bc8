#include "apps/hotline-fetch/web_request.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "base/crypto.h"
#include "base/text.h"
#include "net/page_parts.h"

namespace hotline::fetch {

namespace {

using std::string_view;

constexpr std::size_t kHeaderBytesMax = 128 * 1024;
constexpr int kStatusLinesMax = 10;
constexpr std::chrono::milliseconds kConnectTime{6000};
constexpr std::size_t kAsideBytesMax = 64 * 1024;
constexpr std::size_t kRatioMax = 100;
constexpr std::size_t kRatioFrom = 1 << 20;
constexpr std::array kPageHeaders = {
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
    "image/apng,*/*;q=0.8",
    "Upgrade-Insecure-Requests: 1"};
constexpr std::array kMediaHeaders = {
    "Accept: image/avif,image/webp,image/apng,image/svg+xml,image/*,video/*,*/*;q=0.8"};

// What tells who serves the page: kept for tracing a host behind a CDN.
bool names_the_server(string_view header) {
  constexpr std::array<string_view, 12> kKept = {"server",
                                                 "via",
                                                 "cf-ray",
                                                 "cf-cache-status",
                                                 "x-cache",
                                                 "x-served-by",
                                                 "x-powered-by",
                                                 "x-amz-cf-id",
                                                 "x-cdn",
                                                 "x-sucuri-id",
                                                 "x-akamai-transformed",
                                                 "x-backend"};
  return std::find(kKept.begin(), kKept.end(), header) != kKept.end();
}

struct Talk {
  CURL* curl;
  const url::Url& url;
  const net::Route& route;
  const Surroundings& around;
  Answer answer;
  std::size_t header_bytes = 0;
  int status_lines = 0;
};

url::IpAddress address_of(const sockaddr& address) {
  url::IpAddress ip;
  if (address.sa_family == AF_INET) {
    std::memcpy(ip.bytes.data(), &reinterpret_cast<const sockaddr_in&>(address).sin_addr, 4);
  } else {
    ip.v6 = true;
    std::memcpy(ip.bytes.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, 16);
  }
  return ip;
}

std::chrono::milliseconds connect_time(const Talk& talk) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      talk.around.limits.deadline - std::chrono::steady_clock::now());
  return std::clamp(left, std::chrono::milliseconds(1), kConnectTime);
}

// The last check, on the very numbers that are connected to; then the gate connects. In curl's DNS
// cache stands only what we pinned there; this holds even if that were not so.
curl_socket_t open_checked(void* to, curlsocktype, curl_sockaddr* where) {
  auto* talk = static_cast<Talk*>(to);
  auto& gate = talk->around.gate;
  if (talk->route.by_name) {
    auto socket = gate.connect_by_name(talk->url.host, talk->url.port, connect_time(*talk));
    if (!socket) talk->answer.trouble = socket.error().sentence;
    return socket ? socket->release() : CURL_SOCKET_BAD;
  }
  if ((where->family != AF_INET && where->family != AF_INET6) || where->socktype != SOCK_STREAM)
    return CURL_SOCKET_BAD;
  const auto ip = address_of(where->addr);
  const auto& checked = talk->route.ips;
  if (std::find(checked.begin(), checked.end(), ip) == checked.end() ||
      !talk->around.egress.may_connect(ip, talk->url.port))
    return CURL_SOCKET_BAD;
  auto socket = gate.connect(ip, talk->url.port, connect_time(*talk));
  if (!socket) {
    talk->answer.trouble = socket.error().sentence;
    return CURL_SOCKET_BAD;
  }
  talk->answer.ip = ip.text();
  talk->answer.connected = true;
  return socket->release();
}

int already_connected(void*, curl_socket_t, curlsocktype) {
  return CURL_SOCKOPT_ALREADY_CONNECTED;
}

// The request's head as it went out, for the archive.
int on_debug(CURL*, curl_infotype kind, char* bytes, std::size_t size, void* to) {
  auto* talk = static_cast<Talk*>(to);
  if (kind == CURLINFO_HEADER_OUT && talk->answer.request_head.size() + size < kHeaderBytesMax)
    talk->answer.request_head.append(bytes, size);
  return 0;
}

std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* to) {
  auto* talk = static_cast<Talk*>(to);
  auto& answer = talk->answer;
  const string_view line = trim(string_view(bytes, size * count));
  talk->header_bytes += size * count;
  if (line.starts_with("HTTP/")) {
    // An interim answer (1xx) may come first; its headers do not count.
    ++talk->status_lines;
    answer.location.clear();
    answer.content_type.clear();
    answer.server.clear();
    answer.response_head.clear();
  }
  if (talk->around.manner.exchanges && talk->header_bytes <= kHeaderBytesMax && !line.empty())
    answer.response_head += std::string(line) + "\r\n";
  if (talk->header_bytes > kHeaderBytesMax || talk->status_lines > kStatusLinesMax) {
    answer.cut = Cut::headers;
    return 0;
  }
  const auto colon = line.find(':');
  if (colon == string_view::npos) return size * count;
  const auto header = lower_ascii(line.substr(0, colon));
  const auto value = trim(line.substr(colon + 1));
  if (header == "location" && answer.location.empty()) answer.location = value;
  if (header == "content-type") answer.content_type = clip_utf8(clean_utf8(value), 200);
  if (names_the_server(header) && answer.server.size() < 12)
    answer.server[header] = clip_utf8(clean_utf8(value), 200);
  return size * count;
}

bool leads_on(CURL* curl) {
  long status = 0;
  ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return status >= 300 && status < 400;
}

std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* to) {
  auto* talk = static_cast<Talk*>(to);
  auto& answer = talk->answer;
  const auto length = size * count;
  // Where the answer leads elsewhere, what it says besides is not waited for.
  if (!answer.location.empty() && answer.body.size() > kAsideBytesMax && leads_on(talk->curl)) {
    answer.aside = true;
    return 0;
  }
  const bool media = net::is_media(answer.content_type, answer.body);
  const auto most = media ? talk->around.limits.media_size_max : talk->around.limits.page_size_max;
  const auto room = most - std::min(most, answer.body.size());
  const auto kept = std::min(length, room);
  if (talk->around.total.fetch_add(kept) + kept > talk->around.limits.total_size_max) {
    answer.cut = Cut::size;
    return 0;
  }
  answer.body.append(bytes, kept);
  if (kept < length) {
    answer.cut = Cut::size;
    return 0;
  }
  curl_off_t encoded = 0;
  ::curl_easy_getinfo(talk->curl, CURLINFO_SIZE_DOWNLOAD_T, &encoded);
  const auto wire = static_cast<std::size_t>(std::max<curl_off_t>(encoded, 1));
  if (answer.body.size() > kRatioFrom && answer.body.size() / kRatioMax > wire) {
    answer.cut = Cut::ratio;
    return 0;
  }
  return length;
}

// Bytes on the wire count too: a compressed body may never give a decoded byte.
int on_progress(void* to, curl_off_t, curl_off_t received, curl_off_t, curl_off_t) {
  auto* talk = static_cast<Talk*>(to);
  const auto most = std::max(talk->around.limits.media_size_max, talk->around.limits.page_size_max);
  if (static_cast<std::size_t>(received) <= most + kHeaderBytesMax) return 0;
  talk->answer.cut = Cut::size;
  return 1;
}

// With verification off, OpenSSL still says what it thinks of the certificate, if it is told the
// name to expect.
CURLcode on_tls(CURL*, void* context, void* to) {
  auto* talk = static_cast<Talk*>(to);
  auto* expected = ::SSL_CTX_get0_param(static_cast<SSL_CTX*>(context));
  if (const auto ip = talk->url.ip())
    ::X509_VERIFY_PARAM_set1_ip_asc(expected, ip->text().c_str());
  else
    ::X509_VERIFY_PARAM_set1_host(expected, talk->url.host.c_str(), 0);
  return CURLE_OK;
}

using Headers = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;

void append(Headers& list, const char* line) {
  list.reset(::curl_slist_append(list.release(), line));
}

Headers headers_for(const Want& want, const Manner& manner) {
  Headers list(nullptr, ::curl_slist_free_all);
  append(list, ("User-Agent: " + (manner.agent.empty() ? kBrowserAgent : manner.agent)).c_str());
  if (want.page)
    for (const char* line : kPageHeaders) append(list, line);
  else
    for (const char* line : kMediaHeaders) append(list, line);
  append(list, manner.locale.empty() ? "Accept-Language: en-GB,en;q=0.9"
                                     : ("Accept-Language: " + manner.locale).c_str());
  if (const auto referrer = url::parse(want.referrer))
    append(list, ("Referer: " + referrer->canonical()).c_str());
  return list;
}

// "gallery.example:80:192.0.2.7,2001:db8::7". Nothing for a literal, which needs no look-up.
Headers pinned(const url::Url& url, const net::Route& route) {
  Headers list(nullptr, ::curl_slist_free_all);
  if (url.ip()) return list;
  // Only so that curl asks nobody: the gate connects by name.
  if (route.by_name) {
    append(list, (url.host + ":" + std::to_string(url.port) + ":192.0.2.1").c_str());
    return list;
  }
  std::string entry = url.host + ":" + std::to_string(url.port) + ":";
  for (const auto& ip : route.ips) {
    if (entry.back() != ':' || &ip != &route.ips.front()) entry += ",";
    entry += ip.v6 ? "[" + ip.text() + "]" : ip.text();
  }
  append(list, entry.c_str());
  return list;
}

void set_walls(CURL* curl, Talk& talk) {
  ::curl_easy_setopt(curl, CURLOPT_PROXY, "");
  ::curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  ::curl_easy_setopt(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  ::curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_checked);
  ::curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &talk);
  ::curl_easy_setopt(curl, CURLOPT_SOCKOPTFUNCTION, already_connected);
  ::curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  ::curl_easy_setopt(curl, CURLOPT_HEADERDATA, &talk);
  ::curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  ::curl_easy_setopt(curl, CURLOPT_WRITEDATA, &talk);
  ::curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  ::curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  ::curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &talk);
  ::curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
  ::curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  ::curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, on_tls);
  ::curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, &talk);
  ::curl_easy_setopt(curl, CURLOPT_CERTINFO, 1L);
  ::curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 8000L);
  if (talk.around.jar != nullptr) {
    ::curl_easy_setopt(curl, CURLOPT_SHARE, talk.around.jar);
    ::curl_easy_setopt(curl, CURLOPT_COOKIEFILE, "");
  }
  if (talk.around.manner.exchanges) {
    ::curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
    ::curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, on_debug);
    ::curl_easy_setopt(curl, CURLOPT_DEBUGDATA, &talk);
  }
  ::curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 200L);
  ::curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 8L);
}

// What the server's own certificate says, verified or not: evidence of who runs it.
json::object certificate_of(CURL* curl) {
  curl_certinfo* chain = nullptr;
  if (::curl_easy_getinfo(curl, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == nullptr ||
      chain->num_of_certs < 1)
    return {};
  json::object shown;
  for (const curl_slist* line = chain->certinfo[0]; line != nullptr; line = line->next) {
    const string_view text = line->data;
    const auto colon = text.find(':');
    if (colon == string_view::npos) continue;
    const auto key = text.substr(0, colon);
    const auto value = text.substr(colon + 1);
    const auto keep = [&](const char* as, std::size_t most) {
      shown[as] = clip_utf8(clean_utf8(value), most);
    };
    if (key == "Subject") keep("subject", 300);
    if (key == "Issuer") keep("issuer", 300);
    if (key == "Serial Number") keep("serial", 80);
    if (key == "Start date") keep("from", 40);
    if (key == "Expire date") keep("until", 40);
    if (key == "X509v3 Subject Alternative Name") keep("names", 2000);
    if (key == "Cert") {
      std::string body(value);
      for (const char* mark : {"-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----", "\n"})
        body = replace_all(std::move(body), mark, "");
      if (const auto der = unbase64(trim(body))) shown["sha256"] = hex(crypto::sha256(*der));
    }
  }
  return shown;
}

void read_outcome(CURL* curl, CURLcode rc, Talk& talk) {
  auto& answer = talk.answer;
  long status = 0;
  ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  answer.timed_out = rc == CURLE_OPERATION_TIMEDOUT;
  answer.whole = rc == CURLE_OK;
  if (rc != CURLE_OK && (answer.trouble.empty() || answer.connected))
    answer.trouble = ::curl_easy_strerror(rc);
  long verified = X509_V_OK;
  ::curl_easy_getinfo(curl, CURLINFO_SSL_VERIFYRESULT, &verified);
  if (talk.url.scheme == "https") answer.shown_certificate = certificate_of(curl);
  if (talk.url.scheme == "https" && verified != X509_V_OK)
    answer.certificate = std::string("certificate: ") + ::X509_verify_cert_error_string(verified);
}

}  // namespace

Answer ask(void* handle, const url::Url& url, const net::Route& route, const Want& want,
           const Surroundings& around) {
  auto* curl = static_cast<CURL*>(handle);
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      around.limits.deadline - std::chrono::steady_clock::now());
  if (left.count() <= 0) return {.timed_out = true, .trouble = "Timeout was reached"};
  Talk talk{curl, url, route, around, {}};
  ::curl_easy_reset(curl);
  set_walls(curl, talk);
  const auto headers = headers_for(want, around.manner);
  const auto pins = pinned(url, route);
  ::curl_easy_setopt(curl, CURLOPT_URL, url.canonical().c_str());
  ::curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  ::curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  ::curl_easy_setopt(curl, CURLOPT_RESOLVE, pins.get());
  ::curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip, deflate, br");
  ::curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
  const CURLcode rc = ::curl_easy_perform(curl);
  read_outcome(curl, rc, talk);
  return std::move(talk.answer);
}

}  // namespace hotline::fetch
