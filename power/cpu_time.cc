#include "power/cpu_time.h"

#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "power/kernel_text.h"

namespace torpor::power {
namespace {

constexpr std::size_t kFirstAfterName = 3;  // of the fields, as proc(5) counts them
constexpr std::size_t kUser = 14, kSystem = 15;
// Of ticks; a larger one was never counted, and sums would overflow.
constexpr std::uint64_t kLargest = std::uint64_t{1} << 40U;

std::optional<Microseconds> OwnClock() {
  timespec spent{};
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent) != 0) return std::nullopt;
  return std::chrono::duration_cast<Microseconds>(
      std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec));
}

}  // namespace

std::optional<Microseconds> ReadCpuTime(const SysTree& tree, int pid) {
  if (pid == 0 && tree.is_the_kernels()) return OwnClock();
  const auto text =
      tree.Read("proc/" + (pid == 0 ? "self" : std::to_string(pid)) + "/stat");
  if (!text) return std::nullopt;
  // A process may have spaces and brackets in its name.
  const std::size_t name_end = text->rfind(") ");
  if (name_end == std::string::npos) return std::nullopt;
  std::string_view rest = std::string_view(*text).substr(name_end + 2);
  std::uint64_t ticks = 0;
  for (std::size_t field = kFirstAfterName; field <= kSystem; ++field) {
    const std::size_t end = rest.find(' ');
    if (end == std::string_view::npos) return std::nullopt;
    if (field >= kUser) {
      const auto count = CountOf(std::string(rest.substr(0, end)));
      if (!count || *count > kLargest) return std::nullopt;
      ticks += *count;
    }
    rest.remove_prefix(end + 1);
  }
  const long per_second = ::sysconf(_SC_CLK_TCK);
  if (per_second <= 0) return std::nullopt;
  return Microseconds(static_cast<std::int64_t>(ticks) * 1'000'000 / per_second);
}

}  // namespace torpor::power
