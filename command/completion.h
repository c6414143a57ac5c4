// Scripts that complete a program's command line in a shell, made from its surface.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "command/surface.h"

namespace torpor::command {

inline constexpr std::array<std::string_view, 3> kShells = {"bash", "zsh", "fish"};

// `shell` is one of kShells; of another one comes nothing. Where a value may be any file,
// the shell completes files.
[[nodiscard]] std::string Completion(const Surface& surface, std::string_view shell);

}  // namespace torpor::command
