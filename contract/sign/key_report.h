// What a robot says of its keys to the people who make them: torpord writes it into its
// state folder, `torpor status` reads it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "contract/sign/durable.h"
#include "core/result.h"
#include "core/status.h"

namespace torpor::contract::sign {

inline constexpr const char* kKeyReportFile = "keys.json";

struct RefusedKey {
  std::uint32_t version = 0;  // of the keyring; 0: the pairing key
  Status reason = Status::kOk;
  std::string text;  // one line for people
  friend bool operator==(const RefusedKey&, const RefusedKey&) = default;
};

struct KeyReport {
  std::uint32_t keyring = 0;          // in force on the computer
  std::uint32_t firmware = 0;         // as the firmware last stated; 0: not yet
  bool pairing_changes = false;       // a new pairing key has not reached it yet
  std::optional<RefusedKey> refused;  // the last that waits or was not taken
  friend bool operator==(const KeyReport&, const KeyReport&) = default;
};

//   kFileMissing     nothing has been said yet
//   kStateMalformed  the file is damaged
//   kIo              it cannot be read
[[nodiscard]] Result<KeyReport> LoadKeyReport(const std::filesystem::path& folder);

// Everybody may read it.
//   kIo  see ReplaceFile()
[[nodiscard]] Status SaveKeyReport(const std::filesystem::path& folder,
                                   const KeyReport& report, Disk& disk = SystemDisk());

}  // namespace torpor::contract::sign
