#include "contract/sign/quantity.h"

#include <array>

namespace torpor::contract::sign {
namespace {

constexpr std::array kTime = {Unit{"ms", 1}, Unit{"s", 1000}, Unit{"min", 60'000, false},
                              Unit{"h", 3'600'000, false}};
constexpr std::array kPower = {Unit{"uW", 1}, Unit{"mW", 1000}, Unit{"W", 1'000'000}};
constexpr std::array kEnergy = {Unit{"uJ", 1}, Unit{"mJ", 1000}, Unit{"J", 1'000'000},
                                Unit{"kJ", 1'000'000'000, false}};
constexpr std::array kHourEnergy = {Unit{"mJ", 1}, Unit{"J", 1000},
                                    Unit{"kJ", 1'000'000}};
constexpr std::array kRate = {Unit{"mHz", 1}, Unit{"Hz", 1000}, Unit{"kHz", 1'000'000}};
constexpr std::array kAcceleration = {Unit{"mg", 1}, Unit{"g", 1000}};
constexpr std::array kBaud = {Unit{"baud", 1}};
constexpr std::array kBytes = {Unit{"B", 1}, Unit{"kB", 1000}};
constexpr std::array kShare = {Unit{"permille", 1}, Unit{"%", 10}};

constexpr std::size_t kMaxDigits = 15;  // times the largest factor: below 2^64
constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

Units TimeUnits() { return kTime; }
Units PowerUnits() { return kPower; }
Units EnergyUnits() { return kEnergy; }
Units HourEnergyUnits() { return kHourEnergy; }
Units RateUnits() { return kRate; }
Units AccelerationUnits() { return kAcceleration; }
Units BaudUnits() { return kBaud; }
Units ByteUnits() { return kBytes; }
Units ShareUnits() { return kShare; }

Result<std::uint64_t> ParseQuantity(std::string_view text, Units units) {
  std::uint64_t mantissa = 0, divisor = 1;
  std::size_t at = 0, digits = 0;
  bool point = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !point && digits > 0) {
      point = true;
      continue;
    }
    if (!IsDigit(c)) break;
    if (++digits > kMaxDigits) return Status::kTomlUnit;
    mantissa = mantissa * 10 + static_cast<std::uint64_t>(c - '0');
    if (point) divisor *= 10;
  }
  if (digits == 0 || text[at - 1] == '.') return Status::kTomlUnit;
  while (at < text.size() && text[at] == ' ') ++at;
  const std::string_view name = text.substr(at);
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    // 10^15 x 10^9 does not fit; both share factors of ten, so divide before.
    std::uint64_t factor = unit.factor;
    while (divisor > 1 && factor % 10 == 0) {
      divisor /= 10;
      factor /= 10;
    }
    if (mantissa % divisor != 0) return Status::kTomlUnit;
    mantissa /= divisor;
    if (mantissa > UINT64_MAX / factor) return Status::kTomlUnit;
    return mantissa * factor;
  }
  return Status::kTomlUnit;
}

std::string FormatQuantity(std::uint64_t value, Units units) {
  if (units.empty()) return std::to_string(value);
  const Unit* best = &units[0];
  for (const Unit& unit : units) {
    const std::uint64_t thousandth = unit.factor < 1000 ? 1 : unit.factor / 1000;
    if (unit.written && value >= unit.factor && value % thousandth == 0) best = &unit;
  }
  std::string text = std::to_string(value / best->factor);
  std::uint64_t rest = value % best->factor;
  if (rest != 0) {
    text += '.';
    std::uint64_t digit = best->factor;
    while (rest != 0) {
      digit /= 10;
      text += static_cast<char>('0' + rest / digit);
      rest %= digit;
    }
  }
  return text + ' ' + std::string(best->name);
}

std::string UnitNames(Units units) {
  std::string names;
  for (const Unit& unit : units) {
    if (!names.empty()) names += ", ";
    names += unit.name;
  }
  return names;
}

}  // namespace torpor::contract::sign
