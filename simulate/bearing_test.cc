#include "simulate/bearing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

namespace torpor::simulate {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

// As warehouse-60s has it.
contract::Sensor Warehouse() {
  contract::Sensor sensor;
  sensor.sample_rate_millihertz = 3'200'000;
  sensor.axes = 3;
  sensor.full_scale_milli_g = 16'000;
  sensor.bits = 16;
  return sensor;
}

BearingOptions Steady(Fault fault) {
  BearingOptions options;
  options.fault = fault;
  options.standstill_share = 0;
  return options;
}

using Batch = std::vector<std::int16_t>;

Batch Window(Bearing& bearing, Microseconds start, std::size_t frames = 16'000,
             std::size_t axes = 3) {
  Batch batch(frames * axes);
  EXPECT_EQ(bearing.Read(start, batch), Status::kOk);
  return batch;
}

std::unique_ptr<Bearing> Make(const BearingOptions& options,
                              const contract::Sensor& sensor = Warehouse()) {
  auto bearing = Bearing::Make(options, sensor);
  EXPECT_TRUE(bearing.ok()) << bearing.refusal().what;
  return *std::move(bearing);
}

std::vector<double> Axis(const Batch& batch, std::size_t axis,
                         const contract::Sensor& sensor) {
  std::vector<double> g;
  for (std::size_t i = axis; i < batch.size(); i += sensor.axes) {
    g.push_back(batch[i] * sensor.GPerStep());
  }
  return g;
}

double Mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double Deviation(const std::vector<double>& values) {
  const double mean = Mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

double Rms(Bearing& bearing, Microseconds start) {
  return Deviation(Axis(Window(bearing, start), 0, Warehouse()));
}

// Amplitude of one frequency: one bin of a discrete Fourier transform.
double Amplitude(const std::vector<double>& values, double hz, double rate_hz) {
  const auto step = std::polar(1.0, -2 * std::numbers::pi * hz / rate_hz);
  std::complex<double> turn = 1;
  std::complex<double> sum = 0;
  for (const double value : values) {
    sum += value * turn;
    turn *= step;
  }
  return 2 * std::abs(sum) / static_cast<double>(values.size());
}

// Squared envelope of what is above the shaft and the gear: differences of the fourth
// order stand for a high pass, squaring and the DFT's own resolution for the
// demodulation. Source: Randall and Antoni 2011, section 6 (envelope analysis).
std::vector<double> SquaredEnvelope(std::vector<double> g) {
  for (int order = 0; order < 4; ++order) {
    for (std::size_t i = g.size() - 1; i > 0; --i) g[i] -= g[i - 1];
  }
  for (double& value : g) value *= value;
  g.erase(g.begin(), g.begin() + 4);
  const double mean = Mean(g);
  for (double& value : g) value -= mean;
  return g;
}

struct Peak {
  double hz = 0;
  double amplitude = 0;
  double median = 0;
};

Peak HighestPeak(const std::vector<double>& envelope, double rate_hz) {
  std::vector<double> all;
  Peak peak;
  for (int fifth = 50; fifth < 1500; ++fifth) {
    const double hz = fifth / 5.0;
    all.push_back(Amplitude(envelope, hz, rate_hz));
    if (all.back() > peak.amplitude) peak = {.hz = hz, .amplitude = all.back()};
  }
  std::ranges::sort(all);
  peak.median = all[all.size() / 2];
  return peak;
}

TEST(Bearing, AnOuterRaceFaultIsHeardAtItsFrequencyInTheEnvelope) {
  auto bearing = Make(Steady(Fault::kOuterRace));
  const Microseconds late = 21h;
  const Truth truth = bearing->TruthAt(late);
  const Peak peak =
      HighestPeak(SquaredEnvelope(Axis(Window(*bearing, late), 0, Warehouse())), 3200);
  EXPECT_NEAR(peak.hz / (Orders(kSkf6205).outer * truth.shaft_hz), 1, 0.02);
  EXPECT_GT(peak.amplitude, 10 * peak.median);
}

// The highest amplitude within 0.8 Hz: strikes slip and the speed wobbles.
double Near(const std::vector<double>& envelope, double hz) {
  double highest = 0;
  for (int fifth = -4; fifth <= 4; ++fifth) {
    highest = std::max(highest, Amplitude(envelope, hz + fifth / 5.0, 3200));
  }
  return highest;
}

TEST(Bearing, AnInnerRaceFaultHasSidebandsOfTheShaft) {
  auto bearing = Make(Steady(Fault::kInnerRace));
  const double shaft = bearing->TruthAt(21h).shaft_hz;
  const double slip = 1 - bearing->machine().slip;
  const auto envelope = SquaredEnvelope(Axis(Window(*bearing, 21h), 0, Warehouse()));
  const double floor = HighestPeak(envelope, 3200).median;
  const double defect = Orders(kSkf6205).inner * shaft * slip;
  EXPECT_GT(Near(envelope, defect), 5 * floor);
  EXPECT_GT(Near(envelope, defect - shaft), 3 * floor)
      << "the zone is passed once a turn";
  EXPECT_GT(Near(envelope, defect + shaft), 3 * floor);
  EXPECT_GT(Near(envelope, shaft), 3 * floor);
}

TEST(Bearing, ABallFaultStrikesTwiceInATurnOfTheBallAndComesAndGoesWithTheCage) {
  auto bearing = Make(Steady(Fault::kBall));
  const double shaft = bearing->TruthAt(22h).shaft_hz;
  const double slip = 1 - bearing->machine().slip;
  const auto envelope = SquaredEnvelope(Axis(Window(*bearing, 22h), 0, Warehouse()));
  const double floor = HighestPeak(envelope, 3200).median;
  const double spin = Orders(kSkf6205).spin * shaft * slip;
  const double cage = Orders(kSkf6205).cage * shaft;
  EXPECT_GT(Near(envelope, 2 * spin), 5 * floor);
  EXPECT_GT(Near(envelope, 2 * spin), 1.5 * Near(envelope, spin)) << "twice, not once";
  EXPECT_GT(Near(envelope, cage), 5 * floor);
  EXPECT_GT(Near(envelope, 2 * spin - cage), 3 * floor);
  EXPECT_GT(Near(envelope, 2 * spin + cage), 3 * floor);
}

TEST(Bearing, AHealthyOneHasNoPeakAtADefectFrequency) {
  auto bearing = Make(Steady(Fault::kNone));
  const double hz = Orders(kSkf6205).outer * bearing->TruthAt(21h).shaft_hz;
  const auto envelope = SquaredEnvelope(Axis(Window(*bearing, 21h), 0, Warehouse()));
  double near = 0;
  for (int fifth = -10; fifth <= 10; ++fifth) {
    near = std::max(near, Amplitude(envelope, hz + fifth / 5.0, 3200));
  }
  EXPECT_LT(near, 4 * HighestPeak(envelope, 3200).median);
}

TEST(Bearing, AWindowIsTheSameInAnyOrderAndInAnyProgram) {
  auto forward = Make(Steady(Fault::kInnerRace));
  auto backward = Make(Steady(Fault::kInnerRace));
  std::vector<Batch> windows;
  windows.reserve(10);
  for (int i = 0; i < 10; ++i) windows.push_back(Window(*forward, 2h * i + 3s));
  for (int i = 9; i >= 0; --i) {
    EXPECT_EQ(Window(*backward, 2h * i + 3s), windows[static_cast<std::size_t>(i)]);
  }
  EXPECT_NE(windows[0], windows[1]);
  BearingOptions other = Steady(Fault::kInnerRace);
  other.seed = 2;
  EXPECT_NE(Window(*Make(other), 3s), windows[0]);
}

TEST(Bearing, BeforeTheOnsetAFaultyOneIsByteForByteAHealthyOne) {
  auto healthy = Make(Steady(Fault::kNone));
  for (const Fault fault : {Fault::kInnerRace, Fault::kOuterRace, Fault::kBall}) {
    auto faulty = Make(Steady(fault));
    EXPECT_EQ(Window(*faulty, 14h), Window(*healthy, 14h));
    EXPECT_NE(Window(*faulty, 15h), Window(*healthy, 15h));
  }
}

TEST(Bearing, TheFaultGrowsFromNothingToFailure) {
  auto bearing = Make(Steady(Fault::kOuterRace));
  EXPECT_EQ(bearing->TruthAt(14h).fault, 0);
  double last = 0;
  for (const auto hours : {15h, 17h, 19h, 21h, 23h}) {
    const double now = bearing->TruthAt(hours).fault;
    EXPECT_GT(now, last);
    last = now;
  }
  EXPECT_NEAR(bearing->TruthAt(24h - 1s).fault, 1, 0.25);
  const double healthy = Rms(*bearing, 10h);
  EXPECT_LT(Rms(*bearing, 15h), 1.5 * healthy)
      << "at first it cannot be seen in the level";
  EXPECT_GT(Rms(*bearing, 22h), 3 * healthy);
  EXPECT_GT(Rms(*bearing, 24h - 10s), Rms(*bearing, 22h));
}

TEST(Bearing, IsLouderWhileItRunsIn) {
  auto bearing = Make(Steady(Fault::kNone));
  const auto mean = [&](Microseconds from) {
    double sum = 0;
    for (int i = 0; i < 60; ++i) sum += Rms(*bearing, from + 10s * i) / 60;
    return sum;
  };
  EXPECT_GT(mean(0s), 1.15 * mean(4h));
}

TEST(Bearing, GravityIsInTheLastAxis) {
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    BearingOptions options = Steady(Fault::kNone);
    options.seed = seed;
    const Batch batch = Window(*Make(options), 5h);
    EXPECT_NEAR(Mean(Axis(batch, 0, Warehouse())), 0, 0.08);
    EXPECT_NEAR(Mean(Axis(batch, 1, Warehouse())), 0, 0.08);
    EXPECT_NEAR(Mean(Axis(batch, 2, Warehouse())), 1, 0.04);
  }
}

TEST(Bearing, ClipsAtTheRailsOfASmallSensorAndNeverWraps) {
  contract::Sensor small = Warehouse();
  small.full_scale_milli_g = 2000;
  auto bearing = Make(Steady(Fault::kOuterRace), small);
  const auto [low, high] = std::ranges::minmax(Window(*bearing, 24h - 10s));
  EXPECT_EQ(low, -32768);
  EXPECT_EQ(high, 32767);
  const auto healthy = std::ranges::minmax(Window(*bearing, 5h));
  EXPECT_GT(healthy.min, -32768);
  EXPECT_LT(healthy.max, 32767);
}

TEST(Bearing, StandsStillAsOftenAsToldAndThenGivesItsSensorsNoise) {
  BearingOptions options;
  options.standstill_share = 0.2;
  auto bearing = Make(options);
  int standing = 0;
  Microseconds still{-1};
  Microseconds moving{-1};
  for (int leg = 0; leg < 720; ++leg) {
    const bool stands = bearing->TruthAt(120s * leg).standing;
    (stands ? still : moving) = 120s * leg;
    if (stands) ++standing;
  }
  EXPECT_NEAR(standing, 144, 40);
  const double expected =
      bearing->machine().sensor_noise_g_per_root_hz[0] * std::sqrt(1600.0);
  EXPECT_NEAR(Rms(*bearing, still) / expected, 1, 0.05);
  EXPECT_GT(Rms(*bearing, moving), 5 * expected);
}

TEST(Bearing, SpeedAndLoadChangeBetweenWindowsAndStayInTheirRange) {
  auto bearing = Make(Steady(Fault::kNone));
  double slowest = 1e9;
  double fastest = 0;
  for (int minute = 0; minute < 24 * 60; ++minute) {
    const Truth truth = bearing->TruthAt(1min * minute);
    slowest = std::min(slowest, truth.shaft_hz);
    fastest = std::max(fastest, truth.shaft_hz);
    EXPECT_GE(truth.load, 0.7);
    EXPECT_LE(truth.load, 1.3);
  }
  const double nominal = 25 * bearing->machine().shaft_factor;
  EXPECT_GE(slowest, nominal * 0.95);
  EXPECT_LE(fastest, nominal * 1.05);
  EXPECT_GT(fastest - slowest, nominal * 0.05);
}

TEST(Bearing, NoTwoMachinesShakeAlike) {
  std::vector<double> levels;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    BearingOptions options = Steady(Fault::kNone);
    options.seed = seed;
    options.speed_variation = 0;
    auto bearing = Make(options);
    const double loudness = std::sqrt(bearing->TruthAt(5h).load);
    levels.push_back(Rms(*bearing, 5h) / loudness);
  }
  EXPECT_GT(std::ranges::max(levels), 1.5 * std::ranges::min(levels));
  EXPECT_NE(DrawMachine(1, 3).structure[0].hz, DrawMachine(2, 3).structure[0].hz);
}

