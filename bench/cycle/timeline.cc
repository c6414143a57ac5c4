#include "bench/cycle/timeline.h"

namespace torpor::bench {
namespace {

std::string Line(const char* key, Milliseconds time) {
  return std::string(key) + " = \"" + std::to_string(time.count()) + " ms\"";
}

}  // namespace

Timeline TwoSeconds() {
  return {.period = Milliseconds{2'000},
          .sample = Milliseconds{1'000},
          .guard = Milliseconds{100},
          .wake = Milliseconds{50},
          .collect = Milliseconds{300},
          .infer = Milliseconds{100},
          .release = Milliseconds{50},
          .judge = Milliseconds{100},
          .report = Milliseconds{200},
          .hello = Milliseconds{100},
          .wire_kilobytes = 22};
}

std::vector<std::string> KeysOf(const Timeline& timeline) {
  return {Line("period", timeline.period)};
}

std::vector<std::string> TablesOf(const Timeline& t) {
  return {
      "[mcu]",
      Line("sample", t.sample),
      Line("guard", t.guard),
      Line("sleep", t.period - t.sample - t.guard),
      "[computer]",
      Line("wake", t.wake),
      Line("collect", t.collect),
      Line("infer", t.infer),
      Line("release", t.release),
      Line("judge", t.judge),
      Line("report", t.report),
      Line("sleep", t.period - t.awake()),
      "[queue]",
      Line("max_age", 2 * t.period),  // a program that was started late is judged, too
      "[energy]",                     // nobody's: a period this short costs a robot more
      "budget = \"180 J\"",
      "hour_budget = \"" + std::to_string(180 * 3'600'000 / t.period.count()) + " J\"",
      "[detection]",
      "commissioning_cycles = 10",  // the least that a contract may ask for
      "[link]",
      Line("hello_timeout", t.hello),
      "batch_wire_bytes = \"" + std::to_string(t.wire_kilobytes) + " kB\""};
}

}  // namespace torpor::bench
