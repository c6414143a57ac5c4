#include "telemetry/alarm_mqtt.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "telemetry/ask_child.h"
#include "telemetry/deadline.h"
#include "telemetry/gateway_address.h"
#include "telemetry/mqtt_publisher.h"

namespace torpor::telemetry {
namespace {

constexpr std::size_t kLongestAnswer = 8192;
constexpr Milliseconds kMostForLoading{10'000};  // a library from a slow disk
// The least that libmosquitto takes.
constexpr int kLeastKeepAlive = 5;

// The number at the beginning of `text`, which is then behind it and a space.
int TakeNumber(std::string_view& text) {
  int number = -1;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with(' ')) text.remove_prefix(1);
  return error == std::errc() ? number : -1;
}

// From the lines of PublishAlarms() for so many alarms. What is behind one that was not
// answered counts for nothing: they are sent in order.
AlarmSink::Sent Understand(std::string_view said, std::size_t alarms) {
  AlarmSink::Sent sent;
  std::vector<std::optional<AlarmSink::Sent::One>> answers(alarms);
  while (!said.empty()) {
    const std::size_t end = said.find('\n');
    if (end == std::string_view::npos) break;  // cut off in the middle of a word
    std::string_view line = said.substr(0, end);
    said.remove_prefix(end + 1);
    if (line.size() < 3) continue;
    const char kind = line[0];
    line.remove_prefix(2);
    const int number = TakeNumber(line);
    if (kind == '!') {
      sent.status = static_cast<Status>(number);
      sent.detail = line;
    } else if (number >= 0 && static_cast<std::size_t>(number) < alarms) {
      answers[static_cast<std::size_t>(number)] = {kind == '+', std::string(line)};
    }
  }
  for (auto& answer : answers) {
    if (!answer) break;
    sent.alarms.push_back(*std::move(answer));
  }
  return sent;
}

class Mqtt final : public AlarmSink {
 public:
  Mqtt(MqttTarget target, ServerAddress broker)
      : target_(std::move(target)), broker_(std::move(broker)) {}

  [[nodiscard]] std::string_view name() const override { return "mqtt"; }

  [[nodiscard]] Sent Send(std::span<const Alarm> alarms, Milliseconds time) override {
    const Deadline limit(time);
    const int seconds = static_cast<int>(time / std::chrono::seconds(1)) + 1;
    const MqttJob job{broker_,         target_.robot,
                      target_.user,    target_.password,
                      target_.ca_file, std::max(kLeastKeepAlive, seconds),
                      alarms};
    const ChildAnswer answer = AskChild(
        [&job](const Say& say) { PublishAlarms(job, say); }, limit, kLongestAnswer);
    Sent sent = Understand(answer.said, alarms.size());
    if (sent.status != Status::kOk || sent.alarms.size() == alarms.size()) return sent;
    sent.status =
        answer.status == Status::kOk ? Status::kGatewayUnreachable : answer.status;
    sent.detail = answer.status == Status::kGatewayTimeout ? "no answer in time"
                                                           : "the connection broke off";
    return sent;
  }

 private:
  MqttTarget target_;
  ServerAddress broker_;
};

}  // namespace

Result<std::unique_ptr<AlarmSink>> MakeMqtt(MqttTarget target, std::string& why) {
  auto broker = ParseMqtt(target.url);
  if (!broker || !IsRobotId(target.robot)) return Status::kAddressRefused;
  // Looked for in a child, so that it is in nobody's memory afterwards.
  const Deadline limit(kMostForLoading);
  const ChildAnswer answer = AskChild([](const Say& say) { say("?" + WhyNoMosquitto()); },
                                      limit, kLongestAnswer);
  // What could not be asked now, the first alarm will find out.
  if (answer.status == Status::kOk && answer.said != "?") {
    why = answer.said.empty() ? "libmosquitto" : answer.said.substr(1);
    return Status::kAlarmSinkMissing;
  }
  return std::unique_ptr<AlarmSink>(
      std::make_unique<Mqtt>(std::move(target), *std::move(broker)));
}

}  // namespace torpor::telemetry
