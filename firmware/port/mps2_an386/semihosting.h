// Calls to whoever runs the image: QEMU, or a debugger. They take no time of the board's.
// Source: Arm, Semihosting for AArch32 and AArch64, chapters 5 (handles) and 6
// (operations).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace torpor::firmware::mps2 {

// How the image ends. Below 64 and above 78 on purpose: sysexits lie between.
enum class Exit : int {
  kGood = 0,
  kPowerCut = 80,             // the flash was told to fail here
  kWatchdog = 97,             // the main loop has not turned for minutes
  kUnexpectedInterrupt = 98,  // nobody has enabled it
  kFault = 99,                // of the processor
};
[[noreturn]] void End(int exit_code);
[[noreturn]] inline void End(Exit why) { End(static_cast<int>(why)); }

// The words behind -semihosting-config arg=, with a space between; empty when there are
// none or more than fit.
std::string_view CommandLine(std::span<char> room);

// A file of the host's, for reading or for writing; blocks as the host's does. The path
// ends with a zero.
class HostFile {
 public:
  enum class For : unsigned { kReading = 1, kWriting = 5 };  // "rb", "wb"
  HostFile() = default;
  HostFile(const char* path, For what);
  [[nodiscard]] bool open() const { return handle_ >= 0; }
  // All of it or false.
  [[nodiscard]] bool Read(std::span<std::byte> out) const;
  [[nodiscard]] bool Write(std::span<const std::byte> bytes) const;

 private:
  int handle_ = -1;
};

}  // namespace torpor::firmware::mps2
