// Alarms to send, for tests of where they are sent to.
#pragma once

#include <string>
#include <vector>

#include "telemetry/journal_reader.h"

namespace torpor::simulate {

// Of robot r-1: r-1-0123-1, r-1-0123-2 and so on, each with its id for a body.
inline std::vector<telemetry::Alarm> Alarms(int count) {
  std::vector<telemetry::Alarm> alarms;
  for (int i = 1; i <= count; ++i) {
    const std::string id = "r-1-0123-" + std::to_string(i);
    alarms.push_back({id, 1, "{\"id\":\"" + id + "\"}"});
  }
  return alarms;
}

}  // namespace torpor::simulate
