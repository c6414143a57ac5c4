#include "telemetry/journal_reader.h"

#include <sqlite3.h>

#include <limits>
#include <span>
#include <system_error>
#include <utility>

#include "telemetry/journal_rails.h"
#include "telemetry/journal_schema.h"
#include "telemetry/journal_sleep.h"
#include "telemetry/sqlite.h"

namespace torpor::telemetry {
namespace {

// A reader waits this long for a writer in the middle of its commit.
constexpr int kBusyMilliseconds = 1000;

constexpr std::string_view kSelectCycles =
    "SELECT cycle, woke_us, wall_us, wake_us, collect_us, infer_us, release_us, "
    "judge_us, "
    "report_us, sleep_us, inferred, batch_sequence, batch_age_us, "
    "since_last_inference_us, "
    "dropped_overrun, dropped_stale, dropped_corrupt, dropped_gap, verdict, "
    "why_abstained, "
    "score, alarm, energy_uj, metered, wakeups_awake, wakeups_asleep, contract "
    "FROM cycles WHERE cycle >= ? ORDER BY cycle LIMIT ?";

// Walks over a row's columns in the order in which they were asked for.
class Row {
 public:
  explicit Row(const Statement& statement) : statement_(statement) {}

  std::int64_t Integer() { return statement_.Integer(column_++); }
  std::uint64_t Number() { return static_cast<std::uint64_t>(Integer()); }
  std::uint32_t Count() { return static_cast<std::uint32_t>(Integer()); }
  Microseconds Duration() { return Microseconds(Integer()); }
  bool Flag() { return Integer() != 0; }
  // Not a number where there is none.
  double Real() {
    const int column = column_++;
    return statement_.IntegerIfAny(column) ? statement_.Real(column)
                                           : std::numeric_limits<double>::quiet_NaN();
  }
  std::string Text() { return statement_.Text(column_++); }

