// The live view of one robot: a screen, or lines where there is none.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "contract/terms.h"
#include "core/status.h"
#include "view/robot_view.h"

namespace torpor::view {

struct RobotTop {
  std::filesystem::path state;
  std::optional<contract::Terms> contract;  // to judge by; none: that of the folder
  bool json = false;                        // lines of JSON, on a terminal as well
  bool plain = false;                       // lines, on a terminal as well
  bool once = false;
  // Nothing: of a simulated life its own last moment, of others this machine's clock.
  std::optional<Clock> clock;
  std::int64_t given_us = 0;  // of Clock::kGiven
};

struct TopEnded {
  Status status = Status::kOk;
  std::string subject;  // whose trouble it is
};

// Shows it until the user, a signal or the end of the journal says stop. Waits for the
// journal to be written to; a timer of its own moves the clock on a screen, and wakes no
// machine that is suspended.
//   kFileMissing  no journal, or it was moved or removed meanwhile
//   kIo           the folder cannot be watched, or standard output takes no more
// and whatever JournalReader says.
[[nodiscard]] TopEnded ShowRobot(const RobotTop& options);

// The moment by which the robot is judged, and by whose clock.
[[nodiscard]] RobotShow ShowOf(const RobotTop& options, const RobotReading& reading,
                               std::int64_t now_us);

// A terminal's columns, or 80; UTF-8 by the locale; all the rows that it takes.
[[nodiscard]] Look LookOfOutput();

}  // namespace torpor::view
