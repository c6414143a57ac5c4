// Power and energy carry their unit in their type, from the configuration to the
// register.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace torpor {

template <class Tag>
struct Quantity {
  std::int64_t value = 0;  // 64 bits: a 25 W computer overflows 2^31 mJ within a day

  friend constexpr auto operator<=>(Quantity, Quantity) = default;
  friend constexpr Quantity operator+(Quantity a, Quantity b) {
    return {a.value + b.value};
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return {a.value - b.value};
  }
  constexpr Quantity& operator+=(Quantity other) {
    value += other.value;
    return *this;
  }
};

using Microwatts = Quantity<struct MicrowattTag>;
using Microjoules = Quantity<struct MicrojouleTag>;
using Nanojoules = Quantity<struct NanojouleTag>;

// uW x ms is exactly nJ. Overflows beyond 9.2 kJ in one product; a contract caps power
// at 4.2 kW and a period at one hour, and the lint proves every product below 2^63.
constexpr Nanojoules operator*(Microwatts p, std::chrono::milliseconds t) {
  return {p.value * t.count()};
}

// Rounded up, so that a sum of roundings never understates what was spent.
constexpr Microjoules RoundUp(Nanojoules e) { return {(e.value + 999) / 1000}; }

}  // namespace torpor
