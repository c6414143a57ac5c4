// What a contract asks of detection, of its first sensor: what one batch looks like, how
// batches become alarms, and which of its fields give meaning to what was learned.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "contract/terms.h"
#include "detect/rule.h"
#include "signal/shape.h"

namespace torpor::detect {

// The lint asks for one sensor at least.
[[nodiscard]] signal::Shape ShapeOf(const contract::Terms& terms);
[[nodiscard]] Rule RuleOf(const contract::Terms& terms);

// What becomes of all that a detector has learned when a contract says otherwise in a
// field.
enum class Learned : std::uint8_t { kStays, kLost };
struct FieldChoice {
  std::string_view field;  // contract.proto's name
  Learned learned;
};
// Of every field of a contract, in the order of its number. Of `sensors`, the first entry
// alone counts: the one that is judged.
[[nodiscard]] std::span<const FieldChoice> FieldChoices();

// The values of those fields with which what was learned is lost, in the order of
// FieldChoices(): what a detector's saved state is bound to.
inline constexpr std::size_t kGroundNumbers = 8;
struct Ground {
  std::array<std::uint64_t, kGroundNumbers> numbers{};
  friend bool operator==(const Ground&, const Ground&) = default;
};
[[nodiscard]] Ground GroundOf(const contract::Terms& terms);

// The first number that differs, by name and with both values: "sensors.axes was 2, is
// 3". Empty when none does.
[[nodiscard]] std::string Differs(const Ground& was, const Ground& is);

}  // namespace torpor::detect
