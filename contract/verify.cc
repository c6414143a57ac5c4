#include "contract/verify.h"

#include <sodium/crypto_sign.h>

#include <algorithm>

#include "contract/lint.h"

namespace torpor::contract {
namespace {

using enum Status;

const unsigned char* Raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

Status CheckSignature(const Envelope& envelope, const Keyring& keyring) {
  if (keyring.keys().empty()) return kKeyringEmpty;
  std::array<std::byte, kMaxPaeBytes> pae{};
  const auto size = WritePae(envelope.payload_type, envelope.payload, pae);
  if (!size.ok()) return size.status();
  const auto signed_by = [&](const TrustedKey& key) {
    return crypto_sign_verify_detached(Raw(envelope.signature), Raw(pae), *size,
                                       Raw(key.key)) == 0;
  };
  const auto keys = keyring.keys();
  const auto named = std::ranges::find(keys, envelope.key_id, &TrustedKey::id);
  if (named != keys.end() && signed_by(*named)) return kOk;
  // Refused; what remains is to say why.
  if (std::ranges::any_of(keys, signed_by)) return kKeyIdMismatch;
  return named == keys.end() ? kUnknownKey : kBadSignature;
}

}  // namespace

Result<VerifiedTerms> Verify(std::span<const std::byte> envelope, const Keyring& keyring,
                             Finding* why) {
  if (why != nullptr) *why = {};
  const Result<Envelope> parsed = ParseEnvelope(envelope);
  if (!parsed.ok()) return parsed.status();
  const Status signature = CheckSignature(*parsed, keyring);
  if (signature != kOk) return signature;
  if (parsed->payload_type != kPayloadType) return kWrongPayloadType;

  const Result<Terms> terms = DecodePayload(parsed->payload, why);
  if (!terms.ok()) return terms.status();
  Findings findings;
  Lint(*terms, findings);
  if (!findings.empty()) {
    if (why != nullptr) *why = findings.list()[0];
    return findings.first();
  }

  VerifiedTerms verified;
  verified.terms_ = *terms;
  verified.id_ = DigestOf(parsed->payload);
  verified.key_id_ = parsed->key_id;
  std::ranges::copy(parsed->payload, verified.payload_.begin());
  verified.payload_size_ = parsed->payload.size();
  return verified;
}

}  // namespace torpor::contract