TEST(Bearing, AMachineIsTheSameForASensorOfMoreAxes) {
  const Machine two = DrawMachine(7, 2);
  const Machine three = DrawMachine(7, 3);
  EXPECT_EQ(two.structure[3].shape, three.structure[3].shape);
  EXPECT_EQ(two.gravity_g[0], three.gravity_g[0]);
  EXPECT_EQ(two.failed_g, three.failed_g);
  EXPECT_EQ(two.sensor_noise_g_per_root_hz, three.sensor_noise_g_per_root_hz);
}

// Energy of the second differences, in which the suspension and gravity are gone.
double Fast(const std::vector<double>& g, std::size_t from, std::size_t count) {
  double sum = 0;
  for (std::size_t i = from + 1; i < from + count - 1; ++i) {
    sum += std::pow(g[i + 1] - 2 * g[i] + g[i - 1], 2);
  }
  return sum;
}

TEST(Bearing, AWindowHasNoRunUp) {
  for (const Fault fault : {Fault::kNone, Fault::kOuterRace}) {
    auto bearing = Make(Steady(fault));
    double begin = 0;
    double end = 0;
    for (int i = 0; i < 10'000; ++i) {
      const auto g = Axis(Window(*bearing, 22h + Microseconds(i), 64), 0, Warehouse());
      begin += Fast(g, 0, 10);
      end += Fast(g, 54, 10);
    }
    EXPECT_NEAR(begin / end, 1, 0.08);
  }
}

