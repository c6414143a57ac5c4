// Whether a verified contract is for this robot, not older than what it has obeyed
// before, and valid now.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "contract/verify.h"
#include "core/bytes.h"
#include "core/status.h"

namespace torpor::contract {

struct RobotIdentity {
  std::string_view id;
  std::span<const std::string_view> groups;
};

// The newest contract ever obeyed, as kept through restarts. Version {0, 0}: none yet.
struct Floor {
  Version version{};
  Digest contract_id{};
  friend bool operator==(const Floor&, const Floor&) = default;
};

// Unix seconds. A lower bound (build time, last trusted time) proves that a contract has
// expired; that one is not valid yet is provable only by a clock known to be right.
struct TimeKnowledge {
  std::uint64_t lower_bound_s = 0;  // when synchronised: now
  bool synchronised = false;
};

// How far ahead of the floor a contract may be, so that no single signature uses up all
// version numbers.
inline constexpr std::uint64_t kMaxVersionStep = 65'536;
inline constexpr std::uint32_t kMaxEpochStep = 256;

// Whether a version may follow what a robot has obeyed before, whatever the content.
//   kRolledBack   below the floor
//   kFastForward  more than kMaxVersionStep versions (in a new epoch: above 0) or
//                 kMaxEpochStep epochs above the floor
[[nodiscard]] Status CheckVersion(const Version& version, const Version& floor);

// Whether the dates of a contract allow it to be obeyed now.
//   kExpired      valid no longer, provably
//   kNotYetValid  not valid yet, by a synchronised clock
[[nodiscard]] Status CheckDates(const Terms& terms, const TimeKnowledge& time);

// In this order:
//   kNotForThisRobot  no target names the robot, a group of its or all
//   kRolledBack       the version is below the floor's
//   kReplayed         the version is the floor's, the content is not
//   kFastForward      more than kMaxVersionStep versions (in a new epoch: above 0) or
//                     kMaxEpochStep epochs above the floor
//   and what CheckDates() says
[[nodiscard]] Status Accept(const VerifiedTerms& verified, const RobotIdentity& robot,
                            const Floor& floor, const TimeKnowledge& time);

// The floor after obeying this contract: never lower than before.
Floor Raised(const Floor& floor, const VerifiedTerms& verified);

}  // namespace torpor::contract
