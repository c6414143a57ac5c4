#include "power/hot_gpu.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace torpor::power {
namespace {

using contract::Residency::kContextKept;
using contract::Residency::kHot;
using namespace std::string_literals;

constexpr std::size_t kMostHoldersNamed = 3;

std::string Seconds(Microseconds time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f s",
                static_cast<double>(time.count()) / 1e6);
  return text.data();
}

// How long the sleep was, how much of it the machine was not suspended, and how often it
// came up before the end.
struct Span {
  Microseconds boot{}, running{};
  std::uint32_t resumes = 0;
  [[nodiscard]] Microseconds away() const {
    return std::max(boot - running, Microseconds{0});
  }
  [[nodiscard]] bool plausible() const {
    return boot.count() > 0 && running.count() >= 0 && running <= boot + kReadingSlack;
  }
};

Span Between(const Residency& before, const Residency& after, std::uint32_t resumes = 0) {
  return {after.at.boot - before.at.boot, after.at.monotonic - before.at.monotonic,
          resumes};
}

std::optional<Milliseconds> Grown(const std::optional<Milliseconds>& before,
                                  const std::optional<Milliseconds>& after) {
  if (!before || !after) return std::nullopt;
  return *after - *before;
}

bool Implausible(const std::optional<Milliseconds>& grown, const Span& span) {
  return grown && (grown->count() < 0 || *grown > span.running + kReadingSlack);
}

std::string Frequency(std::string_view node, std::int64_t hz) {
  return std::string(node) + " = " + std::to_string(hz);
}

void Conclude(GpuRest& rest, Rest what, std::string because) {
  rest.rest = what;
  rest.because = std::move(because);
}

// What the account in milliseconds proves, if anything.
void JudgeTimes(const GpuReading& before, const GpuReading& after, const Span& span,
                GpuRest& rest) {
  const auto active = Grown(before.active, after.active);
  const auto suspended = Grown(before.suspended, after.suspended);
  if (Implausible(active, span) || Implausible(suspended, span)) {
    return Conclude(rest, Rest::kUnknown,
                    "its account went backwards, or faster than the clock");
  }
  if (span.boot <= kRailgateDelay + kReadingSlack) {
    return Conclude(rest, Rest::kUnknown, "the sleep was too short to tell");
  }
  const Microseconds needed = span.boot - kRailgateDelay - kReadingSlack;
  if (suspended) {
    rest.suspended = suspended;
    const Microseconds proved = *suspended + span.away();
    const double share =
        static_cast<double>(proved.count()) / static_cast<double>(span.boot.count());
    rest.share = std::min(share, 1.0);
    if (proved >= needed) {
      return Conclude(rest, Rest::kAsleep,
                      "suspended for " + Seconds(proved) + " of " + Seconds(span.boot));
    }
  }
  // With the machine the driver comes up, and gates the rail again after its delay.
  const Microseconds excused = kRailgateDelay * (1 + std::int64_t{span.resumes});
  if (active && *active > excused + kReadingSlack) {
    return Conclude(rest, Rest::kHot,
                    "active for " + Seconds(*active) + " of " + Seconds(span.boot));
  }
  if (active && *active > kRailgateDelay + kReadingSlack) {
    return Conclude(rest, Rest::kUnknown,
                    "active for " + Seconds(*active) +
                        ", which early resumes excuse: " + std::to_string(span.resumes));
  }
  const bool up =
      before.status == RuntimeStatus::kActive && after.status == RuntimeStatus::kActive;
  if (up && !active) {
    const std::string how_long =
        suspended ? "suspended for only " + Seconds(*suspended) : "its times are unread";
    return Conclude(rest, Rest::kHot, "active before and after, " + how_long);
  }
  Conclude(rest, Rest::kUnknown, "its account is not whole");
}

// What speaks against a sleep that the account proves.
std::string Doubt(const GpuReading& after, const OwnAccount& own) {
  if (after.status == RuntimeStatus::kError) return "its power management failed";
  if (after.status == RuntimeStatus::kUnsupported) return "nobody manages its power";
  if (after.status == RuntimeStatus::kSuspended && after.railgated == false) {
    return "suspended, but its rail is not gated";
  }
  if (after.status == RuntimeStatus::kSuspended && after.power_state == "D0") {
    return "suspended, but still in D0";
  }
  if (own.last_inference_worked == false) {
    return "suspended, but the last inference on it failed: it may not power on at all";
  }
  return {};
}

