// Which program this is, so that the firmware learns what it talks to.
#pragma once

#include "core/bytes.h"

namespace torpor::agent {

// Digest of this executable; zeros when it cannot be read.
Digest ProgramDigest();

}  // namespace torpor::agent
