#include "detect/fit.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <utility>

#include "detect/classical.h"
#include "detect/detector.h"
#include "detect/intake.h"
#include "detect/replay.h"
#include "detect/thresholds.h"

namespace torpor::detect {
namespace {

using Matrix = Eigen::MatrixXd;

// A machine's healthy part as its own detector would take it in.
struct Heard {
  Commissioning own;
  std::vector<std::vector<float>> means;  // of score_cycles windows after the run-in
};

double MedianLevel(const Life& life) {
  std::vector<double> levels;
  for (std::size_t i = 0; i < std::min(life.healthy_cycles, life.looks.size()); ++i) {
    const Look& look = life.looks[i];
    if (look.status == Status::kOk) {
      levels.push_back(double{look.output.levels.total_rms_g()});
    }
  }
  if (levels.empty()) return 0;
  const auto middle = levels.begin() + static_cast<std::ptrdiff_t>(levels.size() / 2);
  std::nth_element(levels.begin(), middle, levels.end());
  return *middle;
}

Heard TakeIn(const Life& life, const Baseline& baseline) {
  Intake intake(baseline);
  std::vector<std::vector<float>> means;
  for (std::size_t i = 0; i < std::min(life.healthy_cycles, life.looks.size()); ++i) {
    const Look& look = life.looks[i];
    if (look.status != Status::kOk) continue;
    const Status took = intake.Take(look.output);
    if ((took == Status::kOk || took == Status::kCommissioning) &&
        intake.mean_is_settled()) {
      means.emplace_back(intake.mean().begin(), intake.mean().end());
    }
  }
  return {intake.own(), std::move(means)};
}

// E[z z'] around the machine's own mean: how far machines wander while healthy is part of
// what is normal.
Matrix CovarianceOf(const Heard& healthy, const Baseline& baseline) {
  const auto n = static_cast<Eigen::Index>(ClassicalFeatures(baseline.shape.axes));
  Matrix z(n, static_cast<Eigen::Index>(healthy.means.size()));
  std::vector<float> column(baseline.features());
  for (std::size_t i = 0; i < healthy.means.size(); ++i) {
    healthy.own.Standardise(healthy.means[i], baseline.deviation,
                            baseline.fleet_weight_cycles, column);
    for (Eigen::Index f = 0; f < n; ++f) {
      z(f, static_cast<Eigen::Index>(i)) =
          double{column[model::SpectrumFeature(static_cast<std::size_t>(f))]};
    }
  }
  Matrix covariance = Matrix::Zero(n, n);
  covariance.selfadjointView<Eigen::Lower>().rankUpdate(
      z, 1.0 / static_cast<double>(z.cols()));
  return covariance;
}

Status SetFactor(Matrix covariance, double shrinkage, Baseline& baseline) {
  const auto n = covariance.rows();
  const double sphere = covariance.trace() / static_cast<double>(n);
  covariance *= 1.0 - shrinkage;
  covariance.diagonal().array() += shrinkage * sphere;
  const Eigen::LLT<Matrix, Eigen::Lower> cholesky(covariance);
  if (cholesky.info() != Eigen::Success) return Status::kTooFewRecordings;
  const Matrix lower = cholesky.matrixL();
  baseline.factor.clear();
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j <= i; ++j) {
      baseline.factor.push_back(static_cast<float>(lower(i, j)));
    }
  }
  return Status::kOk;
}

// Everything but the threshold, which is 1.
Result<Baseline> FitFleet(std::span<const Life* const> lives, const FitOptions& options,
                          std::string& problem) {
  Baseline baseline;
  baseline.shape = options.shape;
  baseline.rule = options.rule;
  baseline.run_in_cycles = options.rule.commissioning_cycles / options.run_in_divisor;
  baseline.fleet_weight_cycles = options.fleet_weight_cycles;
  baseline.machines = static_cast<std::uint32_t>(lives.size());
  baseline.threshold = 1;
  const auto machines = static_cast<double>(lives.size());

  double log_level = 0;
  for (const Life* life : lives) log_level += std::log(MedianLevel(*life)) / machines;
  baseline.typical_level_g = static_cast<float>(std::exp(log_level));

  std::vector<Heard> fleet;
  for (const Life* life : lives) {
    fleet.push_back(TakeIn(*life, baseline));
    if (!fleet.back().own.complete() || fleet.back().means.empty()) {
      problem = life->id + ": its healthy part does not complete commissioning";
      return Status::kRecordingTooShort;
    }
  }
  std::vector<const Commissioning*> machines_own;
  for (const Heard& healthy : fleet) machines_own.push_back(&healthy.own);
  baseline.deviation = FleetDeviation(machines_own);
  SetTypical(machines_own, baseline);
  const auto n = static_cast<Eigen::Index>(ClassicalFeatures(options.shape.axes));
  Matrix covariance = Matrix::Zero(n, n);
  for (const Heard& healthy : fleet) {
    covariance += CovarianceOf(healthy, baseline) / machines;
  }
  if (const Status status = SetFactor(std::move(covariance), options.shrinkage, baseline);
      status != Status::kOk) {
    problem = "the machines' spectra do not vary at all";
    return status;
  }
  return baseline;
}

