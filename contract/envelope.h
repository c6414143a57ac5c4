// The bundle on disk and on the wire: a payload, what kind of document it is, and one
// signature, in exactly one binary form. Layout: docs/contract-format.md, section 2.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "contract/digest.h"
#include "contract/payload.h"
#include "core/bytes.h"
#include "core/result.h"

namespace torpor::contract {

inline constexpr std::string_view kPayloadType = "application/vnd.torpor.contract.v0";
inline constexpr std::size_t kMaxEnvelopeBytes = 2048;
inline constexpr std::size_t kMaxPayloadTypeBytes = 64;
inline constexpr std::size_t kMaxPaeBytes =
    kMaxPayloadBytes + kMaxPayloadTypeBytes + sizeof "DSSEv1 64 1848  ";

using SignatureBytes = std::array<std::byte, 64>;

// Views into the bytes that were parsed. Nothing in it is verified.
struct Envelope {
  std::span<const std::byte> payload;
  std::string_view payload_type;
  SignatureBytes signature{};
  ShortHex key_id;
};

// Takes an envelope apart; looks at form only.
//   kBundleEmpty         no byte at all
//   kBundleTooLarge      above kMaxEnvelopeBytes
//   kBundleTruncated     a length points past the end
//   kDuplicateSignature  a second signature follows the first
//   kBundleTrailing      anything else follows it
//   kEnvelopeMalformed   any other departure from the one form
Result<Envelope> ParseEnvelope(std::span<const std::byte> bytes);

// Puts one together; the number of bytes written.
//   kBundleTooLarge  the buffer is too small
Result<std::size_t> WriteEnvelope(const Envelope& envelope, std::span<std::byte> out);

// ---- The same with several signatures, for documents that several people stand behind

struct DocumentSignature {
  std::span<const std::byte> bytes;  // 64
  std::string_view key_id;           // 16 hex digits
};

// Views into the bytes that were parsed. Nothing in it is verified.
struct Document {
  static constexpr std::size_t kMaxSignatures = 6;

  std::span<const std::byte> payload;
  std::string_view payload_type;
  std::array<DocumentSignature, kMaxSignatures> signature_slots{};
  std::size_t signature_count = 0;

  [[nodiscard]] std::span<const DocumentSignature> signatures() const {
    return std::span(signature_slots).first(signature_count);
  }
};

// An envelope of one to six signatures, by key id in ascending order, none twice; a
// draft, which nobody has signed yet, may have none.
//   kBundleEmpty  kBundleTruncated  kBundleTrailing  kEnvelopeMalformed  as ParseEnvelope
//   kBundleTooLarge      above kMaxEnvelopeBytes, or more than six signatures
//   kDuplicateSignature  two of one key, or out of order
Result<Document> ParseDocument(std::span<const std::byte> bytes);

// Puts one together; the number of bytes written.
//   kBundleTooLarge  the buffer is too small
Result<std::size_t> WriteDocument(const Document& document, std::span<std::byte> out);

// What is signed: DSSE's pre-authentication encoding over type and payload; the number of
// bytes written.
//   kBundleTooLarge  the buffer is too small
// Source: DSSE v1.0.2, protocol.md (PAE).
Result<std::size_t> WritePae(std::string_view payload_type,
                             std::span<const std::byte> payload,
                             std::span<std::byte> out);

}  // namespace torpor::contract
