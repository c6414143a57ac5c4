#include "detect/contracted.h"

#include <algorithm>

#include "contract/fields.h"

namespace torpor::detect {
namespace {

using enum Learned;

// The one place where it is decided. What was learned is how this machine's windows look
// and how they differ from one another: it is lost with what changes the window itself,
// and with what changes how many windows were learned and how they were averaged. Losing
// it costs hours, and on a machine that is worn by now the fault would be learned as
// normal, so that everything else stays.
constexpr std::array kChoices = {
    // Who signed what, for whom and until when: the machine is the same.
    FieldChoice{"fleet", kStays},
    FieldChoice{"name", kStays},
    FieldChoice{"epoch", kStays},
    FieldChoice{"version", kStays},
    FieldChoice{"issued_at_s", kStays},
    FieldChoice{"not_before_s", kStays},
    FieldChoice{"not_after_s", kStays},
    FieldChoice{"targets", kStays},
    FieldChoice{"profile", kStays},
    // How often it is listened to says nothing of how it sounds.
    FieldChoice{"period_ms", kStays},
    FieldChoice{"sample_ms", kLost},  // the length of a window
    FieldChoice{"mcu_guard_ms", kStays},
    FieldChoice{"mcu_sleep_ms", kStays},
    FieldChoice{"wake_ms", kStays},
    FieldChoice{"collect_ms", kStays},
    FieldChoice{"infer_ms", kStays},
    FieldChoice{"release_ms", kStays},
    FieldChoice{"judge_ms", kStays},
    FieldChoice{"report_ms", kStays},
    FieldChoice{"computer_sleep_ms", kStays},
    // Another place, rate, direction, range or converter.
    FieldChoice{"sensors", kLost},
    FieldChoice{"queue_limit_batches", kStays},
    FieldChoice{"max_batch_age_ms", kStays},
    FieldChoice{"cycle_budget_uj", kStays},
    FieldChoice{"hour_budget_mj", kStays},
    FieldChoice{"mcu_sample_uw", kStays},
    FieldChoice{"mcu_sleep_uw", kStays},
    FieldChoice{"computer_awake_uw", kStays},
    FieldChoice{"computer_infer_uw", kStays},
    FieldChoice{"computer_report_uw", kStays},
    FieldChoice{"computer_sleep_uw", kStays},
    FieldChoice{"transition_uj", kStays},
    FieldChoice{"budget_margin_permille", kStays},
    FieldChoice{"commissioning_cycles", kLost},  // of how many windows it is made
    FieldChoice{"score_cycles", kLost},          // exemplars are means of so many
    FieldChoice{"false_alarms_per_1e9_cycles", kStays},
    // What was found of the last windows is counted by the new rule.
    FieldChoice{"alarm_k", kStays},
    FieldChoice{"alarm_n", kStays},
    FieldChoice{"sleep_mode", kStays},
    FieldChoice{"residency_max", kStays},
    FieldChoice{"awake_wakeups_max", kStays},
    FieldChoice{"gateway", kStays},
    FieldChoice{"alarm_sinks", kStays},
    FieldChoice{"link_baud", kStays},
    FieldChoice{"link_batch_wire_bytes", kStays},
    FieldChoice{"hello_timeout_ms", kStays},
    FieldChoice{"hello_retries", kStays},
    FieldChoice{"trial_cycles", kStays},
    FieldChoice{"lease_cycles", kStays},
    FieldChoice{"scrub_cycles", kStays},
    FieldChoice{"keyring_version_min", kStays},
    FieldChoice{"calibrations", kStays},
};

// Calls `visit` with name and value of each number of the ground, in its order.
template <class Visit>
void VisitGround(const contract::Terms& terms, Visit visit) {
  const auto fields = contract::Fields();
  for (std::size_t i = 0; i < std::min(fields.size(), kChoices.size()); ++i) {
    if (kChoices[i].learned == kStays) continue;
    const std::string name(fields[i].name);
    if (fields[i].kind != contract::FieldKind::kSensors) {
      visit(name, fields[i].get(terms));
      continue;
    }
    for (const contract::Part& part : contract::SensorParts()) {
      visit(name + "." + std::string(part.name),
            contract::SensorNumber(terms.sensor_slots[0], part.number));
    }
  }
}

}  // namespace

signal::Shape ShapeOf(const contract::Terms& terms) {
  const contract::Sensor& sensor = terms.sensors().front();
  return {sensor.sample_rate_millihertz, sensor.axes,
          contract::FramesPerBatch(sensor, terms.sample), sensor.full_scale_milli_g};
}

Rule RuleOf(const contract::Terms& terms) {
  return {terms.commissioning_cycles, terms.score_cycles, terms.alarm_k, terms.alarm_n};
}

std::span<const FieldChoice> FieldChoices() { return kChoices; }

Ground GroundOf(const contract::Terms& terms) {
  Ground ground;
  std::size_t next = 0;
  VisitGround(terms, [&](const std::string&, std::uint64_t value) {
    if (next < ground.numbers.size()) ground.numbers[next++] = value;
  });
  return ground;
}

std::string Differs(const Ground& was, const Ground& is) {
  std::string difference;
  std::size_t i = 0;
  VisitGround({}, [&](const std::string& name, std::uint64_t) {
    if (i < was.numbers.size() && difference.empty() && was.numbers[i] != is.numbers[i]) {
      difference = name + " was " + std::to_string(was.numbers[i]) + ", is " +
                   std::to_string(is.numbers[i]);
    }
    ++i;
  });
  return difference;
}

}  // namespace torpor::detect
