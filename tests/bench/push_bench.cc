// A notice pushed to a real receiver on loopback and its signed receipt back, beside a plain GET of
// the same server: the difference is signatures, the file taken away, and three writes to the disk.
// links: net http receiver push url base
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "http/server.h"
#include "net/http_get.h"
#include "net/http_post.h"
#include "receiver/receiver.h"

namespace {

using namespace hotline;
namespace fs = std::filesystem;

struct Host {
  fs::path folder = fs::temp_directory_path() / ("push_bench_" + std::to_string(::getpid()));
  SystemClock clock;
  crypto::SigningKeys keys = crypto::make_signing_keys();
  std::unique_ptr<receiver::Receiver> receiver;
  std::unique_ptr<http::Server> server;
  std::string address;

  Host() {
    fs::create_directories(folder / "www");
    receiver::Config config;
    config.name = "ISP Example";
    config.state = (folder / "state").string();
    config.sites = {{{"images.isp.example"}, "/", fs::canonical(folder / "www").string()}};
    config.trusted = {{"Hotline", keys.public_key}};
    receiver = *receiver::Receiver::open(config, clock);
    server = *http::Server::start({}, receiver::receiver_router(*receiver));
    address = "http://127.0.0.1:" + std::to_string(server->port());
  }
  ~Host() {
    server.reset();
    fs::remove_all(folder);
  }
};

Host& host() {
  static Host host;
  return host;
}

void PlainGet(benchmark::State& state) {
  for (auto _ : state)
    if (!net::http_get({.url = host().address + "/v1/key", .accept = "*/*"}))
      state.SkipWithError("no answer");
}
BENCHMARK(PlainGet)->Unit(benchmark::kMillisecond);

void PushToSignedReceipt(benchmark::State& state) {
  static int number = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const std::string name = std::to_string(++number) + ".png";
    std::ofstream(host().folder / "www" / name) << "picture " << number;
    push::Notice notice;
    notice.id = "ntc_" + std::to_string(number) + ".first.1";
    notice.reference = "NTC-" + std::to_string(number);
    notice.sent_at = host().clock.now();
    notice.locations = {"https://images.isp.example/" + name};
    state.ResumeTiming();
    net::HttpPost post{.url = host().address + "/v1/notices", .body = push::to_json(notice)};
    const auto signature = push::sign(host().keys, notice.id, host().clock.now(), post.body);
    post.headers = {{"webhook-id", signature.id},
                    {"webhook-timestamp", signature.timestamp},
                    {"webhook-signature", signature.value}};
    const auto answer = net::http_post(post);
    const auto receipt = answer ? push::parse_receipt(answer->body) : push::parse_receipt("");
    if (!receipt || !receipt->all_done()) state.SkipWithError("not taken away");
  }
}
BENCHMARK(PushToSignedReceipt)->Unit(benchmark::kMillisecond);

}  // namespace
