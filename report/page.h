// The page: one HTML file that needs nothing else. Script, style and the charting library
// are in it; what the library's licence asks for is, too.
#pragma once

#include <string>
#include <string_view>

namespace torpor::report {

// `data` is what Data() gives: JSON, valid UTF-8. The same data give the same bytes. The
// page's own policy lets nothing run but the scripts whose digests it names, and nothing
// be fetched.
[[nodiscard]] std::string Page(std::string_view data);

}  // namespace torpor::report
