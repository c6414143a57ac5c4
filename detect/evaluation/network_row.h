// A trained network as a row, with the controls that show what its context is worth.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/result.h"
#include "detect/evaluation/row.h"
#include "model/network_file.h"

namespace torpor::detect::evaluation {

// The exemplars that a network compares a minute with.
enum class Exemplary {
  kOwn,      // of the machine's own commissioning, as on a robot
  kNone,     // none: the network was trained blind, or is to be
  kSwapped,  // of a machine that it was trained on
};

struct NetworkChoices {
  std::string name;
  std::shared_ptr<const model::NetworkFile> file;
  Exemplary exemplars = Exemplary::kOwn;
  bool fused = true;  // with the classical channel, as on a robot; or the network alone
  double least_weight =
      0;  // of the classical channel in the fusion, whatever was learned
};

// A network sees z of FleetNormal, the log-mel part of it whitened, as on a robot. With
// k, its weight of the classical channel, and C, that channel's ratio, the score is
//
//   C exp(Run / k)    fused: in the order of Run + k log C; exp(Run) when k is 0
//   log(1 + exp(Run)) alone: in the order of Run
//
// which are above 0, so that they can be divided by a threshold. A minute that the
// network refuses is not a number.
//   kModelMismatch  the network was made for another number of axes
[[nodiscard]] Result<std::unique_ptr<Row>> MakeNetworkRow(NetworkChoices choices,
                                                          std::size_t axes);

}  // namespace torpor::detect::evaluation
