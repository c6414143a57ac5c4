// Reading a file of which only a generous bound is known, with memory for what it has.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "contract/sign/files.h"

namespace torpor::model::tensorrt {

// As contract::sign::ReadFile, which takes memory for `max_bytes` at once.
//   kFileTooLarge  also for a file that grew meanwhile
inline Result<std::vector<std::byte>> ReadSized(const std::string& path,
                                                std::size_t max_bytes) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (!error && size > max_bytes) return Status::kFileTooLarge;
  return contract::sign::ReadFile(path, error ? 0 : static_cast<std::size_t>(size));
}

}  // namespace torpor::model::tensorrt
