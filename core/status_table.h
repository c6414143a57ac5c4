// What each status is called, which exit code it becomes, what it means and what to do.
//
// Exit codes are those of sysexits.h: 64 usage, 65 data, 66 no input, 69 unavailable, 70
// internal, 71 system, 74 input/output, 77 permission (signatures, keys, floor), 78
// configuration.
#pragma once

#include <span>
#include <string_view>

#include "core/status.h"

namespace torpor {

struct StatusInfo {
  Status status;
  int exit_code;             // sysexits; 0 only for kOk
  std::string_view name;     // kebab-case, stable: metric labels and JSON
  std::string_view meaning;  // one clause: what was found
  std::string_view advice;   // one clause: what a person does about it
};

// All of them, in ascending number.
std::span<const StatusInfo> StatusTable();

// The row of a status; a row named "unknown" for a number that is not listed.
const StatusInfo& Info(Status status);

}  // namespace torpor
