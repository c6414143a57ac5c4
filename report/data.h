// A report as JSON: what `torpor report --json` prints and the page draws. Its form is
// docs/report.md's.
#pragma once

#include <string>

#include "report/collect.h"

namespace torpor::report {

// Texts come out as valid UTF-8, whatever came in; what is not a finite number is null.
[[nodiscard]] std::string Data(const Collected& collected);

}  // namespace torpor::report
