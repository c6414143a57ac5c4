// Saying no once, clearly and cheaply: one line of JSON on standard error, an exit code,
// and a mark so that a restart within the same period costs next to nothing.
#pragma once

#include <cstdint>
#include <string>

#include "core/status.h"

namespace torpor::agent {

struct Refusal {
  Status status = Status::kOk;
  std::uint16_t field =
      0;              // contract.proto's number of the parameter that disagrees; 0: none
  std::string where;  // file, device or parameter
  std::string ours, theirs;  // both values, where two were compared

  // What journals and people see: 1000 + field when a parameter disagrees, else the
  // status.
  [[nodiscard]] std::uint16_t reason() const {
    return field != 0 ? static_cast<std::uint16_t>(1000 + field)
                      : static_cast<std::uint16_t>(status);
  }
  [[nodiscard]] bool any() const { return status != Status::kOk; }
};

// A refusal of one status about one place: a file, a device, a parameter.
Refusal Because(Status status, std::string where);

// One object, no line break: program, reason, name, what, where, ours, theirs, do.
std::string JsonLine(const Refusal& refusal);

// "meaning: where, ours X, theirs Y", for people.
std::string InWords(const Refusal& refusal);

int ExitCode(const Refusal& refusal);

}  // namespace torpor::agent
