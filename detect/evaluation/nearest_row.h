// How far a minute is from the most similar minutes of the machine's own commissioning.
#pragma once

#include <memory>
#include <string>

#include "detect/evaluation/row.h"
#include "detect/evaluation/view.h"

namespace torpor::detect::evaluation {

struct NearestChoices {
  std::string name;
  View view = nullptr;
  std::size_t nearest = 3;  // the mean of so many
};

// Features in units of FleetNormal's spread. Over the median of the same among the
// commissioning minutes themselves, each without itself.
[[nodiscard]] std::unique_ptr<Row> MakeNearestRow(NearestChoices choices);

}  // namespace torpor::detect::evaluation
