#include "power/wake_sources.h"

#include <algorithm>
#include <charconv>

#include "power/meter.h"

namespace torpor::power {
namespace {

constexpr const char* kSources = "sys/class/wakeup";

std::uint64_t Number(const std::optional<std::string>& text) {
  std::uint64_t number = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

}  // namespace

std::vector<WakeSource> ReadWakeSources(const SysTree& tree) {
  std::vector<WakeSource> sources;
  for (std::string& id : tree.List(kSources)) {
    const std::string at = std::string(kSources) + "/" + id + "/";
    WakeSource source;
    source.id = std::move(id);
    source.name = tree.Read(at + "name").value_or(source.id);
    source.wakeups = Number(tree.Read(at + "wakeup_count"));
    source.events = Number(tree.Read(at + "event_count"));
    source.actives = Number(tree.Read(at + "active_count"));
    source.active = Number(tree.Read(at + "active_time_ms")) > 0;
    sources.push_back(std::move(source));
  }
  return sources;
}

std::vector<WakeSource> WokenBetween(const std::vector<WakeSource>& before,
                                     const std::vector<WakeSource>& after) {
  for (const auto count :
       {&WakeSource::wakeups, &WakeSource::events, &WakeSource::actives}) {
    std::vector<WakeSource> woken;
    for (const WakeSource& now : after) {
      const auto then = std::ranges::find(before, now.id, &WakeSource::id);
      // Another device may have come to the number of one that went.
      const bool known = then != before.end() && then->name == now.name;
      if (now.*count > (known ? (*then).*count : 0)) woken.push_back(now);
    }
    if (!woken.empty()) return woken;
  }
  return {};
}

std::optional<std::string> WakingInterrupt(const SysTree& tree) {
  // It becomes a part of a path: a number, or nothing.
  const auto irq = WholeNumber(tree.Read("sys/power/pm_wakeup_irq").value_or(""));
  if (!irq || *irq < 0) return std::nullopt;
  const std::string number = std::to_string(*irq);
  const auto actions = tree.Read("sys/kernel/irq/" + number + "/actions");
  return actions && !actions->empty() ? *actions : "irq " + number;
}

}  // namespace torpor::power
