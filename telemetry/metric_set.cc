#include "telemetry/metric_set.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <utility>

#include "core/status_table.h"

namespace torpor::telemetry {
namespace {

using namespace std::string_view_literals;

constexpr std::array kResults = {"complete"sv, "incomplete"sv};
constexpr std::array kPhaseNames = {"wake"sv,  "collect"sv, "infer"sv, "release"sv,
                                    "judge"sv, "report"sv,  "sleep"sv};
constexpr std::array kWindows = {"5m"sv, "1h"sv};
constexpr std::array kClauses = {"duty_cycle"sv, "interval"sv,      "wakeups"sv,
                                 "power"sv,      "gpu_residency"sv, "data_age"sv};
constexpr std::array kSources = {"timer"sv, "external"sv, "unknown"sv};
constexpr std::array kHotCauses = {"backlog"sv, "channel"sv, "clocks"sv, "spin"sv,
                                   "unknown"sv};
constexpr std::array kDropReasons = {"overrun"sv, "gap"sv, "corrupt"sv, "stale"sv};
constexpr std::array kVerdicts = {"normal"sv, "anomaly"sv, "abstain"sv};
constexpr std::array kLinks = {"sensor"sv, "network"sv};
constexpr std::array kStoreLosses = {"aged"sv, "lost"sv};
constexpr std::array kPushFailures = {"unreachable"sv, "rejected"sv, "timeout"sv,
                                      "rubbish"sv,     "dns"sv,      "local"sv};
constexpr std::span<const std::string_view> kNone{};
static_assert(kPhaseNames.size() == kPhases);

// One rule for every count of millionths (seconds from us, watts from uW): exact
// decimals, no trailing zeros.
struct Millionths {
  std::int64_t value;
};

void Append(std::string& page, std::uint64_t value) { page += std::to_string(value); }

void Append(std::string& page, Millionths quantity) {
  auto magnitude = static_cast<std::uint64_t>(quantity.value);
  if (quantity.value < 0) {
    page += '-';
    magnitude = 0 - magnitude;
  }
  Append(page, magnitude / 1'000'000);
  std::uint64_t rest = magnitude % 1'000'000;
  if (rest == 0) return;
  page += '.';
  for (std::uint64_t digit = 100'000; rest != 0; digit /= 10) {
    page += static_cast<char>('0' + rest / digit);
    rest %= digit;
  }
}

void Append(std::string& page, double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  page.append(text.data(), end);
}

// What a label may not hold becomes '?': a gateway refuses the whole page for one bad
// byte.
void AppendLabelValue(std::string& page, std::string_view value) {
  for (const char c : value.substr(0, 100)) {
    const bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\\';
    page += plain ? c : '?';
  }
}

// Writes the samples of one metric.
class Samples {
 public:
  Samples(std::string& page, const MetricInfo& info) : page_(page), info_(info) {}

  void One(auto value) const { Line("", {}, value); }
  void One(Microseconds time) const { One(Millionths{time.count()}); }
  void One(Microwatts power) const { One(Millionths{power.value}); }
  void One(bool flag) const { One(std::uint64_t{flag ? 1U : 0U}); }
  void Suffixed(std::string_view suffix, auto value) const { Line(suffix, {}, value); }
  void Labelled(
      std::initializer_list<std::pair<std::string_view, std::string_view>> labels,
      auto value) const {
    Line("", labels, value);
  }

  // One sample for each value of the label.
  template <class T, std::size_t kCount>
  void Each(const std::array<T, kCount>& values) const {
    for (std::size_t i = 0; i < kCount && i < info_.values.size(); ++i) {
      const std::pair<std::string_view, std::string_view> label{info_.label,
                                                                info_.values[i]};
      if constexpr (std::is_same_v<T, Microseconds>) {
        Line("", {label}, Millionths{values[i].count()});
      } else if constexpr (std::is_integral_v<T>) {
        Line("", {label}, std::uint64_t{values[i]});
      } else {
        Line("", {label}, values[i]);
      }
    }
  }

 private:
  template <class T>
  void Line(std::string_view suffix,
            std::initializer_list<std::pair<std::string_view, std::string_view>> labels,
            T value) const {
    if constexpr (std::is_same_v<T, double>) {
      if (!std::isfinite(value)) return;
    }
    page_ += info_.name;
    page_ += suffix;
    char before = '{';
    for (const auto& [name, text] : labels) {
      page_ += before;
      page_ += name;
      page_ += "=\"";
      AppendLabelValue(page_, text);
      page_ += '"';
      before = ',';
    }
    if (before == ',') page_ += '}';
    page_ += ' ';
    Append(page_, value);
    page_ += '\n';
  }

