// Where this robot's page of metrics goes, and what the robot proves itself with there,
// as the command line asks; docs/sinks.md. The address is the contract's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "agent/refusal.h"
#include "core/time.h"
#include "telemetry/metric_set.h"
#include "telemetry/push.h"

namespace torpor::agent {

enum class SinkKind : std::uint8_t {
  kPushgateway,
  kVictoriaMetrics,
  kRemoteWrite,
  kTextfile,
};

struct SinkOptions {
  SinkKind kind = SinkKind::kPushgateway;
  std::filesystem::path folder;  // of the textfile; it goes nowhere else
  std::filesystem::path series;  // file of the series that remote write has sent
  std::filesystem::path ca;      // PEM; empty: the system's authorities
  std::filesystem::path certificate, key;  // PEM, of a client; both or neither
  bool gzip = false;                       // the page is sent compressed
  std::string user;                        // with a password, and without a token
  std::filesystem::path password, token;   // files of one line
};

// Why nothing could be sent, whatever the contract says. Reads each file once.
//   kSinkOptions     the options contradict each other, or lack one
//   kSinkSecret      a file is missing or not in its form
//   kKeyFileExposed  others than its owner may read a secret
//   kSnappyMissing   remote write, and no libsnappy can be loaded
[[nodiscard]] std::optional<Refusal> RefuseSink(const SinkOptions& sink);

// Why nothing could be sent to this gateway.
//   kSinkSecretInClear  there are secrets, and no TLS
[[nodiscard]] std::optional<Refusal> RefuseGateway(const SinkOptions& sink,
                                                   std::string_view gateway);

// Sends a page, in time, as telemetry::Push() says. The secrets are read anew, so that
// one that is replaced is used from the next page on, and no variable of ours holds one
// in a sleep.
//   kSinkSecret, kKeyFileExposed  as above; `detail` names the file, nothing was sent
//   kTextfileNotWritten           no folder, no right or no room: the last page stands;
//                                 a disk that does not answer has no deadline
[[nodiscard]] telemetry::PushResult SendPage(const SinkOptions& sink,
                                             std::string_view gateway,
                                             const std::string& robot,
                                             const telemetry::MetricSet& metrics,
                                             Milliseconds deadline);

// Does at the start what the first page would have to do within its deadline.
void PrepareToSend(const SinkOptions& sink, std::string_view gateway);

}  // namespace torpor::agent
