#include "simulate/bearing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <string>
#include <utility>

#include "simulate/resonator.h"

namespace torpor::simulate {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;

// What a draw is for, so that one never disturbs another: a healthy bearing and one
// before its onset are byte for byte the same.
enum Purpose : std::uint64_t { kSpeed = 1, kLeg, kWear, kWindow, kDefect, kJoint };

constexpr double kLegSeconds = 120;    // between changes of load and route
constexpr double kDriftSeconds = 900;  // over which the mean speed wanders
constexpr double kWobbleHz = 0.7;      // of the speed inside a window
constexpr double kWobble = 0.003;
constexpr double kRunIn = 0.5;        // more noise when new
constexpr double kRunInShare = 0.02;  // of the life
constexpr double kGrowth = 5.7;       // ln of the growth from onset to failure: 300 times
constexpr double kWearNoise = 1.5;    // more rolling noise when failed
constexpr double kJointSeconds = 2.5;  // between two joints of the floor
constexpr double kDefectTailSeconds = 0.3;
constexpr double kJointTailSeconds = 1;
constexpr double kPassBand = 0.45;  // of the rate: the sensor's own filter ends here
constexpr std::size_t kPhaseBlock = 64;

double Seconds(Microseconds t) { return static_cast<double>(t.count()) / 1e6; }

std::uint64_t Key(Microseconds t) { return static_cast<std::uint64_t>(t.count()); }

Refusal OutOfRange(const std::string& what) {
  return {.status = Status::kOutOfRange,
          .what = "the bearing simulator cannot be given " + what,
          .ours = {},
          .theirs = {}};
}

bool In(double low, double value, double high) { return value >= low && value <= high; }

}  // namespace

Attempt<std::unique_ptr<Bearing>> Bearing::Make(const BearingOptions& options,
                                                const contract::Sensor& sensor) {
  const BearingGeometry& geometry = options.geometry;
  const double ratio = geometry.ball_diameter_mm / geometry.pitch_diameter_mm;
  if (options.life <= Microseconds(0) || options.life > std::chrono::hours(24 * 3660)) {
    return OutOfRange("a life of " + Decimal(Seconds(options.life)) + " s");
  }
  if (!In(0, options.onset, 0.999)) {
    return OutOfRange("an onset at " + Decimal(options.onset) + " of the life");
  }
  if (!In(0.1, options.shaft_hz, 1000)) {
    return OutOfRange("a shaft of " + Decimal(options.shaft_hz) + " Hz");
  }
  if (!In(0, options.speed_variation, 0.5) || !In(0, options.standstill_share, 1)) {
    return OutOfRange("a speed variation above 0.5 or a standstill share above 1");
  }
  if (!In(3, geometry.balls, 100) || !In(0.01, ratio, 0.9) ||
      !In(0, geometry.contact_angle_rad, 1.5) ||
      !In(0.01, geometry.pitch_diameter_mm, 1e5)) {
    return OutOfRange("a bearing of " + std::to_string(geometry.balls) + " balls of " +
                      Decimal(geometry.ball_diameter_mm) + " mm on " +
                      Decimal(geometry.pitch_diameter_mm) + " mm");
  }
  if (!In(1, sensor.axes, kMaxAxes) || !In(10e3, sensor.sample_rate_millihertz, 1e9) ||
      sensor.full_scale_milli_g == 0) {
    return OutOfRange("a sensor of " + std::to_string(sensor.axes) + " axes, " +
                      Decimal(sensor.sample_rate_millihertz / 1000.0) + " Hz, " +
                      Decimal(sensor.full_scale_milli_g / 1000.0) + " g");
  }
  return std::unique_ptr<Bearing>(new Bearing(options, sensor));
}

Bearing::Bearing(const BearingOptions& options, const contract::Sensor& sensor)
    : options_(options),
      machine_(DrawMachine(options.seed, sensor.axes)),
      orders_(Orders(options.geometry)),
      quantise_(sensor),
      rate_hz_(sensor.sample_rate_millihertz / 1000.0),
      axes_(sensor.axes) {}

