#include "net/resolver.h"

#include <poll.h>
#include <unbound.h>

#include <array>
#include <chrono>
#include <mutex>
#include <utility>

#include "base/text.h"
#include "url/ip.h"

namespace hotline::net {

namespace {

using namespace std::chrono_literals;

constexpr auto kAnswerTime = 6s;
constexpr std::size_t kIdleContexts = 8;

struct ContextDelete {
  void operator()(ub_ctx* context) const { ::ub_ctx_delete(context); }
};
using Context = std::unique_ptr<ub_ctx, ContextDelete>;

struct ResultDelete {
  void operator()(ub_result* result) const { ::ub_resolve_free(result); }
};
using Answer = std::unique_ptr<ub_result, ResultDelete>;

struct Waiting {
  bool done = false;
  int error = 0;
  Answer answer;
};

void on_answer(void* waiting, int error, ub_result* result) {
  auto* mine = static_cast<Waiting*>(waiting);
  mine->done = true;
  mine->error = error;
  mine->answer.reset(result);
}

constexpr std::array<std::pair<std::string_view, int>, 7> kTypes = {
    {{"A", 1}, {"NS", 2}, {"CNAME", 5}, {"PTR", 12}, {"MX", 15}, {"TXT", 16}, {"AAAA", 28}}};

// Names in libunbound's answers are not compressed. Empty if the bytes are no name.
std::string name_of(std::string_view wire) {
  std::string name;
  std::size_t at = 0;
  while (at < wire.size() && wire[at] != 0) {
    const auto length = static_cast<unsigned char>(wire[at]);
    if (length > 63 || at + 1 + length >= wire.size()) return {};
    if (!name.empty()) name += '.';
    for (const char c : wire.substr(at + 1, length)) {
      // What is no host name character is shown as a question mark: it may reach a page or a mail.
      const bool plain = c > 0x20 && c < 0x7f && c != '.' && c != '\\';
      name += plain ? c : '?';
    }
    at += 1u + length;
  }
  return lower_ascii(name);
}

std::string value_of(int type, std::string_view rdata) {
  if (type == 1 && rdata.size() == 4) {
    url::IpAddress ip;
    std::copy(rdata.begin(), rdata.end(), ip.bytes.begin());
    return ip.text();
  }
  if (type == 28 && rdata.size() == 16) {
    url::IpAddress ip;
    ip.v6 = true;
    std::copy(rdata.begin(), rdata.end(), ip.bytes.begin());
    return ip.text();
  }
  if (type == 15) return rdata.size() > 2 ? name_of(rdata.substr(2)) : "";
  if (type == 16) {
    std::string text;
    for (std::size_t at = 0; at < rdata.size();) {
      const auto length = static_cast<unsigned char>(rdata[at]);
      text += rdata.substr(at + 1, length);
      at += 1u + length;
    }
    return clean_utf8(text);
  }
  if (type == 2 || type == 5 || type == 12) return name_of(rdata);
  return {};
}

std::string without_last_dot(std::string_view name) {
  if (!name.empty() && name.back() == '.') name.remove_suffix(1);
  return lower_ascii(name);
}

// "7.2.0.192.in-addr.arpa" for an address, so that PTR can be asked with the address itself.
std::string reverse_name(const url::IpAddress& ip) {
  std::string name;
  if (!ip.v6) {
    for (int i = 3; i >= 0; --i)
      name += std::to_string(ip.bytes[static_cast<std::size_t>(i)]) + ".";
    return name + "in-addr.arpa";
  }
  constexpr char kDigits[] = "0123456789abcdef";
  for (int i = 15; i >= 0; --i) {
    const auto byte = ip.bytes[static_cast<std::size_t>(i)];
    name += {kDigits[byte & 15], '.', kDigits[byte >> 4], '.'};
  }
  return name + "ip6.arpa";
}

class UnboundResolver final : public Resolver {
 public:
  explicit UnboundResolver(std::string server) : server_(std::move(server)) {}

  Result<DnsAnswer> look_up(std::string_view name, std::string_view type) override {
    int code = 0;
    for (const auto& [known, number] : kTypes)
      if (known == type) code = number;
    if (code == 0) return fail(ErrorKind::invalid, "This DNS record type is not known here.");
    std::string asked = without_last_dot(name);
    if (code == 12)
      if (const auto ip = url::parse_ip(asked)) asked = reverse_name(*ip);
    if (asked.empty() || asked.size() > 253 || asked.find('\0') != std::string::npos)
      return fail(ErrorKind::invalid, "This is not a DNS name.");
    TRY(context, take());
    Waiting waiting;
    TRY_DONE(ask(*context, asked, code, waiting));
    give_back(std::move(context));
    return read(asked, type, code, *waiting.answer);
  }

