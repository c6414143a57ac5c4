// What torpord must know to find its contract: nothing here changes what the contract
// demands.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/sink.h"
#include "core/result.h"
#include "power/find_meters.h"

namespace torpor::agent {

enum class LinkKind : std::uint8_t { kDevice, kBroker };
enum class Lines : std::uint8_t { kPeople, kJson, kNone };
enum class AfterRefusal : std::uint8_t { kExit, kSleep };  // agent/refused_rest.h

inline constexpr const char* kThisMachine = "/";

struct Options {
  std::string robot_id;
  std::vector<std::string> groups;
  std::filesystem::path contract;              // the signed bundle
  std::vector<std::filesystem::path> keyring;  // public keys, or folders of them
  std::filesystem::path pairing;               // key shared with the firmware
  std::filesystem::path baseline;              // of the fleet, from `torpor baseline fit`
  std::string model;            // a file; "none"; empty: the one that was installed
  std::string backend = "cpu";  // what runs the network (agent/accelerator/choice.h)
  std::string bearing;          // of detect::kBearings; empty: not known
  std::filesystem::path state;  // folder; made if missing
  LinkKind link_kind = LinkKind::kDevice;
  std::string link;  // serial device, pty or socket; or the broker's socket
  std::string
      refusal_gateway;        // told of a refusal when no contract was ever verified here
  SinkOptions sink;           // of the page of metrics
  std::string alarm_webhook;  // a URL; empty: no alarm is sent so
  std::filesystem::path alarm_webhook_token;  // a line, sent as a bearer token
  std::string alarm_mqtt;                     // a URL; empty: no alarm is sent so
  std::filesystem::path alarm_mqtt_login;     // two lines: user name and password
  std::filesystem::path alarm_ca;             // PEM; empty: the system's
  // Of sys/ and proc/; of a pretended machine in tests and in `torpor simulate`.
  std::filesystem::path system_root = kThisMachine;
  std::uint64_t cycles = 0;           // end after so many; 0: never
  bool once = false;                  // one cycle, and exit 69 when the link is down
  std::filesystem::path calibration;  // of the residency ladder; empty: nothing is warm
  bool cpu_boost = false;             // the full clock while the network runs
  AfterRefusal after_refusal = AfterRefusal::kExit;
  Lines lines = Lines::kPeople;
  power::MeterChoice meters = power::MeterChoice::kAuto;  // none in a compressed run
};

// Parses the command line. A help text or a usage error has been printed when no options
// come back; the program then ends with `exit_code`.
struct Parsed {
  std::optional<Options> options;
  int exit_code = 0;
};
Parsed ParseOptions(int argc, const char* const* argv);

}  // namespace torpor::agent
