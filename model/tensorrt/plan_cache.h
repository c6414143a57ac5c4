// The plan that TensorRT made of a network, kept between processes. A plan is machine
// code for one device, driver and library: one that was made elsewhere, or is damaged, is
// taken for none. docs/gpu-back-ends.md has the file's form.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "contract/sign/durable.h"
#include "core/bytes.h"

namespace torpor::model::tensorrt {

// Everything that a plan depends on. Whatever is not the same makes another key.
struct PlanOrigin {
  Digest onnx{};             // of the ONNX file's bytes
  std::string tensorrt;      // the library that is loaded: "10.3.0"
  std::string device;        // "Orin (nvgpu)"
  int major = 0, minor = 0;  // its compute capability
  int driver = 0;            // the CUDA that the driver knows
  std::string build;         // how it was asked for; changes with our own builder code
};

[[nodiscard]] Digest PlanKey(const PlanOrigin& origin);

inline constexpr std::string_view kPlanMagic = "torporTP";
inline constexpr std::uint32_t kPlanVersion = 1;
inline constexpr std::size_t kPlanHeaderBytes = 8 + 4 + 4 + 32 + 8;
inline constexpr std::size_t kMaxPlanBytes = std::size_t{256} << 20;

[[nodiscard]] std::vector<std::byte> EncodePlan(const Digest& key,
                                                std::span<const std::byte> plan);
// A view into `file`; nothing for a file that is damaged, or of another key or version.
[[nodiscard]] std::optional<std::span<const std::byte>> DecodePlan(
    std::span<const std::byte> file, const Digest& key);

// A folder with one plan of one back end, which the next one replaces.
class PlanCache {
 public:
  // `folder` empty: nothing is kept. `name` of the back end: "tensorrt10".
  PlanCache(const std::string& folder, std::string_view name);

  // The plan of this key; nothing when there is none, it cannot be read, or it is no
  // good, upon which the caller makes it anew.
  [[nodiscard]] std::optional<std::vector<std::byte>> Read(const Digest& key) const;

  // Replaces the file as a whole or not at all. kIo: it cannot be written.
  [[nodiscard]] Status Write(
      const Digest& key, std::span<const std::byte> plan,
      contract::sign::Disk& disk = contract::sign::SystemDisk()) const;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace torpor::model::tensorrt
