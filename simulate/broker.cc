#include "simulate/broker.h"

#include <algorithm>
#include <utility>

namespace torpor::simulate {
namespace {

constexpr std::array kBoth{Role::kFirmware, Role::kComputer};

// The plan's outages among the others.
BrokerOptions WithPlan(BrokerOptions options) {
  options.outages.insert(options.outages.end(), options.faults.outages.begin(),
                         options.faults.outages.end());
  return options;
}

}  // namespace

Broker::Broker(BrokerOptions options)
    : options_(WithPlan(std::move(options))),
      wires_{Wire(options_.link_baud, options_.outages, options_.noise,
                  LineFaults(options_.faults, Role::kFirmware)),
             Wire(options_.link_baud, options_.outages,
                  {options_.noise.one_in_bytes, options_.noise.seed + 1},
                  LineFaults(options_.faults, Role::kComputer))},
      message_(broker::kMaxMessage) {}

BrokerOutcome Broker::Run(Instant until) {
  using Why = BrokerOutcome::Why;
  while (true) {
    while (!Quiet()) {
      const Heard heard = Hear();
      if (heard == Heard::kStop) return End(Why::kStopped);
      if (heard == Heard::kNothing) return End(Why::kStalled);
    }
    if (Abandoned()) return End(Why::kBothGone);
    const Instant next = NextEvent();
    if (next >= until) {
      now_ = until;
      return End(Why::kEndTime);
    }
    now_ = std::max(now_, next);
    SeatVisitors();
    WakeWhoIsDue();
  }
}

// Whether time may go on: everybody who is here is blocked, and nobody is waited for.
bool Broker::Quiet() const { return started_ && !WaitedFor().has_value(); }

std::optional<Role> Broker::WaitedFor() const {
  for (const Role role : kBoth) {
    const Seat& seat = SeatOf(role);
    const bool here = seat.fd >= 0;
    if (here && started_ && !seat.waiting) return role;
    if (!here && !seat.joined) return role;
    if (!here && seat.returns_at && *seat.returns_at <= now_) return role;
  }
  return std::nullopt;
}

bool Broker::Abandoned() const {
  return std::ranges::none_of(
      seats_, [](const Seat& seat) { return seat.fd >= 0 || seat.returns_at; });
}

std::optional<Instant> Broker::NextDeviceLoss(Instant after) const {
  std::optional<Instant> next;
  for (const Outage& outage : options_.outages) {
    if (outage.seen != Outage::Seen::kAsDeviceGone || outage.from <= after) continue;
    if (!next || outage.from < *next) next = outage.from;
  }
  return next;
}

Instant Broker::NextEvent() const {
  Instant next = Instant::max();
  for (const Role role : kBoth) {
    const Seat& seat = SeatOf(role);
    if (seat.returns_at) next = std::min(next, *seat.returns_at);
    if (!seat.waiting) continue;
    next = std::min(next, seat.deadline);
    if (!seat.wake_on_bytes) continue;
    if (!seat.inbox.empty()) next = now_;
    if (const auto arrival = WireTo(role).NextArrival()) next = std::min(next, *arrival);
    if (role == Role::kFirmware) continue;
    if (const auto loss = NextDeviceLoss(seat.waits_since)) next = std::min(next, *loss);
  }
  return next;
}

std::optional<Wake> Broker::DueNow(Role role) const {
  const Seat& seat = SeatOf(role);
  if (!seat.waiting) return std::nullopt;
  if (seat.wake_on_bytes) {
    if (!seat.inbox.empty()) return Wake::kBytes;
    const auto loss = NextDeviceLoss(seat.waits_since);
    if (role == Role::kComputer && loss && *loss <= now_) return Wake::kDeviceGone;
  }
  if (seat.deadline <= now_) return Wake::kDeadline;
  return std::nullopt;
}

void Broker::WakeWhoIsDue() {
  for (const Role role : kBoth) {
    if (SeatOf(role).waiting) WireTo(role).Receive(now_, SeatOf(role).inbox);
  }
  for (const Role role : kBoth) {
    const auto why = DueNow(role);
    if (!why) continue;
    if (options_.before_wake) options_.before_wake(role, now_);
    SendWake(role, *why);
  }
}

broker::Clock Broker::ClockOf(Role role) const {
  broker::Clock clock;
  clock.now_us = SinceBootMicroseconds(now_);
  clock.wall_us = options_.wall_base_us + clock.now_us;
  for (const WallStep& step : options_.wall_steps) {
    if (step.at <= now_) clock.wall_us += step.by.count();
  }
  const bool gone = std::ranges::any_of(options_.outages, [&](const Outage& outage) {
    return outage.seen == Outage::Seen::kAsDeviceGone && outage.from <= now_ &&
           now_ < outage.to;
  });
  clock.device_present = role == Role::kComputer && gone ? 0 : 1;
  return clock;
}

void Broker::Leave(Role role) {
  Seat& seat = SeatOf(role);
  Close(seat.fd);
  seat = Seat{};
  seat.joined = true;
  const auto after = options_.returns_after[static_cast<std::size_t>(role)];
  if (after) seat.returns_at = now_ + *after;
  WireTo(role).Clear();
}

void Broker::SeatVisitors() {
  for (Visitor& visitor : visitors_) {
    if (!visitor.role) continue;
    Seat& seat = SeatOf(*visitor.role);
    if (seat.returns_at && now_ < *seat.returns_at) continue;
    Welcome(visitor);
  }
  std::erase_if(visitors_, [](const Visitor& visitor) { return visitor.fd < 0; });
  started_ = std::ranges::all_of(seats_, &Seat::joined);
}

BrokerOutcome Broker::End(BrokerOutcome::Why why) {
  BrokerOutcome outcome;
  outcome.why = why;
  outcome.at = now_;
  if (why == BrokerOutcome::Why::kStalled) outcome.stalled = WaitedFor();
  for (const Role role : kBoth) {
    if (SeatOf(role).waiting) SendWake(role, Wake::kStopped);
    Close(SeatOf(role).fd);
    SeatOf(role) = Seat{};
    const Wire& wire = WireTo(role);
    outcome.bytes_sent += wire.bytes_sent();
    outcome.bytes_lost += wire.bytes_lost();
    outcome.bytes_flipped += wire.bytes_flipped();
    for (std::size_t i = 0; i < kFaultKinds; ++i) outcome.faults[i] += wire.faults()[i];
  }
  outcome.faults[static_cast<std::size_t>(FaultKind::kUnplug)] +=
      static_cast<std::uint64_t>(
          std::ranges::count_if(options_.outages, [&](const auto& o) {
            return o.seen == Outage::Seen::kAsDeviceGone && o.from < now_;
          }));
  outcome.wakes = wakes_;
  return outcome;
}

}  // namespace torpor::simulate
