// CUDA's runtime, as far as the back ends need it: what is taken is given back by a
// destructor, and every error of it becomes a status and one clause.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/status.h"

struct CUstream_st;  // what cudaStream_t points to

namespace torpor::model::cuda {

struct Outcome {
  Status status = Status::kOk;
  std::string what;  // "cudaMalloc: out of memory"; empty when all is well
  [[nodiscard]] bool ok() const { return status == Status::kOk; }
};

// What a call of the runtime gave back, cudaSuccess among them:
//   kDeviceMissing      no driver, one that is too old, no GPU, or none that this program
//                       has code for
//   kDeviceMemory       too little memory is free on the device or to be pinned
//   kAcceleratorFailed  everything else
[[nodiscard]] Outcome Said(const char* call, int error);

// Takes the first device that CUDA shows this process, and asks it to block, not to spin,
// wherever it is waited for; that must come before the context exists, so call this
// first.
//   kDeviceMissing, kAcceleratorFailed
[[nodiscard]] Outcome TakeDevice();

// What results and plans depend on besides the network.
struct DeviceIdentity {
  std::string name;             // of the device
  int major = 0, minor = 0;     // its compute capability
  int driver = 0, runtime = 0;  // the newest CUDA that the driver knows; the one linked
                                // here: 1000 * major + 10 * minor
};
[[nodiscard]] Outcome Identify(DeviceIdentity& identity);
[[nodiscard]] std::string VersionText(int cuda_version);  // "13.0"

// A stream of its own that waits for no other, nor the default one for it.
class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { Close(); }

  [[nodiscard]] Outcome Open();
  // Blocks until all that was asked of the stream is done.
  [[nodiscard]] Outcome Synchronise();
  void Close();  // synchronised, destroyed

  // Copies between host and device; to is there when the stream has been synchronised.
  // Host memory must be pinned, or the call waits.
  [[nodiscard]] Outcome Copy(void* to, const void* from, std::size_t bytes);
  // To be called when work was given to the stream by others.
  void NoteWork() { unfinished_ = true; }
  // Whether work is under way, or its end was never seen. Asks no driver when all ended.
  [[nodiscard]] bool busy() const;

  // The same, without asking: whether it was waited for since it was last given work.
  [[nodiscard]] bool unfinished() const { return unfinished_; }

  [[nodiscard]] CUstream_st* get() const { return stream_; }

 private:
  CUstream_st* stream_ = nullptr;
  bool unfinished_ = false;
};

// A piece of memory, of the device or of pinned pages of the host.
class Memory {
 public:
  enum class Place : std::uint8_t { kDevice, kHost };
  explicit Memory(Place place) : place_(place) {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() { (void)Free(); }

  // kDeviceMemory, kAcceleratorFailed. What was held before is given back.
  [[nodiscard]] Outcome Take(std::size_t bytes);
  // Returns when the driver has freed it. Harmless when nothing is held.
  [[nodiscard]] Outcome Free();
  [[nodiscard]] std::byte* get() const { return memory_; }

 private:
  Place place_;
  std::byte* memory_ = nullptr;
};

}  // namespace torpor::model::cuda
