// Commissioning of simulated bearings, whose truth is known: healthy ones are believed,
// those that fail while they teach are not.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "detect/detector.h"
#include "detect/fit.h"
#include "model/spectral.h"
#include "simulate/bearing.h"

namespace torpor::detect {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using simulate::Fault;

// One second of the warehouse's sensor.
constexpr signal::Shape kSensor{3'200'000, 3, 3200, 16'000};
constexpr Rule kRule{60, 3, 4, 6};

Life Heard(std::uint64_t seed, Fault fault, Microseconds from, std::size_t cycles) {
  contract::Sensor sensor;
  sensor.sample_rate_millihertz = kSensor.sample_rate_millihertz;
  sensor.axes = kSensor.axes;
  sensor.full_scale_milli_g = kSensor.full_scale_milli_g;
  sensor.bits = 16;
  simulate::BearingOptions options;
  options.seed = seed;
  options.fault = fault;
  options.standstill_share = 0;
  const auto bearing = *simulate::Bearing::Make(options, sensor);
  const auto engine = *model::MakeSpectralEngine(kSensor);
  Life life{"seed-" + std::to_string(seed), {}, cycles};
  std::vector<std::int16_t> window(kSensor.samples());
  for (std::size_t i = 0; i < cycles; ++i) {
    Look& look = life.looks.emplace_back();
    look.status = bearing->Read(from + static_cast<int>(i) * 1min, window);
    if (look.status == Status::kOk) look.status = engine->Infer(window, {}, look.output);
  }
  return life;
}

class SimulatedMachine : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::vector<Life> fleet;
    for (std::uint64_t seed = 101; seed <= 106; ++seed) {
      fleet.push_back(Heard(seed, Fault::kNone, {}, 90));
    }
    std::vector<const Life*> pointers;
    for (const Life& life : fleet) pointers.push_back(&life);
    FitOptions options;
    options.shape = kSensor;
    options.rule = kRule;
    std::string problem;
    auto fitted = Fit(pointers, options, problem);
    ASSERT_TRUE(fitted.ok()) << problem;
    baseline_ = new Baseline(fitted->baseline);
  }
  static void TearDownTestSuite() { delete baseline_; }

  // What the last cycle of commissioning said.
  static Status Commission(const Life& life) {
    Detector detector(*baseline_, BoundTo({}, nullptr));
    Status why = Status::kOk;
    for (const Look& look : life.looks) {
      if (look.status == Status::kOk) why = detector.Judge(look.output).why;
    }
    return why;
  }

  static inline const Baseline* baseline_ = nullptr;
};

TEST_F(SimulatedMachine, IsBelievedWhenItIsHealthy) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const Life life = Heard(seed, Fault::kNone, {}, kRule.commissioning_cycles);
    EXPECT_EQ(Commission(life), Status::kCommissioning) << life.id;
  }
}

TEST_F(SimulatedMachine, IsRefusedWhileItsBearingFails) {
  for (const Fault fault : {Fault::kOuterRace, Fault::kInnerRace, Fault::kBall}) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      const Life life = Heard(seed, fault, 22h, kRule.commissioning_cycles);
      const Status why = Commission(life);
      EXPECT_TRUE(why == Status::kNotSteady || why == Status::kSickWhenNew)
          << life.id << ": " << static_cast<int>(why);
    }
  }
}

}  // namespace
}  // namespace torpor::detect
