// What torpor doctor looks at before a robot is deployed: each check says what it found,
// why it matters, in watts where they are known, and how to mend it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "contract/terms.h"
#include "power/sys_tree.h"

namespace torpor::cli {

enum class Health : std::uint8_t {
  kGood,
  kBad,      // the robot would refuse, or burn what it must not
  kUnknown,  // this machine does not say: never taken for good
};
std::string_view Name(Health health);

struct Check {
  std::string what;  // "GPU clocks"
  Health health{};
  std::string found;
  std::string why;   // it matters; empty when all is well
  std::string mend;  // likewise
};

// Of the machine's computer alone. `sleep_mode` is the contract's, where there is one.
std::vector<Check> CheckMachine(const power::SysTree& sys,
                                std::optional<contract::SleepMode> sleep_mode);

struct RobotFiles {
  std::string contract, pairing, link, state, robot;
  std::vector<std::string> keyring, groups;
};

// Of the contract, its keys and what the robot is to reach, as far as they are named.
// `terms` gets those of a contract that is good.
std::vector<Check> CheckRobot(const RobotFiles& files,
                              std::optional<contract::Terms>& terms);

// Whether somebody takes connections at a gateway's address, within two seconds. Nothing
// is pushed: a push would replace what the robot has told.
Check CheckGateway(const std::string& gateway);

}  // namespace torpor::cli
