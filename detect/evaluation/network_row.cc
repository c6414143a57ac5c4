#include "detect/evaluation/network_row.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "detect/evaluation/fleet_normal.h"
#include "model/assemble.h"
#include "model/network.h"
#include "signal/features.h"

namespace torpor::detect::evaluation {
namespace {

// Means of as many windows in a row as a minute has, spread evenly over the windows of
// commissioning, first and last included: as detect/exemplars.h keeps them.
Matrix ExemplarsOf(const Minutes& own) {
  const Eigen::Index windows = own.windows.cols();
  const auto each = static_cast<Eigen::Index>(own.windows_each);
  const Eigen::Index count =
      std::min(static_cast<Eigen::Index>(model::kMaxExemplars), windows / each);
  Matrix exemplars(own.windows.rows(), count);
  for (Eigen::Index e = 0; e < count; ++e) {
    const Eigen::Index first =
        e + 1 == count ? windows - each : e * (windows - each) / (count - 1);
    exemplars.col(e) =
        own.windows.middleCols(first, each).cast<double>().rowwise().mean();
  }
  return exemplars;
}

// Floats in the order in which model::Assemble takes them.
std::vector<float> Flat(const Matrix& columns) {
  const Eigen::MatrixXf floats = columns.cast<float>();
  return {floats.data(), floats.data() + floats.size()};
}

double Softplus(double x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

class NetworkJudge final : public Judge {
 public:
  NetworkJudge(const NetworkChoices& choices, std::span<const Teacher> teachers)
      : choices_(choices), all_(AllFeatures, teachers), log_mel_(LogMel, teachers) {
    if (choices_.exemplars == Exemplary::kSwapped && !teachers.empty()) {
      const Minutes& other = *teachers.front().own;
      swapped_ = Flat(Seen(all_.NormalOf(other).Apply(ExemplarsOf(other))));
    }
  }

  Vector Score(const Minutes& own, const Minutes& what) const override {
    const Eigen::Index minutes = what.tokens.cols();
    Vector scores = Vector::Constant(minutes, std::numeric_limits<double>::quiet_NaN());
    const auto network = model::MakeFastNetwork(choices_.file->view());
    if (!network.ok()) return scores;
    const auto features = static_cast<std::size_t>(what.tokens.rows());
    const auto tokens =
        model::TokensFor((*network)->shape(), features / model::kAxisFeatures);
    if (!tokens.ok()) return scores;

    const OwnNormal normal = all_.NormalOf(own);
    const Matrix z = normal.Apply(what.tokens);
    const Vector classical = Ratio(z, normal.Apply(own.tokens));
    const std::vector<float> seen = Flat(Seen(z));
    const std::vector<float> exemplars = ExemplarsFor(own, normal);
    // The features are standardised already.
    const std::vector<float> zeros(features, 0.0F), ones(features, 1.0F);
    std::vector<float> inputs(2 * features);
    for (Eigen::Index m = 0; m < minutes; ++m) {
      const auto minute =
          std::span(seen).subspan(static_cast<std::size_t>(m) * features, features);
      float logit = 0;
      if (model::Assemble(minute, {zeros, ones, exemplars, {}}, inputs) == Status::kOk &&
          (*network)->Run(inputs, *tokens, logit) == Status::kOk) {
        scores(m) = ScoreOf(double{logit}, classical(m));
      }
    }
    return scores;
  }

 private:
  [[nodiscard]] double ScoreOf(double logit, double classical) const {
    if (!choices_.fused) return Softplus(logit);
    const double learned = double{choices_.file->view().classical_weight};
    const double weight = std::max(learned, choices_.least_weight);
    if (weight == 0) return std::exp(logit);
    return classical * std::exp(logit / weight);
  }

  // The log-mel part of z whitened, the rest as it is.
  [[nodiscard]] Matrix Seen(const Matrix& z) const {
    constexpr auto kBands = static_cast<Eigen::Index>(signal::kBands);
    constexpr auto kEach = static_cast<Eigen::Index>(signal::kFeaturesPerAxis);
    const Matrix white = log_mel_.Whiten(LogMelOf(z));
    Matrix seen = z;
    for (Eigen::Index a = 0; a * kEach < z.rows(); ++a) {
      seen.middleRows(a * kEach, kBands) = white.middleRows(a * kBands, kBands);
    }
    return seen;
  }

  [[nodiscard]] Vector Ratio(const Matrix& z, const Matrix& own) const {
    return log_mel_.Distances(LogMelOf(z)) / MedianOf(log_mel_.Distances(LogMelOf(own)));
  }

  [[nodiscard]] std::vector<float> ExemplarsFor(const Minutes& own,
                                                const OwnNormal& normal) const {
    switch (choices_.exemplars) {
      case Exemplary::kOwn:
        return Flat(Seen(normal.Apply(ExemplarsOf(own))));
      case Exemplary::kSwapped:
        return swapped_;
      case Exemplary::kNone:
        break;
    }
    return {};
  }

  static Matrix LogMelOf(const Matrix& z) {
    Minutes minutes;
    minutes.tokens = z;
    return LogMel(minutes);
  }

  NetworkChoices choices_;
  FleetNormal all_, log_mel_;
  std::vector<float> swapped_;
};

class NetworkRow final : public Row {
 public:
  explicit NetworkRow(NetworkChoices choices) : choices_(std::move(choices)) {}
  std::string name() const override { return choices_.name; }
  std::unique_ptr<const Judge> Fit(std::span<const Teacher> teachers) const override {
    return std::make_unique<NetworkJudge>(choices_, teachers);
  }

 private:
  NetworkChoices choices_;
};

}  // namespace

Result<std::unique_ptr<Row>> MakeNetworkRow(NetworkChoices choices, std::size_t axes) {
  const auto tokens = model::TokensFor(choices.file->view().shape, axes);
  if (!tokens.ok()) return tokens.status();
  return std::unique_ptr<Row>(std::make_unique<NetworkRow>(std::move(choices)));
}

}  // namespace torpor::detect::evaluation
