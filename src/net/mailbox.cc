#include "net/mailbox.h"

#include <curl/curl.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "net/curl_start.h"
#include "net/mail_reader.h"

namespace hotline::net {

namespace {

namespace files = std::filesystem;

class Maildir final : public Mailbox {
 public:
  explicit Maildir(std::string folder) : folder_(std::move(folder)) {}

  Result<std::vector<std::string>> waiting(std::size_t limit) override {
    std::vector<std::string> names;
    for (const char* part : {"new", "cur"}) {
      std::error_code error;
      for (auto entry = files::directory_iterator(folder_ + "/" + part, error);
           !error && entry != files::directory_iterator(); entry.increment(error)) {
        const auto name = entry->path().filename().string();
        // A name begins with the second of delivery; what begins with a dot is no mail.
        if (!name.starts_with('.') && entry->is_regular_file(error))
          names.push_back(std::string(part) + "/" + name);
      }
      if (error) return fail(ErrorKind::unavailable, "The Maildir cannot be listed.");
    }
    std::sort(names.begin(), names.end(),
              [](const auto& a, const auto& b) { return a.substr(4) < b.substr(4); });
    names.resize(std::min(names.size(), limit));
    return names;
  }

  Result<std::string> read(const std::string& name) override {
    std::ifstream file(folder_ + "/" + name, std::ios::binary);
    if (!file) return fail(ErrorKind::not_found, "The mail is gone.");
    std::string bytes(kMailBytesMax, '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    return bytes;
  }

  Done remove(const std::string& name) override {
    std::error_code error;
    files::remove(folder_ + "/" + name, error);
    if (error) return fail(ErrorKind::unavailable, "A mail that was taken cannot be deleted.");
    return {};
  }

 private:
  std::string folder_;
};

std::size_t keep(char* bytes, std::size_t size, std::size_t count, void* into) {
  auto& text = *static_cast<std::string*>(into);
  if (text.size() + size * count > 2 * kMailBytesMax) return 0;
  text.append(bytes, size * count);
  return size * count;
}

class Imap final : public Mailbox {
 public:
  explicit Imap(ImapAccount account) : account_(std::move(account)) {}

  Result<std::vector<std::string>> waiting(std::size_t limit) override {
    TRY(answer, ask("", "UID SEARCH UNDELETED"));
    std::vector<std::string> names;
    for (const auto line : split(answer, '\n')) {
      if (!trim(line).starts_with("* SEARCH")) continue;
      for (const auto word : split(trim(line).substr(8), ' '))
        if (parse_integer(word) && names.size() < limit) names.emplace_back(word);
    }
    return names;
  }

  Result<std::string> read(const std::string& name) override {
    TRY_DONE(number(name));
    TRY(bytes, ask("/;UID=" + name + "/;PARTIAL=0." + std::to_string(kMailBytesMax), ""));
    if (bytes.empty()) return fail(ErrorKind::not_found, "The mail is gone.");
    return bytes;
  }

  Done remove(const std::string& name) override {
    TRY_DONE(number(name));
    TRY_DONE(ask("", "UID STORE " + name + " +FLAGS.SILENT (\\Deleted)"));
    TRY_DONE(ask("", "EXPUNGE"));
    return {};
  }

 private:
  static Done number(const std::string& name) {
    if (!parse_integer(name)) return fail(ErrorKind::invalid, "This is no mail's number.");
    return {};
  }

  /// The body of the mail below `path`, or the lines that answer `command`.
  Result<std::string> ask(const std::string& path, const std::string& command) {
    start_curl();
    const std::unique_ptr<CURL, void (*)(CURL*)> curl(::curl_easy_init(), ::curl_easy_cleanup);
    if (!curl) return fail(ErrorKind::unavailable, "There is no memory for a connection.");
    std::string answer;
    ::curl_easy_setopt(curl.get(), CURLOPT_URL, (account_.url + path).c_str());
    ::curl_easy_setopt(curl.get(), CURLOPT_USERNAME, account_.user.c_str());
    ::curl_easy_setopt(curl.get(), CURLOPT_PASSWORD, account_.password.c_str());
    if (!command.empty()) ::curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, command.c_str());
    ::curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "imap,imaps");
    ::curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
    ::curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, 30'000L);
    ::curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, keep);
    ::curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
    const CURLcode rc = ::curl_easy_perform(curl.get());
    if (rc != CURLE_OK)
      return fail(ErrorKind::unavailable,
                  std::string("The mail server gave no answer: ") + ::curl_easy_strerror(rc) + ".");
    return answer;
  }

  ImapAccount account_;
};

}  // namespace

Result<std::unique_ptr<Mailbox>> open_maildir(const std::string& folder) {
  std::error_code error;
  if (!files::is_directory(folder + "/new", error) || !files::is_directory(folder + "/cur", error))
    return fail(ErrorKind::not_found, "mailbox.maildir is no Maildir: it has no new and cur.");
  return std::unique_ptr<Mailbox>(new Maildir(folder));
}

Result<std::unique_ptr<Mailbox>> open_imap(ImapAccount account) {
  const bool secure = account.url.starts_with("imaps://");
  const bool here = account.url.starts_with("imap://127.0.0.1") ||
                    account.url.starts_with("imap://localhost") ||
                    account.url.starts_with("imap://[::1]");
  if ((!secure && !here) || account.url.find(';') != std::string::npos)
    return fail(ErrorKind::invalid, "mailbox.imap_url is imaps://HOST/FOLDER.");
  return std::unique_ptr<Mailbox>(new Imap(std::move(account)));
}

}  // namespace hotline::net
