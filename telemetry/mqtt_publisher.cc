#include "telemetry/mqtt_publisher.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <utility>

#include "telemetry/http_request.h"
#include "telemetry/mosquitto.h"

namespace torpor::telemetry {
namespace {

constexpr int kQos = 1;
constexpr int kMosqErrErrno = 14;

// What a robot says of its deliveries, retained. `how` is no statement about the robot:
// it sleeps, connected to nobody, whatever stands here.
std::string StateOf(const MqttJob& job, const char* how) {
  return "{\"robot\":\"" + job.robot + "\",\"delivery\":\"" + how + "\",\"alarm\":\"" +
         job.alarms.back().id + "\"}";
}

class Publisher {
 public:
  Publisher(const MqttJob& job, const Say& say, const Mosquitto& library)
      : job_(job), say_(say), library_(library) {}

  // Back when there is no more to be heard.
  void Run();

 private:
  bool Prepare();
  void OnConnect(int reason);
  void OnPublish(int message, int reason);
  void Fail(Status status, std::string words) {
    say_("! " + std::to_string(static_cast<int>(status)) + " " +
         OneLine(std::move(words)) + "\n");
    over_ = true;
  }
  void FailAs(int result) {
    const bool by_system = result == kMosqErrErrno;
    const char* const words =
        by_system ? std::strerror(errno)  // NOLINT(concurrency-mt-unsafe): one thread
                  : library_.strerror(result);
    Fail(result == kMosqErrEai ? Status::kDnsFailed : Status::kGatewayUnreachable, words);
  }
  // False when the library refuses.
  bool Publish(const std::string& topic, const std::string& body, bool retain,
               int* message) {
    const int result =
        library_.publish(client_, message, topic.c_str(), static_cast<int>(body.size()),
                         body.data(), kQos, retain);
    if (result != 0) FailAs(result);
    return result == 0;
  }

  const MqttJob& job_;
  const Say& say_;
  const Mosquitto& library_;
  mosquitto* client_ = nullptr;
  std::string topic_ = "torpor/" + job_.robot + "/";
  std::map<int, std::size_t> under_way_;  // by the library's number of a message
  int farewell_ = -1;
  bool troubled_ = false, over_ = false;
};

void Publisher::OnConnect(int reason) {
  if (reason != 0) return Fail(Status::kGatewayRejected, library_.reason_string(reason));
  for (std::size_t i = 0; i < job_.alarms.size(); ++i) {
    int message = 0;
    if (!Publish(topic_ + "alarm", job_.alarms[i].body, false, &message)) return;
    under_way_[message] = i;
  }
}

void Publisher::OnPublish(int message, int reason) {
  if (message == farewell_) {
    over_ = true;
    return;
  }
  const auto found = under_way_.find(message);
  if (found == under_way_.end()) return;
  const std::string number = std::to_string(found->second);
  under_way_.erase(found);
  if (reason == kMqttPayloadInvalid) {
    say_("- " + number + " " + library_.reason_string(reason) + "\n");
  } else if (reason == kMqttNoSubscriber) {
    Fail(Status::kGatewayRejected, "nobody has subscribed to " + topic_ + "alarm");
  } else if (reason >= kMqttFailures) {
    Fail(Status::kGatewayRejected, library_.reason_string(reason));
  } else {
    say_("+ " + number + "\n");
  }
  troubled_ = troubled_ || reason != 0;
  if (!under_way_.empty() || over_) return;
  over_ = troubled_ ||
          !Publish(topic_ + "state", StateOf(job_, "complete"), true, &farewell_);
}

bool Publisher::Prepare() {
  client_ = library_.create(job_.robot.c_str(), false, this);
  if (client_ == nullptr) {
    FailAs(kMosqErrNoMem);
    return false;
  }
  library_.connect_v5_callback_set(
      client_, [](mosquitto*, void* self, int reason, int, const MqttProperty*) {
        static_cast<Publisher*>(self)->OnConnect(reason);
      });
  library_.publish_v5_callback_set(
      client_, [](mosquitto*, void* self, int message, int reason, const MqttProperty*) {
        static_cast<Publisher*>(self)->OnPublish(message, reason);
      });
  const std::string will = StateOf(job_, "broken-off");
  int result = library_.int_option(client_, kMosqOptProtocolVersion, kMqttProtocolV5);
  if (result == 0) {
    result = library_.will_set(client_, (topic_ + "state").c_str(),
                               static_cast<int>(will.size()), will.data(), kQos, true);
  }
  if (result == 0 && !job_.user.empty()) {
    result =
        library_.username_pw_set(client_, job_.user.c_str(),
                                 job_.password.empty() ? nullptr : job_.password.c_str());
  }
  if (result == 0 && job_.broker.secure) {
    result = job_.ca_file.empty() ? library_.int_option(client_, kMosqOptTlsUseOsCerts, 1)
                                  : library_.tls_set(client_, job_.ca_file.c_str(),
                                                     nullptr, nullptr, nullptr, nullptr);
  }
  if (result != 0) FailAs(result);
  return result == 0;
}

void Publisher::Run() {
  if (!Prepare()) return;
  // The session stays with the broker between two deliveries, as long as it likes.
  MqttProperty* properties = nullptr;
  int result =
      library_.property_add_int32(&properties, kMqttSessionExpiryInterval, UINT32_MAX);
  if (result == 0) {
    result = library_.connect_bind_v5(client_, job_.broker.host.c_str(),
                                      std::atoi(job_.broker.port.c_str()),
                                      job_.keep_alive_s, nullptr, properties);
  }
  constexpr int kSomeTime = 1000;
  while (result == 0 && !over_) result = library_.loop(client_, kSomeTime, 1);
  if (result != 0 && !over_) return FailAs(result);
  (void)library_.disconnect(client_);  // or the broker publishes the last will
}

}  // namespace

void PublishAlarms(const MqttJob& job, const Say& say) {
  std::string why;
  if (const Mosquitto* const library = Mosquitto::Load(why)) {
    Publisher(job, say, *library).Run();
  } else {
    say("! " + std::to_string(static_cast<int>(Status::kAlarmSinkMissing)) + " " +
        OneLine(why) + "\n");
  }
}

std::string WhyNoMosquitto() {
  std::string why;
  return Mosquitto::Load(why) != nullptr ? std::string() : OneLine(why);
}

}  // namespace torpor::telemetry