TEST(Bearing, WorksAtAnyRateWithAnyAxesAndLength) {
  for (const auto& [millihertz, axes] :
       {std::pair{10'000U, 1U}, {100'000U, 3U}, {25'600'000U, 2U}, {6'664'123U, 6U}}) {
    contract::Sensor sensor = Warehouse();
    sensor.sample_rate_millihertz = millihertz;
    sensor.axes = axes;
    auto bearing = Make(Steady(Fault::kBall), sensor);
    for (const std::size_t frames : {0U, 1U, 2U, 3U, 2560U}) {
      const Batch batch = Window(*bearing, 23h, frames, axes);
      if (frames == 2560U) {
        EXPECT_GT(Deviation(Axis(batch, axes - 1, sensor)), 1e-4) << axes;
      }
    }
  }
}

TEST(Bearing, EndsWithItsLifeAndRefusesHalfAFrame) {
  auto bearing = Make(Steady(Fault::kNone));
  EXPECT_EQ(bearing->life(), 24h);
  Batch batch(300);
  EXPECT_EQ(bearing->Read(24h - Microseconds(1), batch), Status::kOk);
  EXPECT_EQ(bearing->Read(24h, batch), Status::kNothingNew);
  EXPECT_EQ(bearing->Read(Microseconds(-1), batch), Status::kNothingNew);
  EXPECT_EQ(bearing->Read(0s, std::span(batch).first(4)), Status::kBatchShape);
}

