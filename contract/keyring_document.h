// A keyring as a signed document, and how one follows another: the roots of the keyring
// that is held, and those of the new one, must both have signed it, as many as each says,
// so that neither a lost root nor a stolen one decides alone. Layout:
// docs/keyring-format.md.
// Source: the rule for root metadata of The Update Framework, specification 1.0, 5.3.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "contract/keyring.h"
#include "core/result.h"

namespace torpor::contract {

inline constexpr std::string_view kKeyringType = "application/vnd.torpor.keyring.v0";
inline constexpr std::size_t kMaxKeyringBytes = 1024;
inline constexpr std::size_t kMaxKeyringPayloadBytes = 320;

// A keyring that is installed by hand and so trusted for itself: only that its own roots
// stand behind it is checked, which shows that it is whole and finished.
//   what ParseDocument() says of the form; kBundleTooLarge above kMaxKeyringBytes
//   kWrongPayloadType   another kind of document was signed
//   kPayloadMalformed   not a keyring, or one of more keys than a keyring holds
//   kFieldMissing       a field is zero or empty
//   kOutOfRange         version above 65535, or a threshold above the number of roots
//   kKeyOrder           keys are not in ascending order, or one stands twice
//   kWeakKey  kKeyWithTwoRoles  what Keyring::Add() says
//   kNotCanonical       decoding and encoding again gives other bytes
//   kBadSignature       a signature of a root does not fit these bytes
//   kTooFewSignatures   fewer of its own roots than its threshold have signed
// `opened` is empty after anything but kOk.
[[nodiscard]] Status OpenKeyring(std::span<const std::byte> document, Keyring& opened);

// One that was verified before, as the digest of the whole document proves: for a start
// that has no time to verify it again.
//   kBadSignature  it is another document
[[nodiscard]] Status ReopenKeyring(std::span<const std::byte> document,
                                   const Digest& verified, Keyring& opened);

// The keyring that follows `held`, which a robot may take from anybody. `next` must be
// another object than `held`. All of the above, and
//   kKeyringFixed       `held` names no roots
//   kNotForThisRobot    it is another fleet's
//   kRolledBack         its version is not above the one held
//   kKeyringSkips       its version is not the next one
//   kTooFewSignatures   also: fewer of the held roots than the held threshold
[[nodiscard]] Status FollowKeyring(std::span<const std::byte> document,
                                   const Keyring& held, Keyring& next);

// What is to be signed: the one form of this keyring's content; the number of bytes. Keys
// are put in order.
//   kFieldMissing  kOutOfRange  as OpenKeyring
//   kFileTooLarge  the buffer is too small
Result<std::size_t> EncodeKeyring(const Keyring& keyring, std::span<std::byte> out);

// What the payload says, whoever signed it: to show it and to count signatures, never to
// trust it.
[[nodiscard]] Status ReadUnverifiedKeyring(std::span<const std::byte> payload,
                                           Keyring& read);

}  // namespace torpor::contract
