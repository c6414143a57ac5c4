#include "view/text.h"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdarg>
#include <cstdio>
#include <ctime>
#include <utility>

namespace torpor::view {
namespace {

bool Continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

// Bytes of the first character of a text that is not empty; a byte that begins none is
// one of its own.
std::size_t FirstCharacter(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t wanted = lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  std::size_t size = 1;
  while (size < wanted && size < text.size() && Continues(text[size])) ++size;
  return size;
}

std::string TimeOf(std::int64_t wall_us, const char* format) {
  const auto seconds = static_cast<std::time_t>(
      std::chrono::floor<std::chrono::seconds>(Microseconds(wall_us)).count());
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return "unknown";
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), format, &parts);
  return text.data();
}

}  // namespace

Line& Line::Add(std::string text, Tone tone) {
  if (!text.empty()) spans.push_back({std::move(text), tone});
  return *this;
}

Line& Line::To(std::size_t column) {
  const std::size_t now = columns();
  return Add(std::string(column > now ? column - now : 1, ' '));
}

std::size_t Line::columns() const {
  std::size_t sum = 0;
  for (const Span& span : spans) sum += Columns(span.text);
  return sum;
}

std::string Line::text() const {
  std::string all;
  for (const Span& span : spans) all += span.text;
  return all.erase(all.find_last_not_of(' ') + 1);
}

std::size_t Columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char byte) { return !Continues(byte); }));
}

std::string FitText(std::string text, std::size_t columns) {
  if (Columns(text) <= columns) return text;
  std::size_t at = 0;
  for (std::size_t column = 1; column < columns; ++column) {
    at += FirstCharacter(std::string_view(text).substr(at));
  }
  text.resize(at);
  return columns == 0 ? text : text + '~';
}

Line Fit(const Line& line, std::size_t columns) {
  if (line.columns() <= columns) return line;
  Line fitted;
  std::size_t left = columns;
  for (const Span& span : line.spans) {
    const std::size_t wide = Columns(span.text);
    // Something follows: the mark of a cut needs the last column.
    if (wide < left || (wide == left && &span == &line.spans.back())) {
      fitted.spans.push_back(span);
      left -= wide;
      continue;
    }
    fitted.Add(FitText(span.text + ' ', left), span.tone);
    break;
  }
  return fitted;
}

std::string Safe(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    const std::size_t size = FirstCharacter(text);
    const char first = text.front();
    safe += size == 1 && first >= ' ' && first <= '~' ? first : '?';
    text.remove_prefix(size);
  }
  return safe;
}

std::string Print(const char* format, ...) {
  std::array<char, 256> text{};
  std::va_list values;
  va_start(values, format);
  std::vsnprintf(text.data(), text.size(), format, values);
  va_end(values);
  return text.data();
}

std::string InWords(Microseconds time) {
  if (time.count() < 0) {
    return "-" + InWords(time == Microseconds::min() ? Microseconds::max() : -time);
  }
  const double s = static_cast<double>(time.count()) / 1e6;
  if (s < 0.9995) return Print("%.0f ms", s * 1000);
  if (s < 9.995) return Print("%.2f s", s);
  if (s < 119.95) return Print("%.1f s", s);
  const std::int64_t whole = time.count() / 1'000'000;
  if (whole < 7200) {
    return Print("%" PRId64 " min %02" PRId64 " s", whole / 60, whole % 60);
  }
  const std::int64_t hours = whole / 3600;
  if (hours < 48) return Print("%" PRId64 " h %02" PRId64 " min", hours, whole / 60 % 60);
  return Print("%" PRId64 " d %02" PRId64 " h", hours / 24, hours % 24);
}

std::string ClockOf(std::int64_t wall_us) { return TimeOf(wall_us, "%H:%M:%S"); }
std::string DateOf(std::int64_t wall_us) { return TimeOf(wall_us, "%Y-%m-%d %H:%M:%S"); }

std::string Joules(double joules) {
  if (joules != 0 && joules < 0.9995 && joules > -0.9995) {
    return Print("%.0f mJ", joules * 1000);
  }
  return Print("%.1f J", joules);
}

}  // namespace torpor::view
