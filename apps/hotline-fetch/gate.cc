#include "apps/hotline-fetch/gate.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace hotline::fetch {

namespace {

constexpr std::chrono::milliseconds kLookUpTime{8000};
constexpr std::chrono::milliseconds kGrace{1000};  // The gate keeps the time itself.

}  // namespace

class GateResolver final : public net::Resolver {
 public:
  explicit GateResolver(Gate& gate) : gate_(gate) {}

  Result<net::DnsAnswer> look_up(std::string_view name, std::string_view type) override {
    TRY(parcel, gate_.ask({{"name", name}, {"type", type}}, kLookUpTime));
    TRY(object, parse_json(parcel.bytes));
    const auto* values = member(object, "values");
    if (const auto trouble = text_at(object, "trouble"))
      return fail(ErrorKind::unavailable, *trouble);
    if (values == nullptr || !values->is_array())
      return fail(ErrorKind::unavailable, "The gate gave no answer.");
    net::DnsAnswer answer{.name = std::string(name),
                          .type = std::string(type),
                          .canonical_name = text_at(object, "canonical").value_or("")};
    answer.exists = integer_at(object, "exists").value_or(1) != 0;
    for (const auto& value : values->get_array())
      if (value.is_string()) answer.values.emplace_back(value.get_string());
    return answer;
  }

 private:
  Gate& gate_;
};

Result<std::unique_ptr<Gate>> Gate::build(const Settings& settings, const net::Exit& exit) {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return fail(ErrorKind::unavailable, "There are no descriptors left for the gate.");
  std::unique_ptr<Gate> gate(new Gate);
  gate->exit_ = exit;
  gate->channel_ = Descriptor(ends[0]);
  gate->keeper_ = ::fork();
  if (gate->keeper_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    gate->channel_.close();
    keep_gate(settings, exit, ends[1]);
  }
  ::close(ends[1]);
  if (gate->keeper_ < 0) return fail(ErrorKind::unavailable, "The gate could not start.");
  return gate;
}

Gate::~Gate() {
  channel_.close();
  if (keeper_ > 0) ::waitpid(keeper_, nullptr, 0);
}

Result<Parcel> Gate::ask(const json::object& question, std::chrono::milliseconds time) {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return fail(ErrorKind::unavailable, "There are no descriptors left.");
  const Descriptor mine(ends[0]);
  Descriptor theirs(ends[1]);
  if (!send_parcel(channel_.get(), json::serialize(question), theirs.get()))
    return fail(ErrorKind::unavailable, "The gate is shut.");
  theirs.close();
  auto parcel = receive_parcel(mine.get(), static_cast<int>((time + kGrace).count()));
  if (!parcel) return fail(ErrorKind::unavailable, "The gate gave no answer.");
  return *std::move(parcel);
}

Result<Descriptor> Gate::connection(json::object question, std::chrono::milliseconds time) {
  question["ms"] = time.count();
  TRY(parcel, ask(question, time));
  TRY(object, parse_json(parcel.bytes));
  if (const auto refused = text_at(object, "refused")) return fail(ErrorKind::forbidden, *refused);
  if (!parcel.descriptor.good())
    return fail(ErrorKind::unavailable, text_at(object, "trouble").value_or("no connection"));
  return std::move(parcel.descriptor);
}

Result<Descriptor> Gate::connect(const url::IpAddress& ip, int port,
                                 std::chrono::milliseconds time) {
  TRY(socket, connection({{"ip", ip.text()}, {"port", port}}, time));
  // The peer of a proxied connection is the proxy.
  if (exit_.kind == net::ExitKind::direct && !peer_is(socket.get(), ip, port))
    return fail(ErrorKind::forbidden, "the connection leads elsewhere");
  return socket;
}

Result<Descriptor> Gate::connect_by_name(const std::string& host, int port,
                                         std::chrono::milliseconds time) {
  return connection({{"host", host}, {"port", port}}, time);
}

std::unique_ptr<net::Resolver> Gate::resolver() {
  return std::make_unique<GateResolver>(*this);
}

}  // namespace hotline::fetch
