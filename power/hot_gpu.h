// Was the GPU asleep while the robot was, and if not, why? Decided from a reading before
// the sleep, one after it, and what torpord knows of its own. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/terms.h"
#include "core/status.h"
#include "core/time.h"
#include "power/device_holders.h"
#include "power/residency.h"

namespace torpor::power {

// What torpord itself knows of the accelerator at the moment it falls asleep.
struct OwnAccount {
  bool answer_outstanding = false;  // work was handed over and no answer has come
  std::optional<int> child{};       // pid of a child that stays; none: it has exited
  contract::Residency parked = contract::Residency::kChildExited;  // what it stays on
  // Of the last inference on a GPU; none: there was none.
  std::optional<bool> last_inference_worked{};
};

// Of one sleep. Absent: not known.
struct CpuTimes {
  std::optional<Microseconds> ours, childs;
};

enum class Rest : std::uint8_t {
  kNoGpu,
  kAsleep,  // proved for all of the sleep but what it takes to fall asleep
  kHot,     // proved to be up for longer than that
  kUnknown  // neither
};

// What keeps a GPU from resting, whatever it is doing: nodes and their values.
struct HeldUp {
  std::vector<std::string> kept_on;  // what forbids to suspend it
  std::vector<std::string> pins;     // what holds its clock up
};
[[nodiscard]] HeldUp WhatHoldsUp(const GpuReading& gpu);

// kept_on and pins are those after the sleep.
struct GpuRest : HeldUp {
  Rest rest = Rest::kNoGpu;
  std::string name;  // of the GPU that rested worst; empty: none
  std::optional<Milliseconds> suspended;
  std::optional<double> share;  // of the sleep that it was suspended; none: not known
  std::string because;          // what the state is known from, or why it is not
  std::optional<RuntimeStatus> before, after;
  std::optional<bool> railgated;  // after
};

enum class HotCause : std::uint8_t {
  kBacklog,  // work was outstanding when sleep began
  kChannel,  // idle, but a process holds the device open
  kClocks,   // a clock is pinned, or it is forbidden to suspend
  kSpin,     // a process of ours was on a processor
  kUnknown   // the GPU was up, and none of these is seen
};
inline constexpr std::array<std::string_view, 5> kHotCauses = {
    "backlog", "channel", "clocks", "spin", "unknown"};

struct HotFinding {
  HotCause cause{};
  // As much of the accelerator was up as on this rung; child-exited: none of it.
  contract::Residency seen = contract::Residency::kChildExited;
  std::string evidence;
};

// An Orin's driver gates the rail so long after the last job, and discrete ones do not
// wait. Source: nvgpu rel-36, platform_ga10b_tegra.c, railgate_delay_init.
inline constexpr Milliseconds kRailgateDelay{500};
// Between the kernel's account, in whole milliseconds, and two readings that take some.
inline constexpr Milliseconds kReadingSlack{200};
// A process that is on a processor for longer than either in a sleep does not wait.
inline constexpr Milliseconds kLeastSpin{50};
inline constexpr double kLeastSpinShare = 0.01;

// Of all GPUs, the one that rested worst. Unknown also where the kernel's account
// contradicts itself or the clocks, and where a suspended GPU's last inference failed:
// one that cannot power on looks the same. `resumes` is how often the suspended machine
// came up before the sleep was over, each of which may keep the driver up for its delay:
// they excuse heat, and prove no rest.
[[nodiscard]] GpuRest RestBetween(const Residency& before, const Residency& after,
                                  const OwnAccount& own, std::uint32_t resumes = 0);

// Every cause that is seen, the strongest first: what is known to keep a GPU up, then
// what may, then what only looks alike on a shared rail. Empty after a good sleep.
// `holders` is who holds the device open at waking; none where nobody looked.
[[nodiscard]] std::vector<HotFinding> CausesOf(const GpuRest& rest, const OwnAccount& own,
                                               const std::optional<Holders>& holders,
                                               const CpuTimes& cpu, Microseconds slept);

// Share of a sleep in which the processors were in their deepest state, or the whole
// machine was suspended; none where the kernel does not say.
[[nodiscard]] std::optional<double> IdleShare(const Residency& before,
                                              const Residency& after);

[[nodiscard]] Status StatusOf(HotCause cause);

}  // namespace torpor::power
