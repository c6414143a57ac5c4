// Reading and writing the files that trust rests on. Host only.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"

namespace torpor::contract::sign {

enum class Secrecy : std::uint8_t { kPublic, kSecret };

// The whole file.
//   kFileMissing     there is none
//   kFileTooLarge    more than max_bytes
//   kKeyFileExposed  secret, but group or others may read or write it
//   kIo              anything else: a folder, no permission, a bad disk
Result<std::vector<std::byte>> ReadFile(const std::string& path, std::size_t max_bytes,
                                        Secrecy secrecy = Secrecy::kPublic);

// A new file, synced to disk; readable by the owner alone when secret. To replace one:
// contract/sign/durable.h.
//   kFileExists  something is there; it is left alone
//   kIo          no permission, no room, no folder
Status WriteNewFile(const std::string& path, std::span<const std::byte> bytes,
                    Secrecy secrecy = Secrecy::kPublic);

}  // namespace torpor::contract::sign
