#include "bench/cycle/process_usage.h"

#include <time.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include "power/context_switches.h"

namespace torpor::bench {
namespace {

std::string Contents(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::uint64_t FirstNumber(std::string_view text) {
  const auto digit = text.find_first_of("0123456789");
  std::uint64_t number = 0;
  if (digit != std::string_view::npos) {
    std::from_chars(text.data() + digit, text.data() + text.size(), number);
  }
  return number;
}

}  // namespace

std::uint64_t NumberOf(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.starts_with(key)) return FirstNumber(line.substr(key.size()));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return 0;
}

Nanoseconds RunTimeOf(std::string_view schedstat) {
  return Nanoseconds(FirstNumber(schedstat));
}

Result<Nanoseconds> CpuClock(int pid) {
  clockid_t clock{};
  timespec spent{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &spent) != 0) {
    return Status::kOs;
  }
  return std::chrono::seconds(spent.tv_sec) + Nanoseconds(spent.tv_nsec);
}

Result<Usage> ReadUsage(int pid) {
  const auto clock = CpuClock(pid);
  const auto threads = power::ReadContextSwitches(pid);
  if (!clock.ok() || !threads.ok()) return Status::kOs;
  Usage usage;
  usage.own_clock = *clock;
  usage.threads = threads->size();
  usage.switches = power::SwitchesBetween({}, *threads);
  const std::filesystem::path process = "/proc/" + std::to_string(pid);
  for (const power::ThreadSwitches& thread : *threads) {
    usage.scheduled +=
        RunTimeOf(Contents(process / "task" / std::to_string(thread.tid) / "schedstat"));
  }
  const std::string memory = Contents(process / "smaps_rollup");
  usage.rss_kib = NumberOf(memory, "Rss:");
  usage.pss_kib = NumberOf(memory, "Pss:");
  if (usage.rss_kib == 0) return Status::kOs;
  usage.written_bytes = NumberOf(Contents(process / "io"), "write_bytes:");
  return usage;
}

}  // namespace torpor::bench
