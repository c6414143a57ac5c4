#include "model/inference.h"

#include <system_error>
#include <utility>

namespace torpor::model {

Inference::Inference(NetworkFile file, std::unique_ptr<Network> network, std::size_t axes,
                     std::size_t tokens)
    : file_(std::move(file)),
      network_(std::move(network)),
      tokens_(tokens),
      mean_(axes * kAxisFeatures),
      z_(2 * mean_.size()) {}

Result<std::shared_ptr<Inference>> Inference::Open(const std::filesystem::path& path,
                                                   std::size_t axes,
                                                   std::string_view* why,
                                                   const NetworkMaker& make) {
  auto file = NetworkFile::Open(path, why);
  if (!file.ok()) return file.status();
  const auto tokens = TokensFor(file->view().shape, axes);
  if (!tokens.ok()) return tokens.status();
  auto network = make ? make(*file, path, *tokens) : MakeFastNetwork(file->view());
  if (!network.ok()) return network.status();
  return std::shared_ptr<Inference>(
      new Inference(*std::move(file), *std::move(network), axes, *tokens));
}

Status Inference::Logit(const Context& context, std::span<const float> features,
                        float& logit) {
  if (features.size() != mean_.size() || context.features != mean_.size()) {
    return Status::kBatchShape;
  }
  MeanWith(context, features, mean_);
  if (const Status made = Assemble(mean_, context.normal(), z_); made != Status::kOk) {
    return made;
  }
  return network_->Run(z_, tokens_, logit);
}

Result<ChosenModel> ChooseModel(const std::string& wish, std::size_t axes,
                                std::string& problem, const NetworkMaker& make) {
  if (wish == kNoModel) return ChosenModel{};
  const std::filesystem::path path =
      wish.empty() ? ShippedModel() : std::filesystem::path(wish);
  std::string_view why;
  auto inference = Inference::Open(path, axes, &why, make);
  if (inference.ok()) return ChosenModel{*std::move(inference), path};
  problem = path.string();
  if (!why.empty()) problem += ": " + std::string(why);
  return inference.status();
}

std::string FastestEngine() {
  const auto targets = FastTargets();
  return targets.empty() ? "reference" : "hwy " + std::string(targets.front());
}

std::filesystem::path ShippedModel() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return program.parent_path().parent_path() / "share/torpor/torpor.model";
}

}  // namespace torpor::model
