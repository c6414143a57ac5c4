// The time broker: carries the link's bytes and the time itself between the firmware's
// process and the computer's, so that months run in minutes and every run of the same
// inputs gives the same bytes. How it works is told in docs/time.md.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "simulate/broker_message.h"
#include "simulate/wire.h"

namespace torpor::simulate {

// The computer's wall clock jumps by this much at this time. Boot time never does.
struct WallStep {
  Instant at{};
  Microseconds by{};
};

// A wait of one role that has come to its end.
struct Waited {
  Role role{};
  Instant from{}, until{};
  Instant deadline{};
  WakeOnBytes wake_on_bytes{};
  Wake why{};
};

struct BrokerOptions {
  std::string path;               // of the socket, in a folder of the caller's
  std::uint32_t link_baud = 0;    // the contract's
  std::int64_t wall_base_us = 0;  // Unix time at virtual time 0
  std::vector<Outage> outages;    // faults of the link, in any order
  std::vector<WallStep> wall_steps;
  FaultPlan faults;  // and its outages besides those above
  Noise noise;       // on both directions, each with its own row of errors
  std::function<void(const Waited&)> on_waited;  // told of every wait when it ends
  // Told of every wait that is about to end, while its role is still blocked in it: what
  // it will find when it looks around can be changed here, and nobody sees it half done.
  std::function<void(Role, Instant)> before_wake;
  // A role that leaves is started again by somebody and joins this much virtual time
  // after it left; time waits for it then. Without a value the other role goes on alone.
  std::array<std::optional<Microseconds>, kRoles> returns_after;
  // Real time in which nobody says anything; then a process hangs and the run is over.
  std::chrono::milliseconds patience{120'000};
};

struct BrokerOutcome {
  enum class Why : std::uint8_t { kEndTime, kBothGone, kStopped, kStalled };
  Why why = Why::kStopped;
  Instant at{};
  std::optional<Role> stalled;  // whom time was waiting for, with kStalled
  std::uint64_t wakes = 0;
  std::uint64_t bytes_sent = 0, bytes_lost = 0, bytes_flipped = 0;
  FaultCounts faults{};  // all of them, both directions together
};

class Broker {
 public:
  // Listens; clients may connect from now on.
  //   kOutOfRange   the baud is 0, or an outage or a return runs backwards
  //   kFileExists   something is at path already
  //   kIo           the socket cannot be made there
  static Result<std::unique_ptr<Broker>> Listen(BrokerOptions options);

  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;
  ~Broker();  // removes the socket's file

  // Carries time and bytes until virtual time `until`, until both roles have left for
  // good, until Stop(), or until nobody speaks for the patience. Time stands still until
  // each role has joined once. At the end it lets both go (Wake::kStopped). Called once.
  BrokerOutcome Run(Instant until);

  // Ends Run() soon; from any thread, or from a signal handler.
  void Stop();

 private:
  struct Seat {
    bool joined = false;  // ever
    int fd = -1;
    bool waiting =
        false;  // blocked in its wait; false: it computes, and time stands still
    Instant deadline{};
    bool wake_on_bytes = false;
    Instant waits_since{};
    std::optional<Instant> returns_at;
    std::vector<std::byte> inbox;
  };
  struct Visitor {  // connected, not yet seated
    int fd = -1;
    std::optional<Role> role;
  };

  explicit Broker(BrokerOptions options);

  [[nodiscard]] bool Quiet() const;
  [[nodiscard]] bool Abandoned() const;
  [[nodiscard]] Instant NextEvent() const;
  [[nodiscard]] std::optional<Instant> NextDeviceLoss(Instant after) const;
  [[nodiscard]] std::optional<Wake> DueNow(Role role) const;
  [[nodiscard]] std::optional<Role> WaitedFor() const;
  void WakeWhoIsDue();
  void SendWake(Role role, Wake why);

  enum class Heard : std::uint8_t { kSomething, kNothing, kStop };
  Heard Hear();
  void HearSeat(Role role);
  void Accept();
  void HearVisitor(Visitor& visitor);
  void SeatVisitors();
  void Welcome(Visitor& visitor);
  static void Close(int& fd);
  void Leave(Role role);
  BrokerOutcome End(BrokerOutcome::Why why);

  [[nodiscard]] broker::Clock ClockOf(Role role) const;
  Seat& SeatOf(Role role) { return seats_[static_cast<std::size_t>(role)]; }
  [[nodiscard]] const Seat& SeatOf(Role role) const {
    return seats_[static_cast<std::size_t>(role)];
  }
  Wire& WireTo(Role role) { return wires_[static_cast<std::size_t>(role)]; }
  [[nodiscard]] const Wire& WireTo(Role role) const {
    return wires_[static_cast<std::size_t>(role)];
  }

  BrokerOptions options_;
  int listen_fd_ = -1;
  int stop_fd_ = -1;
  std::array<Seat, kRoles> seats_;
  std::array<Wire, kRoles> wires_;  // by receiver
  std::vector<Visitor> visitors_;
  std::vector<std::byte> message_;
  Instant now_{};
  bool started_ = false;
  std::uint64_t wakes_ = 0;
};

}  // namespace torpor::simulate
