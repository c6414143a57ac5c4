// A damaged journal makes room for a new one, and is never deleted.
#pragma once

#include <filesystem>
#include <optional>

namespace torpor::telemetry {

inline constexpr int kMostMovedAside = 10'000;

// Renames a journal and its log to `path`.corrupt-N, N from 1 on, the first that is free,
// and makes that durable. Nothing when none is free or it cannot be renamed; the journal
// is then still there.
std::optional<std::filesystem::path> MoveAside(const std::filesystem::path& path);

// Makes a rename or a new file in a folder survive a power cut.
void SyncFolderOf(const std::filesystem::path& path);

}  // namespace torpor::telemetry
