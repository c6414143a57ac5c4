// Reads a journal, also while torpord writes it: what summaries, reports and `torpor
// status` are made from. Every question is its own short transaction, so that a reader
// never keeps the writer from tidying up behind itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "telemetry/cycle_record.h"

struct sqlite3;

namespace torpor::telemetry {

// Something a person must hear of. Undelivered until acknowledged, however often the
// power goes; the same id twice is one alarm.
struct Alarm {
  std::string id;           // of the caller's choosing, e.g. robot, contract and cycle
  std::uint64_t cycle = 0;  // in which it was raised
  std::string body;         // what the sinks are sent
};

struct KnownAlarm {
  Alarm alarm;
  bool delivered = false;  // every sink has confirmed it
};

class JournalReader {
 public:
  // Opens an existing journal to read it.
  //   kFileMissing     there is none
  //   kJournalOpen     it cannot be opened
  //   kJournalSchema   it is of another version, or not a journal
  //   kJournalCorrupt  it is damaged
  [[nodiscard]] static Result<JournalReader> Open(const std::filesystem::path& path);

  // Up to `most` cycles with numbers of at least `from`, oldest first, deviations and
  // rails included; a journal that is older than rails has none.
  [[nodiscard]] Result<std::vector<CycleRecord>> Cycles(std::uint64_t from,
                                                        std::size_t most) const;
  // The number of the newest cycle; 0 when there is none yet.
  [[nodiscard]] std::uint64_t LastCycle() const;
  [[nodiscard]] std::uint64_t CycleCount() const;

  // What was last saved under a name; nothing if nothing ever was.
  [[nodiscard]] std::optional<std::vector<std::byte>> State(std::string_view key) const;
  [[nodiscard]] std::optional<std::int64_t> Counter(std::string_view name) const;

  // Alarms not acknowledged yet, oldest first.
  [[nodiscard]] Result<std::vector<Alarm>> Undelivered(std::size_t most) const;
  [[nodiscard]] std::uint64_t UndeliveredCount() const;
  // Up to `most` alarms that were raised in cycles of at least `from`, oldest first:
  // delivered ones, too, while their cycles are there.
  [[nodiscard]] Result<std::vector<KnownAlarm>> Alarms(std::uint64_t from,
                                                       std::size_t most) const;

  // Cycles that are gone because the journal is bounded, and cycles that never reached
  // it.
  [[nodiscard]] std::uint64_t DroppedCycles() const;
  [[nodiscard]] std::uint64_t LostCycles() const;

 protected:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  using Handle = std::unique_ptr<sqlite3, Close>;
  explicit JournalReader(Handle database) : database_(std::move(database)) {}

  Handle database_;
};

}  // namespace torpor::telemetry
