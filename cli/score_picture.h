// A life as several detectors heard it: every channel over its own threshold, which is 1.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/status.h"
#include "detect/evaluation/machine.h"
#include "detect/evaluation/table.h"

namespace torpor::cli {

// A standalone SVG of one machine. Channels are the rows of kPictured that there are, of
// a network its first seed.
[[nodiscard]] std::string DrawMachine(
    const std::vector<detect::evaluation::ScoreTable>& tables,
    const std::vector<detect::evaluation::Machine>& machines, std::size_t machine);

// One ID.svg for each machine, in a folder that is made if need be.
//   kIo  a file cannot be written
[[nodiscard]] Status DrawScores(const std::vector<detect::evaluation::ScoreTable>& tables,
                                const std::vector<detect::evaluation::Machine>& machines,
                                const std::filesystem::path& folder);

}  // namespace torpor::cli
