// What simulated runs have in common: when compressed ones begin, and a folder that is
// made anew and never somebody else's.
#pragma once

#include <cstdint>
#include <filesystem>

#include "simulate/refusal.h"

namespace torpor::simulate {

// 2026-11-23 00:00 UTC: the same run gives the same bytes.
inline constexpr std::int64_t kRunBegins = 1'795'392'000'000'000;

// Makes the folder; one that an earlier run made is removed before.
//   kFileExists  it is there, and no run's
//   kIo          it cannot be made
Attempt<int> MakeRunFolder(const std::filesystem::path& folder);

}  // namespace torpor::simulate
