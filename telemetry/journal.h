// What torpord knows and must not forget: one row per cycle, its deviations, the alarms
// not delivered yet, and the state that survives a restart, in one SQLite file. What
// Commit() has called done is on the disk: it survives kill -9 and a power cut at any
// moment. Tables and views: docs/journal.md.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "telemetry/journal_reader.h"

namespace torpor::telemetry {

class KeptStatements;
class Statement;

struct StateEntry {
  std::string key;
  std::vector<std::byte> value;
};

struct CounterEntry {
  std::string name;  // not "journal_...", those are the journal's own
  std::int64_t value = 0;
};

// What became of an alarm at one of the places that it is sent to.
struct Delivery {
  std::string alarm;       // its id
  std::string sink;        // as DeliverTo() has it
  bool confirmed = false;  // false: it was refused, and will be asked about again
};

// All that one cycle leaves behind; written together or not at all.
struct CycleCommit {
  CycleRecord record;
  std::vector<Alarm> alarms;
  std::vector<StateEntry> state;       // each replaces what its key held
  std::vector<CounterEntry> counters;  // likewise
};

// The oldest cycles give way beyond either; an undelivered alarm never does. The file
// itself never grows beyond twice `bytes`, but for a few pages in which the delivery of
// the alarms that fill it is written, and its write-ahead log stays near 1 MiB.
struct JournalLimits {
  std::uint64_t cycles = 100'000;
  std::uint64_t bytes = std::uint64_t{64} << 20U;
};

// One writer, one thread; any number of JournalReaders beside it.
class Journal : public JournalReader {
 public:
  Journal(Journal&& other) noexcept;
  Journal& operator=(Journal&& other) noexcept;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  ~Journal();

  // Opens the journal, or begins one. A damaged one is moved aside (moved_aside() says
  // where to, and it is never deleted) and a new one is begun.
  //   kJournalOpen        no such folder, none for us, or another process has it
  //   kJournalSchema      the journal is of another version, or another program's
  //   kJournalNotDurable  the file system or SQLite cannot promise to keep a commit
  //   kJournalFull        no room for an empty journal
  //   kIo                 the disk fails
  [[nodiscard]] static Result<Journal> Open(const std::filesystem::path& path,
                                            JournalLimits limits);

  // Writes a cycle and waits until the disk has it. What cannot be written is held in
  // memory, up to kMostHeld cycles, and written by the next Commit that can.
  //   kJournalFull     no room: held, counted, nothing committed before is touched
  //   kIo              the disk fails: held likewise
  //   kJournalOpen     another process holds the file: held likewise
  //   kJournalCorrupt  it was found damaged and moved aside; a new one, with this cycle,
  //                    is begun. The caller saves its state again
  //   kInternal        a cycle of this number was journalled before: the first one stays
  [[nodiscard]] Status Commit(CycleCommit commit);

  // Saves state and counters between cycles (at boot, on acceptance of a contract).
  // Statuses are Commit's, but nothing is held: what is refused is not saved.
  [[nodiscard]] Status Save(std::span<const StateEntry> state,
                            std::span<const CounterEntry> counters = {});

  // From here on an alarm is delivered when each of these has confirmed it; what others
  // have confirmed before counts for nothing. None: nothing is ever delivered.
  void DeliverTo(std::vector<std::string> sinks);
  // What a sink has not confirmed and is to be sent now, at most so many: the oldest that
  // it has never refused, those first that are on the disk, then those held in memory;
  // and at the end, if there is room, one that it has refused, of those the one that it
  // was asked about least often.
  [[nodiscard]] Result<std::vector<Alarm>> ToSend(std::string_view sink,
                                                  std::size_t most) const;
  // Writes what became of alarms, and takes those off the undelivered that are delivered.
  // What cannot be written, or is of an alarm that is not on the disk yet, is remembered
  // and written by the next call that can; meanwhile ToSend() goes by it. Statuses are
  // Commit's.
  [[nodiscard]] Status Note(std::vector<Delivery> deliveries);

  // As a reader counts them, and those held in memory; asks the file only when one may
  // have come or gone.
  [[nodiscard]] std::uint64_t UndeliveredCount();
  [[nodiscard]] std::uint64_t DroppedCycles() const { return dropped_; }
  [[nodiscard]] std::uint64_t LostCycles() const { return lost_; }

  // What a person should hear of it once: that its oldest cycles give way from now on,
  // and that undelivered alarms alone fill it. Empty when there is no news.
  [[nodiscard]] std::string TakeNews() { return std::exchange(news_, {}); }

  // Cycles that wait in memory for room on the disk.
  [[nodiscard]] std::size_t held() const { return held_.size(); }
  // Writes that were refused since the journal was opened.
  [[nodiscard]] std::uint64_t failures() const { return failures_; }
  // Where the latest damaged journal lies; nothing if none was met since opening.
  [[nodiscard]] const std::optional<std::filesystem::path>& moved_aside() const {
    return moved_aside_;
  }

  static constexpr std::size_t kMostHeld = 256;

 private:
  Journal(Handle database, std::filesystem::path path, JournalLimits limits);

  // Rolls back whatever fails, so that the next transaction starts from what is on the
  // disk. `work` gives SQLite's result.
  Status InTransaction(const std::function<int()>& work);
  Status Prepare();
  Status Reopen();
  Status BeginAnew();
  Status WriteHeld();
  int Insert(const CycleCommit& commit);
  int SaveAll(std::span<const StateEntry> state, std::span<const CounterEntry> counters);
  [[nodiscard]] std::optional<std::int64_t> InFile(const std::string& counter) const;
  [[nodiscard]] std::array<CounterEntry, 2> OwnCounters() const;
  [[nodiscard]] std::uint64_t UsedBytes();
  // A statement of each cycle, compiled once (telemetry/sqlite.h).
  Statement& Kept(std::string_view sql);
  int InsertCycle(const CycleRecord& record);
  int Trim();
  // Whether the alarm is on the disk.
  int WriteDelivery(const Delivery& delivery, bool& found);
  int SettleDelivered();
  int DropDelivered();
  // So many more than the limit of bytes allows.
  void LimitPages(std::uint64_t more);
  void TellWhatGaveWay(std::uint64_t dropped_before);
  void CarryLogOver(int mode);

  // Of the write-ahead log, told by SQLite after each commit; its address must not move.
  std::unique_ptr<int> log_pages_ = std::make_unique<int>(0);
  std::filesystem::path path_;
  JournalLimits limits_;
  std::unique_ptr<KeptStatements> statements_;
  std::map<std::string, std::int64_t> counters_;  // as they are in the file
  std::map<std::string, std::int64_t> written_;  // by a transaction that is not committed
  std::deque<CycleCommit> held_;
  std::uint64_t rows_ = 0, dropped_ = 0, lost_ = 0, failures_ = 0, repeated_ = 0;
  std::optional<std::uint64_t> undelivered_;  // in the file, where that is known
  std::vector<std::string> sinks_;
  bool alone_ = false;  // undelivered alarms, with the newest cycle: nothing can give way
  std::string news_;
  bool settled_ = true;  // nothing on the disk waits for other sinks than these
  std::vector<Delivery> unwritten_;  // see Note()
  std::optional<std::filesystem::path> moved_aside_;
};

}  // namespace torpor::telemetry
