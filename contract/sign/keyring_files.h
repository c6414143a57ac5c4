// Keyrings on disk: a list of public keys, or signed documents that follow each other.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "contract/keyring.h"
#include "core/result.h"

namespace torpor::contract::sign {

// All that some files and folders hold of trust.
struct InstalledKeyring {
  // Each following the one before, oldest first; at least one.
  std::vector<Keyring> keyrings;
  // Of each, for a peer that holds the one before; none for a list of public keys.
  std::vector<std::vector<std::byte>> documents;

  [[nodiscard]] const Keyring& newest() const { return keyrings.back(); }
};

// Reads .pub files, .keyring documents, and folders of either. Of documents the one of
// the lowest version is trusted as it was installed, and each further one must follow it.
// `culprit`, when given, gets the file that was refused.
//   kFileMissing  kIo  kKeyMalformed  kWeakKey  kKeyringFull
//   kKeyringEmpty  there was no key in any of them
//   kKeyringMixed  .pub files stand beside a document: which of the two decides?
//   what OpenKeyring() and FollowKeyring() say
Result<InstalledKeyring> ReadInstalledKeyring(const std::vector<std::string>& paths,
                                              std::string* culprit = nullptr);

// The newest of them alone.
Result<Keyring> ReadKeyring(const std::vector<std::string>& paths,
                            std::string* culprit = nullptr);

// One document, unverified.
//   kFileMissing  kIo
//   kBundleTooLarge  more than a keyring may have
Result<std::vector<std::byte>> ReadKeyringDocument(const std::string& path);

}  // namespace torpor::contract::sign
