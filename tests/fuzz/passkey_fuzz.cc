// links: accounts
// What a browser sends about a passkey: client data, registration and assertion.
#include <cstddef>
#include <cstdint>

#include "accounts/passkey_proof.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hotline::accounts;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)read_client_data(bytes, "https://console.hotline.example");
  (void)read_new_credential(bytes, "console.hotline.example");
  // The party's hash in front gets the fuzzer past the first comparison.
  const std::string known = hotline::crypto::sha256("console.hotline.example");
  (void)read_new_credential(known + std::string(bytes), "console.hotline.example");
  const std::size_t half = size / 2;
  const std::string key(64, '\x04');
  const std::string first = known + std::string(bytes.substr(0, half));
  (void)verify_assertion({first, "{}", bytes.substr(half), key}, "console.hotline.example");
  return 0;
}
