// Where this robot sends its alarms, as the command line asks.
#pragma once

#include <variant>

#include "agent/options.h"
#include "agent/refusal.h"
#include "telemetry/alarm_delivery.h"

namespace torpor::agent {

// Reads the secrets, once: a change of theirs takes effect at the next start.
//   kAlarmSinkAddress    an address of another form, or an id that cannot be sent
//   kAlarmSecret         no such file, not the lines that it is to have, or not PEM
//   kKeyFileExposed      others may read the secret
//   kAlarmSecretInClear  a secret, and an address without TLS
//   kAlarmSinkMissing    a broker, and no libmosquitto
std::variant<telemetry::AlarmSinks, Refusal> MakeAlarmSinks(const Options& options);

}  // namespace torpor::agent
