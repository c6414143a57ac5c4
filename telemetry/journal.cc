#include "telemetry/journal.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "core/status_table.h"
#include "telemetry/journal_rails.h"
#include "telemetry/journal_schema.h"
#include "telemetry/journal_sleep.h"
#include "telemetry/move_aside.h"
#include "telemetry/sqlite.h"

namespace torpor::telemetry {
namespace {

// Longest wait for a reader that repairs the file after a crash; a cycle can afford it.
constexpr int kBusyMilliseconds = 100;
// Pages in the write-ahead log after which they are carried over into the file: work per
// commit stays small, and so does the log.
constexpr int kCheckpointPages = 64;
constexpr std::string_view kPragmas =
    "PRAGMA journal_size_limit = 1048576; PRAGMA cache_size = -512; "
    "PRAGMA trusted_schema = OFF;";
// Oldest cycles that give way in one commit: more than arrive, few enough not to stall.
constexpr int kTrimmedAtOnce = 8;
constexpr std::size_t kLongestDetail = 1000;
constexpr int kSynchronousFull = 2;

}  // namespace

Status Journal::InTransaction(const std::function<int()>& work) {
  if (!database_) {  // it was given up: perhaps it can be had by now
    if (const Status opened = Reopen(); opened != Status::kOk) return opened;
  }
  sqlite3* database = database_.get();
  errno = 0;
  written_.clear();
  int result = Kept("BEGIN IMMEDIATE").Run();
  if (result == SQLITE_OK) result = work();
  if (result == SQLITE_OK) result = Kept("COMMIT").Run();
  if (result == SQLITE_OK) {
    for (const auto& [name, value] : written_) counters_[name] = value;
    return Status::kOk;
  }
  const Status why = Why(database, result);
  if (sqlite3_get_autocommit(database) == 0) (void)Execute(database, "ROLLBACK");
  return why;
}

Result<Journal> Journal::Open(const std::filesystem::path& path, JournalLimits limits) {
  Journal journal(nullptr, path, limits);
  Status status = journal.Prepare();
  if (status == Status::kJournalCorrupt) status = journal.BeginAnew();
  if (status != Status::kOk) return status;
  return journal;
}

Journal::Journal(Handle database, std::filesystem::path path, JournalLimits limits)
    : JournalReader(std::move(database)),
      path_(std::move(path)),
      limits_(limits),
      statements_(std::make_unique<KeptStatements>()) {}

Journal::Journal(Journal&&) noexcept = default;
// Closing one that still has statements waits for their end (sqlite3_close_v2).
Journal& Journal::operator=(Journal&&) noexcept = default;
Journal::~Journal() = default;

Status Journal::BeginAnew() {
  statements_->Forget();
  counters_.clear();
  undelivered_.reset();
  database_.reset();
  const std::optional<std::filesystem::path> aside = MoveAside(path_);
  if (!aside) return Status::kIo;
  moved_aside_ = aside;
  return Reopen();
}

// A file that is open and not prepared would refuse every cycle instead of holding it.
Status Journal::Reopen() {
  const Status status = Prepare();
  if (status != Status::kOk) {
    statements_->Forget();
    database_.reset();
  }
  return status;
}

Status Journal::Prepare() {
  sqlite3* opened = nullptr;
  int result = sqlite3_open_v2(
      path_.c_str(), &opened,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(opened);
  if (result != SQLITE_OK) return Why(opened, result);
  sqlite3_extended_result_codes(opened, 1);
  sqlite3_busy_timeout(opened, kBusyMilliseconds);
  sqlite3_wal_hook(  // takes the place of SQLite's own carrying over, which fails commits
      opened,
      [](void* count, sqlite3*, const char*, int pages) {
        *static_cast<int*>(count) = pages;
        return SQLITE_OK;
      },
      log_pages_.get());

  Statement tables(opened, "SELECT count(*) FROM sqlite_schema");
  result = tables.Step();
  if (result != SQLITE_ROW) return Why(opened, result);
  const bool fresh = tables.Integer(0) == 0 &&
                     AskInteger(opened, "PRAGMA application_id") == 0 &&
                     AskInteger(opened, "PRAGMA user_version") == 0;
  result = tables.Run();  // or it would stay in its transaction
  if (result != SQLITE_OK) return Why(opened, result);
  if (!fresh && (AskInteger(opened, "PRAGMA application_id") != kJournalApplicationId ||
                 AskInteger(opened, "PRAGMA user_version") != kJournalSchemaVersion)) {
    return Status::kJournalSchema;
  }

  Statement log(opened, "PRAGMA journal_mode = WAL");
  result = log.Step();
  if (result != SQLITE_ROW) return Why(opened, result);
  const bool has_log = log.Text(0) == "wal";
  (void)log.Run();
  if (!has_log) return Status::kJournalNotDurable;
  result = Execute(opened, std::string(kPragmas));
  if (result == SQLITE_OK) result = Execute(opened, "PRAGMA synchronous = FULL");
  if (result != SQLITE_OK) return Why(opened, result);
  if (!fresh && AskText(opened, "PRAGMA quick_check(1)") != "ok") {
    return Status::kJournalCorrupt;
  }

  LimitPages(0);
  const Status written = InTransaction([&] {
    int step = SQLITE_OK;
    if (fresh) {
      step = Execute(
          opened, std::string(kJournalTables) +
                      "PRAGMA application_id = " + std::to_string(kJournalApplicationId) +
                      "; PRAGMA user_version = " + std::to_string(kJournalSchemaVersion));
    }
    if (step == SQLITE_OK) step = Execute(opened, std::string(kJournalAdditions));
    if (AskInteger(opened, "SELECT count(*) FROM reasons") ==
        static_cast<std::int64_t>(StatusTable().size())) {
      return step;
    }
    Statement name(opened, "INSERT OR REPLACE INTO reasons VALUES (?, ?, ?)");
    for (const StatusInfo& info : StatusTable()) {
      if (step != SQLITE_OK) break;
      step = name.Bind(static_cast<int>(info.status), info.name, info.meaning).Run();
    }
    return step;
  });
  if (written != Status::kOk) return written;
  if (fresh) SyncFolderOf(path_);

  // Asked last: a WAL file that is opened again may have changed it behind our back.
  if (AskInteger(opened, "PRAGMA synchronous") != kSynchronousFull ||
      AskText(opened, "PRAGMA journal_mode") != "wal") {
    return Status::kJournalNotDurable;
  }
  rows_ = CycleCount();
  dropped_ = JournalReader::DroppedCycles();
  lost_ = std::max(lost_, JournalReader::LostCycles());
  undelivered_.reset();
  return Status::kOk;
}

Status Journal::Commit(CycleCommit commit) {
  held_.push_back(std::move(commit));
  if (held_.size() > kMostHeld) {
    // Alarms and state outlive the cycle that raised them.
    CycleCommit& next = held_[1];
    CycleCommit& oldest = held_.front();
    next.alarms.insert(next.alarms.begin(), oldest.alarms.begin(), oldest.alarms.end());
    next.state.insert(next.state.begin(), oldest.state.begin(), oldest.state.end());
    next.counters.insert(next.counters.begin(), oldest.counters.begin(),
                         oldest.counters.end());
    held_.pop_front();
    ++lost_;
  }
  Status status = WriteHeld();
  if (status == Status::kJournalFull) {
    // Carrying the log over lets it be written again from its start, which needs no room.
    CarryLogOver(SQLITE_CHECKPOINT_RESTART);
    status = WriteHeld();
  }
  if (status == Status::kInternal && !held_.empty()) {
    held_.pop_back();  // it would be refused for ever, and those behind it with it
    ++lost_;
    ++failures_;
  }
  if (status == Status::kJournalCorrupt) {
    ++failures_;
    const Status anew = BeginAnew();
    if (anew != Status::kOk) return anew;
    const Status again = WriteHeld();
    return again == Status::kOk ? Status::kJournalCorrupt : again;
  }
  if (status != Status::kOk && status != Status::kInternal) ++failures_;
  return status;
}

Status Journal::WriteHeld() {
  const std::uint64_t rows = rows_, dropped = dropped_;
  repeated_ = 0;
  const Status status = InTransaction([&] {
    for (const CycleCommit& commit : held_) {
      if (const int result = Insert(commit); result != SQLITE_OK) return result;
    }
    return Trim();
  });
  if (status != Status::kOk) {
    rows_ = rows;
    dropped_ = dropped;
    return status;
  }
  held_.clear();
  TellWhatGaveWay(dropped);
  if (*log_pages_ >= kCheckpointPages) CarryLogOver(SQLITE_CHECKPOINT_PASSIVE);
  return repeated_ == 0 ? Status::kOk : Status::kInternal;
}

int Journal::Insert(const CycleCommit& commit) {
  if (const int result = InsertCycle(commit.record); result != SQLITE_OK) return result;
  Statement& raise =
      Kept("INSERT OR IGNORE INTO alarms (id, cycle, body) VALUES (?, ?, ?)");
  for (const Alarm& alarm : commit.alarms) {
    undelivered_.reset();
    const int result =
        raise.Bind(std::string_view(alarm.id), alarm.cycle, std::string_view(alarm.body))
            .Run();
    if (result != SQLITE_OK) return result;
  }
  return SaveAll(commit.state, commit.counters);
}

int Journal::SaveAll(std::span<const StateEntry> state,
                     std::span<const CounterEntry> counters) {
  int result = SQLITE_OK;
  // Where the new value is as long as the old one, which it mostly is, an update in place
  // lets SQLite leave every page alone that it does not change; replacing writes them
  // all.
  Statement& change_state = Kept("UPDATE state SET value = ?2 WHERE key = ?1");
  Statement& save_state = Kept("INSERT INTO state VALUES (?, ?)");
  for (const StateEntry& entry : state) {
    for (Statement* save : {&change_state, &save_state}) {
      if (result != SQLITE_OK) return result;
      result = save->Bind(std::string_view(entry.key), std::span(entry.value)).Run();
      if (sqlite3_changes(database_.get()) > 0) break;
    }
  }
  Statement& save_counter = Kept("INSERT OR REPLACE INTO counters VALUES (?, ?)");
  for (const CounterEntry& entry : counters) {
    if (result != SQLITE_OK) return result;
    if (InFile(entry.name) == entry.value) continue;
    result = save_counter.Bind(std::string_view(entry.name), entry.value).Run();
    written_[entry.name] = entry.value;
  }
  return result;
}

// Of this transaction first: one may write a counter twice.
std::optional<std::int64_t> Journal::InFile(const std::string& counter) const {
  for (const auto* counters : {&written_, &counters_}) {
    if (const auto found = counters->find(counter); found != counters->end())
      return found->second;
  }
  return std::nullopt;
}

int Journal::InsertCycle(const CycleRecord& r) {
  sqlite3* database = database_.get();
  Statement& cycle = Kept(
      "INSERT OR IGNORE INTO cycles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
      "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const auto phase = [&](Phase p) {
    return r.phases[static_cast<std::size_t>(p)].count();
  };
  cycle.Bind(r.cycle, SinceBootMicroseconds(r.woke), r.wall_us, phase(Phase::kWake),
             phase(Phase::kCollect), phase(Phase::kInfer), phase(Phase::kRelease),
             phase(Phase::kJudge), phase(Phase::kReport), phase(Phase::kSleep),
             r.inferred, r.batch_sequence, r.batch_age.count(),
             r.since_last_inference.count(), r.dropped_overrun, r.dropped_stale,
             r.dropped_corrupt, r.dropped_gap, static_cast<int>(r.verdict),
             static_cast<int>(r.why_abstained), r.score, r.alarm, r.energy.value,
             r.metered, r.wakeups_awake, r.wakeups_asleep, std::string_view(r.contract));
  int result = cycle.Run();
  if (result != SQLITE_OK) return result;
  if (sqlite3_changes(database) == 0) {
    ++repeated_;
    return SQLITE_OK;
  }
  ++rows_;
  result = InsertSleep(database, *statements_, r);
  Statement& deviation = Kept("INSERT INTO deviations VALUES (?, ?, ?, ?)");
  for (std::size_t i = 0; i < r.deviations.size() && result == SQLITE_OK; ++i) {
    const Deviation& d = r.deviations[i];
    result = deviation
                 .Bind(r.cycle, i, static_cast<int>(d.what),
                       std::string_view(d.detail).substr(0, kLongestDetail))
                 .Run();
  }
  return result == SQLITE_OK ? InsertRails(database, *statements_, r) : result;
}

// The newest cycle always stays, so that numbers are never used again.
int Journal::Trim() {
  sqlite3* database = database_.get();
  const auto too_many = [&] {
    return rows_ > limits_.cycles || UsedBytes() > limits_.bytes;
  };
  Statement& drop =
      Kept("DELETE FROM cycles WHERE cycle = (SELECT min(cycle) FROM cycles)");
  for (int n = 0; n < kTrimmedAtOnce && rows_ > 1 && too_many(); ++n) {
    if (const int result = drop.Run(); result != SQLITE_OK) return result;
    --rows_;
    ++dropped_;
    const int result = Execute(
        database,
        "DELETE FROM deviations WHERE cycle < (SELECT min(cycle) FROM cycles);"
        "DELETE FROM rail_energy WHERE cycle < (SELECT min(cycle) FROM cycles);"
        "DELETE FROM residency WHERE cycle < (SELECT min(cycle) FROM cycles);"
        "DELETE FROM interrupts WHERE cycle < (SELECT min(cycle) FROM cycles);"
        "DELETE FROM alarms WHERE delivered AND cycle < (SELECT min(cycle) FROM cycles)");
    if (result != SQLITE_OK) return result;
  }
  return SaveAll({}, OwnCounters());
}

Statement& Journal::Kept(std::string_view sql) {
  return statements_->Of(database_.get(), sql);
}

std::array<CounterEntry, 2> Journal::OwnCounters() const {
  return {CounterEntry{std::string(kDroppedCycles), static_cast<std::int64_t>(dropped_)},
          CounterEntry{std::string(kLostCycles), static_cast<std::int64_t>(lost_)}};
}

std::uint64_t Journal::UsedBytes() {
  const auto ask = [&](std::string_view sql) {
    Statement& question = Kept(sql);
    const std::int64_t answer = question.Next() ? question.Integer(0) : -1;
    question.Rewind();  // or it would stay in its transaction
    return answer;
  };
  return static_cast<std::uint64_t>(
      (ask("PRAGMA page_count") - ask("PRAGMA freelist_count")) *
      ask("PRAGMA page_size"));
}

void Journal::LimitPages(std::uint64_t more) {
  const auto page_bytes = static_cast<std::uint64_t>(
      std::max<std::int64_t>(512, AskInteger(database_.get(), "PRAGMA page_size")));
  (void)Execute(
      database_.get(),
      "PRAGMA max_page_count = " + std::to_string(2 * limits_.bytes / page_bytes + more));
}

// A failure here loses nothing: the log still holds every commit.
void Journal::CarryLogOver(int mode) {
  (void)sqlite3_wal_checkpoint_v2(database_.get(), nullptr, mode, nullptr, nullptr);
}

Status Journal::Save(std::span<const StateEntry> state,
                     std::span<const CounterEntry> counters) {
  const Status status = InTransaction([&] { return SaveAll(state, counters); });
  if (status != Status::kOk) ++failures_;
  return status;
}

}  // namespace torpor::telemetry
