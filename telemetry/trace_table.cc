#include "telemetry/trace_table.h"

#include <array>
#include <cmath>
#include <cstdarg>
#include <cstdio>

#include "core/status_table.h"
#include "telemetry/trace_timeline.h"

namespace torpor::telemetry {
namespace {

constexpr std::array<const char*, 3> kVerdicts = {"normal", "anomaly", "abstain"};

__attribute__((format(printf, 1, 2))) std::string Text(const char* format, ...) {
  std::array<char, 160> text{};
  va_list values;
  va_start(values, format);
  std::vsnprintf(text.data(), text.size(), format, values);
  va_end(values);
  return text.data();
}

const char* VerdictOf(const CycleRecord& record) {
  return kVerdicts[std::min<std::size_t>(static_cast<std::size_t>(record.verdict), 2)];
}

double Seconds(Instant at) {
  return 1e-6 * static_cast<double>(SinceBootMicroseconds(at));
}
double Seconds(Microseconds us) { return 1e-6 * static_cast<double>(us.count()); }

Microseconds TimeOf(const TracedCycle& cycle, TraceStep step) {
  Microseconds sum{};
  for (const StepSpan& span : cycle.steps) {
    if (span.step == step) sum += span.end - span.begin;
  }
  return sum;
}

std::string NumberOrNull(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? Text("%.9g", *value) : "null";
}

// "name":value pairs and lists of JSON.
class Json {
 public:
  Json& Add(std::string_view name, std::string_view value) {
    text_ += text_.empty() ? "" : ",";
    text_ += JsonText(name) + ':';
    text_ += value;
    return *this;
  }
  Json& Add(std::string_view name, std::uint64_t value) {
    return Add(name, std::string_view(std::to_string(value)));
  }
  Json& Words(std::string_view name, std::string_view value) {
    return Add(name, std::string_view(JsonText(Shown(value))));
  }
  [[nodiscard]] std::string object() const { return '{' + text_ + '}'; }

 private:
  std::string text_;
};

template <class Items, class Write>
std::string List(const Items& items, Write write) {
  std::string list = "[";
  for (const auto& item : items) {
    if (list.size() > 1) list += ',';
    list += write(item);
  }
  return list + ']';
}

std::string Span(const char* what, std::string_view name, Instant begin, Instant end,
                 bool revoked) {
  Json json;
  json.Words(what, name);
  json.Add("begin", Text("%.6f", Seconds(begin))).Add("end", Text("%.6f", Seconds(end)));
  if (revoked) json.Add("revoked", "true");
  return json.object();
}

std::string JoulesOf(const RailJoules& rail) {
  Json json;
  json.Words("rail", rail.rail).Words("how", Name(rail.how));
  constexpr std::array<const char*, kPhases> kNames = {
      "wake", "collect", "infer", "release", "judge", "report", "sleep"};
  for (std::size_t i = 0; i < kPhases; ++i) {
    json.Add(kNames[i],
             rail.phases[i]
                 ? Text("%.6f", static_cast<double>(rail.phases[i]->value) / 1e6)
                 : "null");
  }
  return json.object();
}

}  // namespace

std::string TraceTableHead() {
  return Text("%8s %14s %9s %9s %9s %9s %9s %9s %10s  %-8s %s\n", "cycle", "woke s",
              "slept s", "collect", "infer", "release", "judge", "report", "joules",
              "verdict", "leases in ms; deviations");
}

std::string TraceTableRow(const TracedCycle& cycle) {
  const auto ms = [&](TraceStep step) { return 1e3 * Seconds(TimeOf(cycle, step)); };
  const CycleRecord& r = cycle.record;
  std::string row = Text(
      "%8llu %14.6f %9.3f %9.3f %9.3f %9.3f %9.3f %9.3f %10.3f  %-8s",
      static_cast<unsigned long long>(r.cycle), Seconds(r.woke),
      Seconds(TimeOf(cycle, TraceStep::kSleep)), ms(TraceStep::kCollect),
      ms(TraceStep::kInfer), ms(TraceStep::kRelease), ms(TraceStep::kJudge),
      ms(TraceStep::kReport), static_cast<double>(r.energy.value) / 1e6, VerdictOf(r));
  for (const LeaseSpan& lease : cycle.leases) {
    row += ' ' + Shown(lease.holder, 40) +
           Text(" %.3f%s;", 1e3 * Seconds(lease.end - lease.begin),
                lease.revoked ? " REVOKED" : "");
  }
  for (const Deviation& deviation : r.deviations) {
    row += ' ' + std::string(Info(deviation.what).name) + ';';
  }
  return row + '\n';
}

std::string TraceJsonLine(const TracedCycle& cycle) {
  const CycleRecord& r = cycle.record;
  Json json;
  json.Add("cycle", r.cycle).Add("woke", Text("%.6f", Seconds(r.woke)));
  json.Add("wall", Text("%.6f", static_cast<double>(r.wall_us) / 1e6));
  if (!cycle.boot.empty()) json.Words("boot", cycle.boot);
  if (cycle.due != Instant{}) json.Add("due", Text("%.6f", Seconds(cycle.due)));
  json.Words("contract", r.contract).Words("verdict", VerdictOf(r));
  if (r.why_abstained != Status::kOk) {
    json.Words("why_abstained", Info(r.why_abstained).name);
  }
  json.Add("score", NumberOrNull(r.score)).Add("alarm", r.alarm ? "true" : "false");
  json.Add("steps", List(cycle.steps, [](const StepSpan& span) {
             return Span("step", Name(span.step), span.begin, span.end, false);
           }));
  json.Add("leases", List(cycle.leases, [](const LeaseSpan& lease) {
             return Span("holder", lease.holder, lease.begin, lease.end, lease.revoked);
           }));
  json.Add("batch", r.batch_sequence);
  json.Add("batch_age", Text("%.6f", Seconds(r.batch_age)));
  json.Add("dropped", Json()
                          .Add("overrun", r.dropped_overrun)
                          .Add("stale", r.dropped_stale)
                          .Add("corrupt", r.dropped_corrupt)
                          .Add("gap", r.dropped_gap)
                          .object());
  json.Add("energy_joules", Text("%.6f", static_cast<double>(r.energy.value) / 1e6));
  json.Add("metered", r.metered ? "true" : "false");
  json.Add("rails", List(r.rails, JoulesOf));
  json.Add("wakeups_awake", r.wakeups_awake).Add("wakeups_asleep", r.wakeups_asleep);
  json.Add("slept", NumberOrNull(r.slept));
  if (r.sleep) {
    json.Words("gpu_before", r.sleep->gpu_before).Words("gpu_after", r.sleep->gpu_after);
    json.Words("hot_because", r.sleep->causes);
  }
  json.Add("deviations", List(r.deviations, [](const Deviation& deviation) {
             return Json()
                 .Add("number", static_cast<std::uint64_t>(deviation.what))
                 .Words("reason", Info(deviation.what).name)
                 .Words("detail", deviation.detail)
                 .object();
           }));
  json.Add("left_out", cycle.left_out);
  return json.object() + '\n';
}

}  // namespace torpor::telemetry
