// A robot's computer that is not there: a folder laid out as the kernel of an Orin shows
// it, for torpord to read (--system-root), and a GPU in it that follows, in the broker's
// time, what is really done with its device. Who holds the device open is not made up: it
// is looked for among the processes of this machine.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/time.h"
#include "simulate/refusal.h"

namespace torpor::simulate {

// What goes wrong on it.
enum class MachineFault : std::uint8_t {
  kNone,
  kSessionHangs,     // the driver never comes back from closing the next session
  kSessionLeftOpen,  // the driver leaves the next session open, in a process of its own
  kClocksPinned,  // somebody ran jetson_clocks: min_freq = max_freq, power/control = on
  kCpuSpun,       // torpord's process is on a processor half of the time
};

class PretendedMachine {
 public:
  // An Orin's driver waits so long after the last work before it suspends the GPU.
  // Source: nvgpu rel-36, platform_ga10b_tegra.c, railgate_delay_init.
  static constexpr Milliseconds kAutosuspend{500};

  // Lays it out in `root`, which is absolute and not there yet. The GPU is asleep, its
  // boot was at virtual time 0.
  //   kIo  the folder cannot be made
  static Attempt<std::unique_ptr<PretendedMachine>> Make(std::filesystem::path root);

  // Ends whoever was left behind in a session of its device.
  ~PretendedMachine();
  PretendedMachine(const PretendedMachine&) = delete;
  PretendedMachine& operator=(const PretendedMachine&) = delete;

  // The fault is there from `from` on.
  void Begin(MachineFault fault, Instant from);

  // The computer has been blocked since it was last told of, and is about to go on at
  // `now`: whatever was done with the device was done at the last such instant. Called
  // while nobody reads the folder (BrokerOptions::before_wake).
  void Advance(Instant now);

  // When the fault began to act; nothing before it did.
  [[nodiscard]] std::optional<Instant> fault_began() const { return began_; }
  // Pieces of work that the GPU was given.
  [[nodiscard]] std::uint64_t jobs() const { return jobs_; }
  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

 private:
  explicit PretendedMachine(std::filesystem::path root) : root_(std::move(root)) {}

  [[nodiscard]] bool LayOut();
  void Put(const std::string& path, const std::string& text) const;
  [[nodiscard]] bool Held() const;
  void ShowHolders(bool held);
  void ShowGpu(bool active) const;
  void ShowSpin() const;
  void Act();

  std::filesystem::path root_;
  int alive_ = -1;  // as long as it is open, who was left behind stays
  Instant last_{};  // until when everything is accounted for
  Instant up_until_{};
  Microseconds active_{}, suspended_{}, on_processor_{};
  std::uint64_t jobs_ = 0;
  MachineFault fault_ = MachineFault::kNone;
  Instant from_{};
  bool acted_ = false;
  std::optional<Instant> began_;
  // Numbers of processes on this machine by those on the real one: the same run shall
  // give the same bytes.
  std::map<pid_t, int> numbers_;
};

}  // namespace torpor::simulate
