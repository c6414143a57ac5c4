#include "telemetry/trace_source.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <string_view>
#include <utility>

#include "telemetry/trace_writer.h"

namespace torpor::telemetry {
namespace {

namespace fs = std::filesystem;

constexpr const char* kJournalFile = "journal.sqlite";
constexpr const char* kStateFolder = "state";            // of a folder of torpor simulate
constexpr std::string_view kSqlite = "SQLite format 3";  // begins each of its files
constexpr std::size_t kRowsAtOnce = 256;
// A row's journalling is in the next row, so that what is drawn of it may be this wrong.
constexpr std::int64_t kJournallingAtMost = 1'000'000;

std::int64_t Of(const CycleRecord& record, Phase phase) {
  return std::max(Bounded(record.phases[static_cast<std::size_t>(phase)].count()),
                  std::int64_t{0});
}

// Where its report began, which is in this row though it is of the cycle before.
std::int64_t BeginOf(const CycleRecord& record) {
  return Bounded(SinceBootMicroseconds(record.woke)) - Of(record, Phase::kSleep) -
         Of(record, Phase::kReport);
}

std::string NameOf(const fs::path& folder) {
  const fs::path whole = fs::absolute(folder / "").lexically_normal().parent_path();
  return (whole.filename() == kStateFolder ? whole.parent_path() : whole)
      .filename()
      .string();
}

}  // namespace

TracedCycle FromJournal(const CycleRecord& record, const CycleRecord* next) {
  TracedCycle cycle;
  cycle.record = record;
  cycle.record.woke = FromMicroseconds(Bounded(SinceBootMicroseconds(record.woke)));
  constexpr std::array kOrder = {
      TraceStep::kReport, TraceStep::kSleep,   TraceStep::kWake, TraceStep::kCollect,
      TraceStep::kInfer,  TraceStep::kRelease, TraceStep::kJudge};
  std::int64_t at = BeginOf(record);
  for (const TraceStep step : kOrder) {
    const std::int64_t took = Of(record, PhaseOf(step));
    const bool shown = took > 0 || (step == TraceStep::kInfer && record.inferred);
    if (shown) {
      cycle.steps.push_back({step, FromMicroseconds(at), FromMicroseconds(at + took)});
    }
    at += took;
  }
  if (cycle.steps.empty() || next == nullptr) return cycle;
  StepSpan& last = cycle.steps.back();
  const std::int64_t end = BeginOf(*next);
  const bool near = end > at - kJournallingAtMost && end < at + kJournallingAtMost;
  if (last.step == TraceStep::kJudge && near && FromMicroseconds(end) >= last.begin) {
    last.end = FromMicroseconds(end);
  }
  return cycle;
}

Result<TraceSource> TraceSource::Open(const fs::path& path, TraceRange range) {
  TraceSource source;
  std::error_code error;
  Status status = Status::kOk;
  if (!fs::is_directory(path, error)) {
    status = source.OpenFile(path);
  } else if (fs::is_directory(path / kStateFolder, error)) {
    status = source.OpenFolder(path / kStateFolder);
  } else {
    status = source.OpenFolder(path);
  }
  if (status != Status::kOk) return status;
  source.Begin(range);
  return source;
}

Status TraceSource::OpenFolder(const fs::path& folder) {
  robot_ = NameOf(folder);
  auto trace = TraceReader::Open(folder / kTraceFile);
  trace_status_ = trace.status();
  auto journal = JournalReader::Open(folder / kJournalFile);
  const Status without = journal.status();
  if (journal.ok()) journal_ = *std::move(journal);
  if (trace.ok()) {
    robot_ = trace->robot();
    trace_ = *std::move(trace);
    return Status::kOk;
  }
  if (journal_) return Status::kOk;
  return without == Status::kFileMissing ? trace_status_ : without;
}

Status TraceSource::OpenFile(const fs::path& file) {
  auto trace = TraceReader::Open(file);
  trace_status_ = trace.status();
  if (trace.ok()) {
    robot_ = trace->robot();
    trace_ = *std::move(trace);
    return Status::kOk;
  }
  if (trace_status_ != Status::kTraceMalformed) return trace_status_;
  // A file that is no journal either is not worth a word about journals.
  std::string head(kSqlite.size(), '\0');
  std::ifstream(file, std::ios::binary)
      .read(head.data(), static_cast<std::streamsize>(head.size()));
  if (head != kSqlite) return trace_status_;
  robot_ = NameOf(file.parent_path());
  auto journal = JournalReader::Open(file);
  if (!journal.ok()) return journal.status();
  journal_ = *std::move(journal);
  trace_status_ = Status::kFileMissing;
  return Status::kOk;
}

void TraceSource::Begin(TraceRange range) {
  if (trace_ && journal_) trace_->SkipToLastJournal();
  const std::uint64_t newest =
      std::max(trace_ ? trace_->last_cycle() : 0, journal_ ? journal_->LastCycle() : 0);
  from_ = range.from;
  if (range.last && newest >= *range.last) {
    from_ = std::max(from_, newest - *range.last + 1);
  }
  if (range.last && trace_) trace_->SkipToLast(*range.last);
  ask_from_ = from_;
}

std::optional<TraceFindings> TraceSource::findings() const {
  return trace_ ? std::optional(trace_->findings()) : std::nullopt;
}

Status TraceSource::FillRows() {
  if (!journal_ || all_rows_ || rows_.size() > 1) return Status::kOk;
  auto more = journal_->Cycles(ask_from_, kRowsAtOnce);
  if (!more.ok()) return more.status();
  all_rows_ = more->size() < kRowsAtOnce;
  for (CycleRecord& row : *more) {
    // Whoever numbers them otherwise ends what can be asked for.
    if (row.cycle < ask_from_ || row.cycle >= std::numeric_limits<std::int64_t>::max()) {
      all_rows_ = true;
      break;
    }
    ask_from_ = row.cycle + 1;
    rows_.push_back(std::move(row));
  }
  return Status::kOk;
}

void TraceSource::FillTraced() {
  while (trace_ && !traced_) {
    traced_ = trace_->Next();
    if (!traced_) return;
    if (traced_->record.cycle < from_) traced_.reset();
  }
}

Result<std::optional<TracedCycle>> TraceSource::Next() {
  if (const Status status = FillRows(); status != Status::kOk) return status;
  FillTraced();
  const CycleRecord* const row = rows_.empty() ? nullptr : &rows_.front();
  if (row != nullptr && (!traced_ || row->cycle < traced_->record.cycle)) {
    TracedCycle cycle = FromJournal(*row, rows_.size() > 1 ? &rows_[1] : nullptr);
    rows_.pop_front();
    return std::optional(std::move(cycle));
  }
  auto cycle = std::exchange(traced_, std::nullopt);
  if (cycle && row != nullptr && row->cycle == cycle->record.cycle) {
    if (row->woke == cycle->record.woke) {
      // The words, and what found no room.
      cycle->record.deviations = row->deviations;
      if (!row->rails.empty()) cycle->record.rails = row->rails;
      if (row->sleep) cycle->record.sleep = row->sleep;
    }
    rows_.pop_front();
  }
  return cycle;
}

}  // namespace torpor::telemetry
