#include "agent/accelerator/request_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <utility>

namespace torpor::agent {
namespace {

// Linux 5.1; the C library's headers name it later.
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

constexpr int kNeverCut = F_SEAL_SHRINK | F_SEAL_GROW;

}  // namespace

Result<RequestMemory> RequestMemory::Make(std::size_t floats) {
  const std::size_t bytes = floats * sizeof(float);
  if (floats == 0) return Status::kOs;
  Descriptor memory(::memfd_create("torpor-request", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory.valid() || ::ftruncate(memory.get(), static_cast<off_t>(bytes)) != 0) {
    return Status::kOs;
  }
  void* const mapped =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0);
  if (mapped == MAP_FAILED) return Status::kOs;
  RequestMemory made(std::move(memory), {static_cast<float*>(mapped), floats});
  if (::fcntl(made.descriptor(), F_ADD_SEALS,
              kNeverCut | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) != 0) {
    return Status::kOs;
  }
  return made;
}

RequestMemory::RequestMemory(RequestMemory&& other) noexcept
    : memory_(std::move(other.memory_)), floats_(std::exchange(other.floats_, {})) {}

RequestMemory::~RequestMemory() {
  if (!floats_.empty()) ::munmap(floats_.data(), floats_.size_bytes());
}

std::span<const float> MapRequest(int descriptor, std::size_t floats) {
  const std::size_t bytes = floats * sizeof(float);
  struct stat info {};
  const int seals = ::fcntl(descriptor, F_GET_SEALS);
  if (floats == 0 || seals < 0 || (seals & kNeverCut) != kNeverCut ||
      ::fstat(descriptor, &info) != 0 || std::cmp_not_equal(info.st_size, bytes)) {
    return {};
  }
  void* const mapped = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, descriptor, 0);
  if (mapped == MAP_FAILED) return {};
  return {static_cast<const float*>(mapped), floats};
}

}  // namespace torpor::agent