GpuRest RestOf(const GpuReading* before, const GpuReading& after, const Span& span,
               const OwnAccount& own) {
  GpuRest rest;
  rest.name = after.name;
  rest.after = after.status;
  rest.railgated = after.railgated;
  static_cast<HeldUp&>(rest) = WhatHoldsUp(after);
  if (before == nullptr) {
    Conclude(rest, Rest::kUnknown, "it was not there before the sleep");
    return rest;
  }
  rest.before = before->status;
  if (span.plausible()) {
    JudgeTimes(*before, after, span, rest);
  } else {
    Conclude(rest, Rest::kUnknown, "the clocks contradict each other");
  }
  if (rest.rest == Rest::kAsleep) {
    if (std::string doubt = Doubt(after, own); !doubt.empty()) {
      Conclude(rest, Rest::kUnknown, std::move(doubt));
    }
  }
  if (rest.rest == Rest::kUnknown) rest.share.reset();
  return rest;
}

const GpuReading* Find(const std::vector<GpuReading>& gpus, std::string_view name) {
  const auto found = std::ranges::find(gpus, name, &GpuReading::name);
  return found == gpus.end() ? nullptr : &*found;
}

// Hot is worse than not to know, and that is worse than asleep.
int Badness(Rest rest) {
  return rest == Rest::kHot ? 3 : rest == Rest::kUnknown ? 2 : rest == Rest::kAsleep;
}

std::string Named(const std::vector<Holder>& holders) {
  std::string text;
  for (std::size_t i = 0; i < holders.size() && i < kMostHoldersNamed; ++i) {
    const Holder& holder = holders[i];
    if (i > 0) text += ", ";
    text += holder.comm + " (pid " + std::to_string(holder.pid) + ") holds " +
            std::to_string(holder.count) + ", one is " + holder.device;
  }
  if (holders.size() > kMostHoldersNamed) {
    text += ", and " + std::to_string(holders.size() - kMostHoldersNamed) + " more";
  }
  return text;
}

std::string Limits(const Holders& holders) {
  std::string text;
  if (holders.closed > 0) {
    text += "; " + std::to_string(holders.closed) + " processes may not be looked at";
  }
  if (holders.cut) text += "; there are more than were looked at";
  return text;
}

std::string Listed(const std::vector<std::string>& nodes) {
  std::string text;
  for (const std::string& node : nodes) text += (text.empty() ? "" : ", ") + node;
  return text;
}

// Our own child is parked where the contract allows it; anybody else keeps a context.
std::optional<HotFinding> Channel(const OwnAccount& own,
                                  const std::optional<Holders>& holders) {
  HotFinding finding{HotCause::kChannel, contract::Residency::kChildExited, {}};
  std::vector<Holder> found = holders ? holders->found : std::vector<Holder>{};
  // With an answer outstanding its channel is not idle: that is the backlog.
  if (own.child && own.answer_outstanding) {
    std::erase_if(found, [&](const Holder& holder) { return holder.pid == *own.child; });
  }
  for (const Holder& holder : found) {
    const bool parked = own.child && holder.pid == *own.child;
    finding.seen = std::max(finding.seen, parked ? own.parked : kContextKept);
  }
  if (!found.empty()) {
    finding.evidence = Named(found) + Limits(*holders);
    return finding;
  }
  if (!own.child || own.answer_outstanding) return std::nullopt;
  finding.seen = own.parked;
  finding.evidence = "our child (pid " + std::to_string(*own.child) + ") stays";
  return finding;
}

std::optional<HotFinding> Spin(const CpuTimes& cpu, Microseconds slept) {
  const auto long_enough = [slept](const std::optional<Microseconds>& time) {
    return time && *time > kLeastSpin &&
           static_cast<double>(time->count()) >
               kLeastSpinShare * static_cast<double>(slept.count());
  };
  std::string who;
  if (long_enough(cpu.childs)) who += "the accelerator's child " + Seconds(*cpu.childs);
  if (long_enough(cpu.ours)) {
    who += (who.empty() ? "" : ", ") + "torpord "s + Seconds(*cpu.ours);
  }
  if (who.empty()) return std::nullopt;
  return HotFinding{HotCause::kSpin, contract::Residency::kChildExited,
                    "on a processor in " + Seconds(slept) + " of sleep: " + who};
}

}  // namespace

