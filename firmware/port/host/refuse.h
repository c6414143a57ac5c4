// How this folder's programs end when they cannot go on.
#pragma once

#include "simulate/refusal.h"

namespace torpor::firmware::host {

// Says it to people and as JSON, both on standard error; returns the exit code.
int Refuse(const simulate::Refusal& why);

}  // namespace torpor::firmware::host
