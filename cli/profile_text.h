// How torpor profile shows what it found, to people and to programs.
#pragma once

#include <optional>
#include <string>

#include "telemetry/profile.h"

namespace torpor::cli {

// The columns, and one inference under them; times of less than 10 s in milliseconds.
std::string Head();
std::string Line(const telemetry::Between& between);
std::string InWords(const telemetry::ProfileSummary& summary,
                    const std::optional<telemetry::Rhythm>& rhythm);

std::string JsonLine(const telemetry::Between& between);
// With a newline: it follows the inferences.
std::string Json(const telemetry::ProfileSummary& summary,
                 const std::optional<telemetry::Rhythm>& rhythm);

}  // namespace torpor::cli
