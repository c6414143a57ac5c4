// The contract that people ask a robot to obey next: a file in its state folder, which
// `torpor contract stage` puts there and torpord takes. The folder itself is the lock
// that keeps the two apart, for as long as a rename takes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "contract/sign/durable.h"
#include "core/result.h"

namespace torpor::contract::sign {

inline constexpr const char* kWantedFile = "wanted.bundle";
// Of the two contracts that a robot may have; which one it obeys, its firmware says.
inline constexpr std::array kSlotFiles = {"contract-a.bundle", "contract-b.bundle"};

// Which file was read: whatever replaces it is another.
struct WantedMark {
  std::uint64_t device = 0, inode = 0;
  std::int64_t changed_s = 0, changed_ns = 0;
  friend bool operator==(const WantedMark&, const WantedMark&) = default;
};

struct WantedFile {
  Result<std::vector<std::byte>> bundle;  // as ReadBundle(); unverified
  WantedMark mark;
};

// Takes the place of what was wanted before. Waits while torpord removes that.
//   kIo  errno says why
[[nodiscard]] Status PutWanted(const std::filesystem::path& folder,
                               std::span<const std::byte> bundle,
                               Disk& disk = SystemDisk());

// Nothing when nobody wants anything, or when it is being put there at this moment.
[[nodiscard]] std::optional<WantedFile> ReadWanted(const std::filesystem::path& folder);

// Removes the file that was read; a newer one stays, and all is well.
//   kStateLocked  a newer one is being put there at this moment; nothing was done
//   kIo           errno says why
[[nodiscard]] Status RemoveWanted(const std::filesystem::path& folder,
                                  const WantedMark& mark, Disk& disk = SystemDisk());

}  // namespace torpor::contract::sign
