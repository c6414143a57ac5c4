#include "simulate/svg.h"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>

namespace torpor::simulate {
namespace {

constexpr std::string_view kStyle =
    R"( .page{fill:#ffffff}.ink{fill:#1b2430}.soft{fill:#5d6875}.grid{stroke:#e3e7ec}
 .limit{stroke:#c2410c;stroke-dasharray:6 4}.alarm{stroke:#b91c1c;stroke-width:1.5}
 .alarmtext{fill:#b91c1c;font-weight:600;paint-order:stroke;stroke:#ffffff;stroke-width:5px}
 .away{fill:#94a3b8;opacity:.25}
)";
constexpr std::string_view kDark =
    R"(.page{fill:#10151c}.ink{fill:#e6ebf1}.soft{fill:#9aa6b4}.grid{stroke:#27303b}
 .alarm{stroke:#ff7b72}.alarmtext{fill:#ff7b72;stroke:#10151c}
)";

}  // namespace

std::string Svg(const char* format, ...) {
  std::array<char, 512> text{};
  va_list values;
  va_start(values, format);
  const int length = std::vsnprintf(text.data(), text.size(), format, values);
  va_end(values);
  return {text.data(), static_cast<std::size_t>(std::clamp(length, 0, 511))};
}

std::string SvgText(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '<') {
      safe += "&lt;";
    } else if (c == '&') {
      safe += "&amp;";
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string SvgHead(double width, double height, std::string_view style,
                    std::string_view dark) {
  std::string head = Svg(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\"\n"
      " font-family=\"system-ui, sans-serif\" font-size=\"13\" role=\"img\">\n<style>\n",
      width, height);
  head += kStyle;
  head += style;
  head += " @media (prefers-color-scheme:dark){";
  head += kDark;
  head += dark;
  head += " }\n</style>\n";
  return head + Svg("<rect class=\"page\" width=\"%g\" height=\"%g\"/>\n", width, height);
}

}  // namespace torpor::simulate
