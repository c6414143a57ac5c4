#include "simulate/replay_assumptions.h"

#include <array>
#include <charconv>
#include <cstdio>

namespace torpor::simulate {
namespace {

using A = ReplayAssumptions;

constexpr std::array kAssumptions = {
    Assumption{"asleep-watts", "W", &A::asleep_watts, 0.1, 50, Basis::kSource,
               "Orin Nano, idle, processors at 729 MHz, GPU at 0 %: VDD_IN 3.31 W (a "
               "tegrastats log kept as a test fixture by a public project)"},
    Assumption{
        "awake-adds-watts", "W", &A::awake_adds_watts, 0, 50, Basis::kSum,
        "4.82 W idle at mixed clocks, GPU at 0 % (a tegrastats line in the tests of "
        "henrygd/beszel), less the 3.31 W above"},
    Assumption{
        "core-adds-watts", "W", &A::core_adds_watts, 0, 50, Basis::kSource,
        "Orin NX, one core of the same kind at 100 %: VDD_IN falls from 7.62 to 6.32 "
        "W in the second in which it ends (a public tegrastats log)"},
    Assumption{
        "resident-adds-watts", "W", &A::resident_adds_watts, 0, 50, Basis::kSum,
        "7.26 W idle with the GPU up at 1020 MHz, at 0 % (a public measurement with "
        "pinned clocks), less the 4.82 W awake; a stand-in: nobody has published "
        "what an idle session costs on this board"},
    Assumption{
        "gpu-work-adds-watts", "W", &A::gpu_work_adds_watts, 0, 50, Basis::kSum,
        "10.48 W with the GPU at 99 % and 911 MHz, processors at 1 to 3 % (a public "
        "benchmark of a language model), less the 7.26 W above"},
    Assumption{
        "rest-of-robot-watts", "W", &A::rest_of_robot_watts, 0, 5000, Basis::kFitted,
        "the story gives +30 % and not of how much. A small rover takes 16 W with "
        "its computer (Leo Rover 1.8: 64 Wh for 4 h); one of 100 W would show +6 %"},
    Assumption{"reserve-percent", "%", &A::reserve_percent, 0, 500, Basis::kSource,
               "beyond a planned shift: the least of the 20 to 40 % that a robot shop "
               "advises (RobotShop, \"operating time\")"},
    Assumption{"gpu-tail-seconds", "s", &A::gpu_tail_seconds, 0, 3600, Basis::kSource,
               "nvgpu's railgate_delay of the Orin: 500 ms after the last work"},
    Assumption{"session-seconds", "s", &A::session_seconds, 0, 600, Basis::kSource,
               "runtime, engine and context: 200 to 300 ms on a GTX 1070 "
               "(wang-xinyu/tensorrtx, issue 360)"},
    Assumption{
        "inference-seconds", "s", &A::inference_seconds, 0.001, 600, Basis::kSource,
        "the first one after a pause of 10 s takes 92 ms (reported in NVIDIA/TensorRT's "
        "issues 1005, 2042 and 2107)"},
    Assumption{
        "stray-work-seconds", "s", &A::stray_work_seconds, 0, 600, Basis::kFitted,
        "GPU work that one launch leaves behind when nobody waits for it or closes "
        "its session. Not published; 0 gives 8.6 W while there is a backlog, and a "
        "GPU that never rests 11.8 W: the story's 11 W is between"},
    Assumption{
        "old-link-baud", "baud", &A::old_link_baud, 9600, 10'000'000, Basis::kSum,
        "the slowest usual rate that carries the readings as they come: 3.2 kHz x 3 "
        "axes x 16 bit, 10 bits on the wire for 8, is 192,000"},
    Assumption{
        "old-link-acks-seconds", "s", &A::old_link_acks_seconds, 0, 600, Basis::kSum,
        "188 packets of 512 bytes, each waited for: 0.87 ms a round (measured under "
        "QEMU)"},
    Assumption{
        "ask-seconds", "s", &A::ask_seconds, 0.001, 600, Basis::kRule,
        "how long the old loop waits for an answer: warehouse-60s's hello_timeout"},
    Assumption{
        "hiccups-per-hour", "1/h", &A::hiccups_per_hour, 0, 1000, Basis::kFitted,
        "the story says that the connection hiccuped. Much rarer or shorter ones leave a "
        "backlog that is worked off now and then, and the script would have shown that"},
    Assumption{"hiccup-seconds", "s", &A::hiccup_seconds, 0.001, 36'000, Basis::kFitted,
               "on average; as above"},
    Assumption{
        "buffered-frame-seconds", "s", &A::buffered_frame_seconds, 5, 3600,
        Basis::kFitted,
        "from one buffered frame to the next: no pause between windows of 5 s while "
        "the buffer is not empty. With one a minute nothing could be inferred every "
        "7 s, and 5 s of readings take 5 s"},
    Assumption{
        "configurations-apart-seconds", "s", &A::configurations_apart_seconds, 0, 54,
        Basis::kTold,
        "the container image sleeps so much less than the firmware; which of the two "
        "was the shorter, the story does not say"},
    Assumption{"breaches-to-page", "cycles", &A::breaches_to_page, 1, 1000, Basis::kRule,
               "TorporSiteBreach, deploy/prometheus/torpor.rules.yml"},
    Assumption{"scrape-seconds", "s", &A::scrape_seconds, 1, 3600, Basis::kRule,
               "deploy/prometheus/prometheus.yml"},
    Assumption{"evaluation-seconds", "s", &A::evaluation_seconds, 1, 3600, Basis::kRule,
               "deploy/prometheus/torpor.rules.yml"},
    Assumption{"group-wait-seconds", "s", &A::group_wait_seconds, 0, 3600, Basis::kRule,
               "deploy/prometheus/alertmanager.yml"},
};
static_assert(kAssumptions.size() * sizeof(double) == sizeof(ReplayAssumptions),
              "each member has a row");

Refusal Usage(std::string what) { return Why(Status::kUsage, std::move(what)); }

// `text` broken into lines of at most `room` characters, each but the first led by
// `lead`.
std::string Wrapped(std::string_view text, std::size_t room, const std::string& lead) {
  std::string out;
  while (text.size() > room) {
    const std::size_t space = text.rfind(' ', room);
    out += std::string(text.substr(0, space)) + "\n" + lead;
    text.remove_prefix(space + 1);
  }
  return out + std::string(text);
}

}  // namespace

std::string_view Word(Basis basis) {
  switch (basis) {
    case Basis::kTold:
      return "told";
    case Basis::kSource:
      return "source";
    case Basis::kSum:
      return "sum";
    case Basis::kRule:
      return "shipped";
    case Basis::kFitted:
      return "FITTED";
  }
  return {};
}

std::span<const Assumption> Assumptions() { return kAssumptions; }

const Assumption* FindAssumption(std::string_view name) {
  for (const Assumption& row : kAssumptions) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

Attempt<ReplayAssumptions> Assume(const ReplayAssumptions& before,
                                  std::string_view name_and_value) {
  const std::size_t sign = name_and_value.find('=');
  if (sign == std::string_view::npos) {
    return Usage("'" + Printable(name_and_value) + "' is not NAME=VALUE");
  }
  const std::string_view name = name_and_value.substr(0, sign);
  const std::string_view text = name_and_value.substr(sign + 1);
  const Assumption* row = FindAssumption(name);
  if (row == nullptr) return Usage("there is no assumption '" + Printable(name) + "'");
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return Usage("'" + Printable(text) + "' is no number for " + std::string(name));
  }
  if (!(value >= row->least && value <= row->most)) {  // not a number is out of range
    return Usage(std::string(name) + " is " + Decimal(row->least) + " to " +
                 Decimal(row->most) + " " + std::string(row->unit) + ", not " +
                 Printable(text));
  }
  ReplayAssumptions after = before;
  after.*(row->value) = value;
  return after;
}

std::string AssumptionTable(const ReplayAssumptions& values) {
  constexpr std::size_t kIndent = 52, kRoom = 68;
  std::string out = "  name                             value  unit    basis    source\n";
  for (const Assumption& row : kAssumptions) {
    char head[80];
    std::snprintf(head, sizeof head, "  %-28s %9s  %-6s  %-7s", row.name.data(),
                  Decimal(values.*(row.value)).c_str(), row.unit.data(),
                  Word(row.basis).data());
    std::string line = head;
    line.resize(kIndent + 6, ' ');
    out += line + Wrapped(row.source, kRoom, std::string(kIndent + 6, ' ')) + "\n";
  }
  return out;
}

}  // namespace torpor::simulate
