#include "contract/verify.h"

#include <sodium/crypto_sign.h>

#include <algorithm>

#include "contract/fields.h"
#include "contract/lint.h"

namespace torpor::contract {
namespace {

using enum Status;

const unsigned char* Raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// Neither of these is inlined: the stack that the one needs is free for the other.
[[gnu::noinline]] Status CheckSignature(const Envelope& envelope,
                                        const Keyring& keyring) {
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

[[gnu::noinline]] Status CheckRules(const Terms& terms, Finding* why) {
  Findings findings;
  Lint(terms, findings);
  if (!findings.empty() && why != nullptr) *why = findings.list()[0];
  return findings.first();
}

// What the keyring says beside its keys: whose it is, and how old.
Status CheckLineage(const Terms& terms, const Keyring& keyring, Finding* why) {
  const Keyring::Lineage& lineage = keyring.lineage;
  Finding found;
  if (lineage.fleet.length != 0 && lineage.fleet.view() != terms.fleet.view()) {
    found = {.status = kNotForThisRobot, .field = kFleetField};
  } else if (terms.keyring_version_min > lineage.version) {
    found = {.status = kKeyringTooOld,
             .field = kKeyringVersionField,
             .found = lineage.version,
             .allowed = terms.keyring_version_min};
  }
  if (found.status != kOk && why != nullptr) *why = found;
  return found.status;
}

}  // namespace

Result<VerifiedTerms> Verify(std::span<const std::byte> envelope, const Keyring& keyring,
                             Finding* why) {
  std::optional<VerifiedTerms> verified;
  const Status status = Verify(envelope, keyring, verified, why);
  if (status != kOk) return status;
  return *std::move(verified);
}

Status Verify(std::span<const std::byte> envelope, const Keyring& keyring,
              std::optional<VerifiedTerms>& verified, Finding* why) {
  verified.reset();
  if (why != nullptr) *why = {};
  const Result<Envelope> parsed = ParseEnvelope(envelope);
  if (!parsed.ok()) return parsed.status();
  const Status signature = CheckSignature(*parsed, keyring);
  if (signature != kOk) return signature;
  if (parsed->payload_type != kPayloadType) return kWrongPayloadType;

  verified.emplace(VerifiedTerms::Maker());
  Status status = DecodePayload(parsed->payload, verified->terms_, why);
  if (status == kOk) status = CheckRules(verified->terms_, why);
  if (status == kOk) status = CheckLineage(verified->terms_, keyring, why);
  if (status != kOk) {
    verified.reset();
    return status;
  }
  verified->id_ = DigestOf(parsed->payload);
  verified->key_id_ = parsed->key_id;
  std::ranges::copy(parsed->payload, verified->payload_.begin());
  verified->payload_size_ = parsed->payload.size();
  return kOk;
}

bool StillSigned(const VerifiedTerms& verified) {
  return DigestOf(verified.payload()) == verified.id() &&
         EncodesTo(verified.terms(), verified.payload());
}

}  // namespace torpor::contract
