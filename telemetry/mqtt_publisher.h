// What the child of an MQTT sink does: it publishes alarms over libmosquitto, which is
// loaded there and goes with it. The library resolves, connects and waits for as long as
// it likes; whoever runs this kills it at the deadline.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "telemetry/ask_child.h"
#include "telemetry/gateway_address.h"
#include "telemetry/journal.h"

namespace torpor::telemetry {

struct MqttJob {
  const ServerAddress& broker;
  const std::string& robot;     // the client's id, and part of the topics
  const std::string& user;      // empty: none
  const std::string& password;  // empty: none
  const std::string& ca_file;   // for TLS; empty: the system's authorities
  int keep_alive_s;             // the broker misses a client that is silent for longer
  std::span<const Alarm> alarms;
};

// Connects, publishes (QoS 1, in this order), hears the broker's answers and says each as
// one line:
//   "+ N"              the Nth alarm, from 0, is confirmed
//   "- N WORDS"        it is refused for what it is
//   "! STATUS WORDS"   why there is no more, the status as a number
// Then tells the state topic that all were taken, and takes its leave: the broker holds
// back the last will.
void PublishAlarms(const MqttJob& job, const Say& say);

// Why libmosquitto cannot be loaded; empty when it can.
[[nodiscard]] std::string WhyNoMosquitto();

}  // namespace torpor::telemetry