void Raise(Portrait& highest, const Portrait& portrait) {
  highest.trend = std::max(highest.trend, portrait.trend);
  highest.spread = std::max(highest.spread, portrait.spread);
  highest.strangeness = std::max(highest.strangeness, portrait.strangeness);
  highest.impulsiveness = std::max(highest.impulsiveness, portrait.impulsiveness);
}

// A healthy machine that differs as machines do is one deviation away; few that happen to
// agree must not forbid that.
Portrait WithMargin(const Portrait& highest, double margin) {
  constexpr double kLeast = 1.5;
  const auto limit = [&](double level) { return std::max(level * margin, kLeast); };
  return {limit(highest.trend), limit(highest.spread), limit(highest.strangeness),
          limit(highest.impulsiveness)};
}

bool Usable(const FitOptions& options) {
  const Rule& r = options.rule;
  return r.score_cycles > 0 && r.score_cycles <= kMaxScoreCycles && r.alarm_k > 0 &&
         r.alarm_k <= r.alarm_n && r.alarm_n <= kMaxAlarmN &&
         r.commissioning_cycles > 1 && options.run_in_divisor > 1 &&
         options.shape.axes > 0 && options.shape.axes <= signal::kMaxAxes;
}

}  // namespace

model::Inference* NetworkFor(const Life& life, const FitOptions& options) {
  const auto stand_in = options.stand_ins.find(life.id);
  return stand_in == options.stand_ins.end() ? options.network : stand_in->second;
}

std::vector<float> FleetDeviation(std::span<const Commissioning* const> machines) {
  constexpr double kLeastDeviation = 1e-3;  // 0.004 dB: below what any spectrum repeats
  std::vector<float> deviation(machines.front()->features());
  for (std::size_t f = 0; f < deviation.size(); ++f) {
    double variance = 0;
    for (const Commissioning* own : machines) variance += own->Variance(f);
    deviation[f] = static_cast<float>(std::max(
        std::sqrt(variance / static_cast<double>(machines.size())), kLeastDeviation));
  }
  return deviation;
}

void SetTypical(std::span<const Commissioning* const> machines, Baseline& baseline) {
  const auto count = static_cast<double>(machines.size());
  baseline.typical.clear();
  baseline.between.clear();
  for (std::size_t f = 0; f < baseline.features(); ++f) {
    double mean = 0;
    for (const Commissioning* own : machines) mean += own->mean(f) / count;
    double squares = 0;
    for (const Commissioning* own : machines) {
      squares += (own->mean(f) - mean) * (own->mean(f) - mean);
    }
    const double within = double{baseline.deviation[f]};
    baseline.typical.push_back(static_cast<float>(mean));
    baseline.between.push_back(static_cast<float>(
        std::sqrt(squares / std::max(1.0, count - 1) + within * within)));
  }
}

Result<Fitted> Fit(const std::vector<const Life*>& lives, const FitOptions& options,
                   std::string& problem) {
  if (!Usable(options)) return Status::kOutOfRange;
  if (lives.size() < kFewestMachines) {
    problem = std::to_string(lives.size()) + " machines, at least " +
              std::to_string(kFewestMachines) + " are needed";
    return Status::kTooFewRecordings;
  }
  std::vector<Healthy> machines;
  Portrait highest;
  std::uint64_t healthy_scores = 0;
  for (const Life* left_out : lives) {
    std::vector<const Life*> others;
    std::ranges::copy_if(lives, std::back_inserter(others),
                         [&](const Life* life) { return life != left_out; });
    const auto fleet = FitFleet(others, options, problem);
    if (!fleet.ok()) return fleet.status();
    Raise(highest, Portray(TakeIn(*left_out, *fleet).own, *fleet));
    Healthy& healthy = machines.emplace_back();
    for (const Judgement& judged :
         Replay(*left_out, *fleet, NetworkFor(*left_out, options),
                left_out->healthy_cycles)) {
      if (judged.verdict != Verdict::kAbstain) healthy.push_back(judged.measured);
    }
    if (healthy.size() < options.rule.alarm_n) {
      problem = left_out->id + ": its healthy part gives " +
                std::to_string(healthy.size()) + " scores, at least " +
                std::to_string(options.rule.alarm_n) + " are needed";
      return Status::kRecordingTooShort;
    }
    healthy_scores += healthy.size();
  }
  auto baseline = FitFleet(lives, options, problem);
  if (!baseline.ok()) return baseline.status();
  const NestedThresholds found = FindThresholds(machines, options.rule, options.margins);
  Fitted fitted{*std::move(baseline), lives[found.distance_by]->id, {}};
  fitted.baseline.threshold = found.thresholds.distance;
  fitted.baseline.healthy_scores = healthy_scores;
  fitted.baseline.limits = WithMargin(highest, options.portrait_margin);
  if (options.network != nullptr) {
    fitted.logit_threshold_by = lives[found.logit_by]->id;
    fitted.baseline.logit_threshold = found.thresholds.logit;
    fitted.baseline.network = options.network->digest();
  }
  static_cast<void>(EncodeBaseline(fitted.baseline));  // sets the digest
  return fitted;
}

}  // namespace torpor::detect
