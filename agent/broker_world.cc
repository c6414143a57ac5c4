#include "agent/broker_world.h"

namespace torpor::agent {

Woke BrokerWorld::WaitUntil(Instant deadline, Listen listen) {
  const auto wake_on_bytes =
      listen == Listen::kYes ? simulate::WakeOnBytes::kYes : simulate::WakeOnBytes::kNo;
  switch (client_.WaitUntil(deadline, wake_on_bytes)) {
    case simulate::Wake::kDeadline:
      return Woke::kDeadline;
    case simulate::Wake::kStopped:
      return Woke::kStop;
    default:
      return Woke::kLink;
  }
}

}  // namespace torpor::agent
