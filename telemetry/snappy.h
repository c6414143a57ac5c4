// Snappy's block format, by libsnappy (Debian: libsnappy1v5), which is found when it is
// needed: with it comes a C++ library that nobody else holds in memory. Its declarations
// are our own, so that torpor is built without its headers.
// Source: snappy-c.h of Snappy 1.1.9; the library keeps its binary interface under one
// name.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace torpor::telemetry {

// False without the library, which is then looked for each time; `why` says what the
// loader said. Never unloaded.
[[nodiscard]] bool LoadSnappy(std::string& why);

// One block.
//   kSnappyMissing  as LoadSnappy() is false
//   kOs             the library fails
[[nodiscard]] Result<std::string> Snappy(std::string_view text, std::string& why);

}  // namespace torpor::telemetry
