// CUDA's runtime without a GPU, for tests: device memory is memory, and a stream does
// nothing until it is waited for, as late as a real one may. Linked in libcudart's place.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace torpor::model::cuda {

struct FakeCuda {
  std::vector<std::string> calls;  // their names, in order
  std::size_t fail_at = 0;         // the call, counted from 1, that fails; 0: none
  int error = 0;                   // what it fails with
  std::vector<std::string> wrong;  // what no real device would have forgiven

  std::map<const std::byte*, std::size_t> device, host;  // memory that was taken
  int streams = 0;
  std::vector<std::function<void()>> pending;

  // Whether this call fails; writes it down.
  bool Fails(const char* name);
  // Complains where a range is not inside memory that is taken.
  void Check(const void* memory, std::size_t bytes, const char* what);
  void Drain();
  [[nodiscard]] bool everything_is_given_back() const {
    return device.empty() && host.empty() && streams == 0 && pending.empty();
  }
};

FakeCuda& TheFakeCuda();  // the process's one; a test begins by making it anew

}  // namespace torpor::model::cuda
