// From a state folder to a page on disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/result.h"
#include "report/collect.h"

namespace torpor::report {

struct Written {
  std::uint64_t cycles = 0;
  std::uint64_t bytes = 0;
  std::string headline;  // how it went, in a few words
};

// Writes the report, in place of what has this name. When it fails, `problem` names the
// file.
//   kIo  the page cannot be written
//   and what Collect() refuses
[[nodiscard]] Result<Written> WritePage(const Wishes& wishes,
                                        const std::filesystem::path& page,
                                        std::string& problem);

}  // namespace torpor::report
