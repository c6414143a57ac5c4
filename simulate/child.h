// A program started by another: it dies with the thread that started it, however that
// ends, and is ended by its own id.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/result.h"

namespace torpor::simulate {

struct ChildOutput {
  std::filesystem::path out;  // file for standard output; empty: ours
  std::filesystem::path err;  // file for standard error; empty: ours
};

class Child {
 public:
  // Starts argv[0], which is a path.
  //   kFileMissing  there is no such program
  //   kOs           it could not be started, or a file of its output not be opened
  static Result<Child> Start(const std::vector<std::string>& argv,
                             const ChildOutput& output);

  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();  // asks it to end, waits two seconds, then kills it

  // Waits for its end. Its exit code, or 128 + the signal that ended it.
  int Wait();
  void Ask(int signal) const;
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool running();

 private:
  explicit Child(pid_t pid) : pid_(pid) {}
  bool Reap(int flags);

  pid_t pid_ = -1;
  int code_ = -1;  // once reaped
};

// The folder of the running program; its companions are there.
std::filesystem::path ProgramFolder();

}  // namespace torpor::simulate
