// One robot through one shift, in virtual time: once with the programs that failed, once
// under torpor. Pure and seeded: the same robot of the same seed is the same to the
// microsecond.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "contract/terms.h"
#include "core/time.h"
#include "simulate/replay_assumptions.h"
#include "simulate/replay_ledger.h"
#include "simulate/replay_paging.h"

namespace torpor::simulate {

// The link between microcontroller and computer is down.
struct Hiccup {
  Instant from{}, to{};
};

// Those of one robot: in order, not touching, the same for whoever asks. They come
// without memory, and so does their end.
std::vector<Hiccup> Hiccups(std::uint64_t seed, std::uint64_t robot, Microseconds shift,
                            const ReplayAssumptions& assumptions);

// When the link is down, for whoever asks with a time that never goes back.
class ReplayLink {
 public:
  explicit ReplayLink(std::span<const Hiccup> hiccups) : hiccups_(hiccups) {}
  // The beginning of the hiccup that is, or of the next one; never when there is none.
  [[nodiscard]] Instant DownFrom(Instant now) {
    while (next_ < hiccups_.size() && hiccups_[next_].to <= now) ++next_;
    return next_ < hiccups_.size() ? hiccups_[next_].from : Instant::max();
  }

 private:
  std::span<const Hiccup> hiccups_;
  std::size_t next_ = 0;
};

// What the faults and torpor are played against.
struct ReplayScene {
  const contract::Terms& terms;  // must outlive the scene
  const ReplayAssumptions& assumptions;
  std::span<const Hiccup> hiccups;
  Microseconds shift{};
  Microseconds phase{};  // when this robot begins, less than a period
};

// What became of one robot.
struct RobotReplay {
  explicit RobotReplay(Microseconds shift) : ledger(shift) {}

  Ledger ledger;
  std::vector<Instant> inferred;     // when each inference began
  Microseconds oldest_inferred{};    // from the end of its capture
  std::uint64_t most_waiting = 0;    // complete batches, at any time
  std::uint64_t dropped = 0;         // batches that gave way to newer ones, counted
  std::uint64_t stale = 0;           // batches over their age, refused
  std::uint64_t late = 0;            // inferences that were ended at their deadline
  Microjoules most_modelled{};       // of one cycle, by the contract's own power model
  std::uint64_t breaches = 0;        // cycles with any
  std::uint64_t unlisted_steps = 0;  // that the duty cycle's table refused: none, ever
  std::vector<ReplayPush> pushes;    // none from a robot that tells nobody
};

// --- The programs that failed (replay_faulty.cc) ---

// Which of the night's faults a robot of the old kind has.
struct NightFaults {
  bool unbounded_buffer = false;      // each batch is kept and inferred, one by one
  bool session_left_open = false;     // launched and not waited for, never torn down
  bool configurations_apart = false;  // firmware and image sleep differently long
};
inline constexpr NightFaults kNoFaults{};
inline constexpr NightFaults kAllFaults{true, true, true};

// A small honest model of a firmware and a loop as they were.
RobotReplay ReplayOldRobot(const ReplayScene& scene, const NightFaults& faults);

// --- Under torpor (replay_torpor.cc) ---

struct TorporTrouble {
  bool session_held = false;  // by a process that torpord cannot end, from the first
                              // inference on
  bool configurations_apart = false;  // the firmware holds another contract
};

// cycle::DutyCycle, MayInfer, NextWaking, Breaches and ModelledEnergy, the firmware's
// signal::BatchSlots and the contract's own durations: judging, releasing and reporting
// take as long as they may.
RobotReplay ReplayTorporRobot(const ReplayScene& scene, const TorporTrouble& trouble);

}  // namespace torpor::simulate
