#include "model/spectral.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "signal/tokens.h"

namespace torpor::model {
namespace {

class SpectralEngine final : public Engine {
 public:
  Status Prepare(const signal::Shape& shape) {
    shape_ = shape;
    return tokens_.Prepare(shape);
  }

  Status Infer(std::span<const std::int16_t> window, const Context& /*context*/,
               Output& output) override {
    output.count = 0;
    output.has_logit = false;
    const Status sensor = signal::CheckSensor(window, shape_, output.levels);
    if (sensor != Status::kOk) return sensor;
    const auto values = std::span(output.values).first(tokens_.features());
    if (const Status heard = tokens_.Compute(window, values); heard != Status::kOk) {
      return heard;
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
  signal::Tokens tokens_;
};

}  // namespace

Result<std::unique_ptr<Engine>> MakeSpectralEngine(const signal::Shape& shape) {
  auto engine = std::make_unique<SpectralEngine>();
  if (const Status status = engine->Prepare(shape); status != Status::kOk) return status;
  return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace torpor::model
