// torpord with every option on, its firmware, its gateway and its service manager, in
// real time: everything but the robot.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/cycle/timeline.h"
#include "simulate/child.h"
#include "simulate/gateway.h"
#include "simulate/rig.h"

namespace torpor::bench {

// Of the boot clock, as torpord's own.
[[nodiscard]] Instant Now();

// One line on a child that was to run on and does not; empty while it runs, and where
// there is none.
[[nodiscard]] std::string EndedEarly(const std::string& name,
                                     std::optional<simulate::Child>& child);

// systemd's end of the notification socket. Nobody blocks on one that is full, and who
// reads none of it loses the rest.
class NotifySocket {
 public:
  explicit NotifySocket(std::filesystem::path path);
  ~NotifySocket();
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  [[nodiscard]] bool ok() const { return socket_ >= 0; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  void Drain() const;
  // When the status of a cycle was told; nothing when none was by `until`.
  [[nodiscard]] std::optional<Instant> WaitForStatus(Instant until) const;

 private:
  std::filesystem::path path_;
  int socket_ = -1;
};

class BenchRobot {
 public:
  struct Made {
    std::filesystem::path folder, programs;
    std::filesystem::path baseline;  // fitted when it is empty
    Timeline timeline;
    simulate::GatewayFault fault = simulate::GatewayFault::kNone;
  };
  static simulate::Attempt<std::unique_ptr<BenchRobot>> Make(const Made& made);

  // The firmware begins to sample.
  [[nodiscard]] simulate::RigStatus StartFirmware();
  // torpord, until it is asked to end; with `cycles` it ends after so many.
  [[nodiscard]] simulate::RigStatus Start(int cycles = 0);
  // Asks torpord to end and waits for it. Its exit code.
  int Stop();
  // Waits until it ends by itself.
  int Wait() { return robot_->Wait(); }

  // As EndedEarly(): its firmware, which may be why torpord did, or torpord.
  [[nodiscard]] std::string Ended();
  [[nodiscard]] int pid() const { return robot_->pid(); }
  void Ask(int signal) const { robot_->Ask(signal); }
  [[nodiscard]] const simulate::Rig& rig() const { return rig_; }
  [[nodiscard]] const simulate::FaultGateway& gateway() const { return *gateway_; }
  [[nodiscard]] const NotifySocket& notify() const { return notify_; }
  [[nodiscard]] const Timeline& timeline() const { return timeline_; }
  [[nodiscard]] std::filesystem::path baseline() const;
  // Every file that a start reads and nobody but torpord has, journal included.
  [[nodiscard]] std::vector<std::filesystem::path> OwnFiles() const;
  // The last words of torpord on standard error.
  [[nodiscard]] std::string LastWords() const;

 private:
  BenchRobot(simulate::Rig rig, std::unique_ptr<simulate::FaultGateway> gateway,
             const Timeline& timeline);

  simulate::Rig rig_;
  std::unique_ptr<simulate::FaultGateway> gateway_;
  NotifySocket notify_;
  Timeline timeline_;
  std::optional<simulate::Child> firmware_, robot_;
};

}  // namespace torpor::bench
