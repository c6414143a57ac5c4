#include "telemetry/journal_sleep.h"

#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>

#include "telemetry/sqlite.h"

namespace torpor::telemetry {
namespace {

constexpr std::size_t kLongestText = 1000;

std::string_view Cut(std::string_view text) { return text.substr(0, kLongestText); }

// What is not a number is written as NULL.
double OrNull(const std::optional<double>& value) {
  return value.value_or(std::numeric_limits<double>::quiet_NaN());
}
std::optional<std::int64_t> OrNull(const std::optional<bool>& value) {
  return value ? std::optional<std::int64_t>(*value ? 1 : 0) : std::nullopt;
}

std::optional<double> RealIfAny(const Statement& row, int column) {
  return row.IntegerIfAny(column) ? std::optional(row.Real(column)) : std::nullopt;
}

// Where the cycle of a row that begins with its number stands; nullptr: not among these.
CycleRecord* CycleOf(const Statement& row, std::vector<CycleRecord>& cycles) {
  const auto number = static_cast<std::uint64_t>(row.Integer(0));
  const auto cycle = std::ranges::lower_bound(cycles, number, {}, &CycleRecord::cycle);
  return cycle == cycles.end() || cycle->cycle != number ? nullptr : &*cycle;
}

// A table of its own: journals that were begun before it have the other.
void ReadInterrupts(sqlite3* database, std::vector<CycleRecord>& cycles) {
  Statement rows(database,
                 "SELECT cycle, times, busiest FROM interrupts "
                 "WHERE cycle BETWEEN ? AND ? ORDER BY cycle");
  rows.Bind(cycles.front().cycle, cycles.back().cycle);
  while (rows.Next()) {
    CycleRecord* const cycle = CycleOf(rows, cycles);
    if (cycle == nullptr || !cycle->sleep) continue;
    cycle->sleep->interrupts = static_cast<std::uint64_t>(rows.Integer(1));
    cycle->sleep->busiest_interrupts = rows.Text(2);
  }
}

}  // namespace

int InsertSleep(sqlite3* database, KeptStatements& statements,
                const CycleRecord& record) {
  if (!record.sleep) return SQLITE_OK;
  const SleepProof& sleep = *record.sleep;
  Statement& row = statements.Of(
      database,
      "INSERT OR IGNORE INTO residency VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const int result =
      row.Bind(record.cycle, OrNull(record.slept), Cut(sleep.gpu_before),
               Cut(sleep.gpu_after), sleep.suspended_ms, OrNull(sleep.railgated),
               sleep.pinned, OrNull(sleep.idle_share), Cut(sleep.causes),
               Cut(sleep.because), Cut(sleep.active_sources))
          .Run();
  if (result != SQLITE_OK || !sleep.interrupts) return result;
  Statement& interrupts =
      statements.Of(database, "INSERT OR IGNORE INTO interrupts VALUES (?, ?, ?)");
  return interrupts.Bind(record.cycle, *sleep.interrupts, Cut(sleep.busiest_interrupts))
      .Run();
}

void ReadSleeps(sqlite3* database, std::vector<CycleRecord>& cycles) {
  Statement rows(database,
                 "SELECT cycle, slept, gpu_before, gpu_after, suspended_ms, railgated, "
                 "clocks_pinned, idle_share, causes, because, active_sources "
                 "FROM residency WHERE cycle BETWEEN ? AND ? ORDER BY cycle");
  rows.Bind(cycles.front().cycle, cycles.back().cycle);
  while (rows.Next()) {
    CycleRecord* const cycle = CycleOf(rows, cycles);
    if (cycle == nullptr) continue;
    cycle->slept = RealIfAny(rows, 1);
    SleepProof& sleep = cycle->sleep.emplace();
    sleep.gpu_before = rows.Text(2);
    sleep.gpu_after = rows.Text(3);
    sleep.suspended_ms = rows.IntegerIfAny(4);
    if (const auto gated = rows.IntegerIfAny(5)) sleep.railgated = *gated != 0;
    sleep.pinned = rows.Integer(6) != 0;
    sleep.idle_share = RealIfAny(rows, 7);
    sleep.causes = rows.Text(8);
    sleep.because = rows.Text(9);
    sleep.active_sources = rows.Text(10);
  }
  ReadInterrupts(database, cycles);
}

}  // namespace torpor::telemetry
