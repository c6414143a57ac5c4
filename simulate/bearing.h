// A bearing in a driving robot, from new to failed: a sensor for everyone who has no
// recording, with known truth. The model and its sources are docs/bearing-simulator.md.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "contract/terms.h"
#include "core/time.h"
#include "simulate/accelerometer.h"
#include "simulate/bearing_geometry.h"
#include "simulate/machine.h"
#include "simulate/quantiser.h"
#include "simulate/random.h"
#include "simulate/refusal.h"

namespace torpor::simulate {

enum class Fault : std::uint8_t { kNone, kInnerRace, kOuterRace, kBall };

struct BearingOptions {
  std::uint64_t seed = 1;  // another seed is another machine, on another route
  Microseconds life = std::chrono::hours(24);
  Fault fault = Fault::kOuterRace;  // kNone: healthy for ever
  double onset = 0.6;               // share of the life after which the fault grows
  double shaft_hz = 25;             // nominal
  double speed_variation = 0.05;    // of the nominal speed, between windows
  double standstill_share = 0.03;   // of the legs of the route
  BearingGeometry geometry = kSkf6205;
  bool tells_speed = false;  // a tachometer on its shaft
};

// What the simulator knows of a window and a detector must find out.
struct Truth {
  bool standing = false;
  double shaft_hz = 0;  // 0 when standing
  double load = 0;      // of the nominal one
  double fault = 0;     // 0 healthy, 1 failed
};

// Windows are made from the seed and their start alone, so any order of reading gives the
// same; two windows that overlap are two draws of the same moment. One thread at a time.
class Bearing final : public Accelerometer {
 public:
  // kOutOfRange when an option or the sensor is no machine that could be; the refusal
  // names it.
  [[nodiscard]] static Attempt<std::unique_ptr<Bearing>> Make(
      const BearingOptions& options, const contract::Sensor& sensor);

  // kNothingNew outside of the life, kBatchShape for half a frame.
  [[nodiscard]] Status Read(Microseconds start, std::span<std::int16_t> out) override;
  [[nodiscard]] std::optional<double> ShaftHz(Microseconds start) const override;
  [[nodiscard]] Microseconds life() const override { return options_.life; }

  [[nodiscard]] Truth TruthAt(Microseconds start) const;
  [[nodiscard]] const Machine& machine() const { return machine_; }

 private:
  struct Strike {
    double at_seconds = 0;  // from the start of the window; negative: still ringing
    double g = 0;           // of a mode's motion
  };

  Bearing(const BearingOptions& options, const contract::Sensor& sensor);
  // Parts of a window in which the robot drives.
  void AddDefect(const Truth& truth, Microseconds start, double seconds);
  void AddJoints(Microseconds start, double seconds);
  void AddMode(const Mode& mode, double noise_g, std::span<const Strike> strikes,
               Random& random);
  void AddTurning(const Truth& truth, Random& random);

  BearingOptions options_;
  Machine machine_;
  DefectOrders orders_;
  Quantiser quantise_;
  double rate_hz_;
  std::size_t axes_;

  // Scratch of one window, kept so that a day of windows allocates once.
  std::size_t frames_ = 0;
  std::vector<float> noise_;
  std::vector<double> motion_;
  std::vector<float> g_;  // axis after axis
  std::vector<Strike> defect_;
  std::vector<Strike> joints_;
};

}  // namespace torpor::simulate