Truth Bearing::TruthAt(Microseconds start) const {
  const double t = Seconds(start);
  Random leg({options_.seed, kLeg, static_cast<std::uint64_t>(t / kLegSeconds)});
  Truth truth;
  truth.standing = leg.Uniform(0, 1) < options_.standstill_share;
  truth.load = leg.Uniform(0.7, 1.3);
  if (!truth.standing) {
    const double drift = SmoothNoise(options_.seed, kSpeed, t / kDriftSeconds);
    const double here = leg.Uniform(-1, 1);
    truth.shaft_hz = options_.shaft_hz * machine_.shaft_factor *
                     (1 + options_.speed_variation * (0.6 * drift + 0.4 * here));
  }
  const double life = Seconds(options_.life);
  const double grown = (t / life - options_.onset) / (1 - options_.onset);
  if (options_.fault != Fault::kNone && grown > 0) {
    // Edges of a spall roll flat and break off again, so that the way up is not even.
    const double uneven = 0.2 * SmoothNoise(options_.seed, kWear, t / life * 60);
    truth.fault = std::exp(kGrowth * (grown - 1) + uneven);
  }
  return truth;
}

std::optional<double> Bearing::ShaftHz(Microseconds start) const {
  if (!options_.tells_speed) return std::nullopt;
  return TruthAt(start).shaft_hz;
}

// The moments at which the defect is struck, and how hard.
void Bearing::AddDefect(const Truth& truth, Microseconds start, double seconds) {
  defect_.clear();
  if (truth.fault <= 0) return;
  Random random({options_.seed, kDefect, Key(start)});
  // Once a turn of an inner race, once a turn of the cage, the defect is where the load
  // is; a defect of the outer race stays where it is.
  double order = orders_.outer;
  double zone_hz = 0;
  if (options_.fault == Fault::kInnerRace) {
    order = orders_.inner;
    zone_hz = truth.shaft_hz;
  } else if (options_.fault == Fault::kBall) {
    order = 2 * orders_.spin;
    zone_hz = orders_.cage * truth.shaft_hz;
  }
  const double period = 1 / (order * (1 - machine_.slip) * truth.shaft_hz);
  const double zone_phase = random.Uniform(0, kTurn);
  double t = -kDefectTailSeconds - period * random.Uniform(0, 1);
  for (bool on_inner = false; t < seconds; on_inner = !on_inner) {
    double g = machine_.failed_g * truth.fault * truth.load *
               std::max(0.2, 1 + 0.2 * random.Normal());
    if (zone_hz > 0) {
      g *= LoadZone(kTurn * zone_hz * t + zone_phase, machine_.load_zone_extent);
    }
    // A ball strikes one race and then the other; the inner one is farther from the
    // sensor.
    if (options_.fault == Fault::kBall && on_inner) g *= 0.7;
    defect_.push_back({.at_seconds = t, .g = g});
    // Each step has its own slip, and steps add up: cyclostationary at best.
    t += period * std::max(0.5, 1 + machine_.slip_jitter * random.Normal());
  }
}

void Bearing::AddJoints(Microseconds start, double seconds) {
  joints_.clear();
  Random random({options_.seed, kJoint, Key(start)});
  double t = random.Exponential(kJointSeconds) - kJointTailSeconds;
  while (t < seconds) {
    const double sign = random.Uniform(-1, 1) < 0 ? -1 : 1;
    joints_.push_back(
        {.at_seconds = t, .g = sign * machine_.joint_g * random.Uniform(0.3, 1)});
    t += random.Exponential(kJointSeconds);
  }
}

void Bearing::AddMode(const Mode& mode, double noise_g, std::span<const Strike> strikes,
                      Random& random) {
  if (mode.hz > kPassBand * rate_hz_) return;
  Resonator resonator(mode.hz, mode.damping, rate_hz_);
  const double drive = noise_g / resonator.NoiseGain();
  resonator.StartFromNoise(drive, random);
  for (std::size_t i = 0; i < frames_; ++i) {
    motion_[i] = drive * static_cast<double>(noise_[i]);
  }
  for (const Strike& strike : strikes) {
    resonator.Strike(strike.at_seconds * rate_hz_, strike.g, motion_);
  }
  resonator.Run(motion_);
  for (std::size_t axis = 0; axis < axes_; ++axis) {
    const double share = mode.shape[axis];
    float* const g = &g_[axis * frames_];
    for (std::size_t i = 0; i < frames_; ++i) {
      g[i] += static_cast<float>(share * motion_[i]);
    }
  }
}

