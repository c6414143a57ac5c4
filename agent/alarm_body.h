// What an alarm says to whoever is sent it: the body in the journal, as JSON.
#pragma once

#include <string>

#include "detect/explanation.h"
#include "telemetry/cycle_record.h"

namespace torpor::agent {

// One object, no line break; its fields are listed in docs/journal.md.
std::string AlarmBody(const std::string& robot_id, const telemetry::CycleRecord& record,
                      const detect::Explanation& explanation);

}  // namespace torpor::agent
