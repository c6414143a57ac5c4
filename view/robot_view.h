// One robot on a screen, and as a line or an object a cycle where there is no screen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "view/robot_reading.h"
#include "view/standing.h"
#include "view/text.h"

namespace torpor::view {

// By which clock it is judged how the robot stands.
enum class Clock : std::uint8_t {
  kNow,   // this machine's
  kLast,  // the moment of the last commit: of a life that is over, or simulated
  kGiven,
};

struct RobotShow {
  std::int64_t now_us = 0;  // Unix time
  Clock clock = Clock::kNow;
  std::size_t back = 0;  // cycles before the newest, of the one that is shown
  bool help = false;
};

// The screen from its first line on, as many as it has rows, the most important first;
// none is wider than it. `rows` 0: all there is to say, without the line of keys.
[[nodiscard]] std::vector<Line> RobotLines(const RobotReading& reading,
                                           const RobotShow& show, const Look& look);

// "asleep since 20:41:58, ..." and so on; of kOverdue in capitals.
[[nodiscard]] std::string InWords(const Standing& standing, const RobotReading& reading,
                                  std::int64_t now_us);
[[nodiscard]] std::string_view NameOf(Doing doing);  // "asleep", "overdue" and so on

// One cycle as one line, and as an object on a line; unknown is null.
[[nodiscard]] std::string PlainLine(const telemetry::CycleRecord& record,
                                    const RobotReading& reading);
[[nodiscard]] std::string JsonLine(const telemetry::CycleRecord& record,
                                   const RobotReading& reading);
// How it stands by the clock; `event` says why that is told: "now" or "overdue".
[[nodiscard]] std::string StandingJson(const RobotReading& reading, const RobotShow& show,
                                       std::string_view event);

}  // namespace torpor::view