// Shaft and gear: tones that follow the turning of the shaft, wobble included.
void Bearing::AddTurning(const Truth& truth, Random& random) {
  const double fast = truth.shaft_hz / options_.shaft_hz;
  const double wobble_phase = random.Uniform(0, kTurn);
  const double start_phase = random.Uniform(0, kTurn);
  const auto phase_at = [&](double t) {
    const double swing =
        std::cos(wobble_phase) - std::cos(kTurn * kWobbleHz * t + wobble_phase);
    return start_phase +
           kTurn * truth.shaft_hz * (t + kWobble * swing / (kTurn * kWobbleHz));
  };

  // Of each tone and axis, the complex weight; 0 where the sensor's filter takes it away.
  constexpr std::size_t kTones = 4;
  const std::array<const Harmonic*, kTones> tones = {
      &machine_.shaft[0], &machine_.shaft[1], &machine_.shaft[2], &machine_.gear};
  const std::array<double, kTones> orders = {1, 2, 3, machine_.teeth};
  std::array<std::array<std::complex<float>, kMaxAxes>, kTones> weights{};
  for (std::size_t tone = 0; tone < kTones; ++tone) {
    if (orders[tone] * truth.shaft_hz > kPassBand * rate_hz_) continue;
    for (std::size_t axis = 0; axis < axes_; ++axis) {
      // Unbalance grows with the square of speed; a gear's force with the load.
      const double level = tone + 1 == kTones ? fast * truth.load : fast * fast;
      weights[tone][axis] = std::complex<float>(
          std::polar(level * tones[tone]->g[axis], tones[tone]->phase[axis]));
    }
  }

  std::array<std::array<std::complex<float>, kPhaseBlock>, kTones> phasors;
  for (std::size_t block = 0; block < frames_; block += kPhaseBlock) {
    const std::size_t count = std::min(kPhaseBlock, frames_ - block);
    const double from = phase_at(static_cast<double>(block) / rate_hz_);
    const double to = phase_at(static_cast<double>(block + kPhaseBlock) / rate_hz_);
    for (std::size_t tone = 0; tone < kTones; ++tone) {
      std::complex<double> z = std::polar(1.0, orders[tone] * from);
      const std::complex<double> step =
          std::polar(1.0, orders[tone] * (to - from) / static_cast<double>(kPhaseBlock));
      for (std::size_t i = 0; i < count; ++i) {
        phasors[tone][i] = std::complex<float>(z);
        z = {z.real() * step.real() - z.imag() * step.imag(),
             z.real() * step.imag() + z.imag() * step.real()};
      }
    }
    const auto depth = static_cast<float>(machine_.gear_modulation);
    for (std::size_t i = 0; i < count; ++i) {
      phasors[kTones - 1][i] *= 1 + depth * phasors[0][i].real();
    }
    for (std::size_t axis = 0; axis < axes_; ++axis) {
      float* const g = &g_[axis * frames_ + block];
      for (std::size_t tone = 0; tone < kTones; ++tone) {
        const std::complex<float> weight = weights[tone][axis];
        for (std::size_t i = 0; i < count; ++i) {
          g[i] += weight.real() * phasors[tone][i].real() -
                  weight.imag() * phasors[tone][i].imag();
        }
      }
    }
  }
}

Status Bearing::Read(Microseconds start, std::span<std::int16_t> out) {
  if (out.size() % axes_ != 0) return Status::kBatchShape;
  if (start.count() < 0 || start >= options_.life) return Status::kNothingNew;
  frames_ = out.size() / axes_;
  noise_.resize(frames_);
  motion_.resize(frames_);
  g_.assign(frames_ * axes_, 0.0F);
  if (frames_ == 0) return Status::kOk;

  const Truth truth = TruthAt(start);
  const double seconds = static_cast<double>(frames_) / rate_hz_;
  Random random({options_.seed, kWindow, Key(start)});
  if (!truth.standing) {
    AddDefect(truth, start, seconds);
    AddJoints(start, seconds);
    const double fast = truth.shaft_hz / options_.shaft_hz;
    const double young = Seconds(start) / (kRunInShare * Seconds(options_.life));
    const double rolling = machine_.rolling_g * fast * std::sqrt(truth.load) *
                           (1 + kRunIn * std::exp(-young)) *
                           (1 + kWearNoise * truth.fault * truth.fault);
    random.FillNormal(noise_);
    for (const Mode& mode : machine_.structure) AddMode(mode, rolling, defect_, random);
    AddMode(machine_.suspension, machine_.floor_g * fast, joints_, random);
    AddTurning(truth, random);
  }

  for (std::size_t axis = 0; axis < axes_; ++axis) {
    const auto still = static_cast<float>(machine_.gravity_g[axis]);
    const auto deviation = static_cast<float>(machine_.sensor_noise_g_per_root_hz[axis] *
                                              std::sqrt(rate_hz_ / 2));
    random.FillNormal(noise_);
    const float* const g = &g_[axis * frames_];
    for (std::size_t i = 0; i < frames_; ++i) {
      out[i * axes_ + axis] =
          quantise_(static_cast<double>(g[i] + still + deviation * noise_[i]));
    }
  }
  return Status::kOk;
}

}  // namespace torpor::simulate
