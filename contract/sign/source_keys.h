// What the parameters are called in the human source, and in which units they are
// written there.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "contract/sign/quantity.h"

namespace torpor::contract::sign {

// How a value is written.
enum class SourceKind : std::uint8_t {
  kCount,     // 3
  kQuantity,  // "60 s"
  kDate,      // 2026-11-23 or 2026-11-23T06:00:00Z
  kChoice,    // "bench"
  kText,      // "north-hall"
  kTexts,     // ["all"]
  kTables,    // [[sensors]]
};

struct SourceKey {
  std::string_view table;  // "" at the top
  std::string_view key;
  std::uint16_t field;  // contract.proto's number; inside [[sensors]]: the part's
  SourceKind kind;
  Units units;

  [[nodiscard]] std::string path() const {
    return table.empty() ? std::string(key) : std::string(table) + "." + std::string(key);
  }
};

// In the order in which torpor writes them: the top first, then table by table.
std::span<const SourceKey> SourceKeys();
std::span<const SourceKey> SensorKeys();

// Null when there is none.
const SourceKey* FindSourceKey(std::string_view table, std::string_view key);

// The key of a field: "mcu.sleep"; "?" for a number without one.
std::string SourcePath(std::uint32_t field);

// The one of the valid paths that is fewest edits away.
std::string NearestPath(std::string_view path);

}  // namespace torpor::contract::sign
