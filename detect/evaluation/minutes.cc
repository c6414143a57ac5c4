#include "detect/evaluation/minutes.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "signal/features.h"
#include "signal/tokens.h"
#include "signal/welch.h"

namespace torpor::detect::evaluation {
namespace {

using Index = Eigen::Index;

constexpr std::size_t kLineFrame = 256;

Index At(std::size_t i) { return static_cast<Index>(i); }

void AppendTo(Matrix& all, const Matrix& more) {
  const Index before = all.cols();
  all.conservativeResize(more.rows(), before + more.cols());
  all.rightCols(more.cols()) = more;
}

// The mean of each `each` columns in a row.
Matrix Means(const std::vector<double>& columns, std::size_t rows, std::size_t each) {
  const std::size_t minutes = rows == 0 ? 0 : columns.size() / rows / each;
  Matrix means = Matrix::Zero(At(rows), At(minutes));
  for (std::size_t m = 0; m < minutes; ++m) {
    for (std::size_t w = 0; w < each; ++w) {
      means.col(At(m)) +=
          Eigen::Map<const Vector>(columns.data() + (m * each + w) * rows, At(rows));
    }
  }
  return means / static_cast<double>(each);
}

}  // namespace

Minutes Minutes::Part(std::size_t first, std::size_t minutes) const {
  const Index from = At(first), n = At(minutes);
  const Index each = At(windows_each);
  return {windows_each,
          mean_square.middleCols(from, n),
          kurtosis.middleCols(from, n),
          band_power.middleCols(from, n),
          line_power.middleCols(from, n),
          tokens.middleCols(from, n),
          windows.middleCols(from * each, n * each)};
}

void Minutes::Append(const Minutes& more) {
  windows_each = more.windows_each;
  AppendTo(mean_square, more.mean_square);
  AppendTo(kurtosis, more.kurtosis);
  AppendTo(band_power, more.band_power);
  AppendTo(line_power, more.line_power);
  AppendTo(tokens, more.tokens);
  const Index before = windows.cols();
  windows.conservativeResize(more.windows.rows(), before + more.windows.cols());
  windows.rightCols(more.windows.cols()) = more.windows;
}

struct MinuteMaker::Ear {
  signal::Shape shape;
  std::size_t each = 1;
  signal::Tokens tokens;
  std::size_t frame = 0;  // of the linear spectrum
  std::vector<float> x;   // one axis in g, its mean off
  std::vector<float> features, re, im, sums, power;
  // Window after window.
  std::vector<double> mean_square, kurtosis, band_power, line_power, all;
  std::vector<float> windows;

  void AddAxis(std::span<const std::int16_t> window, std::size_t axis);
};

MinuteMaker::MinuteMaker() : ear_(std::make_unique<Ear>()) {}
MinuteMaker::~MinuteMaker() = default;

Status MinuteMaker::Prepare(const signal::Shape& shape, std::size_t windows_each) {
  if (windows_each == 0) return Status::kOutOfRange;
  if (const Status status = ear_->tokens.Prepare(shape); status != Status::kOk) {
    return status;
  }
  ear_->shape = shape;
  ear_->each = windows_each;
  ear_->x.resize(shape.frames);
  ear_->features.resize(ear_->tokens.features());
  ear_->frame = std::min(kLineFrame, std::size_t{std::bit_floor(shape.frames / 2)});
  ear_->re.resize(ear_->frame);
  ear_->im.resize(ear_->frame);
  ear_->power.resize(ear_->frame / 2 + 1);
  return Status::kOk;
}

void MinuteMaker::Ear::AddAxis(std::span<const std::int16_t> window, std::size_t axis) {
  const auto g = static_cast<float>(shape.g_per_step());
  const auto n = static_cast<double>(shape.frames);
  double mean = 0, squares = 0, fourths = 0;
  for (std::size_t i = 0; i < shape.frames; ++i) {
    x[i] = g * static_cast<float>(window[i * shape.axes + axis]);
    mean += double{x[i]} / n;
  }
  for (float& value : x) {
    value -= static_cast<float>(mean);
    const double square = double{value} * value;
    squares += square;
    fourths += square * square;
  }
  constexpr double kSilence = 1e-30;
  mean_square.push_back(squares / n);
  kurtosis.push_back(n * fourths / std::max(squares * squares, kSilence));

  sums.assign(frame, 0.0F);
  std::size_t frames = 0;
  for (std::size_t at = 0; at + frame <= shape.frames; at += frame / 2, ++frames) {
    signal::AddFrames(std::span<const float>(x).subspan(at, frame), {}, re, im, sums);
  }
  signal::Fold(sums, power);
  const double density =
      2.0 / (shape.rate_hz() * signal::HannPower(frame) * static_cast<double>(frames));
  const double rounding = shape.g_per_step() * shape.g_per_step() / 6.0 / shape.rate_hz();
  for (std::size_t k = 1; k < power.size(); ++k) {
    line_power.push_back(double{power[k]} * density + rounding);
  }
}

Status MinuteMaker::Add(std::span<const std::int16_t> window) {
  Ear& ear = *ear_;
  const Status status = ear.tokens.Compute(window, ear.features);
  if (status != Status::kOk) return status;
  for (std::size_t axis = 0; axis < ear.shape.axes; ++axis) {
    ear.AddAxis(window, axis);
    for (std::size_t b = 0; b < signal::kBands; ++b) {
      ear.band_power.push_back(
          std::exp(double{ear.features[axis * signal::kFeaturesPerAxis + b]}));
    }
  }
  ear.all.insert(ear.all.end(), ear.features.begin(), ear.features.end());
  ear.windows.insert(ear.windows.end(), ear.features.begin(), ear.features.end());
  return Status::kOk;
}

Minutes MinuteMaker::Take() const {
  const Ear& ear = *ear_;
  const std::size_t axes = ear.shape.axes;
  const std::size_t features = axes * signal::kFeaturesPerAxis;
  Minutes minutes;
  minutes.windows_each = ear.each;
  minutes.mean_square = Means(ear.mean_square, axes, ear.each);
  minutes.kurtosis = Means(ear.kurtosis, axes, ear.each);
  minutes.band_power = Means(ear.band_power, axes * signal::kBands, ear.each);
  minutes.line_power = Means(ear.line_power, axes * (ear.frame / 2), ear.each);
  minutes.tokens = Means(ear.all, features, ear.each);
  minutes.windows = Eigen::Map<const Eigen::MatrixXf>(ear.windows.data(), At(features),
                                                      At(minutes.count() * ear.each));
  return minutes;
}

}  // namespace torpor::detect::evaluation
