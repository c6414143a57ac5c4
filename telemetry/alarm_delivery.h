// Alarms on their way out of the journal: each is sent to every sink, oldest first, until
// that sink has confirmed it. At least once: a robot that dies between a sink's word and
// the journal's writing of it sends the alarm again, under the same id.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/status.h"
#include "core/time.h"
#include "telemetry/journal.h"

namespace torpor::telemetry {

// A place that alarms are sent to.
class AlarmSink {
 public:
  virtual ~AlarmSink() = default;

  // What the journal, logs and people call it; the address may change, and what is
  // confirmed stays confirmed.
  [[nodiscard]] virtual std::string_view name() const = 0;

  // What became of the alarms, from the first on; fewer than were given when the sink or
  // the time failed, and then `status` is why.
  struct Sent {
    struct One {
      bool confirmed = false;  // false: the sink will not have this one
      std::string words;       // the sink's, of one that is refused; one line
    };
    std::vector<One> alarms;
    Status status = Status::kOk;
    std::string detail;  // one line
  };
  // Sends them in this order, and is back at its deadline, which is real time, with
  // nothing left that could wake anybody: no thread, no child, no connection.
  [[nodiscard]] virtual Sent Send(std::span<const Alarm> alarms,
                                  Milliseconds deadline) = 0;
};

using AlarmSinks = std::vector<std::unique_ptr<AlarmSink>>;

// What went wrong at one sink in one cycle.
struct SinkTrouble {
  Status what = Status::kOk;  // kAlarmSinkDown or kAlarmRefused
  std::string detail;         // names the sink, and the alarm that is refused
};

class AlarmDelivery {
 public:
  // Both outlive this.
  AlarmDelivery(Journal& journal, const AlarmSinks& sinks);

  [[nodiscard]] bool due() const {
    return !sinks_.empty() && journal_.UndeliveredCount() > 0;
  }
  // Asks each sink once, for at most kMostAtOnce alarms; the time that one leaves goes to
  // those behind it, and a dead one takes its share and no more. An alarm that is refused
  // is asked about again, one in each call and behind all others: only a sink's
  // confirmation takes an alarm out of the journal.
  std::vector<SinkTrouble> Deliver(Milliseconds time);

  static constexpr std::size_t kMostAtOnce = 8;

 private:
  Journal& journal_;
  const AlarmSinks& sinks_;
};

}  // namespace torpor::telemetry
