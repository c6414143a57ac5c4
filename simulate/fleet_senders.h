// Threads that push the pages of a simulated fleet, so that one that waits holds up no
// other.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/time.h"
#include "simulate/fleet.h"
#include "telemetry/push.h"

namespace torpor::simulate {

struct FleetPush {
  using Clock = std::chrono::steady_clock;
  std::uint32_t robot = 0;  // from 0 on
  std::string name, page;
  Milliseconds deadline{};
  bool lost = false;      // by the script: never sent
  bool cut_off = false;   // by the script: nothing that it tries can arrive
  Instant at;             // when it was due, in the fleet's time
  Clock::time_point due;  // and in real time
  bool counted = false;   // in the figures
  telemetry::PushResult result{};
  Clock::time_point ended{};
};

class FleetSenders {
 public:
  FleetSenders(const SendFleetPage& send, std::uint32_t threads);
  ~FleetSenders();  // waits for what is under way; what waits is not sent
  FleetSenders(const FleetSenders&) = delete;
  FleetSenders& operator=(const FleetSenders&) = delete;

  void Send(FleetPush push);
  // What has ended, once something has; nothing at `until`.
  [[nodiscard]] std::optional<FleetPush> TakeEnded(FleetPush::Clock::time_point until);

 private:
  void Work();

  const SendFleetPage& send_;
  std::mutex mutex_;
  std::condition_variable wanted_, ended_;
  std::deque<FleetPush> to_send_, sent_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace torpor::simulate
