// The keys that torpord works with: the keyrings that are installed, the pairing key, and
// the one that is to follow it. Files of the key folders; people put them there, torpord
// notices while it works.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "agent/options.h"
#include "agent/refusal.h"
#include "agent/state_folder.h"
#include "contract/sign/keyring_files.h"
#include "contract/verify.h"
#include "link/computer_end.h"

namespace torpor::agent {

struct Trust {
  contract::sign::InstalledKeyring keyrings;
  link::Pairing pairing;
};

// Refuses with what ReadInstalledKeyring() and ReadPairingKey() refuse, and
//   kRolledBack  the newest keyring is older than one that was agreed on before
std::variant<Trust, Refusal> LoadTrust(const Options& options,
                                       const Remembered& remembered);

// A contract, and which of several keyrings it is good under.
struct VerifiedUnder {
  contract::VerifiedTerms contract;
  std::size_t keyring = 0;
};

// Verifies under the newest keyring that trusts the signer, of those that lead to the
// newest of all: a keyring that drops the signer of the contract that is obeyed waits
// until another contract has taken over. Refuses with what Verify() says under the
// newest.
Result<VerifiedUnder> VerifyUnderAny(std::span<const std::byte> bundle,
                                     std::span<const contract::Keyring> oldest_first,
                                     contract::Finding* why = nullptr);

// Where the pairing key that is to follow lies.
std::filesystem::path NextPairingPath(const Options& options);

// The firmware has changed to the next pairing key: it takes the place of the present
// one.
//   kIo  errno says why; both are tried at the next start as well
[[nodiscard]] Status PromotePairing(const Options& options);

// Names, sizes and times of all files that trust rests on: whether reading them again may
// bring anything new.
std::string FingerprintOfKeys(const Options& options);

}  // namespace torpor::agent
