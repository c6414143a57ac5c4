#include "power/interrupts.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "power/kernel_text.h"

namespace torpor::power {
namespace {

constexpr std::size_t kMostNamed = 4;
constexpr std::size_t kMostLines = 4096;
// A count that is larger was never counted, and a sum of them would overflow.
constexpr std::uint64_t kLargestCount = std::uint64_t{1} << 53U;

// The next word, and what follows it.
std::string_view TakeWord(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

std::string_view Trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

// "4-edge", "Level", "6-fasteoi": how the line is triggered, which who asked for it
// follows.
bool IsTrigger(std::string_view word) {
  return word == "Edge" || word == "Level" || word.ends_with("-edge") ||
         word.ends_with("-level") || word.ends_with("-fasteoi");
}

// What the kernel writes after the counts: the controller, the line's number there, the
// trigger, who asked for it. Of one that is no device's, what it is.
std::string_view NameIn(std::string_view words) {
  for (std::string_view rest = words; !rest.empty();) {
    if (!IsTrigger(TakeWord(rest))) continue;
    const std::string_view who = Trimmed(rest);
    return who.empty() ? Trimmed(words) : who;  // nobody asked, or it was given back
  }
  return Trimmed(words);
}

std::optional<InterruptLine> LineOf(std::string_view row, std::size_t cpus) {
  const std::size_t colon = row.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view label = Trimmed(row.substr(0, colon));
  if (label.empty() || label.find(' ') != std::string_view::npos) return std::nullopt;
  row.remove_prefix(colon + 1);
  InterruptLine line;
  line.label = NameOf(label);
  for (std::size_t i = 0; i < cpus; ++i) {
    const auto count = CountOf(std::string(TakeWord(row)));
    if (!count || *count > kLargestCount) return std::nullopt;
    line.count = std::min(line.count + *count, kLargestCount);
  }
  const std::string_view name = NameIn(row);
  line.name = NameOf(name.empty() ? label : name);
  return line;
}

// The next row with its end, of which the last may have none; empty when there is none.
std::string_view TakeRow(std::string_view& table) {
  const std::string_view row =
      table.substr(0, std::min(table.find('\n'), table.size() - 1) + 1);
  table.remove_prefix(row.size());
  return row;
}

std::size_t CpusIn(std::string_view header) {
  std::size_t cpus = 0;
  while (TakeWord(header).starts_with("CPU")) ++cpus;
  return cpus;
}

// Whether one row of it is understood.
bool IsTable(std::string_view table) {
  if (table.empty()) return false;
  const std::string_view header = TakeRow(table);
  const std::size_t cpus = CpusIn(header.substr(0, header.find('\n')));
  while (cpus > 0 && !table.empty()) {
    const std::string_view row = TakeRow(table);
    if (row.ends_with('\n') && LineOf(row.substr(0, row.size() - 1), cpus)) return true;
  }
  return false;
}

}  // namespace

Interrupts ParseInterrupts(std::string_view table) {
  Interrupts found;
  std::vector<InterruptLine>& lines = found.lines;
  std::size_t end = table.find('\n');
  if (end == std::string_view::npos) return found;
  const std::size_t cpus = CpusIn(table.substr(0, end));
  if (cpus == 0) return found;
  found.cpus = Trimmed(table.substr(0, end));
  for (table.remove_prefix(end + 1); lines.size() < kMostLines;) {
    end = table.find('\n');
    if (end == std::string_view::npos) break;
    if (auto line = LineOf(table.substr(0, end), cpus)) lines.push_back(std::move(*line));
    table.remove_prefix(end + 1);
  }
  return found;
}

std::optional<std::string> ReadInterrupts(const SysTree& tree) {
  auto table = tree.ReadLong("proc/interrupts", kMaxInterruptBytes);
  if (!table || !IsTable(*table)) return std::nullopt;
  return table;
}

std::optional<Interrupted> InterruptsBetween(const Interrupts& earlier,
                                             const Interrupts& later) {
  if (earlier.cpus != later.cpus) return std::nullopt;
  const std::vector<InterruptLine>&before = earlier.lines, &after = later.lines;
  Interrupted found;
  std::vector<std::pair<std::uint64_t, const InterruptLine*>> grown;
  std::size_t hint =
      0;  // both are in the kernel's order: the next is most often the next
  for (const InterruptLine& now : after) {
    const auto same = [&now](const InterruptLine& then) {
      return then.label == now.label && then.name == now.name;
    };
    auto then = hint < before.size() && same(before[hint])
                    ? before.begin() + static_cast<std::ptrdiff_t>(hint)
                    : std::ranges::find_if(before, same);
    std::uint64_t times = now.count;
    if (then != before.end()) {
      hint = static_cast<std::size_t>(then - before.begin()) + 1;
      if (then->count <= now.count) times -= then->count;
    }
    if (times == 0) continue;
    found.times += times;
    grown.emplace_back(times, &now);
  }
  std::ranges::stable_sort(grown, std::greater<>(),
                           [](const auto& of) { return of.first; });
  for (std::size_t i = 0; i < grown.size() && i < kMostNamed; ++i) {
    if (i > 0) found.busiest += ", ";
    found.busiest += grown[i].second->name + " " + std::to_string(grown[i].first);
  }
  return found;
}

std::optional<Interrupted> InterruptsBetween(std::string_view earlier,
                                             std::string_view later) {
  std::string before, after;
  // The header names the processors: it stays.
  bool header = true;
  while (!earlier.empty() && !later.empty()) {
    const std::string_view then = TakeRow(earlier), now = TakeRow(later);
    if (!std::exchange(header, false) && then == now) continue;
    before += then;
    after += now;
  }
  before += earlier;
  after += later;
  return InterruptsBetween(ParseInterrupts(before), ParseInterrupts(after));
}

}  // namespace torpor::power
