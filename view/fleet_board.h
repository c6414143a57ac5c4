// What is known of each robot of a fleet at a moment: told cycle by cycle, asked for as a
// table with the worst robots first.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "contract/terms.h"
#include "core/time.h"
#include "simulate/fleet.h"
#include "telemetry/cycle_record.h"

namespace torpor::view {

// The first that holds; an operator sees to them in this order.
enum class Plight : std::uint8_t {
  kRefuses,   // to work: the firmware's contract is another
  kSilent,    // not heard kSilentAfter behind the time that it promised to report by
  kAlarm,     // its bearing
  kInBreach,  // of its contract, in its last cycle
  kDeviates,
  kWell,
  kNotYet,  // nothing was to be heard so far
};
inline constexpr std::size_t kPlights = 7;
// Behind a promise that was broken, as the alert on silent robots has it.
inline constexpr Microseconds kSilentAfter = std::chrono::seconds(120);

enum class RobotStep : std::uint8_t {
  kUnknown,
  kCollecting,
  kInferring,
  kJudging,
  kReporting,
  kAsleep,
};

struct FleetRow {
  std::string robot;
  Plight plight = Plight::kNotYet;
  RobotStep step = RobotStep::kUnknown;
  std::optional<telemetry::CycleRecord> last;  // of the cycles that it lived
  std::optional<Microseconds> heard;           // so long ago
};

struct FleetCounts {
  std::size_t robots = 0, asleep = 0, awake = 0, inferring = 0;
  std::array<std::size_t, kPlights> of{};  // robots by Plight
  std::size_t in_breach = 0, alarms = 0;   // whatever else befalls them
  std::uint64_t cycles = 0;                // that were told of
  [[nodiscard]] std::size_t Of(Plight plight) const {
    return of[static_cast<std::size_t>(plight)];
  }
};

struct FleetPicture {
  Instant at{};
  FleetCounts counts;
  std::vector<FleetRow> rows;  // the worst first, then by name
};

class FleetBoard {
 public:
  static constexpr std::size_t kMostEvents = 200;

  // `terms` outlive it.
  FleetBoard(const contract::Terms& terms, std::uint32_t robots);

  void Take(const simulate::FleetCycle& cycle);
  void Take(const simulate::FleetEvent& event);
  void Reported(std::uint32_t number, Instant at, Status became);

  [[nodiscard]] FleetPicture At(Instant now) const;

  struct Event {
    std::string words;
    bool bad = false;
  };
  [[nodiscard]] const std::deque<Event>& events() const { return events_; }

 private:
  struct Robot {
    std::string name;
    std::optional<telemetry::CycleRecord> last;
    Instant woke{}, reports{}, wakes_again{};
    std::optional<Instant> reported;  // whether or not it arrived
    std::optional<Instant> heard;
    Instant promised{};  // to be heard again by then
    bool in_breach = false, refuses = false;
  };
  [[nodiscard]] FleetRow RowOf(const Robot& robot, Instant now) const;

  const contract::Terms* terms_;
  std::vector<Robot> robots_;
  std::deque<Event> events_;
  std::uint64_t cycles_ = 0;
};

}  // namespace torpor::view
