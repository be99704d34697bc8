// links: http base
// Load on a running portal over loopback: a steady rate, or a flood and slow clients beside people.
//
// People, flood and slow clients come from networks of their own (127.3.x.y, 127.1.x.y, 127.2.x.y),
// which the portal tells apart by source. Exits with 1 if a single person was not thanked.
#include <algorithm>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "base/text.h"

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using asio::ip::tcp;
using Steady = std::chrono::steady_clock;
constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

struct Options {
  std::uint16_t port = 8080;
  int seconds = 10, connections = 100, people = 20, flood = 0, slow = 0;
  bool networks = true;  ///< The steady connections come from ever new networks.
  double rate = 0;       ///< Of all connections together; 0: as fast as answers come.
};

struct Tally {
  std::vector<double> milliseconds;
  long good = 0, other = 0, failed = 0;
  void print(const char* who, double seconds) {
    std::sort(milliseconds.begin(), milliseconds.end());
    const auto at = [&](double part) {
      if (milliseconds.empty()) return 0.0;
      return milliseconds[static_cast<std::size_t>(part *
                                                   (static_cast<double>(milliseconds.size()) - 1))];
    };
    std::printf(
        "%-8s thanked %8ld (%7.0f /s)  other answer %5ld  failed %5ld   p50 %8.1f ms  "
        "p99 %8.1f ms  max %8.1f ms\n",
        who, good, static_cast<double>(good) / seconds, other, failed, at(.5), at(.99), at(1));
  }
};

class Load {
 public:
  explicit Load(Options options)
      : options_(options), server_(asio::ip::address_v4::loopback(), options.port) {}

  int run() {
    asio::co_spawn(loop_, prepare(), asio::detached);
    loop_.run();
    if (state_.empty()) {
      std::fputs("portal_load: no portal answers there\n", stderr);
      return 2;
    }
    loop_.restart();
    end_ = Steady::now() + std::chrono::seconds(options_.seconds);
    for (int i = 0; i < options_.connections; ++i)
      asio::co_spawn(loop_, send_on(i, 0, steady_), asio::detached);
    for (int i = 0; i < options_.flood; ++i)
      asio::co_spawn(loop_, send_on(i, 1, flood_), asio::detached);
    for (int i = 0; i < options_.slow; ++i) asio::co_spawn(loop_, dawdle(i), asio::detached);
    for (int i = 0; i < options_.people && options_.flood + options_.slow > 0; ++i)
      asio::co_spawn(loop_, person(i), asio::detached);
    loop_.run();
    if (options_.connections > 0) steady_.print("steady", options_.seconds);
    if (options_.flood > 0) flood_.print("flood", options_.seconds);
    if (options_.slow > 0)
      std::printf("slow     %d clients, %ld of them cut off or done\n", options_.slow, slow_ended_);
    if (people_.good + people_.failed > 0) people_.print("people", options_.seconds);
    return people_.failed + people_.other + steady_.failed + steady_.other == 0 ? 0 : 1;
  }

 private:
  asio::awaitable<bool> connect(beast::tcp_stream& stream, int network, int number) {
    auto& socket = stream.socket();
    beast::error_code error;
    socket.open(tcp::v4(), error);
    const std::uint32_t from = 0x7f000000u | (static_cast<std::uint32_t>(network) << 16) |
                               ((static_cast<std::uint32_t>(number) & 0xff) << 8) | 1u;
    socket.set_option(asio::socket_base::reuse_address(true), error);
    if (network > 0) socket.bind({asio::ip::address_v4(from), 0}, error);
    if (error) co_return false;
    auto [failed] = co_await stream.async_connect(server_, kNoThrow);
    if (!failed) socket.set_option(tcp::no_delay(true), error);
    co_return !failed;
  }

  std::string form(int who, long number) const {
    return "state=" + state_ + "&answer=none&text=http%3A%2F%2Fgallery.example%2F" +
           std::to_string(who) + "%2F" + std::to_string(number);
  }

  /// One report; the answer's status, or 0.
  asio::awaitable<int> report(beast::tcp_stream& stream, std::string body) {
    wire::request<wire::string_body> request(wire::verb::post, "/en/quick", 11);
    request.set(wire::field::host, "portal.example");
    request.set(wire::field::content_type, "application/x-www-form-urlencoded");
    request.set(wire::field::accept_encoding, "gzip");
    request.body() = std::move(body);
    request.prepare_payload();
    auto [error, sent] = co_await wire::async_write(stream, request, kNoThrow);
    if (error) co_return 0;
    beast::flat_buffer buffer;
    wire::response<wire::string_body> response;
    auto [failed, got] = co_await wire::async_read(stream, buffer, response, kNoThrow);
    co_return failed ? 0 : static_cast<int>(response.result_int());
  }

  asio::awaitable<void> prepare() {
    beast::tcp_stream stream(loop_);
    if (!co_await connect(stream, 0, 0)) co_return;
    wire::request<wire::empty_body> request(wire::verb::get, "/en/quick", 11);
    request.set(wire::field::host, "portal.example");
    auto [error, sent] = co_await wire::async_write(stream, request, kNoThrow);
    if (error) co_return;
    beast::flat_buffer buffer;
    wire::response<wire::string_body> page;
    auto [failed, got] = co_await wire::async_read(stream, buffer, page, kNoThrow);
    const std::string begin = "name=\"state\" value=\"";
    const auto at = page.body().find(begin);
    if (failed || at == std::string::npos) co_return;
    const auto from = at + begin.size();
    state_ = page.body().substr(from, page.body().find('"', from) - from);
  }

