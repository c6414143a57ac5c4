#include "contract/sign/sign.h"

#include <sodium.h>

#include <algorithm>
#include <cstdlib>

#include "contract/envelope.h"
#include "contract/finding.h"
#include "contract/lint.h"
#include "contract/payload.h"
#include "contract/verify.h"

namespace torpor::contract::sign {
namespace {

unsigned char* Out(std::span<std::byte> bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}
const unsigned char* In(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// A machine without random numbers must not make keys; nothing sensible is left to do.
void NeedSodium() {
  if (sodium_init() < 0) std::abort();
}

}  // namespace

PrivateKey PrivateKey::FromSeed(const Seed& seed) {
  PrivateKey key;
  crypto_sign_seed_keypair(Out(key.public_), Out(key.secret_), In(seed));
  return key;
}

PrivateKey PrivateKey::Generate() {
  NeedSodium();
  PrivateKey key;
  crypto_sign_keypair(Out(key.public_), Out(key.secret_));
  return key;
}

PrivateKey::PrivateKey(PrivateKey&& other) noexcept
    : secret_(other.secret_), public_(other.public_) {
  sodium_memzero(other.secret_.data(), other.secret_.size());
}

PrivateKey& PrivateKey::operator=(PrivateKey&& other) noexcept {
  std::swap(secret_, other.secret_);
  std::swap(public_, other.public_);
  return *this;
}

PrivateKey::~PrivateKey() { sodium_memzero(secret_.data(), secret_.size()); }

Seed PrivateKey::seed() const {
  Seed seed{};
  std::copy_n(secret_.begin(), seed.size(), seed.begin());
  return seed;
}

std::vector<std::byte> SignPayload(std::span<const std::byte> payload,
                                   const PrivateKey& key, std::string_view payload_type) {
  std::vector<std::byte> pae(payload.size() + payload_type.size() + 64);
  const auto pae_size = WritePae(payload_type, payload, pae);
  Envelope envelope;
  envelope.payload = payload;
  envelope.payload_type = payload_type;
  envelope.key_id = KeyIdOf(key.public_);
  crypto_sign_detached(Out(envelope.signature), nullptr, In(pae), *pae_size,
                       In(key.secret_));
  std::vector<std::byte> bundle(payload.size() + payload_type.size() + 128);
  const auto size = WriteEnvelope(envelope, bundle);
  bundle.resize(size.ok() ? *size : 0);
  return bundle;
}

Result<std::vector<std::byte>> Sign(const Terms& terms, const PrivateKey& key) {
  Findings findings;
  Lint(terms, findings);
  if (!findings.empty()) return findings.first();
  std::array<std::byte, kMaxPayloadBytes> payload{};
  const auto size = EncodePayload(terms, payload);
  if (!size.ok()) return size.status();
  std::vector<std::byte> bundle =
      SignPayload(std::span(payload).first(*size), key, kPayloadType);

  Keyring own;
  own.lineage.version = terms.keyring_version_min;  // that the robots hold it is theirs
  const Status added = own.Add(key.public_key());
  if (added != Status::kOk) return added;
  const auto verified = Verify(bundle, own);
  if (!verified.ok()) return verified.status();
  return bundle;
}

}  // namespace torpor::contract::sign
