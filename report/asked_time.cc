#include "report/asked_time.h"

#include <array>
#include <charconv>
#include <chrono>
#include <string>
#include <system_error>
#include <utility>

namespace torpor::report {
namespace {

// Takes so many digits off the front.
std::optional<int> Digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = 10 * value + (c - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool Take(std::string_view& text, std::string_view one_of) {
  if (text.empty() || one_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// "16:49" or "16:49:27"; less than nothing where it is neither.
std::chrono::seconds OfDay(std::string_view& text) {
  constexpr std::chrono::seconds kNone{-1};
  const auto hour = Digits(text, 2);
  if (!hour || !Take(text, ":")) return kNone;
  const auto minute = Digits(text, 2);
  std::optional<int> second = 0;
  if (minute && Take(text, ":")) second = Digits(text, 2);
  if (!minute || !second || *hour > 23 || *minute > 59 || *second > 59) return kNone;
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second);
}

}  // namespace

std::optional<std::int64_t> Moment(std::string_view text) {
  const auto year = Digits(text, 4);
  if (!year || !Take(text, "-")) return std::nullopt;
  const auto month = Digits(text, 2);
  if (!month || !Take(text, "-")) return std::nullopt;
  const auto day = Digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date(
      std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
      std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  std::chrono::seconds of_day{0};
  if (Take(text, "T ")) of_day = OfDay(text);
  if (of_day < std::chrono::seconds(0)) return std::nullopt;
  Take(text, "Z");
  if (!text.empty()) return std::nullopt;
  const auto moment = std::chrono::sys_days(date) + of_day;
  return std::chrono::duration_cast<std::chrono::microseconds>(moment.time_since_epoch())
      .count();
}

std::optional<Microseconds> Stretch(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> kUnits = {
      {{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86'400}}};
  constexpr std::int64_t kMostSeconds = std::int64_t{36'525} * 86'400;
  std::int64_t number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number <= 0) return std::nullopt;
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  Take(unit, " ");
  for (const auto& [name, seconds] : kUnits) {
    if (unit != name) continue;
    if (number > kMostSeconds / seconds) return std::nullopt;
    return std::chrono::seconds(number * seconds);
  }
  return std::nullopt;
}

}  // namespace torpor::report
