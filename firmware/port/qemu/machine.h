// QEMU's mps2-an386 with an image, a flash file and a link: the process, and the two
// pipes over which the image asks for what QEMU does not have.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firmware/port/host/descriptor.h"
#include "firmware/port/mps2_an386/channel.h"
#include "simulate/refusal.h"

namespace torpor::firmware::qemu {

struct MachineOptions {
  std::string image;
  std::string flash;                // grows to the size of the board's memory
  std::optional<std::string> link;  // of a unix socket; none in a compressed run
  std::vector<std::string> words;   // of the image's command line
};

struct Request {
  channel::Kind kind{};
  std::vector<std::byte> body;
};

class Machine {
 public:
  // The flash must be locked by the caller: only one machine may run with it.
  //   kFileMissing  no image, or no qemu-system-arm
  //   kUsage        a path is too long for the image's command line
  //   kOs, kIo      pipes or process cannot be made
  static simulate::Attempt<Machine> Start(const MachineOptions& options);

  Machine(Machine&& other) noexcept;
  Machine& operator=(Machine&&) = delete;
  ~Machine();  // kills it, removes the pipes

  // The next request; none when the machine has ended or somebody asked this program to.
  [[nodiscard]] std::optional<Request> Next();
  void Answer(std::span<const std::byte> body);

  // Kills it if it still runs. The image's own exit code; 0 when it was killed.
  int End();

 private:
  Machine() = default;
  bool WaitFor(int fd, short events);
  bool ReadAll(std::span<std::byte> out);
  void WriteAll(std::span<const std::byte> bytes);
  void PassWords();

  pid_t pid_ = -1;
  std::string pipes_;  // their names before the suffix
  host::Descriptor asks_, answers_, words_;
  std::string line_;  // of QEMU's words, not yet whole
};

}  // namespace torpor::firmware::qemu
