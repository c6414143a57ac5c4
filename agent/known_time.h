// What a robot knows of the date. Its wall clock may never have been set, may be set
// wrongly or jump; so three witnesses are heard: what is proven to have passed, the wall
// clock while the kernel vouches for it, and the boot clock, which nobody can set and
// which runs on in sleep. The reasons are docs/time.md's.
#pragma once

#include <cstdint>
#include <optional>

#include "agent/world.h"
#include "contract/accept.h"
#include "core/time.h"

namespace torpor::agent {

// A step of the wall clock beyond this (beside a thousandth of the time that has passed)
// contradicts the boot clock: it is not believed before it has stayed for so long.
inline constexpr std::uint64_t kSmallStepSeconds = 600;
inline constexpr Microseconds kDoubt = std::chrono::hours(24);
// A wall clock that nothing has contradicted for so long is worth remembering; a robot's
// disk is not written more often than that.
inline constexpr Microseconds kRememberEvery = std::chrono::hours(1);

class KnownTime {
 public:
  // `world` outlives it. `proven_s`: as Prove().
  KnownTime(World& world, std::uint64_t proven_s);

  // That this Unix time has passed for sure: the program was built, a contract that is
  // obeyed was signed, or it was remembered. Never goes back.
  void Prove(std::uint64_t unix_s);

  // What is known now. Cheap, and wakes nobody. A clock that is synchronised but behind
  // what is proven, or in doubt, is not taken as synchronised.
  [[nodiscard]] contract::TimeKnowledge Look();

  // A Unix time to be remembered as passed. Of the wall clock never more than `end_s`,
  // the end of the contract that is obeyed: to keep that one from coming back it is
  // enough, and a time server that lied for long cannot spoil the next one.
  [[nodiscard]] std::uint64_t ToRemember(std::uint64_t end_s);
  // The same once in kRememberEvery, and nothing in between.
  [[nodiscard]] std::optional<std::uint64_t> DueToRemember(std::uint64_t end_s);

 private:
  struct Sight {  // of a synchronised wall clock
    std::uint64_t wall_s;
    Instant at;
  };
  // Proven, and the time that has passed since by a slow boot clock.
  [[nodiscard]] std::uint64_t Sure(Instant now) const;
  // The wall clock of now, if it is believed.
  [[nodiscard]] std::optional<std::uint64_t> Believed(Instant now);
  [[nodiscard]] static bool Agrees(const Sight& before, std::uint64_t wall_s,
                                   Instant now);

  World& world_;
  std::uint64_t proven_s_;
  Instant proven_at_;
  std::optional<Sight> believed_;  // the first of a row that agrees with the boot clock
  std::optional<Sight> doubted_;   // the first of another such row
  Instant remembered_at_;
};

}  // namespace torpor::agent
