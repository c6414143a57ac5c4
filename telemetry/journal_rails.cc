#include "telemetry/journal_rails.h"

#include <sqlite3.h>

#include <optional>
#include <string_view>
#include <utility>

#include "telemetry/sqlite.h"

namespace torpor::telemetry {
namespace {

constexpr std::size_t kLongestReason = 200;
// The last of the numbers of Metered.
constexpr std::int64_t kLastHow = static_cast<std::int64_t>(Metered::kAtMost);

}  // namespace

int InsertRails(sqlite3* database, KeptStatements& statements,
                const CycleRecord& record) {
  if (record.rails.empty()) return SQLITE_OK;
  Statement& insert = statements.Of(database,
                                    "INSERT OR IGNORE INTO rail_energy VALUES "
                                    "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  int result = SQLITE_OK;
  for (const RailJoules& rail : record.rails) {
    if (result != SQLITE_OK) break;
    const auto phase = [&rail](Phase p) -> std::optional<std::int64_t> {
      const auto& energy = rail.phases[static_cast<std::size_t>(p)];
      return energy ? std::optional(energy->value) : std::nullopt;
    };
    result =
        insert
            .Bind(record.cycle, std::string_view(rail.rail), static_cast<int>(rail.how),
                  phase(Phase::kWake), phase(Phase::kCollect), phase(Phase::kInfer),
                  phase(Phase::kRelease), phase(Phase::kJudge), phase(Phase::kReport),
                  phase(Phase::kSleep),
                  std::string_view(rail.why).substr(0, kLongestReason))
            .Run();
  }
  return result;
}

void ReadRails(sqlite3* database, std::span<CycleRecord> cycles) {
  if (cycles.empty()) return;
  Statement rows(database,
                 "SELECT cycle, rail, how, wake_uj, collect_uj, infer_uj, release_uj, "
                 "judge_uj, report_uj, sleep_uj, why FROM rail_energy "
                 "WHERE cycle BETWEEN ? AND ? ORDER BY cycle, rail");
  rows.Bind(cycles.front().cycle, cycles.back().cycle);
  std::size_t at = 0;
  while (rows.Next()) {
    const auto cycle = static_cast<std::uint64_t>(rows.Integer(0));
    while (at < cycles.size() && cycles[at].cycle < cycle) ++at;
    if (at == cycles.size()) break;
    if (cycles[at].cycle != cycle) continue;  // its cycle was dropped in between
    RailJoules rail;
    rail.rail = rows.Text(1);
    const std::int64_t how = rows.Integer(2);
    if (how >= 0 && how <= kLastHow) rail.how = static_cast<Metered>(how);
    for (std::size_t i = 0; i < kPhases; ++i) {
      if (const auto energy = rows.IntegerIfAny(3 + static_cast<int>(i))) {
        rail.phases[i] = Microjoules{*energy};
      }
    }
    rail.why = rows.Text(10);
    cycles[at].rails.push_back(std::move(rail));
  }
}

}  // namespace torpor::telemetry
