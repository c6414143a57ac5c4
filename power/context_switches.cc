#include "power/context_switches.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

namespace torpor::power {
namespace {

std::uint64_t NumberAfter(std::string_view line, std::string_view key) {
  if (!line.starts_with(key)) return 0;
  line.remove_prefix(key.size());
  const auto digit = line.find_first_of("0123456789");
  std::uint64_t number = 0;
  if (digit != std::string_view::npos) {
    std::from_chars(line.data() + digit, line.data() + line.size(), number);
  }
  return number;
}

template <class Count>
std::uint64_t Between(const std::vector<ThreadSwitches>& before,
                      const std::vector<ThreadSwitches>& after, Count count) {
  std::uint64_t sum = 0;
  for (const ThreadSwitches& now : after) {
    const auto then = std::ranges::find(before, now.tid, &ThreadSwitches::tid);
    const std::uint64_t earlier = then == before.end() ? 0 : count(*then);
    sum += count(now) - std::min(earlier, count(now));
  }
  return sum;
}

}  // namespace

Result<std::vector<ThreadSwitches>> ReadContextSwitches(int pid) {
  const std::string process = pid == 0 ? "self" : std::to_string(pid);
  std::error_code error;
  std::filesystem::directory_iterator tasks("/proc/" + process + "/task", error);
  if (error) return Status::kOs;

  std::vector<ThreadSwitches> threads;
  for (const auto& task : tasks) {
    std::ifstream status(task.path() / "status");
    ThreadSwitches thread;
    const std::string tid = task.path().filename().string();
    std::from_chars(tid.data(), tid.data() + tid.size(), thread.tid);
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("Name:")) thread.name = line.substr(line.find('\t') + 1);
      if (line.starts_with("State:")) {
        const auto letter = line.find_first_not_of(" \t", 6);
        thread.asleep =
            letter != std::string::npos &&
            std::string_view("SDI").find(line[letter]) != std::string_view::npos;
      }
      thread.voluntary += NumberAfter(line, "voluntary_ctxt_switches:");
      thread.involuntary += NumberAfter(line, "nonvoluntary_ctxt_switches:");
    }
    threads.push_back(std::move(thread));
  }
  if (threads.empty()) return Status::kOs;
  std::ranges::sort(threads, {}, &ThreadSwitches::tid);
  return threads;
}

std::uint64_t VoluntaryBetween(const std::vector<ThreadSwitches>& before,
                               const std::vector<ThreadSwitches>& after) {
  return Between(before, after,
                 [](const ThreadSwitches& thread) { return thread.voluntary; });
}

std::string ScheduledBetween(const std::vector<ThreadSwitches>& before,
                             const std::vector<ThreadSwitches>& after) {
  constexpr std::size_t kMostNamed = 4;
  std::vector<std::pair<std::uint64_t, const ThreadSwitches*>> busy;
  for (const ThreadSwitches& thread : after) {
    const std::uint64_t count = VoluntaryBetween(before, {thread});
    if (count > 0) busy.emplace_back(count, &thread);
  }
  std::ranges::stable_sort(busy, std::ranges::greater{},
                           [](const auto& one) { return one.first; });
  std::string names;
  for (std::size_t i = 0; i < busy.size(); ++i) {
    if (i == kMostNamed) return names + ", and others";
    const auto& [count, thread] = busy[i];
    std::string name = thread->name.substr(0, 15);
    std::ranges::replace_if(
        name, [](char c) { return c < ' ' || c > '~' || c == '"' || c == '\\'; }, '?');
    names += (names.empty() ? "" : ", ") + name + " (" + std::to_string(thread->tid) +
             ") " + std::to_string(count);
  }
  return names;
}

std::uint64_t SwitchesBetween(const std::vector<ThreadSwitches>& before,
                              const std::vector<ThreadSwitches>& after) {
  return Between(before, after, [](const ThreadSwitches& thread) {
    return thread.voluntary + thread.involuntary;
  });
}

}  // namespace torpor::power
