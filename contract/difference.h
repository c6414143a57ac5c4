// In which parameters two contracts differ, and what each says: firmware and robot must
// name the parameter they disagree on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "contract/terms.h"

namespace torpor::contract {

// Reason number of a disagreement about one parameter: this plus its field number.
inline constexpr std::uint32_t kDisagreementBase = 1000;

struct Difference {
  std::uint16_t field = 0;  // contract.proto's number; name by FieldName()
  Address ours, theirs;     // as FormatField() puts it, cut to fit
  [[nodiscard]] constexpr std::uint32_t reason() const {
    return kDisagreementBase + field;
  }
};

// The first parameter, by number, that differs.
std::optional<Difference> FirstDifference(const Terms& ours, const Terms& theirs);

// How many parameters differ; as many as fit go to `out`.
std::size_t Differences(const Terms& ours, const Terms& theirs,
                        std::span<Difference> out);

// A parameter's value with its unit: "60000 ms", "bench", "1: 3200000 mHz x 3, ...".
// Empty for a number that the schema does not have.
Address FormatField(const Terms& terms, std::uint32_t number);

}  // namespace torpor::contract
