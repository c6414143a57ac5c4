#include "agent/accelerator/back_ends.h"

#include <array>
#include <utility>

namespace torpor::agent {
namespace {

// TensorRT's major versions, newest first: each is a library and a plugin of its own.
constexpr std::array<std::string_view, 2> kTensorRt = {"tensorrt10", "tensorrt8"};

// A network of the processor's, which holds nothing that could be given back.
class BuiltIn final : public model::DeviceNetwork {
 public:
  BuiltIn(std::string_view name, std::unique_ptr<model::Network> network)
      : name_(name), network_(std::move(network)) {}

  Status Run(std::span<const float> z, std::size_t tokens, float& logit) override {
    return network_->Run(z, tokens, logit);
  }
  [[nodiscard]] const model::NetworkShape& shape() const override {
    return network_->shape();
  }
  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] Status FreeActivations() override { return Status::kOk; }
  [[nodiscard]] std::uint32_t in_flight() const override { return 0; }
  [[nodiscard]] std::string versions() const override {
    return "name=" + std::string(name_) + "; engine=" + std::string(network_->name());
  }
  [[nodiscard]] std::string_view problem() const override { return {}; }

 private:
  std::string_view name_;
  std::unique_ptr<model::Network> network_;
};

using Opened = Result<std::unique_ptr<model::DeviceNetwork>>;

Opened Wrapped(std::string_view name, Result<std::unique_ptr<model::Network>> network) {
  if (!network.ok()) return network.status();
  return std::unique_ptr<model::DeviceNetwork>(
      std::make_unique<BuiltIn>(name, *std::move(network)));
}

Opened OpenInstalled(std::string_view name, const BackEndWish& wish,
                     const model::NetworkFile& file, std::string& problem) {
  return model::OpenPlugin(model::PluginPath(name), name, file, wish.model, wish.tokens,
                           wish.cache, problem);
}

}  // namespace

Result<std::unique_ptr<model::DeviceNetwork>> OpenBackEnd(const BackEndWish& wish,
                                                          model::NetworkFile& file,
                                                          std::string& problem) {
  std::string_view why;
  auto opened = model::NetworkFile::Open(wish.model, &why);
  if (!opened.ok()) {
    problem = wish.model.string() + (why.empty() ? "" : ": " + std::string(why));
    return opened.status();
  }
  file = *std::move(opened);
  if (file.view().digest != wish.digest) {
    problem = wish.model.string() + ": it was replaced since torpord read it";
    return Status::kModelDigest;
  }
  if (wish.name == "cpu") return Wrapped("cpu", model::MakeFastNetwork(file.view()));
  if (wish.name == "reference") {
    return Wrapped("reference", model::MakeReferenceNetwork(file.view()));
  }
  if (wish.name != "tensorrt") return OpenInstalled(wish.name, wish, file, problem);
  std::string first;
  for (const std::string_view version : kTensorRt) {
    auto network = OpenInstalled(version, wish, file, problem);
    if (network.ok() || network.status() != Status::kAcceleratorMissing) return network;
    if (first.empty()) first = problem;
  }
  problem = first + "; " + problem;
  return Status::kAcceleratorMissing;
}

}  // namespace torpor::agent
