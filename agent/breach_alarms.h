// Contract violations that become alarms: the episodes of this contract's clauses,
// remembered in the journal, so that a restart in the middle of one raises no second
// alarm.
#pragma once

#include <string>
#include <vector>

#include "cycle/breach_episodes.h"
#include "telemetry/cycle_record.h"
#include "telemetry/journal.h"

namespace torpor::agent {

class BreachAlarms {
 public:
  // Goes on where a robot under the same contract left off. Another contract is another
  // promise: its episodes begin anew, as they do where what is remembered cannot be read.
  BreachAlarms(const telemetry::JournalReader& journal, std::string contract);

  // The episodes that begin with this cycle.
  std::vector<cycle::Opened> Take(const telemetry::CycleRecord& record,
                                  const cycle::Judgement& judgement);
  // To be committed with the cycle.
  [[nodiscard]] telemetry::StateEntry Save() const;

 private:
  std::string contract_;  // its short id
  cycle::BreachEpisodes episodes_;
};

// "power: a cycle cost 12.3 J, at most 8 J allowed; 3 cycles in a row".
std::string InWords(const cycle::Opened& opened);

// As agent/alarm_body.h has it of a bearing's.
telemetry::Alarm BreachAlarm(const std::string& robot_id,
                             const telemetry::CycleRecord& record,
                             const cycle::Opened& opened);

}  // namespace torpor::agent
