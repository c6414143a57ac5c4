// Runs a program as a user would, for tests: a line of shell, what it printed, how it
// ended.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

namespace torpor {

struct Ran {
  int exit_code = -1;
  std::string out;  // standard output; both, in their order, where the line ends in 2>&1
};

inline Ran RunLine(const std::string& line) {
  Ran ran;
  FILE* pipe = ::popen(line.c_str(), "r");
  if (pipe == nullptr) return ran;
  std::array<char, 4096> part{};
  std::size_t n = 0;
  while ((n = std::fread(part.data(), 1, part.size(), pipe)) > 0) {
    ran.out.append(part.data(), n);
  }
  ran.exit_code = WEXITSTATUS(::pclose(pipe));
  return ran;
}

// Whether this machine makes pseudo-terminals; a root without /dev/pts does not.
inline bool HasPseudoTerminals() {
  return RunLine("script -qfc true /dev/null 2>&1 < /dev/null").exit_code == 0;
}

}  // namespace torpor
