#include "model/cuda/cuda_network.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "model/cuda/launch.h"
#include "model/reference/layout.h"

namespace torpor::model::cuda {

Outcome CudaNetwork::Open(std::span<const std::byte> file, std::size_t tokens) {
  std::string_view why;
  const auto view = ParseNetworkWithoutDigest(file, why);  // verified by whoever read it
  if (!view.ok()) return {view.status(), std::string(why)};
  shape_ = view->shape;
  if (tokens == 0 || tokens > shape_.max_tokens || tokens % shape_.positions != 0) {
    return {Status::kBatchShape, "the network does not take so many tokens"};
  }
  tokens_ = tokens;
  shape_.max_tokens = static_cast<std::uint32_t>(tokens);

  Outcome outcome = TakeDevice();
  if (outcome.ok()) outcome = Identify(device_);
  if (outcome.ok()) outcome = stream_.Open();
  if (outcome.ok()) outcome = weights_.Take(file.size());
  if (outcome.ok()) outcome = Upload(file);
  if (outcome.ok()) outcome = TakeActivations();
  if (outcome.ok()) network_ = MovedTo(*view, file, weights_.get());
  return outcome;
}

// The whole file goes over as it is: its blobs are aligned in it, and used in place.
Outcome CudaNetwork::Upload(std::span<const std::byte> file) {
  Memory pinned(Memory::Place::kHost);
  Outcome outcome = pinned.Take(file.size());
  if (!outcome.ok()) return outcome;
  std::memcpy(pinned.get(), file.data(), file.size());
  outcome = stream_.Copy(weights_.get(), pinned.get(), file.size());
  const Outcome waited = stream_.Synchronise();
  const Outcome freed = pinned.Free();
  if (!outcome.ok()) return outcome;
  return waited.ok() ? freed : waited;
}

Outcome CudaNetwork::TakeActivations() {
  Outcome outcome = activations_.Take(ActivationBytes(shape_));
  if (outcome.ok()) {
    outcome = staging_.Take((tokens_ * shape_.inputs + 1) * sizeof(float));
  }
  return outcome;
}

Outcome CudaNetwork::Run(std::span<const float> z, float& logit) {
  if (z.size() != tokens_ * shape_.inputs) {
    return {Status::kBatchShape, "z is of another shape than was announced"};
  }
  if (!std::ranges::all_of(z, [](float v) { return std::isfinite(v); })) {
    return {Status::kNotANumber, "a value of z is not finite"};
  }
  if (activations_.get() == nullptr || staging_.get() == nullptr) {
    Outcome taken = TakeActivations();
    if (!taken.ok()) return taken;
  }
  const Outcome asked = Enqueue(z);
  const Outcome waited = stream_.Synchronise();  // also when something went wrong
  if (!asked.ok()) return asked;
  if (!waited.ok()) return waited;
  float result = 0;
  std::memcpy(&result, staging_.get() + z.size_bytes(), sizeof result);
  if (!std::isfinite(result)) return {Status::kNotANumber, "the logit is not finite"};
  logit = result;
  return {};
}

Outcome CudaNetwork::Enqueue(std::span<const float> z) {
  const Activations m = Divide(shape_, activations_.get());
  std::memcpy(staging_.get(), z.data(), z.size_bytes());
  Outcome outcome = stream_.Copy(m.z, staging_.get(), z.size_bytes());
  if (!outcome.ok()) return outcome;
  outcome = Said("kernel launch", LaunchRun(network_, m, tokens_, stream_.get()));
  if (!outcome.ok()) return outcome;
  return stream_.Copy(staging_.get() + z.size_bytes(), m.logit, sizeof(float));
}

Outcome CudaNetwork::FreeActivations() {
  const Outcome waited = stream_.Synchronise();
  const Outcome device = activations_.Free();
  const Outcome host = staging_.Free();
  if (!waited.ok()) return waited;
  return device.ok() ? host : device;
}

}  // namespace torpor::model::cuda
