// Manual pages in man(7), made from a program's surface.
#pragma once

#include <string>
#include <vector>

#include "command/surface.h"

namespace torpor::command {

struct ExitCode {
  int code = 0;
  std::string meaning;
};

// What pages say beside the surface itself.
struct ManualFacts {
  int section = 1;  // 1: a command, 8: a daemon
  std::string version;
  std::string date;             // "2026-11-01": of the release, so that pages reproduce
  std::vector<ExitCode> codes;  // that this program ends with
  std::string description;      // a paragraph of the program's own page; may be empty
};

struct ManualPage {
  std::string name;  // "torpor-contract"
  std::string text;
};

// One page of the program, which lists its commands, and one for each command, which has
// its sub-commands in it.
[[nodiscard]] std::vector<ManualPage> Manual(const Surface& surface,
                                             const ManualFacts& facts);

}  // namespace torpor::command
