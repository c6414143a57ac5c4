#include "link/disagreement.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "contract/difference.h"
#include "contract/digest.h"
#include "contract/fields.h"
#include "contract/keyring.h"
#include "contract/verify.h"
#include "link/line.h"
#include "link/messages.h"

namespace torpor::link {
namespace {

contract::Address Range(std::uint8_t oldest, std::uint8_t newest) {
  std::array<char, 64> room{};
  Line line(room);
  line << "protocol " << oldest << " to " << newest;
  contract::Address text;
  text.Assign(line.view());
  return text;
}

contract::Address Named(const contract::Version& version) {
  std::array<char, 64> room{};
  Line line(room);
  line << "epoch " << version.epoch << " version " << version.number;
  contract::Address text;
  text.Assign(line.view());
  return text;
}

}  // namespace

std::uint8_t NewestCommon(std::uint8_t oldest, std::uint8_t newest) {
  const std::uint8_t common = std::min(newest, kNewestProtocol);
  const bool exists = oldest <= newest && common >= std::max(oldest, kOldestProtocol);
  return exists ? common : std::uint8_t{0};
}

Refusal NoCommonProtocol(std::uint8_t their_oldest, std::uint8_t their_newest) {
  return Refused(Status::kProtocolVersion, Range(kOldestProtocol, kNewestProtocol).view(),
                 Range(their_oldest, their_newest).view());
}

Refusal ContractsDiffer(const Digest& ours, const Digest& theirs) {
  return Refused(Status::kContractDiffers, contract::Hex(contract::ShortOf(ours)).view(),
                 contract::Hex(contract::ShortOf(theirs)).view());
}

Refusal FloorsDiffer(const contract::Version& ours, const contract::Version& theirs) {
  return Refused(Status::kFloorDiffers, Named(ours).view(), Named(theirs).view());
}

Refusal KeyringsDiffer(std::uint32_t ours, std::uint32_t theirs) {
  const auto named = [](std::uint32_t version) {
    std::array<char, 32> room{};
    Line line(room);
    line << "keyring " << version;
    contract::Address text;
    text.Assign(line.view());
    return text;
  };
  return Refused(Status::kKeyringDiffers, named(ours).view(), named(theirs).view());
}

Refusal CompareContracts(const contract::VerifiedTerms& ours, const Digest& theirs_id,
                         std::span<const std::byte> theirs,
                         const contract::Keyring& keyring) {
  const Refusal only_ids = ContractsDiffer(ours.id(), theirs_id);
  const auto verified = contract::Verify(theirs, keyring);
  if (!verified.ok() || verified->id() != theirs_id) return only_ids;

  std::array<contract::Difference, 64> differences{};
  const std::size_t count =
      contract::Differences(ours.terms(), verified->terms(), differences);
  const auto all = std::span(differences).first(std::min(count, differences.size()));
  if (all.empty()) return only_ids;
  // Two contracts nearly always differ in version and dates too; what a person needs to
  // know first is what else does.
  const auto telling = std::ranges::find_if(
      all, [](const auto& d) { return d.field >= contract::kTargetsField; });
  const contract::Difference& named = telling != all.end() ? *telling : all.front();
  return {.reason = static_cast<std::uint16_t>(named.reason()),
          .ours = named.ours,
          .theirs = named.theirs};
}

}  // namespace torpor::link
