// A sink that is an MQTT broker: each alarm is one message of QoS 1 on
// torpor/<robot>/alarm.
#pragma once

#include <memory>
#include <string>

#include "core/result.h"
#include "telemetry/alarm_delivery.h"

namespace torpor::telemetry {

struct MqttTarget {
  std::string url;             // ParseMqtt() says of which form
  std::string robot;           // IsRobotId()
  std::string user, password;  // empty: none
  std::string ca_file;         // PEM; empty: the system's authorities
};

// The broker's PUBACK confirms, unless it says that nobody has subscribed: then nobody
// would ever hear of the alarm, and it is kept. MQTT 5, whose PUBACK says why not; a
// broker that speaks only an older one cannot say no.
//
// Everything is done in a child that is killed at the deadline: libmosquitto resolves
// names and reads answers for as long as it likes, and what it needs in memory goes with
// the child.
//   kAddressRefused    of another form, or another robot
//   kAlarmSinkMissing  libmosquitto is not installed; `why` says what the loader said
Result<std::unique_ptr<AlarmSink>> MakeMqtt(MqttTarget target, std::string& why);

}  // namespace torpor::telemetry
