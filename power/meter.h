// Whatever tells power or energy: INA3221, RAPL, NVML. A meter only reads; what its
// readings mean in joules is power/energy_account.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "core/units.h"

namespace torpor::power {

struct Rail {
  enum class Tells : std::uint8_t {
    kEnergy,  // a counter in uJ, which integrates by itself
    kPower,   // in uW, a mean over `window`
  };

  std::string name;  // printable ASCII without quotes, at most kLongestName
  Tells tells = Tells::kPower;
  bool whole_machine = false;  // all that the computer draws passes through it
  // Of a counter: after this many uJ it begins anew at 0. 0: it is not known to.
  Microjoules range{};
  // Of an instantaneous reading: it is a mean over this time, which ended up to as long
  // ago.
  Microseconds window{};
  std::string unmetered;  // why it cannot be read on this machine; empty: it can

  static constexpr std::size_t kLongestName = 32;
};

// uJ or uW, as its rail tells; nothing where it could not be read.
using Reading = std::optional<std::int64_t>;

// Of one meter: more than any machine that torpor knows has; two series of metrics each.
inline constexpr std::size_t kMostRails = 16;

class Meter {
 public:
  virtual ~Meter() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  // In an order that never changes.
  [[nodiscard]] virtual std::span<const Rail> rails() const = 0;
  // One reading for each rail, in their order. Wakes nothing, and waits for nothing but
  // the kernel's answer. What is absurd (not a number, beyond what such a rail can carry)
  // is no reading.
  virtual void Read(std::span<Reading> readings) = 0;
};

// A decimal number that fills the whole text; nothing else, and none beyond 64 bits.
std::optional<std::int64_t> WholeNumber(std::string_view text);

// A name that labels, columns and lines can carry: other bytes become '?', and it is cut
// at Rail::kLongestName.
std::string RailName(std::string_view text);

}  // namespace torpor::power