TEST(Bearing, RefusesAMachineThatCannotBe) {
  const auto refused = [](auto change) {
    BearingOptions options;
    contract::Sensor sensor = Warehouse();
    change(options, sensor);
    const auto bearing = Bearing::Make(options, sensor);
    EXPECT_EQ(bearing.status(), Status::kOutOfRange);
    return bearing.ok() ? std::string() : bearing.refusal().what;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(refused([](auto& o, auto&) { o.life = 0s; }), HasSubstr("life of 0 s"));
  EXPECT_THAT(refused([](auto& o, auto&) { o.life = Microseconds::max(); }),
              HasSubstr("life"));
  EXPECT_THAT(refused([](auto& o, auto&) { o.onset = 1; }), HasSubstr("onset"));
  EXPECT_THAT(refused([nan](auto& o, auto&) { o.onset = nan; }), HasSubstr("onset"));
  EXPECT_THAT(refused([](auto& o, auto&) { o.shaft_hz = 0; }), HasSubstr("shaft"));
  EXPECT_THAT(refused([nan](auto& o, auto&) { o.speed_variation = nan; }),
              HasSubstr("speed"));
  EXPECT_THAT(refused([](auto& o, auto&) { o.standstill_share = -1; }),
              HasSubstr("standstill"));
  EXPECT_THAT(refused([](auto& o, auto&) { o.geometry.balls = 0; }), HasSubstr("balls"));
  EXPECT_THAT(refused([](auto& o, auto&) { o.geometry.pitch_diameter_mm = 0; }),
              HasSubstr("0 mm"));
  EXPECT_THAT(refused([](auto&, auto& s) { s.axes = 0; }), HasSubstr("0 axes"));
  EXPECT_THAT(refused([](auto&, auto& s) { s.axes = 7; }), HasSubstr("7 axes"));
  EXPECT_THAT(refused([](auto&, auto& s) { s.sample_rate_millihertz = 0; }),
              HasSubstr("0 Hz"));
  EXPECT_THAT(refused([](auto&, auto& s) { s.full_scale_milli_g = 0; }),
              HasSubstr("0 g"));
}

}  // namespace
}  // namespace torpor::simulate
