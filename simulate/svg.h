// What the pictures of torpor have in common: words, and colours for light and dark
// pages.
#pragma once

#include <string>
#include <string_view>

namespace torpor::simulate {

// As printf; what is longer than 511 characters is cut.
[[gnu::format(printf, 1, 2)]] std::string Svg(const char* format, ...);

// Text that means itself.
std::string SvgText(std::string_view text);

// The opening of a picture of that size on a page of its own, with the classes page, ink,
// soft, grid, limit, away, alarm and alarmtext, and `style` for more of them; `dark` are
// the changes for dark pages.
std::string SvgHead(double width, double height, std::string_view style,
                    std::string_view dark);

}  // namespace torpor::simulate
