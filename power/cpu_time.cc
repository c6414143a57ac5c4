#include "power/cpu_time.h"

#include <cstdint>
#include <string>
#include <vector>

#include "power/kernel_text.h"

namespace torpor::power {

std::optional<Microseconds> ReadCpuTime(const SysTree& tree, int pid) {
  const std::string tasks =
      "proc/" + (pid == 0 ? std::string("self") : std::to_string(pid)) + "/task";
  const std::vector<std::string> threads = tree.List(tasks);
  if (threads.empty() || threads.size() > kMostThreads) return std::nullopt;
  constexpr std::uint64_t kLargest = std::uint64_t{1} << 62U;
  std::uint64_t nanoseconds = 0;
  for (const std::string& thread : threads) {
    const auto text = tree.Read(tasks + "/" + thread + "/schedstat");
    if (!text) continue;  // it has just ended
    const auto ran = CountOf(text->substr(0, text->find(' ')));
    if (!ran || *ran > kLargest - nanoseconds) return std::nullopt;
    nanoseconds += *ran;
  }
  // Whoever asks has run.
  if (nanoseconds == 0) return std::nullopt;
  return Microseconds(static_cast<std::int64_t>(nanoseconds / 1000));
}

}  // namespace torpor::power
