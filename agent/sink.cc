#include "agent/sink.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>
#include <variant>

#include "agent/sent_series.h"
#include "contract/sign/durable.h"
#include "contract/sign/secret_file.h"
#include "core/bytes.h"
#include "telemetry/credentials.h"
#include "telemetry/deadline.h"
#include "telemetry/gateway_address.h"
#include "telemetry/remote_write.h"
#include "telemetry/snappy.h"

namespace torpor::agent {
namespace {

using contract::sign::Secrecy;
using telemetry::Credentials;
using telemetry::Receiver;

Refusal Unusable(Status why, const std::filesystem::path& file) {
  const bool exposed = why == Status::kKeyFileExposed;
  return Because(exposed ? Status::kKeyFileExposed : Status::kSinkSecret, file);
}

std::optional<Refusal> ReadPemOf(const std::filesystem::path& file, Secrecy secrecy,
                                 std::string& into) {
  auto text = contract::sign::ReadPem(file, secrecy);
  if (!text.ok()) return Unusable(text.status(), file);
  into = *std::move(text);
  return std::nullopt;
}

std::optional<Refusal> ReadCredentials(const SinkOptions& sink,
                                       Credentials& credentials) {
  if (!sink.certificate.empty()) {
    auto refusal = ReadPemOf(sink.certificate, Secrecy::kPublic, credentials.certificate);
    if (!refusal) refusal = ReadPemOf(sink.key, Secrecy::kSecret, credentials.key);
    if (refusal) return refusal;
  }
  const auto& file = sink.token.empty() ? sink.password : sink.token;
  if (file.empty()) return std::nullopt;
  const auto secret = contract::sign::ReadSecret(file, 1);
  if (!secret.ok()) return Unusable(secret.status(), file);
  if (sink.token.empty()) {
    telemetry::ShowPassword(sink.user, secret->front(), credentials);
  } else {
    telemetry::ShowToken(secret->front(), credentials);
  }
  return std::nullopt;
}

bool HasSecrets(const SinkOptions& sink) {
  return !sink.certificate.empty() || !sink.password.empty() || !sink.token.empty();
}

// torpor-ROBOT.prom, for the textfile collector of a node_exporter: the whole page or the
// one before, whatever happens in between.
telemetry::PushResult WritePage(const SinkOptions& sink, const std::string& robot,
                                const telemetry::MetricSet& metrics) {
  if (!telemetry::IsRobotId(robot)) {
    return {.status = Status::kAddressRefused, .detail = robot};
  }
  const std::string page = telemetry::LabelledPage(metrics, robot);
  const auto file = sink.folder / ("torpor-" + robot + ".prom");
  if (contract::sign::ReplaceFile(file, AsBytes(page)) == Status::kOk) return {};
  const int why = errno;
  return {.status = Status::kTextfileNotWritten,
          // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
          .detail = file.string() + ": " + std::strerror(why)};
}

// Of a page that is sent.
Receiver ReceiverOf(SinkKind kind) {
  switch (kind) {
    case SinkKind::kVictoriaMetrics:
      return Receiver::kVictoriaMetrics;
    case SinkKind::kRemoteWrite:
      return Receiver::kRemoteWrite;
    case SinkKind::kPushgateway:
    case SinkKind::kTextfile:
      break;
  }
  return Receiver::kPushgateway;
}

}  // namespace

std::optional<Refusal> RefuseSink(const SinkOptions& sink) {
  struct Rule {
    bool broken;
    const char* what;
  };
  const bool file = sink.kind == SinkKind::kTextfile;
  const std::array rules = {
      Rule{file && sink.folder.empty(), "--sink textfile needs --textfile-folder"},
      Rule{!file && !sink.folder.empty(), "--textfile-folder is for --sink textfile"},
      Rule{file &&
               (HasSecrets(sink) || !sink.ca.empty() || !sink.user.empty() || sink.gzip),
           "--sink textfile calls no gateway, and needs no --gateway-..."},
      Rule{sink.kind == SinkKind::kRemoteWrite && sink.gzip,
           "--sink remote-write has its own compression, and no --gateway-gzip"},
      Rule{sink.certificate.empty() != sink.key.empty(),
           "--gateway-cert and --gateway-key go together"},
      Rule{sink.user.empty() != sink.password.empty(),
           "--gateway-user and --gateway-password go together"},
      Rule{!sink.token.empty() && !sink.user.empty(),
           "--gateway-token and --gateway-user exclude each other"},
      Rule{!sink.user.empty() && !telemetry::IsUserName(sink.user),
           "--gateway-user holds a colon or a space"},
  };
  for (const Rule& rule : rules) {
    if (rule.broken) return Because(Status::kSinkOptions, rule.what);
  }
  std::string why;
  if (sink.kind == SinkKind::kRemoteWrite && !telemetry::LoadSnappy(why)) {
    return Because(Status::kSnappyMissing, std::move(why));
  }
  std::string authorities;
  if (!sink.ca.empty()) {
    if (auto refusal = ReadPemOf(sink.ca, Secrecy::kPublic, authorities)) return refusal;
  }
  Credentials credentials;
  return ReadCredentials(sink, credentials);
}

std::optional<Refusal> RefuseGateway(const SinkOptions& sink, std::string_view gateway) {
  if (!HasSecrets(sink) || gateway.starts_with("https://")) return std::nullopt;
  return Because(Status::kSinkSecretInClear, std::string(gateway));
}

telemetry::PushResult SendPage(const SinkOptions& sink, std::string_view gateway,
                               const std::string& robot,
                               const telemetry::MetricSet& metrics,
                               Milliseconds deadline) {
  const telemetry::Deadline limit(deadline);
  if (sink.kind == SinkKind::kTextfile) {
    telemetry::PushResult result = WritePage(sink, robot, metrics);
    result.took = limit.spent();
    return result;
  }
  telemetry::PushTarget target{std::string(gateway), robot, sink.ca, {}};
  if (const auto refusal = ReadCredentials(sink, target.credentials)) {
    return {.status = refusal->status, .took = limit.spent(), .detail = refusal->where};
  }
  target.gzip = sink.gzip;
  target.receiver = ReceiverOf(sink.kind);
  std::string page = telemetry::MetricPage(metrics);
  if (target.receiver != Receiver::kPushgateway) page += telemetry::PushTime(metrics);
  const bool writes = target.receiver == Receiver::kRemoteWrite;
  SentSeries sent(writes ? sink.series : std::filesystem::path());
  if (writes) {
    target.at_ms = metrics.robot_time_us / 1000;
    target.ended = sent.EndedBy(telemetry::SeriesOf(page));
  }
  const auto left = std::chrono::floor<Milliseconds>(limit.left());
  telemetry::PushResult result = telemetry::Push(target, page, left);
  if (writes && result.status == Status::kOk) sent.Taken();
  result.took = limit.spent();
  return result;
}

void PrepareToSend(const SinkOptions& sink, std::string_view gateway) {
  if (sink.kind == SinkKind::kTextfile) return;
  telemetry::PrepareToPush(gateway, ReceiverOf(sink.kind));
}

}  // namespace torpor::agent
