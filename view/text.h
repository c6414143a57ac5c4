// Lines of a terminal as data: what stands where and how it is meant. Everything that is
// shown is laid out here and in its neighbours, without a terminal; view/terminal.h
// paints it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace torpor::view {

// How a piece of text is meant. Never the only sign of it: the words say the same.
enum class Tone : std::uint8_t {
  kPlain,
  kQuiet,  // labels, what is usual
  kGood,
  kOdd,   // deviates, is not known, deserves a look
  kBad,   // somebody should do something
  kHead,  // names what follows
};

struct Span {
  std::string text;
  Tone tone = Tone::kPlain;
  friend bool operator==(const Span&, const Span&) = default;
};

// One line, from left to right. Texts are made of characters one column wide.
struct Line {
  std::vector<Span> spans{};

  Line& Add(std::string text, Tone tone = Tone::kPlain);
  // Blanks up to that column; at least one behind what stands there already.
  Line& To(std::size_t column);
  [[nodiscard]] std::size_t columns() const;
  [[nodiscard]] std::string text() const;
};

// What a terminal can show.
struct Look {
  std::size_t columns = 80;
  std::size_t rows = 24;  // 0: no end, as of a file
  bool utf8 = false;
};

// Characters of valid UTF-8, which is what our own texts are.
[[nodiscard]] std::size_t Columns(std::string_view text);
// No longer than so many columns; what is cut ends in '~'.
[[nodiscard]] Line Fit(const Line& line, std::size_t columns);
// The same for a text that is Safe() already.
[[nodiscard]] std::string FitText(std::string text, std::size_t columns);

// What others wrote (names, details, reports), as printable ASCII on one line: a
// character that is not, an escape or a byte that is no UTF-8 becomes '?'. Nothing that
// moves a cursor, changes a colour or turns the direction of writing is left.
[[nodiscard]] std::string Safe(std::string_view text);

// "117 ms", "9.88 s", "3 min 12 s", "2 h 05 min", "3 d 04 h"; "-" before one below 0.
[[nodiscard]] std::string InWords(Microseconds time);
// "20:41:56" and "2026-11-30 20:41:56", in UTC.
[[nodiscard]] std::string ClockOf(std::int64_t wall_us);
[[nodiscard]] std::string DateOf(std::int64_t wall_us);
// "24.6 J", "980 mJ".
[[nodiscard]] std::string Joules(double joules);
// As printf() has it, 255 bytes at most.
[[gnu::format(printf, 1, 2)]] [[nodiscard]] std::string Print(const char* format, ...);

}  // namespace torpor::view
