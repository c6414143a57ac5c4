// Who holds the GPU's devices open: a channel that is open and idle can keep its rail up
// for as long as it lives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "power/sys_tree.h"

namespace torpor::power {

struct Holder {
  int pid = 0;
  std::string comm;         // as the process calls itself
  std::string device;       // one of them: "/dev/nvhost-gpu"
  std::uint32_t count = 0;  // descriptors of such devices

  friend bool operator==(const Holder&, const Holder&) = default;
};

struct Holders {
  std::vector<Holder> found;  // who holds most comes first
  std::size_t closed = 0;     // processes whose descriptors may not be looked at
  bool cut = false;           // there are more than were looked at
};

inline constexpr std::size_t kMostProcesses = 512;
inline constexpr std::size_t kMostDescriptors = 4096;

// Looks at the links in /proc/PID/fd, oldest processes first; nothing that they lead to
// is opened, and nobody is woken. Another user's processes can only be looked at with
// CAP_SYS_PTRACE.
[[nodiscard]] Holders FindHolders(const SysTree& tree);

}  // namespace torpor::power
