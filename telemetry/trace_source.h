// Where traced cycles come from: a state folder's trace, with the journal's words beside
// it and the journal's rows where the trace does not reach; a trace alone; a journal
// alone, of robots that kept no trace.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>

#include "core/result.h"
#include "telemetry/journal_reader.h"
#include "telemetry/trace_reader.h"

namespace torpor::telemetry {

// Which cycles are wanted, in the journal's numbers.
struct TraceRange {
  std::uint64_t from = 0;
  std::optional<std::uint64_t> last;  // only the newest so many of them
};

class TraceSource {
 public:
  // `path` is a state folder, a folder of `torpor simulate` with one in it, a trace or a
  // journal.
  //   kFileMissing     there is nothing, or neither trace nor journal in it
  //   kTraceMalformed  a file that is neither; or the trace is damaged, and no journal is
  //                    beside it
  //   others           JournalReader's, of a journal that is all there is
  [[nodiscard]] static Result<TraceSource> Open(const std::filesystem::path& path,
                                                TraceRange range);

  // The next cycle, oldest first; nothing after the last.
  //   kIo, kJournalCorrupt  the journal cannot be read on
  [[nodiscard]] Result<std::optional<TracedCycle>> Next();

  // Its id as the trace says, or as the folder is called.
  [[nodiscard]] const std::string& robot() const { return robot_; }
  // kOk; kFileMissing or kTraceMalformed where the journal is all there is.
  [[nodiscard]] Status trace_status() const { return trace_status_; }
  // Of the trace; nothing where there is none.
  [[nodiscard]] std::optional<TraceFindings> findings() const;

 private:
  TraceSource() = default;
  Status OpenFolder(const std::filesystem::path& folder);
  Status OpenFile(const std::filesystem::path& file);
  void Begin(TraceRange range);
  // Sees to it that the journal's next row, and the one behind it, are at hand.
  Status FillRows();
  void FillTraced();

  std::optional<TraceReader> trace_;
  std::optional<JournalReader> journal_;
  Status trace_status_ = Status::kFileMissing;
  std::string robot_;
  std::uint64_t from_ = 0;
  std::optional<TracedCycle> traced_;  // the trace's next one
  std::deque<CycleRecord> rows_;       // the journal's next ones
  std::uint64_t ask_from_ = 0;         // the number from which more are asked for
  bool all_rows_ = false;              // that there are, are at hand
};

// A row of the journal as a cycle, as far as it goes: `next` is the row that follows, and
// says when this one ended.
TracedCycle FromJournal(const CycleRecord& record, const CycleRecord* next);

}  // namespace torpor::telemetry
