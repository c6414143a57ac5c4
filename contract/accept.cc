#include "contract/accept.h"

#include <algorithm>

namespace torpor::contract {
namespace {

using enum Status;

bool Names(const Target& target, const RobotIdentity& robot) {
  switch (target.kind) {
    case TargetKind::kAll:
      return true;
    case TargetKind::kGroup:
      return std::ranges::find(robot.groups, target.id.view()) != robot.groups.end();
    case TargetKind::kRobot:
      return target.id.view() == robot.id;
  }
  return false;
}

}  // namespace

Status CheckVersion(const Version& version, const Version& floor) {
  if (version < floor) return kRolledBack;
  if (version.epoch - floor.epoch > kMaxEpochStep) return kFastForward;
  const std::uint64_t base = version.epoch == floor.epoch ? floor.number : 0;
  return version.number - base > kMaxVersionStep ? kFastForward : kOk;
}

Status CheckDates(const Terms& terms, const TimeKnowledge& time) {
  if (time.lower_bound_s >= terms.not_after_s) return kExpired;
  if (time.synchronised && time.lower_bound_s < terms.not_before_s) return kNotYetValid;
  return kOk;
}

Status Accept(const VerifiedTerms& verified, const RobotIdentity& robot,
              const Floor& floor, const TimeKnowledge& time) {
  const Terms& terms = verified.terms();
  const auto targets = terms.targets();
  if (!std::ranges::any_of(targets, [&](const Target& t) { return Names(t, robot); })) {
    return kNotForThisRobot;
  }
  if (floor.version != Version{}) {
    const Status status = CheckVersion(terms.version, floor.version);
    if (status != kOk) return status;
    if (terms.version == floor.version && verified.id() != floor.contract_id)
      return kReplayed;
  }
  return CheckDates(terms, time);
}

Floor Raised(const Floor& floor, const VerifiedTerms& verified) {
  const Version& version = verified.terms().version;
  return version > floor.version ? Floor{version, verified.id()} : floor;
}

}  // namespace torpor::contract
