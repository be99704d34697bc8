// The gate's own process: reads questions, checks, connects, hands over. See gate.h.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "apps/hotline-fetch/gate.h"
#include "apps/hotline-fetch/layers.h"
#include "apps/hotline-fetch/proxy_talk.h"
#include "apps/hotline-fetch/walls.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/text.h"
#include "net/egress.h"
#include "url/url.h"

namespace hotline::fetch {

namespace {

constexpr int kBusyMax = 160;
constexpr std::int64_t kConnectMsMax = 10'000;

class Keeper {
 public:
  Keeper(net::Resolver& resolver, net::Egress& rules, const net::Exit& exit)
      : resolver_(resolver),
        rules_(rules),
        exit_(exit),
        isolation_(hex(crypto::random_bytes(16))) {}

  void answer(const std::string& question, int reply) {
    Descriptor socket;
    json::object answer;
    const auto object = parse_json(question);
    if (!object)
      answer["refused"] = "this is no question";
    else if (text_at(*object, "type"))
      answer = look_up(*object);
    else
      answer = connect(*object, socket);
    (void)send_parcel(reply, json::serialize(answer), socket.get());
  }

 private:
  json::object look_up(const json::value& question) {
    const auto found = resolver_.look_up(text_at(question, "name").value_or(""),
                                         text_at(question, "type").value_or(""));
    if (!found) return {{"trouble", found.error().sentence}};
    json::array values;
    std::size_t bytes = 0;
    for (const auto& value : found->values) {
      bytes += value.size() + 8;
      // An answer that does not fit is no answer: its other half might be the private one.
      if (bytes > kParcelBytesMax / 2) return {{"trouble", "The DNS gave too long an answer."}};
      values.emplace_back(value);
    }
    return {{"values", std::move(values)},
            {"exists", found->exists ? 1 : 0},
            {"canonical", found->canonical_name}};
  }

  json::object connect(const json::value& question, Descriptor& socket) {
    const auto until = std::chrono::steady_clock::now() +
                       std::chrono::milliseconds(std::clamp<std::int64_t>(
                           integer_at(question, "ms").value_or(0), 1, kConnectMsMax));
    Destination to{.port = static_cast<int>(std::clamp<std::int64_t>(
                       integer_at(question, "port").value_or(0), 0, 65536))};
    if (const auto number = text_at(question, "ip")) {
      const auto ip = url::parse_ip(*number);
      if (!ip || !rules_.may_connect(*ip, to.port)) return {{"refused", "the gate is shut for it"}};
      to.ip = *ip;
    } else {
      // By name only through an exit that looks it up far away from us.
      const auto address = url::parse("http://" + text_at(question, "host").value_or("") + ":" +
                                      std::to_string(to.port) + "/");
      if (!address || !exit_.by_name() ||
          rules_.route(*address).verdict != net::FetchVerdict::answered)
        return {{"refused", "the gate is shut for it"}};
      to.name = address->host;
    }
    const bool direct = exit_.kind == net::ExitKind::direct;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    socket = connect_number(direct ? to.ip : exit_.ip, direct ? to.port : exit_.port, left);
    if (!socket.good()) return {{"trouble", direct ? "nobody answers" : "the exit is down"}};
    if (const auto done = ask_proxy(socket.get(), exit_, to, isolation_, until); !done) {
      socket.close();
      return {{"trouble", done.error().sentence}};
    }
    return {{"good", true}};
  }

  net::Resolver& resolver_;
  net::Egress& rules_;
  net::Exit exit_;
  std::string isolation_;
};

// Ends with the process: threads may still wait for strangers.
Done keep(Settings settings, const net::Exit& exit, int channel) {
  // The browser's jail and the worker's pipes are not for this process.
  const int nothing = ::open("/dev/null", O_RDWR);
  if (nothing < 0 || ::dup2(nothing, 0) < 0 || ::dup2(nothing, 1) < 0 || ::dup2(channel, 3) < 0)
    return fail(ErrorKind::unavailable, "There are no descriptors left for the gate.");
  ::close_range(4, ~0u, 0);
  channel = 3;
  TRY_DONE(shut_in({.network = true}));
  if (!stands(Layer::gate)) open_everything(settings);
  TRY(resolver, net::open_resolver(settings.text("net.resolver")));
  // Judges numbers only: names are looked up for the client, which judges the whole answer.
  TRY(rules, net::Egress::open(settings, nullptr, exit.by_name()));
  Keeper keeper(*resolver, *rules, exit);
  std::atomic<int> busy{0};
  while (auto parcel = receive_parcel(channel, -1)) {
    if (!parcel->descriptor.good()) continue;
    while (busy >= kBusyMax) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    ++busy;
    std::thread([&keeper, &busy, parcel = *std::move(parcel)] {
      keeper.answer(parcel.bytes, parcel.descriptor.get());
      --busy;
    }).detach();
  }
  ::_exit(0);
}

}  // namespace

void keep_gate(const Settings& settings, const net::Exit& exit, int channel) {
  const auto done = keep(settings, exit, channel);
  log::trouble("the gate could not open", done.error());
  ::_exit(1);
}

}  // namespace hotline::fetch
