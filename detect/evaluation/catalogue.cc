#include "detect/evaluation/catalogue.h"

#include "detect/evaluation/level_row.h"
#include "detect/evaluation/mahalanobis_row.h"
#include "detect/evaluation/nearest_row.h"
#include "detect/evaluation/residual_row.h"
#include "detect/evaluation/robot_row.h"
#include "detect/evaluation/view.h"

namespace torpor::detect::evaluation {
namespace {

constexpr double kExplained = 0.99;

}  // namespace

std::vector<std::unique_ptr<Row>> ClassicalRows() {
  std::vector<std::unique_ptr<Row>> rows;
  rows.push_back(MakeLevelRow("RMS", LogLevel));
  rows.push_back(MakeLevelRow("kurtosis", LogKurtosis));
  rows.push_back(MakeMahalanobisRow(
      {.name = "log-mel Mahalanobis, raw", .view = LogBandPower, .own_mean = false}));
  rows.push_back(MakeMahalanobisRow(
      {.name = "log-mel Mahalanobis, own mean", .view = LogBandPower}));
  rows.push_back(
      MakeResidualRow("log-mel PCA residual, own mean", LogBandPower, kExplained));
  rows.push_back(MakeMahalanobisRow(
      {.name = "linear PSD Mahalanobis, own mean", .view = LogLinePower}));
  rows.push_back(MakeMahalanobisRow({.name = "ratio: the log-mel one / own median",
                                     .view = LogBandPower,
                                     .ratio = true}));
  rows.push_back(MakeMahalanobisRow({.name = kOwnScale,
                                     .view = LogMel,
                                     .own_scale = true,
                                     .shrinkage = 0.1,
                                     .centred = false,
                                     .ratio = true}));
  rows.push_back(MakeRobotRow({.name = kGate, .view = LogMel}));
  rows.push_back(MakeNearestRow({.name = "kNN to own commissioning", .view = LogMel}));
  rows.push_back(
      MakeRobotRow({.name = "C on all features of the network", .view = AllFeatures}));
  return rows;
}

}  // namespace torpor::detect::evaluation
