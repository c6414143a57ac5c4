// One cycle as it is journalled: append-only, one row, and the truth that reports and
// summaries are made from.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/metered.h"
#include "core/status.h"
#include "core/time.h"
#include "core/units.h"

namespace torpor::telemetry {

enum class Phase : std::uint8_t {
  kWake,
  kCollect,
  kInfer,
  kRelease,
  kJudge,
  kReport,
  kSleep
};
inline constexpr std::size_t kPhases = 7;

enum class Verdict : std::uint8_t { kNormal, kAnomaly, kAbstain };

struct Deviation {
  Status what{};
  std::string detail;  // who or what, with both numbers: "infer took 512 ms of 400 ms"
};

// What one rail of supply delivered in a cycle, as far as it was metered.
struct RailJoules {
  std::string rail;
  Metered how = Metered::kNot;
  std::array<std::optional<Microjoules>, kPhases> phases{};  // nothing: unmetered
  std::string why;  // unmetered, or only bounded; empty otherwise

  // Of the whole cycle; nothing when any phase is unmetered.
  [[nodiscard]] std::optional<Microjoules> total() const {
    Microjoules sum{};
    for (const auto& phase : phases) {
      if (!phase) return std::nullopt;
      sum += *phase;
    }
    return sum;
  }
  // Of inference and release: what an inference cost.
  [[nodiscard]] std::optional<Microjoules> inference() const {
    const auto& infer = phases[static_cast<std::size_t>(Phase::kInfer)];
    const auto& release = phases[static_cast<std::size_t>(Phase::kRelease)];
    if (!infer || !release) return std::nullopt;
    return *infer + *release;
  }

  friend bool operator==(const RailJoules&, const RailJoules&) = default;
};

// What the kernel said of the sleep before this waking; what is absent it did not say.
struct SleepProof {
  // Runtime status of the GPU that rested worst; "none": there is no GPU.
  std::string gpu_before = "unknown", gpu_after = "unknown";
  std::optional<std::int64_t> suspended_ms;  // of that GPU
  std::optional<bool> railgated;             // at waking
  bool pinned = false;                       // its clock, or it was forbidden to suspend
  std::optional<double> idle_share;  // processors in their deepest state, of the sleep
  std::string causes;          // of a hot GPU: "backlog", "channel, clocks"; or empty
  std::string because;         // what the GPU's rest is known from, or why it is not
  std::string active_sources;  // wakeup sources, and how often: "alarmtimer 1"
  std::optional<std::uint64_t> interrupts;  // of all processors, since the last waking
  std::string busiest_interrupts;           // who they were, and how often

  friend bool operator==(const SleepProof&, const SleepProof&) = default;
};

struct CycleRecord {
  std::uint64_t cycle = 0;  // since this state folder was made; never reused
  Instant woke{};           // boot clock
  std::int64_t wall_us =
      0;  // Unix time at waking, as the robot believed it; never used to judge
  std::array<Microseconds, kPhases> phases{};  // kSleep: the sleep *before* this waking

  bool inferred = false;
  std::uint64_t batch_sequence = 0;     // 0: no batch
  Microseconds batch_age{};             // end of capture to start of inference
  Microseconds since_last_inference{};  // 0: none before in this boot
  std::uint32_t dropped_overrun = 0;    // by the firmware, as its header says, this cycle
  std::uint32_t dropped_stale = 0;
  std::uint32_t dropped_corrupt = 0;  // did not arrive whole
  std::uint32_t dropped_gap = 0;      // lost with a restart of the firmware

  Verdict verdict = Verdict::kAbstain;
  Status why_abstained = Status::kOk;
  double score = 0;     // 1 is the threshold; meaningless when abstained
  bool alarm = false;   // the first cycle of an episode
  std::string because;  // why, in words; in the alarm's body, not in the cycle's row

  Microjoules energy{};  // modelled until a meter says more
  bool metered = false;
  std::vector<RailJoules> rails;    // that this machine has; none: nothing is metered
  std::uint32_t wakeups_awake = 0;  // times scheduled while awake
  std::uint32_t wakeups_asleep = 0;
  Microseconds suspended{};  // of kSleep, proved; in torpord's line, not in the row
  // Share of the sleep in which rest was proved, of the GPU where there is one and else
  // of the processors; none: not proved either way.
  std::optional<double> slept;
  std::optional<SleepProof> sleep;  // none: nobody looked
  std::string contract;             // short id, 16 hex digits
  std::vector<Deviation> deviations;
};

}  // namespace torpor::telemetry
