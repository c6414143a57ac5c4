#include "model/tensorrt/build_plan.h"

#include <memory>
#include <string>

#include "model/tensorrt/library.h"

namespace torpor::model::tensorrt {
namespace {

using cuda::Outcome;

constexpr std::size_t kWorkspaceBytes = std::size_t{64} << 20;

Outcome Failed(const char* call) {
  return {Status::kPlanFailed, std::string(call) + ": " +
                                   Logger::Only().TakeError("TensorRT does not say why")};
}

void Configure(nvinfer1::IBuilderConfig& config, CUstream_st* profile_stream) {
  config.setMemoryPoolLimit(nvinfer1::MemoryPoolType::kWORKSPACE, kWorkspaceBytes);
  config.setMaxAuxStreams(0);  // or one stream's end is not the end
  config.clearFlag(nvinfer1::BuilderFlag::kTF32);
  AskForInt8(config);
  config.setProfileStream(profile_stream);
}

}  // namespace

Outcome BuildPlan(std::span<const std::byte> onnx, CUstream_st* profile_stream,
                  std::vector<std::byte>& plan) {
  // Destroyed from the last to the first.
  const std::unique_ptr<nvinfer1::IBuilder> builder(
      nvinfer1::createInferBuilder(Logger::Only()));
  if (builder == nullptr) return Failed("createInferBuilder");
  const std::unique_ptr<nvinfer1::INetworkDefinition> network(
      builder->createNetworkV2(kNetworkFlags));
  if (network == nullptr) return Failed("createNetworkV2");
  const std::unique_ptr<nvonnxparser::IParser> parser(
      nvonnxparser::createParser(*network, Logger::Only()));
  if (parser == nullptr) return Failed("createParser");
  if (!parser->parse(onnx.data(), onnx.size())) {
    if (parser->getNbErrors() > 0) {
      return {Status::kPlanFailed, std::string("parse: ") + parser->getError(0)->desc()};
    }
    return Failed("parse");
  }
  const std::unique_ptr<nvinfer1::IBuilderConfig> config(builder->createBuilderConfig());
  if (config == nullptr) return Failed("createBuilderConfig");
  Configure(*config, profile_stream);
  const std::unique_ptr<nvinfer1::IHostMemory> made(
      builder->buildSerializedNetwork(*network, *config));
  if (made == nullptr) return Failed("buildSerializedNetwork");
  const auto* const bytes = static_cast<const std::byte*>(made->data());
  plan.assign(bytes, bytes + made->size());
  return {};
}

}  // namespace torpor::model::tensorrt
