// From bytes that anyone may have written to terms that code may trust.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "contract/digest.h"
#include "contract/envelope.h"
#include "contract/finding.h"
#include "contract/keyring.h"
#include "contract/terms.h"
#include "core/result.h"

namespace torpor::contract {

// Terms whose signature, form, ranges and rules have all been checked. Only Verify()
// makes one, so code that asks for one cannot be handed unchecked bytes. Owns what it
// shows.
class VerifiedTerms {
 private:
  class Maker {
    friend Status Verify(std::span<const std::byte> envelope, const Keyring& keyring,
                         std::optional<VerifiedTerms>& verified, Finding* why);
    Maker() = default;
  };

 public:
  explicit VerifiedTerms(Maker) {}  // in place, by Verify() alone
  [[nodiscard]] const Terms& terms() const { return terms_; }
  [[nodiscard]] const Digest& id() const { return id_; }  // of the payload
  [[nodiscard]] ShortDigest short_id() const { return ShortOf(id_); }
  [[nodiscard]] const ShortHex& key_id() const { return key_id_; }
  [[nodiscard]] std::span<const std::byte> payload() const {
    return std::span(payload_).first(payload_size_);
  }

 private:
  friend Status Verify(std::span<const std::byte> envelope, const Keyring& keyring,
                       std::optional<VerifiedTerms>& verified, Finding* why);

  Terms terms_;
  Digest id_{};
  ShortHex key_id_;
  std::array<std::byte, kMaxPayloadBytes> payload_{};
  std::size_t payload_size_ = 0;
};

// Checks a bundle and returns its terms. Reads no clock and allocates nothing. In this
// order:
//   what ParseEnvelope() says of the form
//   kKeyringEmpty      there is no key to check with
//   kUnknownKey        no trusted key has the bundle's key id
//   kKeyIdMismatch     a trusted key signed it, but not the one that the key id names
//   kBadSignature      no trusted key signed these bytes
//   kWrongPayloadType  another kind of document was signed
//   what DecodePayload() says of the payload's form and ranges
//   what Lint() finds first
//   kNotForThisRobot   it is of another fleet than the keyring
//   kKeyringTooOld     the contract asks for a keyring of a later version than this
// `why`, when given, gets the field in question.
// Source: RFC 8032 (Ed25519, pure), DSSE v1.0.2.
Result<VerifiedTerms> Verify(std::span<const std::byte> envelope, const Keyring& keyring,
                             Finding* why = nullptr);
// The same into `verified`, which is empty after anything but kOk: for a microcontroller,
// whose stack has no room for copies of 4 kB.
[[nodiscard]] Status Verify(std::span<const std::byte> envelope, const Keyring& keyring,
                            std::optional<VerifiedTerms>& verified, Finding* why);

// Whether terms and payload in memory are still those whose digest was signed: a bit that
// has flipped since is found.
[[nodiscard]] bool StillSigned(const VerifiedTerms& verified);

}  // namespace torpor::contract
