// What a change of contract changes: each parameter with both values, and what it does to
// the modelled energy.
#pragma once

#include <string>
#include <vector>

#include "contract/difference.h"
#include "core/json_hosted.h"
#include "core/status.h"
#include "core/units.h"

namespace torpor::cli {

struct Spending {
  Microjoules cycle{};          // modelled, at the contract's own powers
  double average_milliwatts{};  // the cycle's energy over its period
};

struct ChangedParameter {
  contract::Difference difference;  // ours: before, theirs: after
  Spending alone;  // before, with only this parameter changed, whether or not that closes
};

struct ContractDiff {
  std::vector<ChangedParameter> changes;  // in the order of contract.proto
  Spending before, after;

  // Whether a robot that obeys the one would take the other:
  //   kRolledBack   the version is lower
  //   kReplayed     the version is the same, and something differs
  //   kFastForward  the version is further ahead than a robot allows
  Status follows = Status::kOk;
};

ContractDiff Compare(const contract::Terms& before, const contract::Terms& after);

// A table for people, and the same as data.
std::string Table(const ContractDiff& diff);
nlohmann::ordered_json ToJson(const ContractDiff& diff);

}  // namespace torpor::cli
