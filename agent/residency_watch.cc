#include "agent/residency_watch.h"

#include <time.h>

#include <algorithm>
#include <string>
#include <utility>

namespace torpor::agent {
namespace {

using power::HotCause;
using power::Rest;

// Two clocks that differ by more were not both running: the machine was suspended.
constexpr Microseconds kSuspendedFor = std::chrono::milliseconds(100);
// From one look for devices to the next.
constexpr std::uint32_t kWakingsKnown = 8;

Microseconds Now(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return std::chrono::duration_cast<Microseconds>(std::chrono::seconds(now.tv_sec) +
                                                  std::chrono::nanoseconds(now.tv_nsec));
}

// What counts down is not known; another process may have taken over the pid.
std::optional<Microseconds> Spent(const std::optional<Microseconds>& before,
                                  const std::optional<Microseconds>& after) {
  if (!before || !after || *after < *before) return std::nullopt;
  return *after - *before;
}

std::string StateName(const power::GpuRest& rest,
                      const std::optional<power::RuntimeStatus>& status) {
  if (rest.rest == Rest::kNoGpu) return "none";
  return status ? std::string(power::Name(*status)) : "unknown";
}

}  // namespace

power::Clocks MachineClocks() {
  return {Instant(Now(CLOCK_BOOTTIME)), Now(CLOCK_MONOTONIC)};
}

power::CpuTimes ResidencyWatch::Cpu() const {
  power::CpuTimes cpu;
  cpu.ours = power::ReadCpuTime(tree_);
  if (own_.child) cpu.childs = power::ReadCpuTime(tree_, *own_.child);
  return cpu;
}

void ResidencyWatch::BeforeSleep() {
  // Once, before the first sleep; from then on each waking's is the one before the next.
  if (!interrupts_before_) interrupts_before_ = power::ReadInterrupts(tree_);
  own_ = own_now_ ? own_now_() : power::OwnAccount{};
  // What a waking found is still there: a cycle is awake for a second or two.
  before_ = power::ReadResidency(tree_, clocks_(), &machine_, power::Devices::kAsKnown);
  cpu_before_ = Cpu();  // last, so that the reading is not in it
}

void ResidencyWatch::AfterSleep(std::uint32_t resumes) {
  found_.reset();
  if (!before_) return;
  const power::Residency before = *std::exchange(before_, std::nullopt);
  power::CpuTimes cpu = Cpu();  // first, likewise
  cpu.ours = Spent(cpu_before_.ours, cpu.ours);
  cpu.childs = Spent(cpu_before_.childs, cpu.childs);
  auto interrupts = power::ReadInterrupts(tree_);
  // A device that comes while the robot works is found within some cycles: to look for
  // one takes longer than to read all that is there.
  const auto devices = wakings_++ % kWakingsKnown == 0 ? power::Devices::kLookedFor
                                                       : power::Devices::kAsKnown;
  const power::Residency after =
      power::ReadResidency(tree_, clocks_(), &machine_, devices);
  // The kernel suspends and resumes in the context of whoever asks for it: that is no
  // spin.
  const Microseconds elapsed = after.at.boot - before.at.boot;
  const Microseconds up = after.at.monotonic - before.at.monotonic;
  if (elapsed - up > kSuspendedFor) cpu.ours.reset();

  Found& found = found_.emplace();
  found.rest = power::RestBetween(before, after, own_, resumes);
  std::optional<power::Holders> holders;
  if (found.rest.rest == Rest::kHot) holders = power::FindHolders(tree_);
  found.causes =
      power::CausesOf(found.rest, own_, holders, cpu, after.at.boot - before.at.boot);
  found.idle_share = power::IdleShare(before, after);
  found.active_sources = power::ActiveBetween(before, after);
  if (interrupts_before_ && interrupts) {
    found.interrupted = power::InterruptsBetween(std::string_view(*interrupts_before_),
                                                 std::string_view(*interrupts));
  }
  interrupts_before_ = std::move(interrupts);
}

std::optional<contract::Residency> ResidencyWatch::Tell(
    contract::Residency allowed, telemetry::CycleRecord& record) const {
  if (!found_) return std::nullopt;
  const power::GpuRest& rest = found_->rest;
  telemetry::SleepProof& sleep = record.sleep.emplace();
  sleep.gpu_before = StateName(rest, rest.before);
  sleep.gpu_after = StateName(rest, rest.after);
  if (rest.suspended) sleep.suspended_ms = rest.suspended->count();
  sleep.railgated = rest.railgated;
  sleep.pinned = !rest.kept_on.empty() || !rest.pins.empty();
  sleep.idle_share = found_->idle_share;
  sleep.because = rest.because;
  sleep.active_sources = found_->active_sources;
  if (found_->interrupted) {
    sleep.interrupts = found_->interrupted->times;
    sleep.busiest_interrupts = found_->interrupted->busiest;
  }
  record.slept = rest.rest == Rest::kNoGpu ? found_->idle_share : rest.share;

  std::optional<contract::Residency> worst;
  if (rest.rest == Rest::kAsleep || rest.rest == Rest::kHot) {
    worst = contract::Residency::kChildExited;
  }
  for (const power::HotFinding& finding : found_->causes) {
    const auto cause = power::kHotCauses[static_cast<std::size_t>(finding.cause)];
    if (!sleep.causes.empty()) sleep.causes += ", ";
    sleep.causes += cause;
    if (worst) worst = std::max(*worst, finding.seen);
    if (finding.cause != HotCause::kSpin && finding.seen <= allowed) continue;
    std::string detail = std::string(cause) + ": " + finding.evidence;
    if (finding.cause == HotCause::kSpin && !sleep.busiest_interrupts.empty()) {
      detail += "; interrupts meanwhile: " + sleep.busiest_interrupts;
    }
    record.deviations.push_back({power::StatusOf(finding.cause), std::move(detail)});
  }
  return worst;
}

bool ResidencyWatch::spun() const {
  return found_ && std::ranges::find(found_->causes, HotCause::kSpin,
                                     &power::HotFinding::cause) != found_->causes.end();
}

}  // namespace torpor::agent
