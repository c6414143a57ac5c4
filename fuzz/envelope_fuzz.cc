// A bundle's envelope has one form: whatever is taken apart goes together to the same
// bytes, and nothing that nobody signed is verified.
#include <algorithm>
#include <array>

#include "contract/sign/sign.h"
#include "contract/verify.h"
#include "fuzz/target.h"

namespace {

using namespace torpor;
using contract::sign::PrivateKey;

const contract::Keyring& TestKeyring() {
  static const contract::Keyring kKeyring = [] {
    contract::Keyring keyring;
    const auto key = PrivateKey::FromSeed({std::byte{7}});
    fuzz::Expect(keyring.Add(key.public_key()) == Status::kOk, "the key is a good one");
    return keyring;
  }();
  return kKeyring;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::Bytes(data, size);
  const auto envelope = contract::ParseEnvelope(bytes);
  if (!envelope.ok()) {
    fuzz::Expect(!contract::Verify(bytes, TestKeyring()).ok(),
                 "what has no form is not verified");
    return 0;
  }
  std::array<std::byte, contract::kMaxEnvelopeBytes> again{};
  const auto written = contract::WriteEnvelope(*envelope, again);
  fuzz::Expect(
      written.ok() && std::ranges::equal(std::span(again).first(*written), bytes),
      "an envelope has one form");
  contract::Finding why;
  const auto verified = contract::Verify(bytes, TestKeyring(), &why);
  if (verified.ok())
    fuzz::Expect(std::ranges::equal(verified->payload(), envelope->payload),
                 "what was verified is what was in it");
  return 0;
}
