// The human source of a contract: TOML with units, read strictly and written out in full.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "contract/terms.h"
#include "core/result.h"

namespace torpor::contract::sign {

// One thing wrong with a source, as a person reads it: "file:line:column: what".
struct Problem {
  Status status{};
  std::string line;
};

// A profile shipped with torpor, that `base = "name"` inherits from.
struct Base {
  std::string_view name;
  std::string_view source;  // its own TOML
};
std::span<const Base> Bases();

// The terms that a source describes, its base's values where it says nothing. Strict:
// every problem is added to `problems`, and the status is the first one's. What the
// values mean together is the lint's to judge, not this function's.
//   kTomlSyntax       not TOML
//   kTomlUnknownKey   a key that no contract has; the nearest one is named
//   kTomlUnit         a quantity without unit, of another unit, or finer than the
//                     smallest
//   kTomlType         a float, or another type than the key's
//   kTomlUnknownBase  a base that is not shipped
//   kTomlMissingKey   neither the source nor its base has a value
//   kOutOfRange       a value beyond its bounds
//   kFieldTooLong     a list with too many entries
Result<Terms> ParseSource(std::string_view text, std::string_view file_name,
                          std::vector<Problem>& problems);

// The same, from a file.
//   kFileMissing  kIo  kFileTooLarge  as reading goes
Result<Terms> ReadSource(const std::string& path, std::vector<Problem>& problems);

// The expanded form: every parameter, with no base. Reads back as the same terms.
std::string WriteSource(const Terms& terms);

// "2026-11-23T00:00:00Z"
std::string FormatDate(std::uint64_t unix_seconds);

}  // namespace torpor::contract::sign
