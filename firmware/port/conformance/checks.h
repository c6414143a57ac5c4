// The checks by what they are about; suite.cc runs them in this order.
#pragma once

#include <span>

#include "firmware/port/conformance/suite.h"

namespace torpor::firmware::conformance {

std::span<const Check> TimeChecks();
std::span<const Check> LinkChecks();
std::span<const Check> SensorChecks();
std::span<const Check> FlashChecks();
std::span<const Check> OtherChecks();

// What FlashChecks() leave behind, for after a restart.
bool LeaveMark();
bool HasMark();
bool RemoveMark();

}  // namespace torpor::firmware::conformance
