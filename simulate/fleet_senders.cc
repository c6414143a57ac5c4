#include "simulate/fleet_senders.h"

#include <utility>

namespace torpor::simulate {

FleetSenders::FleetSenders(const SendFleetPage& send, std::uint32_t threads)
    : send_(send) {
  for (std::uint32_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { Work(); });
  }
}

FleetSenders::~FleetSenders() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wanted_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void FleetSenders::Send(FleetPush push) {
  {
    const std::lock_guard lock(mutex_);
    to_send_.push_back(std::move(push));
  }
  wanted_.notify_one();
}

std::optional<FleetPush> FleetSenders::TakeEnded(FleetPush::Clock::time_point until) {
  std::unique_lock lock(mutex_);
  if (!ended_.wait_until(lock, until, [this] { return !sent_.empty(); })) {
    return std::nullopt;
  }
  FleetPush push = std::move(sent_.front());
  sent_.pop_front();
  return push;
}

void FleetSenders::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wanted_.wait(lock, [this] { return stop_ || !to_send_.empty(); });
    if (stop_) return;
    FleetPush push = std::move(to_send_.front());
    to_send_.pop_front();
    lock.unlock();
    push.result = send_({push.robot + 1, push.name, push.page, push.deadline});
    push.page.clear();
    push.ended = FleetPush::Clock::now();
    lock.lock();
    sent_.push_back(std::move(push));
    ended_.notify_one();
  }
}

}  // namespace torpor::simulate
