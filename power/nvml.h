// The energy counter of a discrete NVIDIA GPU, through NVML. To ask it wakes a GPU that
// sleeps: only the accelerator's child may, while it holds the GPU anyway. torpord never
// does.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "power/meter.h"

namespace torpor::power {

class Nvml final : public Meter {
 public:
  static constexpr const char* kLibrary = "libnvidia-ml.so.1";

  // Opens the library and asks once. It always gives a meter, with one rail "gpu" that
  // tells energy; where there is no library, no device, or no counter (Orin says
  // NotSupported) its `unmetered` says so.
  //   bus_id   of the device, as cudaDeviceGetPCIBusId writes it; empty: the only one,
  //            and unmetered where there are more, since NVML's first need not be CUDA's
  //   library  another one, in tests
  static std::unique_ptr<Nvml> Open(const std::string& bus_id = {},
                                    const char* library = kLibrary);
  // Shuts NVML down and closes the library.
  ~Nvml() override;
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;

  [[nodiscard]] std::string_view name() const override { return "nvml"; }
  [[nodiscard]] std::span<const Rail> rails() const override { return rails_; }
  // uJ since the driver was loaded, in steps of 1 mJ.
  void Read(std::span<Reading> readings) override;

 private:
  struct Library;
  Nvml();
  [[nodiscard]] std::string Begin(const std::string& bus_id, const char* library);
  [[nodiscard]] int Energy(unsigned long long& millijoules) const;
  [[nodiscard]] std::string Words(int result) const;

  std::unique_ptr<Library> library_;
  std::vector<Rail> rails_;
};

}  // namespace torpor::power
