#include "link/disagreement.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string_view>

#include "contract/difference.h"
#include "contract/digest.h"
#include "contract/fields.h"
#include "contract/keyring.h"
#include "contract/verify.h"
#include "link/messages.h"

namespace torpor::link {
namespace {

class Words {
 public:
  Words& operator<<(std::string_view text) {
    for (const char c : text) {
      if (size_ < room_.size()) room_[size_++] = c;
    }
    return *this;
  }
  Words& operator<<(std::uint64_t number) {
    std::array<char, 20> digits{};
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    return *this << std::string_view(digits.data(),
                                     static_cast<std::size_t>(end - digits.data()));
  }
  [[nodiscard]] std::string_view view() const { return {room_.data(), size_}; }

 private:
  std::array<char, 64> room_{};
  std::size_t size_ = 0;
};

Words Range(std::uint8_t oldest, std::uint8_t newest) {
  Words words;
  words << "protocol " << oldest << " to " << newest;
  return words;
}

Words Named(const contract::Version& version) {
  Words words;
  words << "epoch " << version.epoch << " version " << version.number;
  return words;
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
