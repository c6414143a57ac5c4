// A machine's life as a workstation reads it: what the front end heard, cycle by cycle.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/status.h"
#include "model/engine.h"

namespace torpor::detect {

// One cycle of a life: what the engine said, and what it made of the window.
struct Look {
  Status status = Status::kOk;
  model::Output output;
};

// One machine from new, one look a cycle.
struct Life {
  std::string id;
  std::vector<Look> looks;
  std::size_t healthy_cycles =
      0;  // from the start, taken as healthy; the rest is not read
};

}  // namespace torpor::detect
