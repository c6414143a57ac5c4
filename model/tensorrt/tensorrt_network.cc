#include "model/tensorrt/tensorrt_network.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "contract/digest.h"
#include "model/tensorrt/build_plan.h"
#include "model/tensorrt/library.h"
#include "model/tensorrt/onnx_beside.h"

namespace torpor::model::tensorrt {
namespace {

// As model/onnx/export.h names them.
constexpr const char* kInput = "z";
constexpr const char* kOutput = "logit";

Outcome Failed(const char* call) {
  return {
      Status::kAcceleratorFailed,
      std::string(call) + ": " + Logger::Only().TakeError("TensorRT does not say why")};
}

template <class T>
void Delete(T*& object) {
  delete std::exchange(object, nullptr);
}

}  // namespace

std::string TensorRtNetwork::LibraryVersion() {
  const std::int32_t version = getInferLibVersion();
  const std::int32_t major_unit = TORPOR_TENSORRT_MAJOR == 8 ? 1000 : 10000;
  return std::to_string(version / major_unit) + "." +
         std::to_string(version % major_unit / 100) + "." + std::to_string(version % 100);
}

Outcome TensorRtNetwork::Open(const Wanted& wanted) {
  tokens_ = wanted.tokens;
  inputs_ = wanted.inputs;
  std::string what;  // before any device is woken
  const auto onnx = ReadOnnxBeside(wanted.model_path, wanted.axes, wanted.digest, what);
  if (!onnx.ok()) return {onnx.status(), what};

  Outcome outcome = cuda::TakeDevice();
  if (outcome.ok()) outcome = cuda::Identify(device_);
  if (outcome.ok()) outcome = stream_.Open();
  if (!outcome.ok()) return outcome;

  runtime_ = nvinfer1::createInferRuntime(Logger::Only());
  if (runtime_ == nullptr) return Failed("createInferRuntime");
  runtime_->setEngineHostCodeAllowed(false);  // a plan is data
  runtime_->setTempfileControlFlags(0);       // and nothing of it becomes a file

  outcome = LoadOrBuild(wanted, *onnx);
  if (outcome.ok()) outcome = CheckTensors(wanted);
  if (outcome.ok()) outcome = MakeContext();
  if (outcome.ok()) outcome = TakeActivations();
  return outcome;
}

Outcome TensorRtNetwork::LoadOrBuild(const Wanted& wanted,
                                     std::span<const std::byte> onnx) {
  const Digest key =
      PlanKey({contract::DigestOf(onnx), LibraryVersion(), device_.name, device_.major,
               device_.minor, device_.driver, std::string(kBuild)});
  const PlanCache cache(wanted.cache_folder, Name());
  if (const auto kept = cache.Read(key)) {
    if (Deserialise(*kept).ok()) return {};  // TensorRT may still refuse it
  }
  std::vector<std::byte> plan;
  Outcome outcome = BuildPlan(onnx, stream_.get(), plan);
  if (outcome.ok()) outcome = Deserialise(plan);
  if (!outcome.ok() || wanted.cache_folder.empty()) return outcome;
  // Within the time of an inference nobody could make it again, cycle after cycle.
  if (cache.Write(key, plan) == Status::kOk) return {};
  return {Status::kPlanFailed, "the plan cannot be kept in " + wanted.cache_folder};
}

Outcome TensorRtNetwork::Deserialise(std::span<const std::byte> plan) {
  engine_ = runtime_->deserializeCudaEngine(plan.data(), plan.size());
  return engine_ != nullptr ? Outcome{} : Failed("deserializeCudaEngine");
}

Outcome TensorRtNetwork::CheckTensors(const Wanted& wanted) const {
  const nvinfer1::Dims in = engine_->getTensorShape(kInput);
  const nvinfer1::Dims out = engine_->getTensorShape(kOutput);
  const auto is = [](auto dim, std::size_t size) { return std::cmp_equal(dim, size); };
  const bool ours = engine_->getNbIOTensors() == 2 &&
                    engine_->getNbOptimizationProfiles() == 1 && in.nbDims == 2 &&
                    is(in.d[0], wanted.tokens) && is(in.d[1], wanted.inputs) &&
                    out.nbDims == 1 && is(out.d[0], 1) &&
                    engine_->getTensorDataType(kInput) == nvinfer1::DataType::kFLOAT &&
                    engine_->getTensorDataType(kOutput) == nvinfer1::DataType::kFLOAT;
  if (ours) return {};
  return {Status::kPlanFailed, "the plan has other tensors than z and logit"};
}

// Profile and shape are the context's and stay with it.
Outcome TensorRtNetwork::MakeContext() {
  context_ = MakeBareContext(*engine_);
  if (context_ == nullptr) return Failed("createExecutionContext");
  stream_.NoteWork();
  const bool asked = context_->setOptimizationProfileAsync(0, stream_.get());
  Outcome outcome = stream_.Synchronise();
  if (!asked) return Failed("setOptimizationProfileAsync");
  if (!outcome.ok()) return outcome;
  nvinfer1::Dims shape{};
  shape.nbDims = 2;
  shape.d[0] = static_cast<decltype(+shape.d[0])>(tokens_);
  shape.d[1] = static_cast<decltype(+shape.d[1])>(inputs_);
  if (!context_->setInputShape(kInput, shape)) return Failed("setInputShape");
  return {};
}

// Memory is lent, each time anew.
Outcome TensorRtNetwork::TakeActivations() {
  const std::size_t bytes = BytesFor(*engine_);
  const std::size_t z_bytes = tokens_ * inputs_ * sizeof(float);
  Outcome outcome = activations_.Take(std::max<std::size_t>(bytes, 1));
  if (outcome.ok()) outcome = tensors_.Take(z_bytes + sizeof(float));
  if (outcome.ok()) outcome = staging_.Take(z_bytes + sizeof(float));
  if (!outcome.ok()) return outcome;
  Lend(*context_, activations_.get(), bytes);
  if (!context_->setTensorAddress(kInput, tensors_.get()) ||
      !context_->setTensorAddress(kOutput, tensors_.get() + z_bytes)) {
    return Failed("setTensorAddress");
  }
  lent_ = true;
  return {};
}

Outcome TensorRtNetwork::Run(std::span<const float> z, float& logit) {
  if (z.size() != tokens_ * inputs_) {
    return {Status::kBatchShape, "z is of another shape than was announced"};
  }
  if (!std::ranges::all_of(z, [](float v) { return std::isfinite(v); })) {
    return {Status::kNotANumber, "a value of z is not finite"};
  }
  if (!lent_) {
    const Outcome taken = TakeActivations();
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

Outcome TensorRtNetwork::Enqueue(std::span<const float> z) {
  std::memcpy(staging_.get(), z.data(), z.size_bytes());
  Outcome outcome = stream_.Copy(tensors_.get(), staging_.get(), z.size_bytes());
  if (!outcome.ok()) return outcome;
  stream_.NoteWork();
  if (!context_->enqueueV3(stream_.get())) return Failed("enqueueV3");
  return stream_.Copy(staging_.get() + z.size_bytes(), tensors_.get() + z.size_bytes(),
                      sizeof(float));
}

Outcome TensorRtNetwork::FreeActivations() {
  const Outcome waited = stream_.Synchronise();
  lent_ = false;  // the context still has the address, and is not run with it
  Outcome outcome;
  for (cuda::Memory* memory : {&activations_, &tensors_, &staging_}) {
    const Outcome freed = memory->Free();
    if (outcome.ok()) outcome = freed;
  }
  return waited.ok() ? outcome : waited;
}

bool TensorRtNetwork::Holds(Part part) const {
  switch (part) {
    case Part::kWork:
      return stream_.unfinished();
    case Part::kStream:
      return stream_.get() != nullptr;
    case Part::kContext:
      return context_ != nullptr;
    case Part::kActivations:
      return activations_.get() != nullptr || tensors_.get() != nullptr ||
             staging_.get() != nullptr;
    case Part::kEngine:
      return engine_ != nullptr;
    case Part::kRuntime:
      return runtime_ != nullptr;
  }
  return false;
}

void TensorRtNetwork::Release(Part part) {
  switch (part) {
    case Part::kWork:
      static_cast<void>(stream_.Synchronise());
      break;
    case Part::kStream:
      stream_.Close();
      break;
    case Part::kContext:
      Delete(context_);
      break;
    case Part::kActivations:
      for (cuda::Memory* memory : {&activations_, &tensors_, &staging_}) {
        static_cast<void>(memory->Free());
      }
      break;
    case Part::kEngine:
      Delete(engine_);
      break;
    case Part::kRuntime:
      Delete(runtime_);
      break;
  }
}

}  // namespace torpor::model::tensorrt
