// The faults of a plan between a real torpord and a real firmware in real time: a socket
// that torpord takes for its serial line, and the firmware's own behind it.
#pragma once

#include <memory>
#include <string>

#include "core/time.h"
#include "simulate/line_faults.h"

namespace torpor::tests {

struct FaultProxyOptions {
  std::string near;  // where torpord comes; removed while it is unplugged
  std::string far;   // the firmware's, which comes within five seconds
  std::uint32_t baud = 0;
  simulate::FaultPlan plan;  // its times count from the proxy's beginning
};

class FaultProxy {
 public:
  // Carries bytes in a thread of its own from now on. Null when nobody comes.
  static std::unique_ptr<FaultProxy> Start(FaultProxyOptions options);
  virtual ~FaultProxy() = default;

  // On the boot clock, torpord's.
  [[nodiscard]] virtual Instant began() const = 0;
  // Ends it and tells what it did.
  virtual simulate::FaultCounts Stop() = 0;
};

}  // namespace torpor::tests