  Result<Context> make() const {
    Context context(::ub_ctx_create());
    if (!context) return fail(ErrorKind::unavailable, "The DNS library could not start.");
    // A thread instead of a process for the look-ups: hotline-fetch may not fork later.
    ::ub_ctx_async(context.get(), 1);
    const std::pair<const char*, const char*> kOptions[] = {
        {"do-not-query-localhost:", "no"},
        // Unbound answers for private networks by itself; here everything is asked, then judged.
        {"unblock-lan-zones:", "yes"},
        {"num-queries-per-thread:", "64"},
        {"msg-cache-size:", "1m"},
        {"rrset-cache-size:", "1m"},
        {"key-cache-size:", "64k"},
        {"neg-cache-size:", "64k"},
        {"infra-cache-numhosts:", "200"},
    };
    for (const auto& [key, value] : kOptions) ::ub_ctx_set_option(context.get(), key, value);
    const int rc = server_.empty() ? ::ub_ctx_resolvconf(context.get(), nullptr)
                                   : ::ub_ctx_set_fwd(context.get(), server_.c_str());
    if (rc != 0) return fail(ErrorKind::invalid, "The DNS server in net.resolver is not valid.");
    // Unbound denies this name by itself too (RFC 6761); the range has a server for it.
    ::ub_ctx_zone_remove(context.get(), "test.");
    return context;
  }

 private:
  static Done ask(ub_ctx& context, const std::string& name, int code, Waiting& waiting) {
    int id = 0;
    if (::ub_resolve_async(&context, name.c_str(), code, 1, &waiting, on_answer, &id) != 0)
      return fail(ErrorKind::unavailable, "The DNS look-up could not start.");
    const auto end = std::chrono::steady_clock::now() + kAnswerTime;
    while (!waiting.done) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          end - std::chrono::steady_clock::now());
      pollfd ready{::ub_fd(&context), POLLIN, 0};
      if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) == 0) {
        // After this the callback cannot come any more, so `waiting` may go.
        ::ub_cancel(&context, id);
        return fail(ErrorKind::unavailable, "No DNS server answered in time.");
      }
      if (::ub_process(&context) != 0)
        return fail(ErrorKind::unavailable, "The DNS library failed.");
    }
    if (waiting.error != 0 || !waiting.answer)
      return fail(ErrorKind::unavailable, "The DNS look-up failed.");
    return {};
  }

  static Result<DnsAnswer> read(const std::string& asked, std::string_view type, int code,
                                const ub_result& result) {
    DnsAnswer answer{.name = asked, .type = std::string(type)};
    if (result.nxdomain != 0) {
      answer.exists = false;
      return answer;
    }
    if (result.rcode != 0)
      return fail(ErrorKind::unavailable, "The DNS server reported a failure.");
    if (result.canonname != nullptr) {
      const auto canonical = without_last_dot(result.canonname);
      if (canonical != asked) answer.canonical_name = canonical;
    }
    for (int i = 0; result.data != nullptr && result.data[i] != nullptr; ++i) {
      auto value = value_of(code, {result.data[i], static_cast<std::size_t>(result.len[i])});
      if (!value.empty()) answer.values.push_back(std::move(value));
    }
    return answer;
  }

  // A context serves one look-up at a time. A used one is warm: its thread runs already.
  // Its cache holds an answer for the answer's own time to live.
  Result<Context> take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return make();
    Context context = std::move(idle_.back());
    idle_.pop_back();
    return context;
  }

  void give_back(Context context) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kIdleContexts) idle_.push_back(std::move(context));
  }

  std::string server_;
  std::mutex mutex_;
  std::vector<Context> idle_;
};

}  // namespace

Result<std::unique_ptr<Resolver>> open_resolver(const std::string& server) {
  if (!server.empty()) {
    const auto at = server.find('@');
    TRY_DONE(url::parse_ip(server.substr(0, at)));
    if (at != std::string::npos) {
      TRY(port, parse_integer(server.substr(at + 1)));
      if (port < 1 || port > 65535)
        return fail(ErrorKind::invalid, "The port in net.resolver is out of range.");
    }
  }
  auto resolver = std::make_unique<UnboundResolver>(server);
  TRY_DONE(resolver->make());
  return resolver;
}

}  // namespace hotline::net