  static void count(Tally& tally, int status, Steady::time_point since) {
    ++(status == 200 ? tally.good : status == 0 ? tally.failed : tally.other);
    tally.milliseconds.push_back(
        std::chrono::duration<double, std::milli>(Steady::now() - since).count());
  }

  /// Report after report on one connection, as often as the rate allows.
  asio::awaitable<void> send_on(int number, int network, Tally& tally) {
    asio::steady_timer pause(loop_);
    const auto step = options_.rate > 0 && network == 0
                          ? std::chrono::duration<double>(options_.connections / options_.rate)
                          : std::chrono::duration<double>(0);
    auto due = Steady::now() +
               std::chrono::duration_cast<Steady::duration>(
                   step * (static_cast<double>(number) / std::max(1, options_.connections)));
    long sent = 0;
    while (Steady::now() < end_) {
      beast::tcp_stream stream(loop_);
      stream.expires_after(std::chrono::seconds(60));
      // Of the steady ones some fifty reports an hour come from one network, as from people; the
      // flood comes from a few, and what is more than their share is late.
      const int place = network == 0 && options_.networks ? next_network_++ : 0;
      if (!co_await connect(stream, place > 0 ? 10 + place / 256 % 200 : network,
                            place > 0 ? place % 256 : number)) {
        ++tally.failed;
        co_return;
      }
      for (int sent_here = 0; Steady::now() < end_ && (place == 0 || sent_here < 50); ++sent_here) {
        if (step.count() > 0) {
          pause.expires_at(due);
          co_await pause.async_wait(kNoThrow);
        }
        // From when it was due: a server that stalls is not excused by our waiting for it.
        const auto since = step.count() > 0 ? due : Steady::now();
        due += std::chrono::duration_cast<Steady::duration>(step);
        stream.expires_after(std::chrono::seconds(60));
        const int status = co_await report(stream, form(network * 100000 + number, sent++));
        count(tally, status, since);
        if (status == 0) break;
      }
    }
  }

  /// Somebody who connects, reports once and leaves; then the next one.
  asio::awaitable<void> person(int number) {
    asio::steady_timer pause(loop_);
    for (long i = 0; Steady::now() < end_; ++i) {
      const auto since = Steady::now();
      beast::tcp_stream stream(loop_);
      stream.expires_after(std::chrono::seconds(60));
      int status = 0;
      if (co_await connect(stream, 3, number + static_cast<int>(i % 8) * 32))
        status = co_await report(stream, form(900000 + number, i));
      count(people_, status, since);
      pause.expires_after(std::chrono::milliseconds(200));
      co_await pause.async_wait(kNoThrow);
    }
  }

  /// A third each: a header that never ends, a body that trickles, an answer that is not read.
  asio::awaitable<void> dawdle(int number) {
    asio::steady_timer pause(loop_);
    while (Steady::now() < end_) {
      beast::tcp_stream stream(loop_);
      if (!co_await connect(stream, 2, number % 4)) co_return;
      std::string head = "POST /en/quick HTTP/1.1\r\nHost: a\r\n";
      if (number % 3 == 1)
        head += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\n";
      if (number % 3 == 2) {
        head = "GET /en/ HTTP/1.1\r\nHost: a\r\n\r\n";
        for (int i = 0; i < 4; ++i) head += head;
      }
      auto [error, sent] = co_await asio::async_write(stream, asio::buffer(head), kNoThrow);
      while (!error && Steady::now() < end_) {
        pause.expires_after(std::chrono::seconds(1));
        co_await pause.async_wait(kNoThrow);
        if (number % 3 == 2) {
          if (!stream.socket().is_open()) break;
          char byte = 0;
          auto [closed, got] = co_await stream.async_read_some(asio::buffer(&byte, 1), kNoThrow);
          if (closed) break;
          continue;
        }
        const std::string bit = number % 3 == 0 ? "X-A: b\r\n" : "a";
        auto [closed, more] = co_await asio::async_write(stream, asio::buffer(bit), kNoThrow);
        if (closed) break;
      }
      ++slow_ended_;
    }
  }

  Options options_;
  asio::io_context loop_{1};
  tcp::endpoint server_;
  std::string state_;
  Steady::time_point end_;
  Tally steady_, flood_, people_;
  long slow_ended_ = 0;
  int next_network_ = 1;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const double value = std::atof(argv[i + 1]);
    if (name == "--port") options.port = static_cast<std::uint16_t>(value);
    if (name == "--seconds") options.seconds = static_cast<int>(value);
    if (name == "--connections") options.connections = static_cast<int>(value);
    if (name == "--rate") options.rate = value;
    if (name == "--people") options.people = static_cast<int>(value);
    if (name == "--flood") options.flood = static_cast<int>(value);
    if (name == "--networks") options.networks = value != 0;
    if (name == "--slow") options.slow = static_cast<int>(value);
  }
  if (argc < 3) {
    std::puts(
        "Examples:\n"
        "  portal_load --port 8080 --connections 100                as many reports as it takes\n"
        "  portal_load --port 8080 --connections 100 --networks 0   the same from one network\n"
        "  portal_load --port 8080 --connections 100 --rate 5000    5,000 a second, evenly\n"
        "  portal_load --port 8080 --connections 0 --flood 400 --slow 1000 --people 20\n");
    return 2;
  }
  return Load(options).run();
}
