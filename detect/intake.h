// What happens to a window's features before they are compared: windows without a moving
// machine or a sound sensor are set aside, the first ones teach, the last few are
// averaged.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/status.h"
#include "detect/baseline.h"
#include "detect/commissioning.h"
#include "detect/running_mean.h"
#include "model/engine.h"

namespace torpor::detect {

// A machine is at rest below this share of its own commissioning level, and of the
// fleet's while it has none yet.
inline constexpr double kStandstillShare = 0.3;
// Gravity moves between axes as a robot tilts; beyond this the bias has moved.
inline constexpr double kOffsetDriftG = 0.5;

// The same for a robot that judges and for the workstation that fits.
class Intake {
 public:
  // Looks at the baseline for as long as it lives.
  explicit Intake(const Baseline& baseline);

  // kOk when commissioning is complete and mean() is to be judged; otherwise why not:
  //   kCommissioning  this one taught
  //   kNotSteady, kSickWhenNew  so did this one, but what was learned last is no normal
  //                   (detect/portrait.h): commissioning has begun anew, and the reason
  //                   stays until it ends well
  //   kStandstill     quieter than the machine ever runs
  //   kSensorOffset   the mean of an axis has moved by more than kOffsetDriftG
  //   kNotANumber     a feature or a level is not finite
  //   kBatchShape     another number of features than the baseline's
  [[nodiscard]] Status Take(const model::Output& output);

  // Lets the own mean follow the mean of the last windows (Commissioning::Follow).
  void Follow(double share);
  // mean() as spreads from the own mean, not whitened: what a person can be told.
  void Spreads(std::span<float> z) const;

  // What the next window is to be inferred with.
  [[nodiscard]] const model::Context& context() const { return context_; }

  // Of the last score_cycles windows that were taken.
  [[nodiscard]] std::span<const float> mean() const { return mean_; }
  // How far the minutes of commissioning are from their mean (detect/classical.h); once
  // the machine is known.
  [[nodiscard]] double usual_distance() const { return usual_distance_; }
  // Whether mean() is of that many windows, none of them from the run-in.
  [[nodiscard]] bool mean_is_settled() const;
  [[nodiscard]] const Commissioning& own() const { return own_; }

  [[nodiscard]] std::size_t SavedBytes() const;
  void Save(ByteWriter& out) const;
  [[nodiscard]] bool Load(ByteReader& in);

 private:
  [[nodiscard]] Status Check(const model::Output& output) const;
  [[nodiscard]] Status Learn(const model::Output& output);
  void Refill();

  const Baseline* baseline_;
  std::size_t features_;
  std::uint32_t settled_after_;
  std::size_t axes_;
  double typical_level_g_;
  Commissioning own_;
  RunningMean last_;
  std::vector<float> mean_;
  double usual_distance_ = 1;
  Status refused_ = Status::kOk;  // why commissioning had to begin anew
  model::Context context_;
};

}  // namespace torpor::detect
