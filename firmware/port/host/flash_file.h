// A file that behaves as NOR flash: erased bits are ones, programming clears bits, and
// only erasing a whole sector sets them again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "firmware/port/host/descriptor.h"
#include "simulate/refusal.h"

namespace torpor::firmware::host {

inline constexpr std::uint32_t kSectorBytes = 4096;
inline constexpr std::uint32_t kSectors = 10;
inline constexpr std::uint32_t kGranuleBytes = 8;
// The file of a board under QEMU is all of that board's memory; torpor's flash comes
// first.
inline constexpr std::size_t kBoardBytes = std::size_t{16} << 20U;

enum class Missing : std::uint8_t { kRefuse, kMake };

// One process at a time. Readable by its owner alone: the pairing key is in it.
class FlashFile {
 public:
  //   kFileMissing     there is none, and it may not be made
  //   kKeyFileExposed  group or others may read or write it
  //   kFlashMalformed  neither as long as this flash nor a board's memory
  //   kIo              no permission, or another firmware runs with it
  static simulate::Attempt<FlashFile> Open(const std::string& path, Missing missing);

  bool Read(std::uint32_t address, std::span<std::byte> out) const;
  bool Erase(std::uint32_t sector);
  bool Program(std::uint32_t address, std::span<const std::byte> bytes);

 private:
  FlashFile(Descriptor file, std::vector<std::byte> bytes)
      : file_(std::move(file)), bytes_(std::move(bytes)) {}
  bool Keep(std::size_t from, std::size_t size);

  Descriptor file_;
  std::vector<std::byte> bytes_;
};

}  // namespace torpor::firmware::host
