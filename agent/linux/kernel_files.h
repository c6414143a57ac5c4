// The files of the kernel that torpord writes: few, each by its name, each in one
// write(2). What it reads goes through power::SysTree.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"
#include "power/sys_tree.h"

namespace torpor::agent {

class KernelFiles {
 public:
  explicit KernelFiles(std::filesystem::path root = "/")
      : root_(std::move(root)), tree_(root_) {}
  virtual ~KernelFiles() = default;
  KernelFiles(const KernelFiles&) = delete;
  KernelFiles& operator=(const KernelFiles&) = delete;

  [[nodiscard]] const power::SysTree& tree() const { return tree_; }

  // 0, or the errno with which the kernel did not take `text`. Returns when the kernel
  // has done what was asked: after the sleep, where `path` is sys/power/state.
  virtual int Write(std::string_view path, std::string_view text);

  // 0, or the errno with which writing would fail: EACCES without the permission, EROFS
  // where a container shows the file without giving it.
  [[nodiscard]] virtual int WhyNotWritable(std::string_view path) const;

  // Reads a file that may keep its reader waiting, without the white space around it;
  // nothing when it cannot be read, or kept us waiting for longer than `patience`. Not
  // for two threads at once.
  virtual std::optional<std::string> ReadPatiently(std::string_view path,
                                                   Microseconds patience);

 private:
  std::filesystem::path root_;
  power::SysTree tree_;
};

}  // namespace torpor::agent
