#include "net/mailer.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>

#include "base/log.h"
#include "base/text.h"
#include "net/curl_start.h"

namespace hotline::net {

namespace {

struct Upload {
  std::string_view left;
};

/// What the server says, and whether it has said yes to the whole mail.
struct Replies {
  const Upload& upload;
  const TakenMarks& marks;
  const std::string& message_id;
  int count = 0;
  bool taken = false;
  std::string last;
};

std::size_t give(char* to, std::size_t size, std::size_t count, void* from) {
  auto* upload = static_cast<Upload*>(from);
  const auto bytes = std::min(size * count, upload->left.size());
  std::memcpy(to, upload->left.data(), bytes);
  upload->left.remove_prefix(bytes);
  return bytes;
}

std::size_t keep_reply(char* bytes, std::size_t size, std::size_t count, void* to) {
  auto* replies = static_cast<Replies*>(to);
  const std::string_view line(bytes, size * count);
  ++replies->count;
  // Once all is handed over, the next answer is the one to the last dot: what it says is marked
  // before anything else happens, QUIT and our own database included.
  const bool final_line = line.size() < 4 || line[3] != '-';
  if (!replies->taken && final_line && replies->upload.left.empty() && line.starts_with('2')) {
    replies->taken = true;
    if (const auto done = replies->marks.set(replies->message_id); !done)
      log::trouble("mail_not_marked", done.error(), {});
  }
  if (!replies->taken || line.starts_with("250"))
    replies->last = clip_utf8(trim(clean_utf8(line)), 200);
  return size * count;
}

std::string url_of(const std::string& host, int port) {
  const bool bare_v6 = host.find(':') != std::string::npos && host.front() != '[';
  return "smtp://" + (bare_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

class CurlMailer final : public Mailer {
 public:
  CurlMailer(const std::string& host, int port, TakenMarks marks)
      : url_(url_of(host, port)), marks_(std::move(marks)) {}

  Result<std::string> send(const Mail& mail) override {
    TRY(message, compose(mail));
    if (marks_.has(mail.message_id)) return std::string("250 taken before a restart of ours");
    start_curl();
    const std::unique_ptr<CURL, void (*)(CURL*)> curl(::curl_easy_init(), ::curl_easy_cleanup);
    if (!curl) return fail(ErrorKind::unavailable, "The mail client could not start.");
    const std::unique_ptr<curl_slist, void (*)(curl_slist*)> recipients(
        ::curl_slist_append(nullptr, ("<" + mail.to + ">").c_str()), ::curl_slist_free_all);
    Upload upload{message};
    Replies replies{upload, marks_, mail.message_id};
    ::curl_easy_setopt(curl.get(), CURLOPT_URL, (url_ + "/" + domain_of(mail.from)).c_str());
    ::curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "smtp");
    ::curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
    ::curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    // Encryption where the relay offers it; a notice must also reach one that does not.
    ::curl_easy_setopt(curl.get(), CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_TRY));
    ::curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYPEER, 0L);
    ::curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYHOST, 0L);
    ::curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, 15L);
    ::curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 60L);
    ::curl_easy_setopt(curl.get(), CURLOPT_MAIL_FROM, ("<" + mail.from + ">").c_str());
    ::curl_easy_setopt(curl.get(), CURLOPT_MAIL_RCPT, recipients.get());
    ::curl_easy_setopt(curl.get(), CURLOPT_UPLOAD, 1L);
    ::curl_easy_setopt(curl.get(), CURLOPT_READFUNCTION, give);
    ::curl_easy_setopt(curl.get(), CURLOPT_READDATA, &upload);
    ::curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, keep_reply);
    ::curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &replies);
    const CURLcode rc = ::curl_easy_perform(curl.get());
    // Whatever happens to the connection after the 250: the mail is the server's.
    if (rc == CURLE_OK || replies.taken) return replies.last;
    long code = 0;
    ::curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &code);
    // A 5xx instead of a greeting is about us or the relay, not about this mail.
    if (code >= 500 && code <= 599 && replies.count > 1)
      return fail(ErrorKind::invalid,
                  "The mail server refused for good with reply code " + std::to_string(code) + ".");
    return fail(ErrorKind::unavailable,
                std::string("The mail server did not take the mail: ") + ::curl_easy_strerror(rc) +
                    (code != 0 ? " (reply code " + std::to_string(code) + ")." : "."));
  }

 private:
  // The name that we greet with. The sender has passed strict_email() in compose().
  static std::string domain_of(const std::string& from) { return from.substr(from.find('@') + 1); }

  std::string url_;
  TakenMarks marks_;
};

}  // namespace

std::unique_ptr<Mailer> open_mailer(const std::string& host, int port, TakenMarks marks) {
  return std::make_unique<CurlMailer>(host, port, std::move(marks));
}

}  // namespace hotline::net
