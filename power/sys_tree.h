// The kernel's own files about the machine (/sys, /proc), and the only way in which
// torpor reads them: opened, read and closed at once, and never a file whose reading
// wakes what it tells about.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torpor::power {

class SysTree {
 public:
  enum class Access : std::uint8_t { kRead, kListed, kRefused };
  // Sees every path before it is opened, from the root of the tree, without the slash
  // that begins it ("sys/class/rtc"), and every one that was refused.
  using Observer = std::function<void(std::string_view path, Access access)>;

  // More than an attribute of sysfs can hold on the machines that torpor runs on.
  static constexpr std::size_t kMaxBytes = 4096;
  // Of one folder, and of all that one pattern matches.
  static constexpr std::size_t kMaxNames = 4096;

  explicit SysTree(std::filesystem::path root = "/") : root_(std::move(root)) {}

  // Not a copy, nor one that a test or a simulator made: what the tree says of this
  // process, the kernel can be asked for.
  [[nodiscard]] bool is_the_kernels() const { return root_ == "/"; }

  // What one read(2) gives, at most kMaxBytes, without the white space around it; never
  // waits for a writer. Nothing where there is no such plain file, it cannot be opened or
  // read, or the path is forbidden; `why` then becomes the errno (EACCES where it is
  // forbidden). An attribute that is a link is not followed: its target could be another
  // name of a forbidden one.
  std::optional<std::string> Read(std::string_view path, int* why = nullptr) const;

  // A table that the kernel hands out in pieces, as it stands: to its end, or `most`
  // bytes of it. Nothing where Read would give nothing.
  std::optional<std::string> ReadLong(std::string_view path, std::size_t most) const;

  // Where a link leads, as it says itself: nothing of that place is opened. Nothing where
  // there is no link, it may not be read, or the path is forbidden.
  std::optional<std::string> Link(std::string_view path) const;

  // The names in a folder, sorted by bytes, without "." and ".."; none where it cannot be
  // read. Of more than kMaxNames it gives those that the kernel named first.
  std::vector<std::string> List(std::string_view folder) const;

  // Each path that fits a pattern in which a part of the path may hold one `*`
  // ("sys/class/devfreq/*/device"). The parts after the last star need not exist.
  std::vector<std::string> Match(std::string_view pattern) const;

  // Whether reading would wake a device, or leave the tree:
  //   .../load              nvgpu takes a power reference for it, and restarts the timer
  //                         that gates the rail
  //   .../config, vpd, current_link_speed, current_link_width (below sys/)
  //                         PCI resumes the device to read its registers
  //   dev/...               opening /dev/nvidia* resumes a suspended GPU
  //   a part that is ".."
  // In a build with assertions, and with nobody who observes, to ask for one aborts.
  // Sources: nvgpu rel-36, os/linux/sysfs.c gk20a_load_show; Linux drivers/pci/access.c
  // and pci-sysfs.c, pci_config_pm_runtime_get.
  static bool Forbids(std::string_view path);

  void ObserveWith(Observer observer) { observer_ = std::move(observer); }

 private:
  // The place of a path in the file system; nothing where it is forbidden.
  [[nodiscard]] std::optional<std::filesystem::path> Enter(std::string_view path,
                                                           Access access) const;
  enum class Pieces : bool { kOne, kAll };
  std::optional<std::string> ReadUpTo(std::string_view path, std::size_t most,
                                      Pieces pieces, int* why) const;

  std::filesystem::path root_;
  Observer observer_;
};

}  // namespace torpor::power
