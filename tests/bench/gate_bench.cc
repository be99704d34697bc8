// Asking the police gate: is this notice covered by one of so many signed policies? Beside one bare
// check of a signature, which is the least that an honest answer costs.
// links: takedown net base
#include <benchmark/benchmark.h>

#include "base/crypto.h"
#include "base/text.h"
#include "takedown/gate.h"

namespace {

using namespace hotline;
using namespace hotline::takedown;

const crypto::SigningKeys& keys() {
  static const auto made = crypto::make_signing_keys();
  return made;
}

Authority authority(int number) {
  const Instant now = SystemClock().now();
  Agency agency;
  agency.id = "national";
  agency.public_key = keys().public_key;
  const std::string text =
      R"({"format":"hotline-authority","version":1,"id":"pre-)" + std::to_string(number) +
      R"(","agency":"national","known_only":true,"categories":[")" + (number == 0 ? "A" : "other") +
      R"("],"valid_from":")" + rfc3339(now - std::chrono::hours(1)) + R"(","valid_until":")" +
      rfc3339(now + std::chrono::hours(24)) + "\"}";
  return *read_authority(agency, text, crypto::sign(keys(), text));
}

void BareSignature(benchmark::State& state) {
  const auto one = authority(0);
  for (auto _ : state)
    benchmark::DoNotOptimize(crypto::verify(one.public_key, one.document, one.signature));
}
BENCHMARK(BareSignature)->Unit(benchmark::kMicrosecond);

void Covered(benchmark::State& state) {
  std::vector<Authority> all;
  for (int number = static_cast<int>(state.range(0)) - 1; number >= 0; --number)
    all.push_back(authority(number));
  std::vector<Investigation> investigations(1000);
  for (std::size_t i = 0; i < investigations.size(); ++i) {
    investigations[i].kind = "host";
    investigations[i].value = "host" + std::to_string(i) + ".example";
  }
  const GateQuestion question{"GB", 64500, "A", true, {"gallery.example"}, {std::string(64, 'a')}};
  const Instant now = SystemClock().now();
  for (auto _ : state)
    if (covering(all, investigations, question, now) == nullptr) state.SkipWithError("not covered");
}
BENCHMARK(Covered)->Arg(1)->Arg(10)->Arg(100)->Unit(benchmark::kMicrosecond);

}  // namespace
