// What a trace is drawn from, whatever it is drawn with: each cycle's spans on one line
// of time that never runs backwards, and where its points and counters stand on it. The
// boots of a machine follow each other by the wall clock's word for the time between.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/trace_cycle.h"

namespace torpor::telemetry {

// One value of one cycle, or one fact that belongs to a span.
struct TraceNumber {
  std::string name;
  double value = 0;
  std::string unit;  // "J"; empty: a number of things
};

struct TraceFact {
  std::string name;
  std::string words;
};

// A track holds spans and points, in order; spans lie beside or within each other.
enum class TraceTrack : std::uint8_t { kCycles, kBatches, kDeviations, kLease };

struct DrawnSpan {
  TraceTrack track{};
  std::string holder;  // of kLease: each has a track of its own
  std::string name;
  std::int64_t begin_us = 0, end_us = 0;
  std::uint64_t flow = 0;  // the batch that goes on elsewhere under this number; 0: none
  std::vector<TraceFact> facts;
  std::vector<DrawnSpan> within;
};

struct DrawnPoint {
  std::string name;
  std::int64_t at_us = 0;
  std::vector<TraceFact> facts;
};

// One cycle, ready to be drawn. Times are of the first boot's clock.
struct DrawnCycle {
  std::vector<DrawnSpan> spans;    // in order for each track
  std::vector<DrawnPoint> points;  // deviations, alarms, boots; in order
  std::int64_t at_us = 0;          // where the numbers are known: its end
  std::vector<TraceNumber> numbers;
  std::optional<std::int64_t> wall_us;  // at at_us
};

class TraceTimeline {
 public:
  // Cycles come in the order in which they happened.
  DrawnCycle Draw(const TracedCycle& cycle);

 private:
  // Onto the line; within it nothing is earlier than what its track has already.
  std::int64_t On(Instant at) const;
  std::pair<std::int64_t, std::int64_t> Place(const std::string& track, Instant begin,
                                              Instant end);
  void Move(const TracedCycle& cycle, DrawnCycle& drawn);

  std::optional<std::string> boot_;
  std::int64_t shift_us_ = 0;   // of this boot's clock
  std::int64_t latest_us_ = 0;  // the last cycle's end, on the line
  std::int64_t wall_offset_us_ = 0;
  // A name, as long as there are not too many of them: nobody looks at a hundred tracks,
  // and a file that somebody made up could name any number.
  std::string Known(std::string name);

  std::map<std::string, std::int64_t> ends_;  // of each track
  std::set<std::string> names_;               // of holders and rails
};

// Texts that others wrote, as a viewer can be given them: UTF-8 whatever they were, and
// of at most so many bytes.
std::string Shown(std::string_view text, std::size_t longest = 1000);

// UTF-8 as a string of JSON, quotes included.
std::string JsonText(std::string_view text);

}  // namespace torpor::telemetry
