// Alarms in the journal: which of them each sink is still to be sent, and what became of
// them there.
#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "telemetry/journal.h"
#include "telemetry/journal_schema.h"
#include "telemetry/sqlite.h"

namespace torpor::telemetry {
namespace {

// In the order of their raising; stops at the first ones.
constexpr std::string_view kNeverRefused =
    "SELECT id, cycle, body FROM alarms WHERE delivered = 0 AND NOT EXISTS "
    "(SELECT 1 FROM alarm_deliveries d WHERE d.sink = ? AND d.alarm = number) "
    "ORDER BY number LIMIT ?";
constexpr std::string_view kRefused =
    "SELECT id, cycle, body FROM alarm_deliveries d JOIN alarms ON number = d.alarm "
    "WHERE d.sink = ? AND d.confirmed = 0 AND delivered = 0 "
    "ORDER BY d.refusals, number";
constexpr std::uint64_t kPagesToDeliver = 64;

}  // namespace

std::uint64_t Journal::UndeliveredCount() {
  if (!undelivered_ && database_) {
    // What cannot be read now is asked for again, and not taken for none.
    const std::int64_t count = AskInteger(database_.get(), kCountUndelivered);
    if (count >= 0) undelivered_ = static_cast<std::uint64_t>(count);
  }
  std::uint64_t count = undelivered_.value_or(0);
  for (const CycleCommit& commit : held_) count += commit.alarms.size();
  return count;
}

void Journal::DeliverTo(std::vector<std::string> sinks) {
  sinks_ = std::move(sinks);
  settled_ = false;
}

Result<std::vector<Alarm>> Journal::ToSend(std::string_view sink,
                                           std::size_t most) const {
  std::vector<Alarm> alarms;
  const auto add = [&](Alarm alarm) {
    const bool known = std::ranges::any_of(unwritten_, [&](const Delivery& delivery) {
      return delivery.sink == sink && delivery.alarm == alarm.id;
    });
    if (!known && alarms.size() < most) alarms.push_back(std::move(alarm));
  };
  const auto read = [&](Statement& rows) {
    while (alarms.size() < most && rows.Next()) {
      add({rows.Text(0), static_cast<std::uint64_t>(rows.Integer(1)), rows.Text(2)});
    }
    return alarms.size() == most || rows.result() == SQLITE_DONE
               ? Status::kOk
               : Why(database_.get(), rows.result());
  };
  if (database_) {
    Statement rows(database_.get(), kNeverRefused);
    if (const Status status = read(rows.Bind(sink, most + unwritten_.size()));
        status != Status::kOk) {
      return status;
    }
  }
  for (const CycleCommit& commit : held_) {
    for (const Alarm& alarm : commit.alarms) add(alarm);
  }
  if (!database_ || alarms.size() >= most) return alarms;
  most = alarms.size() + 1;
  Statement rows(database_.get(), kRefused);
  const Status status = read(rows.Bind(sink));
  return status == Status::kOk ? Result(std::move(alarms)) : status;
}

Status Journal::Note(std::vector<Delivery> deliveries) {
  std::ranges::move(deliveries, std::back_inserter(unwritten_));
  if (settled_ && unwritten_.empty()) return Status::kOk;
  std::vector<Delivery> not_there;
  const auto write = [&] {
    not_there.clear();
    for (const Delivery& delivery : unwritten_) {
      bool found = false;
      if (const int result = WriteDelivery(delivery, found); result != SQLITE_OK)
        return result;
      if (!found) not_there.push_back(delivery);
    }
    const int result = SettleDelivered();
    return result == SQLITE_OK && rows_ <= 1 ? DropDelivered() : result;
  };
  Status status = InTransaction(write);
  if (status == Status::kJournalFull) {
    // Full of what is being delivered: room to write that down is room to come.
    LimitPages(kPagesToDeliver);
    status = InTransaction(write);
    LimitPages(0);
  }
  if (status != Status::kOk) {
    ++failures_;
    return status;
  }
  // Of those that are neither on the disk nor to come there, nobody will ever ask.
  std::erase_if(not_there, [this](const Delivery& delivery) {
    return std::ranges::none_of(held_, [&](const CycleCommit& commit) {
      return std::ranges::count(commit.alarms, delivery.alarm, &Alarm::id) > 0;
    });
  });
  unwritten_ = std::move(not_there);
  settled_ = true;
  undelivered_.reset();
  return Status::kOk;
}

// They go with their cycles, which may all have given way before.
int Journal::DropDelivered() {
  return Kept(
             "DELETE FROM alarms WHERE delivered AND "
             "cycle < (SELECT min(cycle) FROM cycles)")
      .Run();
}

void Journal::TellWhatGaveWay(std::uint64_t dropped_before) {
  const bool alone = rows_ <= 1 && UsedBytes() > limits_.bytes;
  const std::string waiting = std::to_string(UndeliveredCount()) + " undelivered alarms";
  if (alone && !alone_) {
    news_ = waiting + " fill the journal, and only the newest cycle is kept beside them";
  } else if (dropped_before == 0 && dropped_ > 0) {
    news_ = "from now on the oldest cycles give way, " + waiting + " stay";
  }
  alone_ = alone;
}

int Journal::WriteDelivery(const Delivery& delivery, bool& found) {
  Statement& write = Kept(
      "INSERT INTO alarm_deliveries SELECT number, ?1, ?3, 1 - ?3 FROM alarms "
      "WHERE id = ?2 ON CONFLICT (alarm, sink) DO UPDATE SET "
      "confirmed = excluded.confirmed, refusals = refusals + excluded.refusals");
  const int result = write
                         .Bind(std::string_view(delivery.sink),
                               std::string_view(delivery.alarm), delivery.confirmed)
                         .Run();
  found = sqlite3_changes(database_.get()) > 0;
  return result;
}

int Journal::SettleDelivered() {
  if (sinks_.empty()) return SQLITE_OK;
  std::string named = "|";
  for (const std::string& sink : sinks_) named += sink + "|";
  return Kept(
             "UPDATE alarms SET delivered = 1 WHERE delivered = 0 AND "
             "(SELECT count(*) FROM alarm_deliveries d WHERE d.alarm = number AND "
             "d.confirmed AND instr(?, '|' || d.sink || '|')) = ?")
      .Bind(std::string_view(named), sinks_.size())
      .Run();
}

}  // namespace torpor::telemetry
