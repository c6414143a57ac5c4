#include "firmware/core/activation.h"

#include <utility>

namespace torpor::firmware {

using link::Phase;

void Found(Record& record, const Digest& provisioned, const Kept& active) {
  record.provisioned = provisioned;
  record.active = active;
  record.previous = record.staged = {};
  record.phase = Phase::kSteady;
  record.trial_left = 0;
}

std::uint32_t FreePlace(const Record& record) { return record.active.place == 1 ? 2 : 1; }

Status MayStage(const Record& record, const Digest& id,
                const contract::Version& version) {
  if (record.phase != Phase::kSteady) return Status::kTakeOverUnderWay;
  if (id == record.active.id) return Status::kReplayed;
  if (id == record.reverted) return Status::kRevertedBefore;
  if (version <= record.floor.version) return Status::kRolledBack;
  return Status::kOk;
}

void Unstage(Record& record) { record.staged = {}; }

void Stage(Record& record, const Kept& kept, std::uint32_t trial_cycles) {
  record.staged = kept;
  record.trial_left = trial_cycles;
}

bool Activate(Record& record, const Digest& id) {
  if (record.phase != Phase::kSteady || record.staged.empty() || id != record.staged.id) {
    return false;
  }
  record.phase = Phase::kActivating;
  return true;
}

Moved Advance(Record& record) {
  Moved moved = Moved::kNo;
  if (record.phase == Phase::kActivating) {
    record.previous = std::exchange(record.active, std::exchange(record.staged, {}));
    record.phase = Phase::kTrial;
    moved = Moved::kForward;
  } else if (record.phase == Phase::kTrial && record.trial_left > 1) {
    --record.trial_left;
  } else if (record.phase == Phase::kTrial) {
    GoBack(record, static_cast<std::uint16_t>(Status::kTrialOver));
    moved = Moved::kBack;
  }
  if (record.active.lease_left > 0) --record.active.lease_left;
  return moved;
}

bool GoBack(Record& record, std::uint16_t reason) {
  if (record.phase != Phase::kTrial || record.previous.empty()) return false;
  record.reverted = record.active.id;
  record.reverted_reason = reason;
  record.active = std::exchange(record.previous, {});
  record.phase = Phase::kSteady;
  record.trial_left = 0;
  return true;
}

bool Keep(Record& record, const Digest& id, const contract::Floor& raised) {
  if (record.phase != Phase::kTrial || id != record.active.id) return false;
  record.phase = Phase::kSteady;
  record.previous = {};
  record.trial_left = 0;
  record.floor = raised;
  return true;
}

}  // namespace torpor::firmware
