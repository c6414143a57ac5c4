// How one contract takes over from another, as changes of the record and nothing else:
// no flash, no clock, no link. tests/model/activation.pml is the same protocol, proved.
#pragma once

#include <cstdint>

#include "contract/terms.h"
#include "core/status.h"
#include "firmware/core/record.h"

namespace torpor::firmware {

// A robot that was provisioned anew obeys what it was provisioned with; what was staged
// or on trial is forgotten, the floor is not.
void Found(Record& record, const Digest& provisioned, const Kept& active);

// The slot (1 or 2) that may be written while MayStage() says so: the obeyed contract is
// not in it, and there is none to go back to.
std::uint32_t FreePlace(const Record& record);

// Whether an offered contract that verifies may be staged.
//   kTakeOverUnderWay  another one is being activated or on trial
//   kReplayed          it is the obeyed one
//   kRolledBack        it is not newer than the newest that was obeyed for good
//   kRevertedBefore    the firmware went back from it
[[nodiscard]] Status MayStage(const Record& record, const Digest& id,
                              const contract::Version& version);

// No record names a slot that is being written: to be stored before the slot is touched.
void Unstage(Record& record);
// The slot has been written and read back. A trial of it will have so many periods.
void Stage(Record& record, const Kept& kept, std::uint32_t trial_cycles);

// The computer holds it as well: obey what is staged from the next boundary on. False:
// nothing is staged under this id, or something is under way.
bool Activate(Record& record, const Digest& id);

enum class Moved : std::uint8_t { kNo, kForward, kBack };

// A period or a boot begins: what was activated is obeyed, on trial; a trial that nobody
// ended goes back. Each counts one of the obeyed contract's lease.
Moved Advance(Record& record);

// It cannot be obeyed, or its time is over: obey the one before. False: there is none.
bool GoBack(Record& record, std::uint16_t reason);

// The computer has judged a cycle under it: never go back. False: no trial, or another.
bool Keep(Record& record, const Digest& id, const contract::Floor& raised);

}  // namespace torpor::firmware
