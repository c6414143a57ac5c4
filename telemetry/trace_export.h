// A robot's cycles in formats that viewers of others read. Cycles go through one at a
// time: a month takes no more memory than a minute.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "telemetry/trace_cycle.h"

namespace torpor::telemetry {

class TraceExport {
 public:
  TraceExport() = default;
  TraceExport(const TraceExport&) = delete;
  TraceExport& operator=(const TraceExport&) = delete;
  virtual ~TraceExport() = default;

  // Appends the bytes of one more cycle to `out`, of whatever stands before the first one
  // as well. In the order in which they happened.
  virtual void Add(const TracedCycle& cycle, std::string& out) = 0;
  // And of whatever stands behind the last one.
  virtual void End(std::string& out) = 0;
};

// Perfetto's protobuf format (ui.perfetto.dev, trace_processor): a process for the robot
// with a track of nested slices for its cycles and their steps, one for batches, one for
// each holder of leases, one for deviations and alarms, and one for each counter.
// Times are nanoseconds of the boot clock. Traces of several robots can be put one
// behind the other.
std::unique_ptr<TraceExport> MakePerfettoExport(std::string robot);

// Chrome's JSON format (chrome://tracing and others), with the same tracks; times are
// microseconds.
std::unique_ptr<TraceExport> MakeChromeExport(std::string robot);

// A name of a track, counter or flow as a number that is hardly another's (FNV-1a).
constexpr std::uint64_t TraceId(std::string_view robot, std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::string_view part : {robot, std::string_view("\n"), name}) {
    for (const char c : part) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
  }
  return hash | 1U;  // 0 is no track
}

}  // namespace torpor::telemetry
