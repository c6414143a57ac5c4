// What the readings of meters come to: joules per phase and rail of one cycle. Pure: it
// is told the time and the readings.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/metered.h"
#include "core/time.h"
#include "core/units.h"
#include "power/meter.h"

namespace torpor::power {

// Of a cycle, numbered by whoever keeps the account.
inline constexpr std::size_t kPhases = 7;

struct RailEnergy {
  std::string rail;
  bool whole_machine = false;
  Metered how = Metered::kNot;
  // By phase. Nothing: unmetered. A phase that took no time cost 0 J.
  std::array<std::optional<Microjoules>, kPhases> phases{};
  std::string why;  // unmetered, or only bounded; empty otherwise

  // Of the whole cycle; nothing when any phase is unmetered.
  [[nodiscard]] std::optional<Microjoules> total() const;
};

// How the time since the last border was passed.
enum class Passed : std::uint8_t {
  kAwake,
  kAsleep,     // the machine ran on, and so did its meters
  kSuspended,  // the meters, too, were off, or began anew: whatever they say is no
               // measure
};

class EnergyAccount {
 public:
  explicit EnergyAccount(std::vector<Rail> rails);

  // Begins at `now`, with one reading per rail: nothing before it counts.
  void Begin(Instant now, std::span<const Reading> readings);

  // The time since the last border belonged to `phase`. Where it was passed asleep,
  // `awake_for` is how long ago the machine woke: rails that tell power are taken at this
  // reading if its window lies in the sleep, and else at the one before as a bound.
  void Border(std::size_t phase, Instant now, std::span<const Reading> readings,
              Passed passed = Passed::kAwake, Microseconds awake_for = {});

  // The cycle's energy so far, and the start of the next cycle at the last border.
  [[nodiscard]] std::vector<RailEnergy> TakeCycle();

  // Rails that could be read and then could not, since TakeCycle; in order, each once.
  [[nodiscard]] std::vector<std::string> lost() const;

  // What a rail that tells energy can gain at most, or it began anew: 500 W, and 10 J for
  // the counter's own step.
  static constexpr std::int64_t kMostWatts = 500;
  static constexpr Microjoules kSlack{10'000'000};

 private:
  struct Book {
    Rail rail;
    Reading last;       // at the last border
    bool lost = false;  // in this cycle: unmetered from there to its end
    bool told = false;  // of having been lost
    bool at_most = false;
    std::string why;
    std::array<std::int64_t, kPhases> spent{};  // uJ
    std::array<bool, kPhases> missing{};
  };
  struct Interval {
    std::size_t phase;
    Microseconds took;
    Passed passed;
    Microseconds awake_for;
  };
  static void Add(Book& book, const Interval& interval, Reading reading);
  static std::optional<std::int64_t> Counted(const Book& book, const Interval& interval,
                                             std::int64_t reading);
  static std::optional<std::int64_t> Sampled(Book& book, const Interval& interval,
                                             std::int64_t reading);

  std::vector<Book> books_;
  Instant last_{};
};

// The rail that speaks for the machine in this cycle: the first that carries all of it
// and was counted or sampled from end to end. A bound is no measurement. Nothing: the
// contract's model stands.
const RailEnergy* WholeMachine(std::span<const RailEnergy> rails);

}  // namespace torpor::power
