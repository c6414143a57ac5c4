// P3: does a row hear a bearing grow worse, before its end and not before that?
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "detect/evaluation/machine.h"
#include "detect/evaluation/statistics.h"
#include "detect/evaluation/table.h"

namespace torpor::detect::evaluation {

// An alarm is kAlarmK of kAlarmN minutes above the threshold, from the healthy test on.
inline constexpr std::size_t kAlarmK = 3;
inline constexpr std::size_t kAlarmN = 5;

struct Heard {
  std::string id;
  double auroc = 0;  // end against healthy test
  double drift = 0;  // middle against healthy test
  double threshold = 0;
  std::string threshold_by;
  std::size_t healthy_minutes = 0, healthy_over = 0;
  std::size_t end_minutes = 0, end_over = 0;
  std::optional<std::size_t> alarm;  // the first, minute from 0
  bool false_alarm = false;          // it is within the healthy test
  std::size_t lead_minutes = 0;      // from the alarm to the end of the life
};

struct Degradation {
  std::string row;
  std::optional<std::uint32_t> seed;
  std::vector<Heard> machines;
  Figure auroc;   // mean over machines
  Figure pooled;  // all minutes in one heap
  Figure drift;   // mean over machines
  Figure fpr, tpr;
  std::size_t healthy_minutes = 0, healthy_over = 0;
  double fpr_bound = 0;  // exact, one-sided, 95 %
  std::size_t false_alarms = 0, alarmed = 0;
  double median_lead = 0;  // of the machines alarmed
};

[[nodiscard]] Degradation JudgeDegradation(const ScoreTable& table,
                                           const std::vector<Machine>& machines,
                                           std::uint64_t seed);

// The minute of the first alarm: the one that completes kAlarmK of kAlarmN and is itself
// above.
[[nodiscard]] std::optional<std::size_t> FirstAlarm(const Vector& scores,
                                                    double threshold, std::size_t from);

}  // namespace torpor::detect::evaluation
