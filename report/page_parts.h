// The files of report/page/ and the charting library, as the build has found them, in
// pieces that every compiler takes.
#pragma once

#include <span>
#include <string_view>

namespace torpor::report {

extern const std::span<const std::string_view> kFrame;    // page.html
extern const std::span<const std::string_view> kStyle;    // page.css
extern const std::span<const std::string_view> kScript;   // the scripts, in their order
extern const std::span<const std::string_view> kLibrary;  // dygraphs
extern const std::span<const std::string_view> kLicence;  // of dygraphs

}  // namespace torpor::report
