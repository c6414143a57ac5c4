// What the two sides compare when they agree, and how a difference reads.
#pragma once

#include <cstdint>
#include <span>

#include "contract/terms.h"
#include "core/bytes.h"
#include "link/refusal.h"

namespace torpor::contract {
class Keyring;
class VerifiedTerms;
}  // namespace torpor::contract

namespace torpor::link {

// The newest protocol version that this code and a side that speaks oldest to newest
// share; 0 when there is none.
std::uint8_t NewestCommon(std::uint8_t oldest, std::uint8_t newest);

Refusal NoCommonProtocol(std::uint8_t their_oldest, std::uint8_t their_newest);
// Both ids, in short, when more is not known.
Refusal ContractsDiffer(const Digest& ours, const Digest& theirs);
Refusal FloorsDiffer(const contract::Version& ours, const contract::Version& theirs);
// One side trusts keys that the other has never heard of, or that it has dropped.
Refusal KeyringsDiffer(std::uint32_t ours, std::uint32_t theirs);

// Which parameter it is: the first field in which our contract and the other side's
// signed bundle differ, with both values. When that bundle does not verify with our keys,
// or is not what the other side stated, only the ids are known to differ.
Refusal CompareContracts(const contract::VerifiedTerms& ours, const Digest& theirs_id,
                         std::span<const std::byte> theirs,
                         const contract::Keyring& keyring);

}  // namespace torpor::link
