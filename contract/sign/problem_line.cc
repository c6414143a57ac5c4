#include "contract/sign/problem_line.h"

namespace torpor::contract::sign {

std::string ProblemLine(const std::string& file, std::size_t line, std::size_t column,
                        std::string what) {
  constexpr std::size_t kMost = 400;
  if (what.size() > kMost) what = what.substr(0, kMost) + "...";
  for (char& c : what) {
    if (c < ' ' || c > '~') c = '?';
  }
  return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + what;
}

}  // namespace torpor::contract::sign
