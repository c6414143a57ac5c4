// Values with units, as people write them: "60s", "2.2 W", "25.6 kHz".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"

namespace torpor::contract::sign {

// One way to write a unit, and how many of the smallest unit it is.
struct Unit {
  std::string_view name;
  std::uint64_t factor;
  bool written = true;  // used when torpor writes
};

// What a parameter is counted in, smallest unit first. Empty: a plain count, no unit.
using Units = std::span<const Unit>;

Units TimeUnits();          // ms
Units PowerUnits();         // uW
Units EnergyUnits();        // uJ
Units HourEnergyUnits();    // mJ
Units RateUnits();          // mHz
Units AccelerationUnits();  // mg
Units BaudUnits();
Units ByteUnits();
Units ShareUnits();  // permille

// Exact, in the smallest unit: what is finer than that is refused, never rounded.
//   kTomlUnit  no number, no unit, an unknown unit, or digits finer than the smallest
Result<std::uint64_t> ParseQuantity(std::string_view text, Units units);

// In the largest unit that takes at most three decimals: "54.5 s".
std::string FormatQuantity(std::uint64_t value, Units units);

// "ms, s, min, h"
std::string UnitNames(Units units);

}  // namespace torpor::contract::sign
