// A file that is either the old one or the new one, whatever happens in between.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"

namespace torpor::train {

// As contract/sign/durable.h has it, and says why not.
//   kIo  no permission, no room, no folder; `problem` says which. The old file stays.
[[nodiscard]] Status WriteDurably(const std::filesystem::path& path,
                                  std::span<const std::byte> bytes, std::string& problem);

//   kFileMissing   there is none
//   kFileTooLarge  more than `most` bytes
//   kIo            anything else
[[nodiscard]] Result<std::vector<std::byte>> ReadWhole(const std::filesystem::path& path,
                                                       std::size_t most);

// SHA-512 cut to 256 bits, as everywhere.
[[nodiscard]] Digest DigestOf(std::span<const std::byte> bytes);

}  // namespace torpor::train