 private:
  const Statement& statement_;
  int column_ = 0;
};

CycleRecord ReadCycle(const Statement& statement) {
  Row row(statement);
  CycleRecord record;
  record.cycle = row.Number();
  record.woke = FromMicroseconds(row.Integer());
  record.wall_us = row.Integer();
  for (Microseconds& phase : record.phases) phase = row.Duration();
  record.inferred = row.Flag();
  record.batch_sequence = row.Number();
  record.batch_age = row.Duration();
  record.since_last_inference = row.Duration();
  record.dropped_overrun = row.Count();
  record.dropped_stale = row.Count();
  record.dropped_corrupt = row.Count();
  record.dropped_gap = row.Count();
  const std::int64_t verdict = row.Integer();
  record.verdict = verdict == 0   ? Verdict::kNormal
                   : verdict == 1 ? Verdict::kAnomaly
                                  : Verdict::kAbstain;
  record.why_abstained = static_cast<Status>(row.Count());
  record.score = row.Real();
  record.alarm = row.Flag();
  record.energy = Microjoules{row.Integer()};
  record.metered = row.Flag();
  record.wakeups_awake = row.Count();
  record.wakeups_asleep = row.Count();
  record.contract = row.Text();
  return record;
}

}  // namespace

void JournalReader::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

Result<JournalReader> JournalReader::Open(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return Status::kFileMissing;
  sqlite3* opened = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &opened,
                                     SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
  Handle database(opened);
  if (result != SQLITE_OK) return Why(opened, result);
  sqlite3_extended_result_codes(opened, 1);
  sqlite3_busy_timeout(opened, kBusyMilliseconds);

  Statement version(opened, "SELECT 1 FROM sqlite_schema");
  if (const int step = version.Step(); step != SQLITE_ROW && step != SQLITE_DONE) {
    return Why(opened, step);
  }
  if (AskInteger(opened, "PRAGMA application_id") != kJournalApplicationId ||
      AskInteger(opened, "PRAGMA user_version") != kJournalSchemaVersion) {
    return Status::kJournalSchema;
  }
  return JournalReader(std::move(database));
}

Result<std::vector<CycleRecord>> JournalReader::Cycles(std::uint64_t from,
                                                       std::size_t most) const {
  std::vector<CycleRecord> cycles;
  Statement rows(database_.get(), kSelectCycles);
  rows.Bind(from, most);
  while (rows.Next()) cycles.push_back(ReadCycle(rows));
  if (rows.result() != SQLITE_DONE) return Why(database_.get(), rows.result());
  if (cycles.empty()) return cycles;

  Statement deviations(database_.get(),
                       "SELECT cycle, reason, detail FROM deviations "
                       "WHERE cycle BETWEEN ? AND ? ORDER BY cycle, ordinal");
  deviations.Bind(cycles.front().cycle, cycles.back().cycle);
  std::size_t at = 0;
  while (deviations.Next()) {
    const auto cycle = static_cast<std::uint64_t>(deviations.Integer(0));
    while (at < cycles.size() && cycles[at].cycle < cycle) ++at;
    if (at == cycles.size()) break;
    if (cycles[at].cycle != cycle) continue;  // its cycle was dropped in between
    cycles[at].deviations.push_back(
        {static_cast<Status>(deviations.Integer(1)), deviations.Text(2)});
  }
  ReadRails(database_.get(), cycles);
  ReadSleeps(database_.get(), cycles);
  return cycles;
}

std::uint64_t JournalReader::LastCycle() const {
  return static_cast<std::uint64_t>(
      AskInteger(database_.get(), "SELECT max(cycle) FROM cycles", 0));
}

std::uint64_t JournalReader::CycleCount() const {
  return static_cast<std::uint64_t>(
      AskInteger(database_.get(), "SELECT count(*) FROM cycles", 0));
}

std::optional<std::vector<std::byte>> JournalReader::State(std::string_view key) const {
  Statement statement(database_.get(), "SELECT value FROM state WHERE key = ?");
  statement.Bind(key);
  if (!statement.Next()) return std::nullopt;
  const std::span<const std::byte> bytes = statement.Bytes(0);
  return std::vector<std::byte>(bytes.begin(), bytes.end());
}

std::optional<std::int64_t> JournalReader::Counter(std::string_view name) const {
  Statement statement(database_.get(), "SELECT value FROM counters WHERE name = ?");
  statement.Bind(name);
  if (!statement.Next()) return std::nullopt;
  return statement.Integer(0);
}

Result<std::vector<Alarm>> JournalReader::Undelivered(std::size_t most) const {
  std::vector<Alarm> alarms;
  Statement statement(database_.get(),
                      "SELECT id, cycle, body FROM alarms WHERE delivered = 0 "
                      "ORDER BY number LIMIT ?");
  statement.Bind(most);
  while (statement.Next()) {
    alarms.push_back({statement.Text(0), static_cast<std::uint64_t>(statement.Integer(1)),
                      statement.Text(2)});
  }
  if (statement.result() != SQLITE_DONE) return Why(database_.get(), statement.result());
  return alarms;
}

Result<std::vector<KnownAlarm>> JournalReader::Alarms(std::uint64_t from,
                                                      std::size_t most) const {
  std::vector<KnownAlarm> alarms;
  Statement statement(database_.get(),
                      "SELECT id, cycle, body, delivered FROM alarms WHERE cycle >= ? "
                      "ORDER BY number LIMIT ?");
  statement.Bind(from, most);
  while (statement.Next()) {
    alarms.push_back(
        {{statement.Text(0), static_cast<std::uint64_t>(statement.Integer(1)),
          statement.Text(2)},
         statement.Integer(3) != 0});
  }
  if (statement.result() != SQLITE_DONE) return Why(database_.get(), statement.result());
  return alarms;
}

std::uint64_t JournalReader::UndeliveredCount() const {
  return static_cast<std::uint64_t>(AskInteger(database_.get(), kCountUndelivered, 0));
}

std::uint64_t JournalReader::DroppedCycles() const {
  return static_cast<std::uint64_t>(Counter(kDroppedCycles).value_or(0));
}

std::uint64_t JournalReader::LostCycles() const {
  return static_cast<std::uint64_t>(Counter(kLostCycles).value_or(0));
}

}  // namespace torpor::telemetry