  std::string& page_;
  const MetricInfo& info_;
};

constexpr auto kCounter = MetricType::kCounter;
constexpr auto kGauge = MetricType::kGauge;
constexpr auto kSummary = MetricType::kSummary;

// One row says all about a metric: what it is called, and how it takes its value from the
// set.
struct Row {
  MetricInfo info;
  void (*emit)(const MetricSet&, const Samples&);
};
constexpr std::array kRows = {
    Row{{"torpor_build_info", kGauge, "version, revision", kNone,
         "The running build; always 1."},
        [](const MetricSet& m, const Samples& s) {
          s.Labelled({{"version", m.version}, {"revision", m.revision}},
                     std::uint64_t{1});
        }},
    Row{{"torpor_contract_info", kGauge, "version, digest, contract", kNone,
         "The contract in force and the model it is judged with; always 1."},
        [](const MetricSet& m, const Samples& s) {
          s.Labelled({{"version", m.contract_version},
                      {"digest", m.model_digest},
                      {"contract", m.contract_id}},
                     std::uint64_t{1});
        }},
    Row{{"torpor_contract_agreement", kGauge, "", kNone,
         "1 when firmware and robot hold the same contract."},
        [](const MetricSet& m, const Samples& s) { s.One(m.contract_agreed); }},
    Row{{"torpor_contract_remaining_seconds", kGauge, "", kNone,
         "Time until the contract ends; absent while no clock can be believed."},
        [](const MetricSet& m, const Samples& s) { s.One(m.contract_remaining); }},
    Row{{"torpor_refused", kGauge, "reason", kNone,
         "1 while the robot refuses to work, with the reason; 0 and reason none "
         "from the first healthy push on."},
        [](const MetricSet& m, const Samples& s) {
          const bool refused = m.refused != Status::kOk;
          s.Labelled({{"reason", refused ? Info(m.refused).name : "none"sv}},
                     std::uint64_t{refused ? 1U : 0U});
        }},
    Row{{"torpor_robot_time_seconds", kGauge, "", kNone,
         "Wall clock of the robot when the push was built."},
        [](const MetricSet& m, const Samples& s) { s.One(Millionths{m.robot_time_us}); }},
    Row{{"torpor_push_interval_seconds", kGauge, "", kNone,
         "Promise: the longest silence after this push."},
        [](const MetricSet& m, const Samples& s) { s.One(m.push_interval); }},
    Row{{"torpor_cycles_total", kCounter, "result", kResults, "Cycles ended."},
        [](const MetricSet& m, const Samples& s) { s.Each(m.cycles); }},
    Row{{"torpor_phase_seconds_total", kCounter, "phase", kPhaseNames,
         "Time spent in each phase; sums to the time the robot was up."},
        [](const MetricSet& m, const Samples& s) { s.Each(m.phase_time); }},
    Row{{"torpor_duty_cycle_ratio", kGauge, "window", kWindows,
         "Share of time awake, as measured by the robot."},
        [](const MetricSet& m, const Samples& s) { s.Each(m.duty_cycle); }},
    Row{{"torpor_contract_duty_cycle_ratio", kGauge, "", kNone,
         "Largest share of time awake that the contract allows."},
        [](const MetricSet& m, const Samples& s) { s.One(m.contract_duty_cycle); }},
    Row{{"torpor_contract_breach_cycles", kGauge, "clause", kClauses,
         "Consecutive cycles in breach of a clause; 0 when it is kept."},
        [](const MetricSet& m, const Samples& s) { s.Each(m.breach_cycles); }},
    Row{{"torpor_contract_breaches_total", kCounter, "", kNone,
         "Cycles in breach of any clause."},
        [](const MetricSet& m, const Samples& s) { s.One(m.breaches); }},
    Row{{"torpor_inference_interval_seconds", kGauge, "", kNone,
         "Time between the last two inferences; 0 before there were two."},
        [](const MetricSet& m, const Samples& s) { s.One(m.inference_interval); }},
    Row{{"torpor_sleep_wakeups_total", kCounter, "source", kSources,
         "Times the process was scheduled in a sleep phase."},
        [](const MetricSet& m, const Samples& s) { s.Each(m.sleep_wakeups); }},
    Row{{"torpor_sleep_residency_ratio", kGauge, "", kNone,
         "Share of the last sleep in which rest was proved, of the GPU where there is "
         "one; absent while nothing is."},
        [](const MetricSet& m, const Samples& s) { s.One(m.sleep_residency); }},
    Row{{"torpor_gpu_hot_cycles_total", kCounter, "cause", kHotCauses,
         "Sleeps in which the GPU, or a processor (spin), stayed up against the "
         "contract."},
        [](const MetricSet& m, const Samples& s) { s.Each(m.hot_cycles); }},
    Row{{"torpor_batches_total", kCounter, "", kNone,
         "Batches the sensor side has offered."},
        [](const MetricSet& m, const Samples& s) { s.One(m.batches); }},
    Row{{"torpor_batches_dropped_total", kCounter, "reason", kDropReasons,
         "Batches that were not used."},
        [](const MetricSet& m, const Samples& s) { s.Each(m.batches_dropped); }},
    Row{{"torpor_data_age_seconds", kGauge, "", kNone,
         "Age of the batch when the last inference began."},
        [](const MetricSet& m, const Samples& s) { s.One(m.data_age); }},
    Row{{"torpor_inference_duration_seconds", kSummary, "", kNone,
         "Time spent in inference, all of them."},
        [](const MetricSet& m, const Samples& s) {
          s.Suffixed("_sum", Millionths{m.inference_time.count()});
          s.Suffixed("_count", m.inferences);
        }},
    Row{{"torpor_inference_last_duration_seconds", kGauge, "", kNone,
         "Time the last inference took."},
        [](const MetricSet& m, const Samples& s) { s.One(m.last_inference); }},
    Row{{"torpor_power_watts", kGauge, "", kNone,
         "Mean power over the last whole cycle; see torpor_power_metered."},
        [](const MetricSet& m, const Samples& s) { s.One(m.power); }},
    Row{{"torpor_power_metered", kGauge, "", kNone,
         "1 when the power is measured, 0 when it comes from the contract's model."},
        [](const MetricSet& m, const Samples& s) { s.One(m.power_metered); }},
    Row{{"torpor_power_budget_watts", kGauge, "", kNone,
         "Mean power that the contract allows."},
        [](const MetricSet& m, const Samples& s) { s.One(m.power_budget); }},
    // Unmetered is no zero: a rail that never was metered has no joules to show.
    Row{{"torpor_energy_joules_total", kCounter, "rail", kNone,
         "Energy that a rail of supply delivered while it was metered."},
        [](const MetricSet& m, const Samples& s) {
          for (const RailTotal& rail : m.rails) {
            if (!rail.metered && rail.energy.value == 0) continue;
            s.Labelled({{"rail", rail.name}}, Millionths{rail.energy.value});
          }
        }},
    Row{{"torpor_rail_metered", kGauge, "rail", kNone,
         "1 when the rail was metered throughout the last cycle."},
        [](const MetricSet& m, const Samples& s) {
          for (const RailTotal& rail : m.rails) {
            s.Labelled({{"rail", rail.name}}, std::uint64_t{rail.metered ? 1U : 0U});
          }
        }},
    Row{{"torpor_anomaly_score", kGauge, "", kNone,
         "The last score; 1 is the threshold."},
        [](const MetricSet& m, const Samples& s) { s.One(m.anomaly_score); }},
    Row{{"torpor_abstains", kGauge, "reason", kNone,
         "1 while the last verdict was to abstain, with the reason; else 0 and none."},
        [](const MetricSet& m, const Samples& s) {
          const bool abstains = m.abstains != Status::kOk;
          s.Labelled({{"reason", abstains ? Info(m.abstains).name : "none"sv}},
                     std::uint64_t{abstains ? 1U : 0U});
        }},
    Row{{"torpor_commissioning_ratio", kGauge, "", kNone,
         "Share of commissioning that is done, at the speed heard last; 1 when it has "
         "ended."},
        [](const MetricSet& m, const Samples& s) { s.One(m.commissioning); }},
    Row{{"torpor_verdicts_total", kCounter, "verdict", kVerdicts, "Verdicts reached."},
        [](const MetricSet& m, const Samples& s) { s.Each(m.verdicts); }},
    Row{{"torpor_link_errors_total", kCounter, "link", kLinks,
         "Errors on the link to the sensor and on the network."},
        [](const MetricSet& m, const Samples& s) { s.Each(m.link_errors); }},
    Row{{"torpor_store_records", kGauge, "", kNone,
         "Alarms in the journal that are not delivered yet."},
        [](const MetricSet& m, const Samples& s) { s.One(m.store_records); }},
    Row{{"torpor_store_held_records", kGauge, "", kNone,
         "Cycles that wait in memory for room on the disk."},
        [](const MetricSet& m, const Samples& s) { s.One(m.store_held); }},
    Row{{"torpor_store_dropped_records_total", kCounter, "reason", kStoreLosses,
         "Cycles that are not in the journal any more (aged) or never were (lost)."},
        [](const MetricSet& m, const Samples& s) { s.Each(m.store_dropped); }},
    Row{{"torpor_push_failures_total", kCounter, "reason", kPushFailures,
         "Pushes that failed; visible with the next good one."},
        [](const MetricSet& m, const Samples& s) { s.Each(m.push_failures); }},
    Row{{"torpor_push_duration_seconds", kGauge, "", kNone,
         "Time the previous push took."},
        [](const MetricSet& m, const Samples& s) { s.One(m.push_duration); }},
    Row{{"torpor_clock_steps_total", kCounter, "", kNone,
         "Steps of the wall clock by more than a second."},
        [](const MetricSet& m, const Samples& s) { s.One(m.clock_steps); }},
    Row{{"torpor_leases_revoked_total", kCounter, "", kNone,
         "Leases of power taken back at a deadline; the journal names their holders."},
        [](const MetricSet& m, const Samples& s) { s.One(m.leases_revoked); }},
    Row{{"torpor_accelerator_kills_total", kCounter, "", kNone,
         "Processes holding an accelerator that were ended by force."},
        [](const MetricSet& m, const Samples& s) { s.One(m.accelerator_kills); }},
    Row{{"torpor_gpu_resident_seconds_total", kCounter, "", kNone,
         "Time for which a process held an accelerator, from its start to its end."},
        [](const MetricSet& m, const Samples& s) { s.One(m.gpu_resident); }},
};

constexpr auto kInfos = [] {
  std::array<MetricInfo, kRows.size()> infos{};
  for (std::size_t i = 0; i < kRows.size(); ++i) infos[i] = kRows[i].info;
  return infos;
}();

constexpr std::string_view NameOf(MetricType type) {
  return type == kCounter ? "counter" : type == kGauge ? "gauge" : "summary";
}

}  // namespace

std::string MetricPage(const MetricSet& metrics) {
  std::string page;
  page.reserve(8192);
  for (const auto& [info, emit] : kRows) {
    // A machine without meters has no such metric.
    if (info.label == "rail" && metrics.rails.empty()) continue;
    page.append("# HELP ").append(info.name).append(" ").append(info.help).append("\n");
    page.append("# TYPE ").append(info.name).append(" ").append(NameOf(info.type));
    page += '\n';
    emit(metrics, Samples(page, info));
  }
  return page;
}

std::string PushTime(const MetricSet& metrics) {
  std::string page =
      "# HELP push_time_seconds When the robot made this page, on its own clock.\n"
      "# TYPE push_time_seconds gauge\npush_time_seconds ";
  Append(page, Millionths{metrics.robot_time_us});
  return page + "\n";
}

std::string LabelledPage(const MetricSet& metrics, std::string_view robot) {
  const std::string page = MetricPage(metrics) + PushTime(metrics);
  const std::string labels = "job=\"torpor\",instance=\"" + std::string(robot) + "\"";
  std::string labelled;
  labelled.reserve(2 * page.size());
  for (std::size_t at = 0; at < page.size();) {
    const std::size_t end = page.find('\n', at) + 1;
    const std::string_view line = std::string_view(page).substr(at, end - at);
    const std::size_t name = line.find_first_of("{ ");
    at = end;
    if (line.starts_with('#')) {
      labelled += line;
    } else if (line[name] == '{') {
      labelled.append(line.substr(0, name + 1)).append(labels).append(",");
      labelled.append(line.substr(name + 1));
    } else {
      labelled.append(line.substr(0, name)).append("{").append(labels).append("}");
      labelled.append(line.substr(name));
    }
  }
  return labelled;
}

PushFailure PushFailureOf(Status status) {
  switch (status) {
    case Status::kGatewayRejected:
      return PushFailure::kRejected;
    case Status::kGatewayTimeout:
      return PushFailure::kTimeout;
    case Status::kGatewayRubbish:
      return PushFailure::kRubbish;
    case Status::kDnsTimeout:
    case Status::kDnsFailed:
      return PushFailure::kDns;
    case Status::kKeyFileExposed:
    case Status::kSinkSecret:
    case Status::kSinkSecretInClear:
    case Status::kTextfileNotWritten:
    case Status::kSnappyMissing:
    case Status::kInternal:
    case Status::kOs:
      return PushFailure::kLocal;
    default:
      return PushFailure::kUnreachable;
  }
}

std::span<const MetricInfo> MetricTable() { return kInfos; }

}  // namespace torpor::telemetry
