#include "power/context_switches.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "power/sys_tree.h"

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

// A process that has one thread asks about itself without opening a file, three times a
// cycle; the kernel adds the number of threads to the links of the folder of tasks.
std::optional<ThreadSwitches> OnlyThread() {
  constexpr nlink_t kLinksOfAFolder = 2;
  struct stat tasks {};
  rusage usage{};
  if (::stat("/proc/self/task", &tasks) != 0 || tasks.st_nlink != kLinksOfAFolder + 1 ||
      ::getrusage(RUSAGE_THREAD, &usage) != 0) {
    return std::nullopt;
  }
  constexpr std::size_t kLongestName = 16;
  std::array<char, kLongestName> name{};
  ::prctl(PR_GET_NAME, name.data());
  return ThreadSwitches{.tid = ::gettid(),
                        .name = name.data(),
                        .voluntary = static_cast<std::uint64_t>(usage.ru_nvcsw),
                        .involuntary = static_cast<std::uint64_t>(usage.ru_nivcsw),
                        .asleep = false};
}

}  // namespace

Result<std::vector<ThreadSwitches>> ReadContextSwitches(int pid) {
  if (pid == 0) {
    if (auto only = OnlyThread()) return std::vector{*std::move(only)};
  }
  const SysTree tree;
  const std::string tasks =
      "proc/" + (pid == 0 ? std::string("self") : std::to_string(pid)) + "/task";
  std::vector<ThreadSwitches> threads;
  for (const std::string& tid : tree.List(tasks)) {
    const auto status = tree.Read(tasks + "/" + tid + "/status");
    if (!status) continue;  // it has ended
    ThreadSwitches thread;
    std::from_chars(tid.data(), tid.data() + tid.size(), thread.tid);
    for (std::string_view rest = *status; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (line.starts_with("Name:\t")) thread.name = line.substr(6);
      if (line.starts_with("State:")) {
        const auto letter = line.find_first_not_of(" \t", 6);
        thread.asleep = letter != std::string_view::npos &&
                        std::string_view("SDI").find(line[letter]) != std::string::npos;
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
