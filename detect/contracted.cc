#include "detect/contracted.h"

namespace torpor::detect {

signal::Shape ShapeOf(const contract::Terms& terms) {
  const contract::Sensor& sensor = terms.sensors().front();
  return {sensor.sample_rate_millihertz, sensor.axes,
          contract::FramesPerBatch(sensor, terms.sample), sensor.full_scale_milli_g};
}

Rule RuleOf(const contract::Terms& terms) {
  return {terms.commissioning_cycles, terms.score_cycles, terms.alarm_k, terms.alarm_n};
}

}  // namespace torpor::detect
