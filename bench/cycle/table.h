// Findings for people, and for programs.
#pragma once

#include <filesystem>
#include <string>

#include "bench/cycle/findings.h"

namespace torpor::bench {

// Tables in Markdown, and a line for each bar.
[[nodiscard]] std::string Table(const Findings& findings);

[[nodiscard]] std::string Json(const Findings& findings);

}  // namespace torpor::bench
