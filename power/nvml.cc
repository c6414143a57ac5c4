#include "power/nvml.h"

#include <dlfcn.h>

#include <limits>

#include "power/nvml_functions.h"

namespace torpor::power {

struct Nvml::Library {
  void* opened = nullptr;
  bool begun = false;
  nvml::Device device = nullptr;
  nvml::Init* init = nullptr;
  nvml::Shutdown* shutdown = nullptr;
  nvml::GetCount* count = nullptr;
  nvml::GetHandleByIndex* by_index = nullptr;
  nvml::GetHandleByPciBusId* by_bus_id = nullptr;
  nvml::GetTotalEnergyConsumption* energy = nullptr;
  nvml::ErrorString* words = nullptr;

  template <class Function>
  [[nodiscard]] bool Find(Function*& function, const char* name) const {
    function = reinterpret_cast<Function*>(::dlsym(opened, name));
    return function != nullptr;
  }
};

Nvml::Nvml() : library_(std::make_unique<Library>()) {
  Rail rail;
  rail.name = "gpu";
  rail.tells = Rail::Tells::kEnergy;
  rails_.push_back(std::move(rail));
}

Nvml::~Nvml() {
  if (library_->begun) (void)library_->shutdown();
  if (library_->opened != nullptr) ::dlclose(library_->opened);
}

std::unique_ptr<Nvml> Nvml::Open(const std::string& bus_id, const char* library) {
  std::unique_ptr<Nvml> meter(new Nvml);
  meter->rails_.front().unmetered = meter->Begin(bus_id, library);
  return meter;
}

std::string Nvml::Words(int result) const {
  const char* const words = library_->words(result);
  return words != nullptr ? words : "NVML error " + std::to_string(result);
}

std::string Nvml::Begin(const std::string& bus_id, const char* library) {
  Library& l = *library_;
  l.opened = ::dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (l.opened == nullptr) return std::string("there is no ") + library;
  if (!l.Find(l.init, nvml::kInit) || !l.Find(l.shutdown, nvml::kShutdown) ||
      !l.Find(l.count, nvml::kGetCount) || !l.Find(l.by_index, nvml::kGetHandleByIndex) ||
      !l.Find(l.by_bus_id, nvml::kGetHandleByPciBusId) ||
      !l.Find(l.energy, nvml::kGetTotalEnergyConsumption) ||
      !l.Find(l.words, nvml::kErrorString)) {
    return std::string(library) + " lacks a function";
  }
  nvml::Return result = l.init();
  if (result != nvml::kSuccess) return Words(result);
  l.begun = true;
  unsigned count = 0;
  if (l.count(&count) == nvml::kSuccess && count > 1 && bus_id.empty()) {
    return std::to_string(count) + " GPUs, and which one is used is not known";
  }
  result =
      bus_id.empty() ? l.by_index(0, &l.device) : l.by_bus_id(bus_id.c_str(), &l.device);
  if (result != nvml::kSuccess) return Words(result);
  unsigned long long ignored = 0;
  result = Energy(ignored);
  return result == nvml::kSuccess ? std::string() : Words(result);
}

int Nvml::Energy(unsigned long long& millijoules) const {
  return library_->energy(library_->device, &millijoules);
}

void Nvml::Read(std::span<Reading> readings) {
  constexpr auto kMost =
      static_cast<unsigned long long>(std::numeric_limits<std::int64_t>::max() / 1000);
  readings[0] = std::nullopt;
  if (!rails_.front().unmetered.empty()) return;
  unsigned long long millijoules = 0;
  if (Energy(millijoules) != nvml::kSuccess || millijoules > kMost) return;
  readings[0] = static_cast<std::int64_t>(millijoules) * 1000;
}

}  // namespace torpor::power
