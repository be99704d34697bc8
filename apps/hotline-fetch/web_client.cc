#include "apps/hotline-fetch/web_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "apps/hotline-fetch/timed.h"
#include "apps/hotline-fetch/web_request.h"
#include "base/text.h"
#include "net/curl_start.h"
#include "net/page_parts.h"

namespace hotline::fetch {

namespace {

using net::FetchVerdict;

constexpr std::size_t kHopsMax = 11;  // The address and ten redirects.
constexpr std::size_t kCrewMax = 12;
constexpr int kPerHostMax = 6;
constexpr std::size_t kOwnBodyMax = 64 * 1024;
constexpr std::size_t kRefreshBytesMax = 256 * 1024;

using Easy = std::unique_ptr<CURL, void (*)(CURL*)>;

Easy easy_handle() {
  net::start_curl();
  return {::curl_easy_init(), ::curl_easy_cleanup};
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

const char* sentence_for(Cut cut) {
  switch (cut) {
    case Cut::none: return "";
    case Cut::size: return "The answer is larger than the limit; the rest was not read.";
    case Cut::ratio: return "The answer grew more than a hundredfold when decoded; not read on.";
    case Cut::headers: return "The answer has too many headers.";
  }
  return "";
}

// What the last answer means for the look.
void conclude(Got& got, Answer&& answer) {
  got.status = answer.status;
  got.content_type = std::move(answer.content_type);
  got.server = json::serialize(answer.server);
  got.certificate =
      answer.shown_certificate.empty() ? "" : json::serialize(answer.shown_certificate);
  got.body = std::move(answer.body);
  if (answer.cut != Cut::none) {
    got.verdict = FetchVerdict::too_large;
    got.sentence = sentence_for(answer.cut);
  } else if (answer.whole) {
    got.verdict = FetchVerdict::answered;
  } else if (answer.status >= 200) {
    // The status is known, and it is what decides whether an item is still there.
    got.verdict = FetchVerdict::answered;
    got.sentence = "The answer did not end: " + answer.trouble + ".";
  } else {
    got.verdict = FetchVerdict::no_answer;
    got.status = 0;
    got.sentence = "No answer came: " + answer.trouble + ".";
  }
}

void give_up(Got& got, FetchVerdict verdict, std::string note) {
  got.verdict = verdict;
  got.sentence = std::move(note);
  if (!got.hops.empty() && got.hops.back().note.empty()) got.hops.back().note = got.sentence;
}

void lock_jar(CURL*, curl_lock_data, curl_lock_access, void* mutex) {
  static_cast<std::mutex*>(mutex)->lock();
}

void unlock_jar(CURL*, curl_lock_data, void* mutex) {
  static_cast<std::mutex*>(mutex)->unlock();
}

// Netscape's format of a cookie file: host, whole domain, path, secure, end, name, value.
void add_cookies(CURLSH* jar, const Manner& manner) {
  const auto curl = easy_handle();
  ::curl_easy_setopt(curl.get(), CURLOPT_SHARE, jar);
  for (const auto cookie : split(manner.cookies, ';')) {
    const auto equals = cookie.find('=');
    if (equals == std::string_view::npos || cookie.find_first_of("\t\r\n") != cookie.npos) continue;
    const auto line = manner.cookies_for.host + "\tFALSE\t/\tFALSE\t0\t" +
                      std::string(trim(cookie.substr(0, equals))) + "\t" +
                      std::string(trim(cookie.substr(equals + 1)));
    ::curl_easy_setopt(curl.get(), CURLOPT_COOKIELIST, line.c_str());
  }
}

// A refresh stands in the head of a page, if anywhere.
std::optional<std::string> refresh_of(const url::Url& url, const Answer& answer,
                                      TimePoint deadline) {
  const auto parts = within(deadline, [url, html = answer.body.substr(0, kRefreshBytesMax),
                                       charset = net::charset_of(answer.content_type)] {
    return net::read_page(url, html, charset, 0);
  });
  if (!parts || !parts->refresh) return std::nullopt;
  return parts->refresh->canonical();
}

// Where an answer leads on, if it does: by its status, or by a refresh, which the hop then notes.
std::optional<std::string> leads_to(const url::Url& url, const Answer& answer, const Want& want,
                                    TimePoint deadline, net::Hop& hop) {
  if (is_redirect(answer.status) && !answer.location.empty()) return answer.location;
  if (!want.page || !answer.whole || !net::is_page(answer.content_type, answer.body))
    return std::nullopt;
  const auto refresh = refresh_of(url, answer, deadline);
  if (!refresh || *refresh == url.canonical()) return std::nullopt;
  hop.note = hop.note.empty() ? "page refresh" : hop.note + "; page refresh";
  return refresh;
}

// Half a picture is of no use to anybody, and hundreds of them fill the memory. Gives how many
// bytes were dropped.
std::size_t drop_half(Got& got) {
  if (got.verdict == FetchVerdict::answered && got.sentence.empty()) return 0;
  const auto dropped = got.body.size();
  std::string().swap(got.body);
  return dropped;
}

net::Exchange exchange_of(const url::Url& url, const Answer& answer, std::int64_t at_us) {
  return {.url = url.canonical(),
          .ip = answer.ip,
          .request = answer.request_head,
          .response = answer.response_head,
          .cut = !answer.whole,
          .at_us = at_us};
}

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

WebClient::WebClient(net::Egress& egress, Gate& gate, const ClientLimits& limits, Manner manner)
    : egress_(egress), gate_(gate), limits_(limits), manner_(std::move(manner)) {
  if (!manner_.keep_cookies && manner_.cookies.empty()) return;
  net::start_curl();
  auto* jar = ::curl_share_init();
  ::curl_share_setopt(jar, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
  ::curl_share_setopt(jar, CURLSHOPT_LOCKFUNC, lock_jar);
  ::curl_share_setopt(jar, CURLSHOPT_UNLOCKFUNC, unlock_jar);
  ::curl_share_setopt(jar, CURLSHOPT_USERDATA, &jar_mutex_);
  jar_ = jar;
  add_cookies(jar, manner_);
}

WebClient::~WebClient() {
  if (jar_ != nullptr) ::curl_share_cleanup(static_cast<CURLSH*>(jar_));
}

Got WebClient::follow(void* curl, const Want& want) {
  Got got;
  auto url = url::parse(want.url);
  if (!url) {
    got.hops.push_back({.url = clip_utf8(clean_utf8(want.url), 500)});
    give_up(got, FetchVerdict::refused, "blocked: " + url.error().sentence);
    return got;
  }
  for (;;) {
    got.final_url = url->canonical();
    got.hops.push_back({.url = got.final_url});
    if (got.hops.size() > kHopsMax) {
      give_up(got, FetchVerdict::refused, "blocked: too many redirects");
      return got;
    }
    const auto route = egress_.route(*url);
    if (route.verdict != FetchVerdict::answered) {
      give_up(got, route.verdict, route.note);
      return got;
    }
    const auto asked_at = now_us();
    auto answer = ask(curl, *url, route, want,
                      {.egress = egress_,
                       .gate = gate_,
                       .limits = limits_,
                       .manner = manner_,
                       .jar = jar_,
                       .total = total_});
    if (manner_.exchanges) got.exchanges.push_back(exchange_of(*url, answer, asked_at));
    auto& hop = got.hops.back();
    hop.ip = answer.ip;
    hop.status = answer.status;
    hop.note = answer.certificate;
    const auto next = leads_to(*url, answer, want, limits_.deadline, hop);
    if (!next) {
      conclude(got, std::move(answer));
      if (!want.page) total_ -= drop_half(got);
      got.body.shrink_to_fit();
      return got;
    }
    total_ -= answer.body.size();
    if (manner_.exchanges) {
      auto& exchange = got.exchanges.back();
      exchange.cut = exchange.cut || answer.body.size() > kOwnBodyMax;
      exchange.body = answer.body.substr(0, kOwnBodyMax);
    }
    url = url::resolve_relative(*url, *next);
    if (!url) {
      got.status = answer.status;
      give_up(got, FetchVerdict::refused, "blocked: the redirect leads to no web address");
      return got;
    }
  }
}

Got WebClient::get(const Want& want) {
  const auto curl = easy_handle();
  return follow(curl.get(), want);
}

std::vector<Got> WebClient::get_all(const std::vector<Want>& wants) {
  std::vector<Got> all(wants.size());
  std::vector<std::string> hosts;
  for (const auto& want : wants) {
    const auto url = url::parse(want.url);
    hosts.push_back(url ? url->host : "");
  }
  std::mutex mutex;
  std::condition_variable freed;
  std::vector<bool> taken(wants.size(), false);
  std::map<std::string, int> busy;
  const auto take = [&]() -> std::optional<std::size_t> {
    std::unique_lock lock(mutex);
    for (;;) {
      bool left = false;
      for (std::size_t i = 0; i < wants.size(); ++i) {
        if (taken[i]) continue;
        left = true;
        if (busy[hosts[i]] >= kPerHostMax) continue;
        taken[i] = true;
        ++busy[hosts[i]];
        return i;
      }
      if (!left) return std::nullopt;
      freed.wait(lock);
    }
  };
  const auto work = [&] {
    const auto curl = easy_handle();
    while (const auto index = take()) {
      all[*index] = follow(curl.get(), wants[*index]);
      const std::lock_guard lock(mutex);
      --busy[hosts[*index]];
      freed.notify_all();
    }
  };
  std::vector<std::jthread> crew;
  for (std::size_t i = 0; i < std::min(kCrewMax, wants.size()); ++i) crew.emplace_back(work);
  crew.clear();
  return all;
}

}  // namespace hotline::fetch
