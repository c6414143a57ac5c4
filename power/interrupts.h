// What interrupted the processors: the kernel counts each line on each of them. A machine
// whose deepest idle state is never reached is often kept up by a device, and this says
// by which one. Reading the counts wakes nobody.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "power/sys_tree.h"

namespace torpor::power {

struct InterruptLine {
  std::string label;        // of the kernel's table: "41", "LOC", "IPI0"
  std::string name;         // of who asked for it, "virtio1-req.0"; printable
  std::uint64_t count = 0;  // on all processors together, since boot

  friend bool operator==(const InterruptLine&, const InterruptLine&) = default;
};

// What is read of the table, at most: ten times that of a board with 12 processors.
inline constexpr std::size_t kMaxInterruptBytes = 512 * 1024;

struct Interrupts {
  std::string cpus;  // that the table counts, by name: those that are online
  std::vector<InterruptLine> lines;
};

// Of the text of /proc/interrupts. A row that is not understood is left out, and so is
// the last where the text ends within it; the rows ERR and MIS, which belong to no
// processor, count errors and not interrupts. Source: Linux kernel/irq/proc.c,
// show_interrupts; arch/*/kernel/irq.c, arch_show_interrupts.
Interrupts ParseInterrupts(std::string_view table);

// The table as the kernel writes it. None: there is no such file, it may not be read, or
// nothing in it is understood.
std::optional<std::string> ReadInterrupts(const SysTree& tree);

struct Interrupted {
  std::uint64_t times = 0;
  std::string busiest;  // "arch_timer 812, virtio1-req.0 20", at most four; empty: none

  friend bool operator==(const Interrupted&, const Interrupted&) = default;
};

// Between two readings. Lines are known by label and name; one that is new, or whose
// count went back, counts whole: it was made in between. Nothing when other processors
// are online: the table forgets what one that left has counted, and gives it back with
// it.
std::optional<Interrupted> InterruptsBetween(const Interrupts& earlier,
                                             const Interrupts& later);

// The same of two tables as they stand. Rows that did not change, which most of them did
// not, are not taken apart.
std::optional<Interrupted> InterruptsBetween(std::string_view earlier,
                                             std::string_view later);

}  // namespace torpor::power
