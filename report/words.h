// A report in words: how it went, and what is not known.
#pragma once

#include <string>
#include <vector>

#include "report/summary.h"

namespace torpor::report {

struct Account {
  enum class Grade { kNothing, kKept, kDeviated, kAlarm };  // the worst of them
  Grade grade = Grade::kNothing;
  std::string headline;                // a few words
  std::vector<std::string> sentences;  // one paragraph
};
[[nodiscard]] Account InWords(const Collected& collected, const Summary& sum);

// Each with its consequence, a sentence or two.
[[nodiscard]] std::vector<std::string> NotKnown(const Collected& collected,
                                                const Summary& sum);

// A figure that people look for first, with what it is measured by.
struct Figure {
  std::string label, value, note;
};
[[nodiscard]] std::vector<Figure> Figures(const Collected& collected, const Summary& sum);

// 1234567 as "1,234,567".
[[nodiscard]] std::string Count(std::uint64_t number);
// "2026-11-23 16:49 UTC"; what no calendar has is said as a number.
[[nodiscard]] std::string When(std::int64_t wall_us);
// "24.0 hours", "12 min", "30.0 days".
[[nodiscard]] std::string Lasting(Microseconds time);

}  // namespace torpor::report
