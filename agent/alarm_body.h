// What an alarm says to whoever is sent it: the body in the journal, as JSON.
#pragma once

#include <string>

#include "detect/explanation.h"
#include "telemetry/cycle_record.h"

namespace torpor::agent {

// Under which it is one and the same alarm, however often it is raised or sent.
std::string AlarmId(const std::string& robot_id, const telemetry::CycleRecord& record);

// One object, no line break; its fields are listed in docs/journal.md.
std::string AlarmBody(const std::string& robot_id, const telemetry::CycleRecord& record,
                      const detect::Explanation& explanation);

}  // namespace torpor::agent
