#include "telemetry/alarm_delivery.h"

#include <algorithm>
#include <utility>

#include "core/status_table.h"
#include "telemetry/deadline.h"

namespace torpor::telemetry {
namespace {

struct Waiting {
  AlarmSink* sink;
  std::vector<Alarm> alarms;
};

}  // namespace

AlarmDelivery::AlarmDelivery(Journal& journal, const AlarmSinks& sinks)
    : journal_(journal), sinks_(sinks) {
  std::vector<std::string> names;
  for (const auto& sink : sinks_) names.emplace_back(sink->name());
  journal_.DeliverTo(std::move(names));
}

std::vector<SinkTrouble> AlarmDelivery::Deliver(Milliseconds time) {
  std::vector<SinkTrouble> troubles;
  if (!due()) return troubles;
  const Deadline limit(time);
  // What waits from before; that it cannot be written is told with the rest.
  (void)journal_.Note({});
  std::vector<Waiting> waiting;
  for (const auto& sink : sinks_) {
    auto alarms = journal_.ToSend(sink->name(), kMostAtOnce);
    if (!alarms.ok()) {
      troubles.push_back({alarms.status(), std::string(sink->name())});
    } else if (!alarms->empty()) {
      waiting.push_back({sink.get(), *std::move(alarms)});
    }
  }
  std::vector<Delivery> deliveries;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    const auto& [sink, alarms] = waiting[i];
    const std::string name(sink->name());
    const auto sinks_left = static_cast<std::int64_t>(waiting.size() - i);
    const auto share =
        std::chrono::duration_cast<Milliseconds>(limit.left() / sinks_left);
    if (share.count() <= 0) {
      troubles.push_back({Status::kAlarmSinkDown, name + ": no time was left"});
      continue;
    }
    AlarmSink::Sent sent = sink->Send(alarms, share);
    for (std::size_t n = 0; n < std::min(sent.alarms.size(), alarms.size()); ++n) {
      const auto& [confirmed, words] = sent.alarms[n];
      deliveries.push_back({alarms[n].id, name, confirmed});
      if (confirmed) continue;
      troubles.push_back(
          {Status::kAlarmRefused, name + ": " + alarms[n].id + ": " + words});
    }
    if (sent.status != Status::kOk) {
      const std::string why(Info(sent.status).meaning);
      troubles.push_back({Status::kAlarmSinkDown,
                          name + ": " + (sent.detail.empty() ? why : sent.detail)});
    }
  }
  if (const Status status = journal_.Note(std::move(deliveries)); status != Status::kOk) {
    troubles.push_back({status, "what the sinks confirmed is not written yet"});
  }
  return troubles;
}

}  // namespace torpor::telemetry
