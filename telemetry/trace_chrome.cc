// Chrome's JSON ("Trace Event Format"): an object with traceEvents, of which X is a span,
// i a point, C a counter, s and f the ends of a flow, M says what things are called.
#include <array>
#include <cstdio>
#include <map>
#include <utility>

#include "telemetry/trace_export.h"
#include "telemetry/trace_timeline.h"

namespace torpor::telemetry {
namespace {

std::string Args(const std::vector<TraceFact>& facts) {
  std::string args = "{";
  for (const TraceFact& fact : facts) {
    if (args.size() > 1) args += ',';
    args += JsonText(fact.name) + ':' + JsonText(fact.words);
  }
  return args + '}';
}

class Chrome final : public TraceExport {
 public:
  explicit Chrome(std::string robot)
      : robot_(std::move(robot)), process_(TraceId(robot_, "process") & 0x3FFFFFFF) {}

  void Add(const TracedCycle& cycle, std::string& out) override {
    Begin(out);
    const DrawnCycle drawn = timeline_.Draw(cycle);
    for (const DrawnSpan& span : drawn.spans) Span(span, TrackOf(span, out), out);
    for (const DrawnPoint& point : drawn.points) {
      const unsigned track = Track("deviations and alarms", out);
      Event("i", point.name, point.at_us, track,
            ",\"s\":\"t\",\"args\":" + Args(point.facts), out);
    }
    for (const TraceNumber& number : drawn.numbers) {
      std::array<char, 48> value{};
      std::snprintf(value.data(), value.size(), "%.9g", number.value);
      const std::string name =
          number.unit.empty() ? number.name : number.name + " (" + number.unit + ")";
      Event("C", name, drawn.at_us, 0,
            std::string(",\"args\":{\"value\":") + value.data() + '}', out);
    }
  }

  void End(std::string& out) override {
    Begin(out);
    out += "\n],\"displayTimeUnit\":\"ms\",\"otherData\":{\"robot\":" +
           JsonText(Shown(robot_)) + ",\"clock\":\"boot\"}}\n";
  }

 private:
  void Begin(std::string& out) {
    if (std::exchange(begun_, true)) return;
    out += "{\"traceEvents\":[";
    Called("process_name", 0, "\"name\":" + JsonText("robot " + Shown(robot_)), out);
  }

  void Event(std::string_view kind, std::string_view name, std::int64_t at_us,
             unsigned track, std::string_view more, std::string& out) {
    out += std::exchange(first_, false) ? "\n" : ",\n";
    out.append("{\"ph\":\"").append(kind).append("\",\"name\":").append(JsonText(name));
    out += ",\"cat\":\"torpor\",\"pid\":" + std::to_string(process_) +
           ",\"tid\":" + std::to_string(track) + ",\"ts\":" + std::to_string(at_us);
    out.append(more).append("}");
  }

  void Called(std::string_view what, unsigned track, std::string_view args,
              std::string& out) {
    Event("M", what, 0, track, ",\"args\":{" + std::string(args) + '}', out);
  }

  unsigned Track(const std::string& name, std::string& out) {
    const auto [known, is_new] =
        tracks_.try_emplace(name, static_cast<unsigned>(tracks_.size() + 1));
    if (is_new) {
      Called("thread_name", known->second, "\"name\":" + JsonText(name), out);
      Called("thread_sort_index", known->second,
             "\"sort_index\":" + std::to_string(known->second), out);
    }
    return known->second;
  }

  unsigned TrackOf(const DrawnSpan& span, std::string& out) {
    switch (span.track) {
      case TraceTrack::kCycles:
        return Track("cycles", out);
      case TraceTrack::kBatches:
        return Track("batches", out);
      default:
        return Track("lease: " + span.holder, out);
    }
  }

  void Span(const DrawnSpan& span, unsigned track, std::string& out) {
    Event("X", span.name, span.begin_us, track,
          ",\"dur\":" + std::to_string(span.end_us - span.begin_us) +
              ",\"args\":" + Args(span.facts),
          out);
    if (span.flow != 0) {
      const bool begins = span.track == TraceTrack::kBatches;
      Event(begins ? "s" : "f", "batch", span.begin_us, track,
            ",\"id\":" + std::to_string(span.flow) + (begins ? "" : ",\"bp\":\"e\""),
            out);
    }
    for (const DrawnSpan& inner : span.within) Span(inner, track, out);
  }

  std::string robot_;
  std::uint64_t process_;
  TraceTimeline timeline_;
  std::map<std::string, unsigned> tracks_;
  bool begun_ = false, first_ = true;
};

}  // namespace

std::unique_ptr<TraceExport> MakeChromeExport(std::string robot) {
  return std::make_unique<Chrome>(std::move(robot));
}

}  // namespace torpor::telemetry
