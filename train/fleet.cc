#include "train/fleet.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "detect/classical.h"
#include "model/assemble.h"

namespace torpor::train {
namespace {

using Matrix = Eigen::MatrixXd;

constexpr double kLeastVariance = 1e-6;  // (0.004 dB)^2, as detect/fit.cc has it

// Unbiased variances of every feature over windows, end to end, and their means.
void Moments(std::span<const float> looks, std::vector<double>& mean,
             std::vector<double>& variance) {
  const std::size_t features = mean.size();
  const std::size_t count = looks.size() / features;
  std::ranges::fill(mean, 0.0);
  std::ranges::fill(variance, 0.0);
  for (std::size_t i = 0; i < count; ++i) {
    const double share = 1.0 / static_cast<double>(i + 1);
    for (std::size_t f = 0; f < features; ++f) {
      const double x = double{looks[i * features + f]};
      const double before = x - mean[f];
      mean[f] += before * share;
      variance[f] += before * (x - mean[f]);
    }
  }
  for (double& value : variance) {
    value = count < 2 ? 0 : value / static_cast<double>(count - 1);
  }
}

// The windows of a part that a commissioning of the contract learns from.
std::span<const float> Learned(const Voice& voice, std::uint32_t cycles) {
  const std::size_t last = std::min<std::size_t>(voice.windows(), cycles);
  const std::size_t first = last / 4;  // run-in
  return std::span(voice.looks)
      .subspan(first * voice.features, (last - first) * voice.features);
}

// E[z z'] of the log-mel features of minutes, around the machine's own normal.
Matrix SecondMoment(const Voice& voice, const OwnNormal& own, std::uint32_t cycles,
                    std::size_t first, std::size_t axes) {
  const auto n = static_cast<Eigen::Index>(detect::ClassicalFeatures(axes));
  const std::size_t minutes = voice.windows() - cycles + 1 - first;
  Matrix columns(n, static_cast<Eigen::Index>(minutes));
  std::vector<float> mean(voice.features), z(voice.features);
  for (std::size_t m = 0; m < minutes; ++m) {
    std::ranges::fill(mean, 0.0F);
    for (std::size_t w = 0; w < cycles; ++w) {
      const auto look = voice.Look(first + m + w);
      for (std::size_t f = 0; f < mean.size(); ++f) {
        mean[f] += look[f] / static_cast<float>(cycles);
      }
    }
    own.Standardise(mean, z);
    for (Eigen::Index i = 0; i < n; ++i) {
      columns(i, static_cast<Eigen::Index>(m)) =
          double{z[model::SpectrumFeature(static_cast<std::size_t>(i))]};
    }
  }
  Matrix moment = Matrix::Zero(n, n);
  moment.selfadjointView<Eigen::Lower>().rankUpdate(columns,
                                                    1.0 / static_cast<double>(minutes));
  return moment;
}

// The lower triangle, row after row; empty when there is none.
std::vector<float> Factor(Matrix covariance, double shrinkage) {
  const auto n = covariance.rows();
  const double sphere = covariance.trace() / static_cast<double>(n);
  covariance *= 1.0 - shrinkage;
  covariance.diagonal().array() += shrinkage * sphere;
  const Eigen::LLT<Matrix, Eigen::Lower> cholesky(covariance);
  std::vector<float> factor;
  if (cholesky.info() != Eigen::Success) return factor;
  const Matrix lower = cholesky.matrixL();
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j <= i; ++j) {
      factor.push_back(static_cast<float>(lower(i, j)));
    }
  }
  return factor;
}

}  // namespace

OwnNormal::OwnNormal(std::span<const float> looks, std::span<const double> fleet_variance,
                     double fleet_weight)
    : mean_(fleet_variance.size()), inverse_scale_(fleet_variance.size()) {
  std::vector<double> own(mean_.size());
  Moments(looks, mean_, own);
  const auto n = static_cast<double>(looks.size()) / static_cast<double>(mean_.size());
  for (std::size_t f = 0; f < mean_.size(); ++f) {
    const double variance =
        (fleet_weight * fleet_variance[f] + n * own[f]) / (fleet_weight + n);
    inverse_scale_[f] = 1 / std::sqrt(std::max(variance, kLeastVariance));
  }
}

void OwnNormal::Standardise(std::span<const float> x, std::span<float> z) const {
  for (std::size_t f = 0; f < mean_.size(); ++f) {
    z[f] = static_cast<float>((double{x[f]} - mean_[f]) * inverse_scale_[f]);
  }
}

Result<Fleet> MeetFleet(const Corpus& corpus, const MachineRecipe& recipe) {
  Fleet fleet;
  const std::size_t features = corpus.parts.front().voices.front().features;
  const auto machines = static_cast<double>(corpus.parts.size());
  fleet.variance.assign(features, 0.0);
  std::vector<double> mean(features), own(features);
  for (const HealthyPart& part : corpus.parts) {
    Moments(Learned(part.voices.front(), corpus.commissioning_cycles), mean, own);
    for (std::size_t f = 0; f < features; ++f) fleet.variance[f] += own[f] / machines;
  }
  for (double& value : fleet.variance) value = std::max(value, kLeastVariance);

  std::vector<Matrix> moments;
  for (const HealthyPart& part : corpus.parts) {
    const Voice& voice = part.voices.front();
    const auto learned = Learned(voice, corpus.commissioning_cycles);
    const OwnNormal normal(learned, fleet.variance, recipe.fleet_weight_cycles);
    const std::size_t run_in =
        std::min<std::size_t>(voice.windows(), corpus.commissioning_cycles) / 4;
    moments.push_back(
        SecondMoment(voice, normal, corpus.score_cycles, run_in, corpus.shape.axes));
  }
  for (std::size_t left_out = 0; left_out < moments.size(); ++left_out) {
    Matrix covariance = Matrix::Zero(moments[0].rows(), moments[0].cols());
    for (std::size_t i = 0; i < moments.size(); ++i) {
      if (i != left_out) covariance += moments[i] / (machines - 1);
    }
    fleet.factors.push_back(Factor(std::move(covariance), recipe.shrinkage));
    if (fleet.factors.back().empty()) return Status::kTooFewRecordings;
  }
  return fleet;
}

}  // namespace torpor::train
