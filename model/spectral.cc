#include "model/spectral.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace torpor::model {
namespace {

class SpectralEngine final : public Engine {
 public:
  Status Prepare(const signal::Shape& shape) {
    shape_ = shape;
    return log_mel_.Prepare(shape);
  }

  Status Infer(std::span<const std::int16_t> window, Output& output) override {
    output.count = 0;
    const Status sensor = signal::CheckSensor(window, shape_, output.levels);
    if (sensor != Status::kOk) return sensor;
    const auto values = std::span(output.values).first(log_mel_.features());
    if (const Status bands = log_mel_.Compute(window, values); bands != Status::kOk) {
      return bands;
    }
    if (!std::ranges::all_of(values, [](float v) { return std::isfinite(v); })) {
      return Status::kNotANumber;
    }
    output.count = static_cast<std::uint32_t>(values.size());
    return Status::kOk;
  }

  void Release() override {}  // the CPU is released by sleeping
  const signal::Shape& shape() const override { return shape_; }
  std::string_view name() const override { return "spectral"; }

 private:
  signal::Shape shape_;
  signal::LogMel log_mel_;
};

}  // namespace

Result<std::unique_ptr<Engine>> MakeSpectralEngine(const signal::Shape& shape) {
  auto engine = std::make_unique<SpectralEngine>();
  if (const Status status = engine->Prepare(shape); status != Status::kOk) return status;
  return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace torpor::model
