// Secrets that the command line names the files of: a word each, never in an argument.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "core/result.h"

namespace torpor::agent {

// The lines of a secret's file, each of printable characters without a space; the last
// one may end with a line break.
//   kKeyFileExposed  others than its owner may read or write it
//   kKeyMalformed    another number of lines, or something else in one
//   kFileMissing  kFileTooLarge  kIo  as contract::sign::ReadFile()
Result<std::vector<std::string>> ReadSecret(const std::filesystem::path& path,
                                            std::size_t lines);

}  // namespace torpor::agent
