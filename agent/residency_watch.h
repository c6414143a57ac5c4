// Looks at the machine's rest before and after each sleep, and tells the record what it
// proves: which share of it the GPU slept, and if it did not, why.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "contract/terms.h"
#include "power/cpu_time.h"
#include "power/hot_gpu.h"
#include "power/interrupts.h"
#include "power/residency.h"
#include "power/sys_tree.h"
#include "telemetry/cycle_record.h"

namespace torpor::agent {

class ResidencyWatch {
 public:
  using ClocksNow = std::function<power::Clocks()>;
  using OwnNow = std::function<power::OwnAccount()>;

  // `own` says what is known of the accelerator when a sleep begins; none: this process
  // uses no accelerator. The tree must outlive the watch.
  ResidencyWatch(const power::SysTree& tree, ClocksNow clocks, OwnNow own = nullptr)
      : tree_(tree), clocks_(std::move(clocks)), own_now_(std::move(own)) {}

  // When every lease is revoked; waits for nothing.
  void BeforeSleep();
  // At waking, before anything of ours could wake the GPU. Who holds its device open is
  // looked up only when it was hot. `resumes` is how often the machine was woken before
  // the sleep was over.
  void AfterSleep(std::uint32_t resumes = 0);

  // Fills in what is known of the sleep before this waking, and adds a deviation for each
  // cause by which more of the accelerator stayed up than `allowed`, and for a spin.
  // Gives how much of it was proved to stay up; none: not known, or there is no GPU.
  std::optional<contract::Residency> Tell(contract::Residency allowed,
                                          telemetry::CycleRecord& record) const;

  // Whether there is a GPU of which the last sleep proved neither rest nor heat.
  [[nodiscard]] bool unknown() const {
    return found_ && found_->rest.rest == power::Rest::kUnknown;
  }

  // Whether a process of ours was on a processor in the sleep before this waking.
  [[nodiscard]] bool spun() const;

 private:
  struct Found {
    power::GpuRest rest;
    std::vector<power::HotFinding> causes;
    std::optional<double> idle_share;
    std::string active_sources;
    std::optional<power::Interrupted> interrupted;
  };
  [[nodiscard]] power::CpuTimes Cpu() const;

  const power::SysTree& tree_;
  ClocksNow clocks_;
  OwnNow own_now_;

  power::OwnAccount own_;
  std::optional<power::Residency> before_;  // of a sleep that has begun
  power::KnownMachine machine_;             // what need not be asked for again
  std::uint32_t wakings_ = 0;
  // At the waking before: the awake time between is milliseconds of a minute, and the
  // kernel's table is the dearest file of all to read.
  std::optional<std::string> interrupts_before_;
  power::CpuTimes cpu_before_;
  std::optional<Found> found_;  // of the last sleep
};

// The kernel's clocks.
power::Clocks MachineClocks();

}  // namespace torpor::agent
