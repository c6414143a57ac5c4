// A mistyped sub-command or option is answered with the one that was probably meant.
#pragma once

#include <span>
#include <string>

#include "command/surface.h"

namespace torpor::command {

// What to say when a word behind the program's name is neither a sub-command where one is
// due nor an option that there is; empty when the words are good. Values are not looked
// at.
[[nodiscard]] std::string Mistyped(const Surface& surface,
                                   std::span<const char* const> words);

}  // namespace torpor::command
