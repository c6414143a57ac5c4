// What torpor promises whatever its link does, judged from the outside: by the journal,
// by what torpord printed, by what the firmware said and by when each of them slept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "contract/terms.h"
#include "core/time.h"
#include "simulate/broker.h"
#include "telemetry/cycle_record.h"

namespace torpor::tests {

struct Evidence {
  contract::Terms terms;
  std::string contract;                        // short id
  std::vector<telemetry::CycleRecord> cycles;  // as journalled
  std::string lines;                           // torpord's, --lines json
  std::string robot_words, firmware_words;     // standard error, console
  int robot_exit = 0;
  bool firmware_lived = true;
  Instant faults_end{};  // on torpord's clock
  // Of the firmware, in a compressed run; in real time nobody can tell.
  std::vector<simulate::Waited> firmware_waits;
  Microseconds late{};  // how late a machine may be that runs other things, too
};

// Cycles after the last fault that may still show it.
inline constexpr std::size_t kCyclesToRecover = 4;

// Each promise that was broken, in words; empty when all were kept.
std::vector<std::string> Broken(const Evidence& evidence);

// Cycles after the last fault until the first that is normal again; none if there is
// none.
std::optional<std::size_t> RecoveredAfter(const Evidence& evidence);

// Batches that are counted as dropped, for whatever reason.
std::uint64_t Dropped(const Evidence& evidence);

}  // namespace torpor::tests