HeldUp WhatHoldsUp(const GpuReading& gpu) {
  HeldUp held;
  if (gpu.kept_on == true) held.kept_on.emplace_back("power/control = on");
  if (gpu.autosuspend_delay && gpu.autosuspend_delay->count() < 0) {
    held.kept_on.emplace_back("power/autosuspend_delay_ms below 0");
  } else if (gpu.autosuspend_delay && *gpu.autosuspend_delay > kRailgateDelay) {
    held.kept_on.push_back("power/autosuspend_delay_ms = " +
                           std::to_string(gpu.autosuspend_delay->count()));
  }
  if (!gpu.min_hz || !gpu.max_hz || *gpu.min_hz <= 0 || *gpu.min_hz < *gpu.max_hz)
    return held;
  // A clock that is held at its lowest step is capped, not pinned.
  if (!gpu.steps_hz.empty() && *gpu.min_hz <= gpu.steps_hz.front()) return held;
  held.pins.push_back(Frequency("min_freq", *gpu.min_hz) + ", " +
                      Frequency("max_freq", *gpu.max_hz));
  return held;
}

GpuRest RestBetween(const Residency& before, const Residency& after,
                    const OwnAccount& own, std::uint32_t resumes) {
  const Span span = Between(before, after, resumes);
  GpuRest worst;
  if (!after.looked_for_gpu) {
    Conclude(worst, Rest::kUnknown, "neither devfreq nor PCI could be listed");
  }
  for (const GpuReading& gpu : before.gpus) {
    if (Find(after.gpus, gpu.name) != nullptr) continue;
    worst.name = gpu.name;
    worst.before = gpu.status;
    Conclude(worst, Rest::kUnknown, "it is not there any more");
  }
  for (const GpuReading& gpu : after.gpus) {
    GpuRest rest = RestOf(Find(before.gpus, gpu.name), gpu, span, own);
    if (Badness(rest.rest) > Badness(worst.rest)) worst = std::move(rest);
  }
  return worst;
}

std::vector<HotFinding> CausesOf(const GpuRest& rest, const OwnAccount& own,
                                 const std::optional<Holders>& holders,
                                 const CpuTimes& cpu, Microseconds slept) {
  std::vector<HotFinding> causes;
  const auto spin = Spin(cpu, slept);
  if (rest.rest == Rest::kHot) {
    const std::string gpu = rest.name + " " + rest.because + ": ";
    if (own.answer_outstanding) {
      causes.push_back({HotCause::kBacklog, kHot,
                        gpu + "an answer was outstanding when the sleep began"});
    }
    std::vector<std::string> nodes = rest.kept_on;
    nodes.insert(nodes.end(), rest.pins.begin(), rest.pins.end());
    const HotFinding clocks{HotCause::kClocks, kHot, gpu + Listed(nodes)};
    if (!rest.kept_on.empty()) causes.push_back(clocks);
    if (auto channel = Channel(own, holders)) {
      channel->evidence = gpu + channel->evidence;
      causes.push_back(*std::move(channel));
    }
    if (rest.kept_on.empty() && !rest.pins.empty()) causes.push_back(clocks);
    if (causes.empty()) {
      causes.push_back({HotCause::kUnknown, kHot,
                        gpu + "nobody is seen to hold it open" +
                            (holders ? Limits(*holders) : "; nobody looked")});
    }
  }
  if (spin) causes.push_back(*spin);
  return causes;
}

std::optional<double> IdleShare(const Residency& before, const Residency& after) {
  const Span span = Between(before, after);
  if (!span.plausible() || !before.idle || !after.idle ||
      before.idle->cpus != after.idle->cpus) {
    return std::nullopt;
  }
  const Microseconds deepest = after.idle->deepest - before.idle->deepest;
  const std::int64_t cpus = after.idle->cpus;
  // The kernel adds a state's time when it is left, all of it at once.
  const Microseconds most = cpus * (span.running + kReadingSlack);
  if (deepest.count() < 0 || deepest > most) return std::nullopt;
  const double proved = static_cast<double>(deepest.count()) / static_cast<double>(cpus) +
                        static_cast<double>(span.away().count());
  return std::min(proved / static_cast<double>(span.boot.count()), 1.0);
}

Status StatusOf(HotCause cause) {
  switch (cause) {
    case HotCause::kBacklog:
      return Status::kGpuBacklog;
    case HotCause::kChannel:
      return Status::kGpuChannelOpen;
    case HotCause::kClocks:
      return Status::kGpuClocksPinned;
    case HotCause::kSpin:
      return Status::kCpuSpun;
    case HotCause::kUnknown:
      break;
  }
  return Status::kGpuHot;
}

}  // namespace torpor::power
