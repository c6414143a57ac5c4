// Keys on disk. Public ones are one line of text, so that people can mail and compare
// them; private ones and pairing keys are readable by their owner alone, or refused.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "contract/keyring.h"
#include "contract/sign/sign.h"
#include "core/result.h"

namespace torpor::contract::sign {

// NAME.pub:  torpor-ed25519-public KEYID BASE64, the base64 being the key's standard form
//            (SubjectPublicKeyInfo, RFC 8410) that openssl reads
// NAME.key:  torpor-ed25519-private KEYID BASE64, of the 32 bytes of seed
//   kKeyMalformed  not such a line, or the key id is not the key's
//   kWeakKey       see Keyring::Add()
Result<PublicKey> ParsePublicKey(std::string_view line);
std::string FormatPublicKey(const PublicKey& key);

// Writes path.key (0600) and path.pub.
//   kFileExists  either is there already; keys are never overwritten
//   kIo          no permission, no room, no folder
Status WriteKeyPair(const std::string& path, const PrivateKey& key);

//   kFileMissing  kIo  kKeyFileExposed  kKeyMalformed
Result<PrivateKey> ReadPrivateKey(const std::string& path);

// A bundle, unverified.
//   kBundleMissing  kBundleEmpty  kBundleTooLarge  kIo
Result<std::vector<std::byte>> ReadBundle(const std::string& path);

// What firmware and robot share: 32 random bytes, raw, in a file that only its owner may
// read.
using PairingKey = std::array<std::byte, 32>;
inline constexpr const char* kPairingFileName = "pairing.key";

PairingKey MakePairingKey();
//   kFileExists  kIo
Status WritePairingKey(const std::string& path, const PairingKey& key);
//   kPairingMissing  kIo  kKeyFileExposed  kKeyMalformed
Result<PairingKey> ReadPairingKey(const std::string& path);

}  // namespace torpor::contract::sign
