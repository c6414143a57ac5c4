// A keyring document has one form, and only what its roots have signed is taken. The
// input is a document as it comes, and then a payload that two roots of the keyring
// before have signed: nothing but its content stands in its way.
#include <algorithm>
#include <array>
#include <vector>

#include "contract/envelope.h"
#include "contract/keyring_document.h"
#include "contract/test_keyrings.h"
#include "fuzz/target.h"

namespace {

using namespace torpor;
using contract::Keyring;

const Keyring& Held() {
  static const Keyring kHeld = contract::KeyringOf({});
  return kHeld;
}

void AsItComes(std::span<const std::byte> bytes) {
  const auto document = contract::ParseDocument(bytes);
  Keyring opened;
  if (!document.ok()) {
    fuzz::Expect(contract::OpenKeyring(bytes, opened) != Status::kOk,
                 "what has no form is no keyring");
    return;
  }
  std::array<std::byte, contract::kMaxEnvelopeBytes> again{};
  const auto written = contract::WriteDocument(*document, again);
  fuzz::Expect(
      written.ok() && std::ranges::equal(std::span(again).first(*written), bytes),
      "a document has one form");
  (void)contract::OpenKeyring(bytes, opened);
  (void)contract::FollowKeyring(bytes, Held(), opened);
}

std::vector<std::byte> SignedByTwo(std::span<const std::byte> payload) {
  contract::Document both;
  both.payload = payload;
  both.payload_type = contract::kKeyringType;
  std::vector<std::vector<std::byte>> made;
  std::vector<contract::DocumentSignature> signatures;
  std::array<contract::Envelope, 2> envelopes;
  for (int root = 1; root <= 2; ++root) {
    made.push_back(contract::sign::SignPayload(payload, contract::NumberedKey(root),
                                               contract::kKeyringType));
    const auto envelope = contract::ParseEnvelope(made.back());
    if (!envelope.ok()) return {};  // the payload is too long for any
    contract::Envelope& kept = envelopes[static_cast<std::size_t>(root - 1)];
    kept = *envelope;
    signatures.push_back({kept.signature, kept.key_id.view()});
  }
  std::ranges::sort(signatures, {}, &contract::DocumentSignature::key_id);
  std::ranges::copy(signatures, both.signature_slots.begin());
  both.signature_count = signatures.size();
  std::vector<std::byte> bytes(contract::kMaxEnvelopeBytes);
  const auto size = contract::WriteDocument(both, bytes);
  bytes.resize(size.ok() ? *size : 0);
  return bytes;
}

void Signed(std::span<const std::byte> payload) {
  const auto document = SignedByTwo(payload);
  Keyring next;
  if (contract::FollowKeyring(document, Held(), next) != Status::kOk) {
    fuzz::Expect(next.keys().empty() && next.roots().empty(), "nothing by halves");
    return;
  }
  fuzz::Expect(next.lineage.version == Held().lineage.version + 1, "the next version");
  fuzz::Expect(next.lineage.fleet == Held().lineage.fleet, "the same fleet");
  fuzz::Expect(next.lineage.threshold <= next.roots().size(), "it can be followed");
  std::array<std::byte, contract::kMaxKeyringPayloadBytes> again{};
  const auto size = contract::EncodeKeyring(next, again);
  fuzz::Expect(size.ok() && std::ranges::equal(std::span(again).first(*size), payload),
               "a keyring has one form");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::Bytes(data, size);
  AsItComes(bytes);
  if (!bytes.empty()) Signed(bytes);
  return 0;
}
