#include "model/network_engine.h"

#include <utility>

#include "model/spectral.h"

namespace torpor::model {
namespace {

class NetworkEngine final : public Engine {
 public:
  NetworkEngine(std::unique_ptr<Engine> front_end, std::shared_ptr<Inference> inference)
      : front_end_(std::move(front_end)), inference_(std::move(inference)) {}

  Status Infer(std::span<const std::int16_t> window, const Context& context,
               Output& output) override {
    const Status heard = front_end_->Infer(window, context, output);
    if (heard != Status::kOk || !context.knows_the_machine()) return heard;
    const Status judged = inference_->Logit(context, output.features(), output.logit);
    output.has_logit = judged == Status::kOk;
    return judged;
  }

  void Release() override { front_end_->Release(); }
  const signal::Shape& shape() const override { return front_end_->shape(); }
  std::string_view name() const override { return inference_->engine(); }

 private:
  std::unique_ptr<Engine> front_end_;
  std::shared_ptr<Inference> inference_;
};

}  // namespace

Result<std::unique_ptr<Engine>> MakeNetworkEngine(const signal::Shape& shape,
                                                  std::shared_ptr<Inference> inference) {
  auto front_end = MakeSpectralEngine(shape);
  if (!front_end.ok()) return front_end.status();
  return std::unique_ptr<Engine>(
      std::make_unique<NetworkEngine>(*std::move(front_end), std::move(inference)));
}

}  // namespace torpor::model
