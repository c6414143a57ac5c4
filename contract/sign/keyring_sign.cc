#include "contract/sign/keyring_sign.h"

#include <algorithm>
#include <array>

#include "contract/envelope.h"
#include "contract/keyring_document.h"

namespace torpor::contract::sign {
namespace {

Result<std::vector<std::byte>> Bytes(const Document& document) {
  std::vector<std::byte> bytes(kMaxKeyringBytes);
  const auto size = WriteDocument(document, bytes);
  if (!size.ok()) return size.status();
  bytes.resize(*size);
  return bytes;
}

}  // namespace

Result<std::vector<std::byte>> DraftKeyring(const Keyring& keyring) {
  std::array<std::byte, kMaxKeyringPayloadBytes> payload{};
  const auto size = EncodeKeyring(keyring, payload);
  if (!size.ok()) return size.status();
  Document draft;
  draft.payload = std::span(payload).first(*size);
  draft.payload_type = kKeyringType;
  return Bytes(draft);
}

Result<std::vector<std::byte>> SignKeyring(std::span<const std::byte> document,
                                           const PrivateKey& root) {
  const auto parsed = ParseDocument(document);
  if (!parsed.ok()) return parsed.status();
  if (parsed->payload_type != kKeyringType) return Status::kWrongPayloadType;
  Keyring keyring;
  const Status read = ReadUnverifiedKeyring(parsed->payload, keyring);
  if (read != Status::kOk) return read;
  const ShortHex id = KeyIdOf(root.public_key());
  if (keyring.Trusts(id)) return Status::kKeyWithTwoRoles;

  const std::vector<std::byte> made = SignPayload(parsed->payload, root, kKeyringType);
  const auto envelope = ParseEnvelope(made);
  if (!envelope.ok()) return envelope.status();
  std::vector<DocumentSignature> signatures;
  for (const DocumentSignature& other : parsed->signatures()) {
    if (other.key_id != id.view()) signatures.push_back(other);
  }
  signatures.push_back({envelope->signature, id.view()});
  if (signatures.size() > Document::kMaxSignatures) return Status::kBundleTooLarge;
  std::ranges::sort(signatures, {}, &DocumentSignature::key_id);
  Document with = *parsed;
  std::ranges::copy(signatures, with.signature_slots.begin());
  with.signature_count = signatures.size();
  return Bytes(with);
}

}  // namespace torpor::contract::sign
