#include "cli/tables.h"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <utility>

#include "contract/energy.h"
#include "contract/sign/quantity.h"
#include "contract/wire_size.h"

namespace torpor::cli {
namespace {

using contract::Terms;
using contract::sign::FormatQuantity;

__attribute__((format(printf, 2, 3))) void Put(std::string& text, const char* format,
                                               ...) {
  std::array<char, 256> line{};
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line.data(), line.size(), format, arguments);
  va_end(arguments);
  text += line.data();
}

std::string Time(Milliseconds t) {
  return FormatQuantity(static_cast<std::uint64_t>(t.count()),
                        contract::sign::TimeUnits());
}
std::string Power(Microwatts p) {
  return FormatQuantity(static_cast<std::uint64_t>(p.value),
                        contract::sign::PowerUnits());
}
// Always joules, so that a column can be added up.
std::string Joules(Microjoules e) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%lld.%06lld J",
                static_cast<long long>(e.value / 1'000'000),
                static_cast<long long>(e.value % 1'000'000));
  return text.data();
}

template <std::size_t kSteps>
void PutTimeline(std::string& text, const char* title, Milliseconds period,
                 const std::array<std::pair<const char*, Milliseconds>, kSteps>& steps) {
  Put(text, "%s\n  %-18s %10s %12s\n", title, "step", "time", "until");
  Milliseconds sum{};
  for (const auto& [name, time] : steps) {
    sum += time;
    Put(text, "  %-18s %10s %12s\n", name, Time(time).c_str(), Time(sum).c_str());
  }
  Put(text, "  %-18s %10s %12s  %s\n\n", "sum, period", Time(sum).c_str(),
      Time(period).c_str(), sum == period ? "closes" : "DOES NOT CLOSE");
}

void PutTimelines(std::string& text, const Terms& t) {
  using Step = std::pair<const char*, Milliseconds>;
  PutTimeline(text, "The firmware's timeline", t.period,
              std::array{Step{"sample", t.sample}, Step{"guard", t.mcu_guard},
                         Step{"sleep", t.mcu_sleep}});
  PutTimeline(
      text, "The computer's timeline", t.period,
      std::array{Step{"wake", t.wake}, Step{"collect", t.collect}, Step{"infer", t.infer},
                 Step{"release", t.release}, Step{"judge", t.judge},
                 Step{"report", t.report}, Step{"sleep", t.computer_sleep}});
}

void PutBatch(std::string& text, const Terms& t) {
  std::size_t bytes = 0;
  Put(text, "A batch\n");
  for (const contract::Sensor& sensor : t.sensors()) {
    const std::size_t own = contract::BatchBytes(sensor, t.sample);
    bytes += own;
    Put(text, "  sensor %-3u %8u samples x %u axes x 2 bytes = %7zu bytes\n", sensor.id,
        contract::FramesPerBatch(sensor, t.sample), sensor.axes, own);
  }
  Put(text, "  in a slot of the firmware       %7zu of %zu bytes\n", bytes,
      contract::kSlotBytes);
  Put(text, "  on the wire, framing included   %7zu of %u bytes\n",
      contract::BatchWireBytes(bytes), t.link_batch_wire_bytes);
  if (t.link_baud == 0) return;
  Put(text, "  hand-over at %u baud        %7llu of %lld ms to collect\n\n", t.link_baud,
      static_cast<unsigned long long>(
          contract::HandOverMilliseconds(t.link_batch_wire_bytes, t.link_baud)),
      static_cast<long long>(t.collect.count()));
}

void PutEnergy(std::string& text, const Terms& t) {
  const contract::CycleEnergy cycle = contract::ModelledCycle(t);
  Put(text, "Energy of a cycle, at the contract's own worst powers\n");
  Put(text, "  %-18s %10s x %10s = %16s %16s\n", "phase", "time", "power", "energy",
      "sum");
  Nanojoules sum{};
  for (const contract::PhaseEnergy& phase : cycle.phases) {
    sum += phase.energy;
    Put(text, "  %-18s %10s x %10s = %16s %16s\n", std::string(phase.name).c_str(),
        Time(std::chrono::duration_cast<Milliseconds>(phase.time)).c_str(),
        Power(phase.power).c_str(), Joules(RoundUp(phase.energy)).c_str(),
        Joules(RoundUp(sum)).c_str());
  }
  Put(text, "  %-18s %26s %16s %16s\n", "transition", "",
      Joules(cycle.transition).c_str(), Joules(cycle.total).c_str());
  const Microjoules needed = contract::WithMargin(cycle.total, t.budget_margin_permille);
  Put(text, "  %-18s %26s %16s %16s\n", "margin",
      FormatQuantity(t.budget_margin_permille, contract::sign::ShareUnits()).c_str(),
      Joules(needed - cycle.total).c_str(), Joules(needed).c_str());
  Put(text, "  %-18s %61s  %s\n", "budget of a cycle", Joules(t.cycle_budget).c_str(),
      needed > t.cycle_budget ? "EXCEEDED" : "holds");
  if (t.period.count() == 0) return;
  const Microjoules hour = contract::PerHour(t.cycle_budget, t.period);
  Put(text, "  %-18s %44s %16s  %s\n", "budget of an hour", Joules(hour).c_str(),
      Joules(t.hour_budget).c_str(), hour > t.hour_budget ? "EXCEEDED" : "holds");
}

void PutRefusal(std::string& text, const Terms& t) {
  if (t.period.count() == 0) return;
  const contract::RefusalEnergy hour = contract::RefusingHour(t);
  Put(text, "\nEnergy of an hour in which firmware and computer refuse\n");
  const auto part = [&text](const char* name, const std::string& how, Microjoules energy,
                            Microjoules sum) {
    Put(text, "  %-18s %26s %16s %16s\n", name, how.c_str(), Joules(energy).c_str(),
        Joules(sum).c_str());
  };
  part("mcu asleep", "1 h x " + Power(t.power.mcu_sleep), hour.mcu_asleep,
       hour.mcu_asleep);
  part("computer asleep", "1 h x " + Power(t.power.computer_sleep), hour.computer_asleep,
       hour.mcu_asleep + hour.computer_asleep);
  part("a wake a period", Joules(hour.one_wake) + " / " + Time(t.period), hour.wakes,
       hour.total);
  Put(text, "  %-18s %61s  %s\n", "budget of an hour", Joules(t.hour_budget).c_str(),
      hour.total > t.hour_budget ? "EXCEEDED" : "holds");
}

}  // namespace

std::string ExplainTables(const Terms& terms) {
  std::string text;
  PutTimelines(text, terms);
  PutBatch(text, terms);
  PutEnergy(text, terms);
  PutRefusal(text, terms);
  return text;
}

}  // namespace torpor::cli
