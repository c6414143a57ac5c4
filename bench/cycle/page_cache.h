// Files that have to come from the disk again.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace torpor::bench {

// All of the machine's cached pages where this process may drop them (root), which is
// hard on whoever else works there; else those of the files alone. Says which. Pages that
// a running program has mapped stay either way, such as those of the C library.
std::string DropPageCache(const std::vector<std::filesystem::path>& files);

// What a process has mapped: its program and libraries.
[[nodiscard]] std::vector<std::filesystem::path> MappedFiles(int pid);

}  // namespace torpor::bench
