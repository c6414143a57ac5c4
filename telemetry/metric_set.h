// What a robot tells its gateway: a plain struct of values, and the page of text (format
// 0.0.4) they become. Names, types and labels are public and listed in docs/metrics.md.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/status.h"
#include "core/time.h"
#include "core/units.h"
#include "telemetry/cycle_record.h"

namespace torpor::telemetry {

// Indices of the arrays below; their order is that of the label values in the table.
enum class CycleResult : std::uint8_t { kComplete, kIncomplete };
enum class AwakeWindow : std::uint8_t { k5Minutes, k1Hour };
enum class WakeupSource : std::uint8_t { kTimer, kExternal, kUnknown };
enum class DropReason : std::uint8_t { kOverrun, kGap, kCorrupt, kStale };
enum class LinkKind : std::uint8_t { kSensor, kNetwork };
enum class StoreLoss : std::uint8_t { kAged, kLost };
enum class PushFailure : std::uint8_t {
  kUnreachable,
  kRejected,
  kTimeout,
  kRubbish,
  kDns,
  kLocal,  // the robot lacks a secret or room, whoever takes the page
};

// One rail of supply that the machine has a meter of.
struct RailTotal {
  std::string name;
  Microjoules energy{};  // of all phases in which it was metered
  bool metered = false;  // from end to end of the last cycle
};

// Counters run since the state folder was made; durations are those of the boot clock.
// A value that is not finite is left off the page, never written as one.
struct MetricSet {
  std::string version, revision;  // of this build
  std::string contract_version;   // "epoch.number"
  std::string contract_id;        // short id
  std::string model_digest;       // of the model file in use; "none" without one
  bool contract_agreed = false;   // firmware and robot hold the same contract
  // Seconds until the contract ends; no number where the date is not known.
  double contract_remaining = std::numeric_limits<double>::quiet_NaN();
  Status refused = Status::kOk;  // why the robot does not work; kOk when it does

  std::int64_t robot_time_us = 0;  // Unix time as the robot believes it
  Microseconds push_interval{};    // the promise: no longer silent than this

  std::array<std::uint64_t, 2> cycles{};           // by CycleResult
  std::array<Microseconds, kPhases> phase_time{};  // by Phase
  std::array<double, 2> duty_cycle{};              // awake share, by AwakeWindow
  double contract_duty_cycle = 0;                  // largest awake share allowed
  std::array<std::uint32_t, 6> breach_cycles{};    // in a row; duty cycle, interval,
                                                   // wake-ups, power, GPU, data age
  std::uint64_t breaches = 0;                      // cycles with any breach
  Microseconds inference_interval{};               // between the last two
  std::array<std::uint64_t, 3> sleep_wakeups{};    // by WakeupSource
  // Of the last sleep; no number where nothing is proved.
  double sleep_residency = std::numeric_limits<double>::quiet_NaN();
  std::array<std::uint64_t, 5> hot_cycles{};        // by cause: backlog, channel, clocks,
                                                    // spin, unknown
  std::uint64_t batches = 0;                        // offered
  std::array<std::uint64_t, 4> batches_dropped{};   // by DropReason
  Microseconds data_age{};                          // when inference began
  Microseconds inference_time{}, last_inference{};  // all, and the last one
  std::uint64_t inferences = 0;

  Microwatts power{}, power_budget{};       // mean over the last whole cycle, and allowed
  bool power_metered = false;               // false: modelled
  std::vector<RailTotal> rails;             // sorted by name
  double anomaly_score = 0;                 // 1 is the threshold
  Status abstains = Status::kOk;            // why the last verdict did; kOk if it did not
  double commissioning = 0;                 // share learned; 1 when it has ended
  std::array<std::uint64_t, 3> verdicts{};  // by Verdict

  std::array<std::uint64_t, 2> link_errors{};    // by LinkKind
  std::uint64_t store_records = 0;               // alarms not delivered yet
  std::uint64_t store_held = 0;                  // cycles that wait for room on the disk
  std::array<std::uint64_t, 2> store_dropped{};  // cycles, by StoreLoss
  std::array<std::uint64_t, 6> push_failures{};  // by PushFailure
  Microseconds push_duration{};                  // of the push before this one
  std::uint64_t clock_steps = 0;                 // of the wall clock, beyond 1 s
  std::uint64_t leases_revoked = 0;              // taken back at a deadline

  std::uint64_t accelerator_kills = 0;  // processes that were ended by force
  Microseconds gpu_resident{};          // that accelerator processes lived, together
};

// The page; the same set gives the same bytes.
[[nodiscard]] std::string MetricPage(const MetricSet& metrics);

// What a page lacks where nobody adds the time of its arrival, as a Pushgateway does: the
// same metric, with the time at which the robot made the page, on the robot's clock.
[[nodiscard]] std::string PushTime(const MetricSet& metrics);

// The page with the labels that a Pushgateway would give it, of a robot whose id is one
// for ParseGateway(), and with PushTime(): for whoever reads a file.
[[nodiscard]] std::string LabelledPage(const MetricSet& metrics, std::string_view robot);

// Which label a failed push is counted under; unreachable for what is no push status.
[[nodiscard]] PushFailure PushFailureOf(Status status);

enum class MetricType : std::uint8_t { kCounter, kGauge, kSummary };
struct MetricInfo {
  std::string_view name;
  MetricType type;
  std::string_view label;                    // empty: none; several: separated by ", "
  std::span<const std::string_view> values;  // of the label; empty: not from a list
  std::string_view help;
};

// All metrics, in the order of the page.
[[nodiscard]] std::span<const MetricInfo> MetricTable();

}  // namespace torpor::telemetry
