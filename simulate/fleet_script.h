// What goes wrong in a simulated fleet, when, for how long and with whom: a line each.
//
//   # at   for   who        what
//     10m  12m   5          never-sleeps
//     20m  10m   all        gateway-down
//     35m  5m    25%        push-loss 50%
//     50m  end   sim-0007   clock-step -1h
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "simulate/refusal.h"

namespace torpor::simulate {

enum class Trouble : std::uint8_t {
  kNeverSleeps,     // awake from one waking to the next, and its watchdog does not bite
  kHotGpu,          // somebody else keeps a GPU context through each sleep
  kWoken,           // scheduled in each sleep
  kLinkDown,        // between computer and microcontroller
  kFailingBearing,  // each score is above the threshold
  kSilent,          // the computer is off
  kWrongContract,   // refuses to work, says so once and stays down
  kClockStep,       // the wall clock is set wrong by so much; set right at the end
  kPartition,       // nothing that it pushes arrives
  kPushLoss,        // so much of what it tries does not arrive
  kWrongType,       // its page says of a counter that it is a gauge
  kGarbage,         // its page is no text
  kGatewayDown,     // of the site: refuses every connection
};
inline constexpr std::size_t kTroubles = 13;

// As a script has it: never-sleeps, hot-gpu and so on.
std::string_view NameOf(Trouble trouble);
// For people, one line each: name, its value if it takes one, what it does.
std::string TroubleTable();

struct Scripted {
  Trouble what{};
  Instant from{}, to{};             // half-open; Instant::max(): to the end
  double share = 0;                 // kPushLoss: of tries that are lost, 0 to 1
  Microseconds step{};              // kClockStep
  std::vector<std::uint32_t> whom;  // robots from 1 on, ascending; all of kGatewayDown
  std::string line;                 // as it was written
};

// Which robots a line with a number or a share of them means follows from `seed`. They
// are chosen among those that no other such line means, so that a robot has one trouble.
// `source` names the script in refusals.
//   kFleetScript  a line is not of the form above, names nobody, or wants more robots
//                 than are left; the refusal says which line
[[nodiscard]] Attempt<std::vector<Scripted>> ParseFleetScript(std::string_view text,
                                                              std::string_view source,
                                                              std::uint32_t robots,
                                                              std::uint64_t seed);

// "90s", "10m", "1h", "1.5h": more than nothing and at most 100 days.
[[nodiscard]] std::optional<Microseconds> ParseSpan(std::string_view text);

// "sim-0001": what a robot of a simulated fleet is called.
[[nodiscard]] std::string FleetRobotName(std::uint32_t number);

}  // namespace torpor::simulate
