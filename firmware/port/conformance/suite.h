// What firmware/core/port.h promises, tried on a board: the same checks for every port.
// It needs the two ends of the link joined (a wire from transmitter to receiver, or
// somebody who sends back what comes), and it uses the whole flash: provision the board
// afterwards.
#pragma once

#include <cstddef>
#include <string_view>

#include "contract/terms.h"

namespace torpor::firmware::conformance {

struct Check {
  std::string_view name;           // the port's function, a dot, what it must do
  const char* (*run)() = nullptr;  // what is wrong, or nothing
};

// Runs all, a line each on the console:
//   ok NAME   |   FAILED NAME: why   |   idle: asleep for 2 s   |   restart: run me again
// The last one comes when all has been run; after a restart it looks for what it had left
// in the flash and does no more. `terms` has one sensor that the board can be, and its
// window. With `only`, no more than the checks whose names begin so. How many failed.
int RunSuite(const contract::Terms& terms, std::string_view only = {});

// A window of 500 ms of 3200 Hz on three axes, which every port under test here has.
contract::Terms UsualTerms();

// While it runs.
const contract::Terms& TermsUnderTest();

}  // namespace torpor::firmware::conformance
