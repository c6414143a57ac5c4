#include "agent/accelerator/serve.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "agent/accelerator/protocol.h"
#include "agent/accelerator/request_memory.h"
#include "contract/terms.h"
#include "power/nvml.h"

namespace torpor::agent {
namespace {

using contract::Residency;

constexpr int kNonsense = 70;  // EX_SOFTWARE

std::uint64_t MicrosecondsSince(std::chrono::steady_clock::time_point begin) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(
                                        std::chrono::steady_clock::now() - begin)
                                        .count());
}

// The device's own counter. To ask it wakes the device, so that nobody does but this
// process, and only while it holds the device anyway.
class DeviceMeter {
 public:
  explicit DeviceMeter(const std::string& library)
      : nvml_(library.empty() ? nullptr : power::Nvml::Open({}, library.c_str())) {}

  void Begin() { begun_ = Read(); }
  // uJ since Begin; negative: unmetered.
  [[nodiscard]] std::int64_t Since() const {
    const power::Reading now = Read();
    return begun_ && now ? std::max<std::int64_t>(*now - *begun_, -1) : -1;
  }

 private:
  [[nodiscard]] power::Reading Read() const {
    std::array<power::Reading, 1> reading{};
    if (nvml_ != nullptr) nvml_->Read(reading);
    return reading[0];
  }
  std::unique_ptr<power::Nvml> nvml_;
  power::Reading begun_;
};

// Blocks until there is a request. False when torpord has hung up or says nonsense;
// `hung_up` tells which.
bool NextRequest(Request& request, bool& hung_up) {
  ssize_t size = 0;
  do {
    size = ::recv(kSocketInChild, &request, sizeof request, MSG_TRUNC);
  } while (size < 0 && errno == EINTR);
  hung_up = size <= 0;
  return size == static_cast<ssize_t>(sizeof request) && request.mark == kRequestMark;
}

template <class Message>
bool Say(const Message& message) {
  return ::send(kSocketInChild, &message, sizeof message, MSG_NOSIGNAL) ==
         static_cast<ssize_t>(sizeof message);
}

// What is left to do when the answer is out: nothing when the process ends, else to give
// back what the rung does not hold. Context-kept and hot hold everything alike; what
// tells them apart is whether the device itself stays up, which the driver decides.
bool Park(model::DeviceNetwork& network, const Request& request) {
  if (request.park == static_cast<std::uint32_t>(Residency::kMemoryFreed) &&
      network.FreeActivations() != Status::kOk) {
    return false;
  }
  Parked parked;
  parked.park = request.park;
  parked.sequence = request.sequence;
  return Say(parked);
}

}  // namespace

int Serve(const BackEndWish& wish) {
  const auto begin = std::chrono::steady_clock::now();
  DeviceMeter device(wish.device_meter);
  device.Begin();
  bool first = true;
  model::NetworkFile file;  // outlives the network
  std::string problem;
  const auto opened = OpenBackEnd(wish, file, problem);
  const std::uint64_t open_us = MicrosecondsSince(begin);
  std::span<const float> z;
  if (opened.ok()) {
    z = MapRequest(kMemoryInChild, wish.tokens * (*opened)->shape().inputs);
    if (z.empty()) return kNonsense;
  }

  Request request;
  bool hung_up = false;
  while (NextRequest(request, hung_up)) {
    if (!std::exchange(first, false)) device.Begin();
    Answer answer;
    answer.sequence = request.sequence;
    answer.open_us = open_us;
    Status status = opened.status();
    if (opened.ok()) {
      model::DeviceNetwork& network = **opened;
      const auto start = std::chrono::steady_clock::now();
      const bool fits =
          request.tokens == wish.tokens && request.inputs == network.shape().inputs;
      status = fits ? network.Run(z, request.tokens, answer.logit) : Status::kBatchShape;
      answer.run_us = MicrosecondsSince(start);
      answer.device_uj = device.Since();
      answer.in_flight = network.in_flight();
      problem = network.problem();
      SetText(answer.versions, network.versions());
    }
    answer.status = static_cast<std::uint32_t>(status);
    if (status != Status::kOk) SetText(answer.problem, problem);
    if (!Say(answer)) return kNonsense;
    const bool last = request.park <= static_cast<std::uint32_t>(Residency::kChildExited);
    if (status != Status::kOk || last) return 0;
    if (!Park(**opened, request)) return kNonsense;
  }
  return hung_up ? 0 : kNonsense;
}

}  // namespace torpor::agent
