// TensorRT's headers, and the few places where its versions differ. For the .cc files of
// this folder that are compiled once for each major version.
#pragma once

#include <NvInfer.h>
#include <NvOnnxParser.h>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

static_assert(NV_TENSORRT_MAJOR == TORPOR_TENSORRT_MAJOR, "headers of another version");
static_assert(NV_TENSORRT_MAJOR == 10 ||
                  (NV_TENSORRT_MAJOR == 8 && NV_TENSORRT_MINOR >= 6),
              "setTempfileControlFlags and setMaxAuxStreams came with 8.6");

namespace torpor::model::tensorrt {

// The one logger of the process: two make TensorRT crash, and so does one that ends
// before the library does, so it never ends. Keeps the last error, prints nothing.
// TensorRT calls it from threads of its own.
class Logger final : public nvinfer1::ILogger {
 public:
  static Logger& Only();

  void log(Severity severity, const char* text) noexcept override;
  // The last error since the last call, or `otherwise`.
  [[nodiscard]] std::string TakeError(const char* otherwise);

 private:
  std::mutex mutex_;
  std::string error_;
};

// A context without memory of its own.
inline nvinfer1::IExecutionContext* MakeBareContext(nvinfer1::ICudaEngine& engine) {
#if NV_TENSORRT_MAJOR >= 10
  return engine.createExecutionContext(
      nvinfer1::ExecutionContextAllocationStrategy::kUSER_MANAGED);
#else
  return engine.createExecutionContextWithoutDeviceMemory();
#endif
}

// Bytes that such a context wants to be lent.
inline std::size_t BytesFor(const nvinfer1::ICudaEngine& engine) {
#if NV_TENSORRT_MAJOR > 10 || (NV_TENSORRT_MAJOR == 10 && NV_TENSORRT_MINOR >= 1)
  return static_cast<std::size_t>(engine.getDeviceMemorySizeV2());
#else
  return engine.getDeviceMemorySize();
#endif
}

inline void Lend(nvinfer1::IExecutionContext& context, void* memory, std::size_t bytes) {
#if NV_TENSORRT_MAJOR > 10 || (NV_TENSORRT_MAJOR == 10 && NV_TENSORRT_MINOR >= 1)
  context.setDeviceMemoryV2(memory, static_cast<std::int64_t>(bytes));
#else
  static_cast<void>(bytes);
  context.setDeviceMemory(memory);
#endif
}

// So that a QDQ network runs in int8 where its quantizers say so, and nowhere else: types
// are as written (10), or int8 is allowed (8).
#if NV_TENSORRT_MAJOR >= 10
inline constexpr std::uint32_t kNetworkFlags =
    1U << static_cast<std::uint32_t>(
        nvinfer1::NetworkDefinitionCreationFlag::kSTRONGLY_TYPED);
inline void AskForInt8(nvinfer1::IBuilderConfig& /*config*/) {}
#else
inline constexpr std::uint32_t kNetworkFlags =
    1U << static_cast<std::uint32_t>(
        nvinfer1::NetworkDefinitionCreationFlag::kEXPLICIT_BATCH);
inline void AskForInt8(nvinfer1::IBuilderConfig& config) {
  config.setFlag(nvinfer1::BuilderFlag::kINT8);
}
#endif

}  // namespace torpor::model::tensorrt
