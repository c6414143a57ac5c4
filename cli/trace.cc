// torpor trace: what a robot's cycles were, second by second: for viewers of traces, and
// on a terminal.
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "cli/commands.h"
#include "cli/say.h"
#include "telemetry/trace_export.h"
#include "telemetry/trace_source.h"
#include "telemetry/trace_table.h"
#include "telemetry/trace_timeline.h"

namespace torpor::cli {
namespace {

using telemetry::TracedCycle;
using telemetry::TraceExport;
using telemetry::TraceSource;

enum class Format : std::uint8_t { kPerfetto, kChrome };

struct ExportOptions {
  std::string state;
  telemetry::TraceRange range;
  Format format = Format::kPerfetto;
  std::string out;
};
struct ShowOptions {
  std::string state;
  telemetry::TraceRange range{.from = 0, .last = 20};
  bool json = false;
};

// What has been lost is said once, beside what is there.
void Tell(const TraceSource& source, const std::string& state) {
  if (source.trace_status() != Status::kOk) {
    std::fprintf(
        stderr, "torpor: %s of %s: steps are the journal's rows\n",
        source.trace_status() == Status::kFileMissing ? "no trace" : "no readable trace",
        state.c_str());
  }
  const auto found = source.findings();
  if (!found || found->damaged + found->missing == 0) return;
  std::fprintf(stderr,
               "torpor: the trace has %llu cycles, %llu blocks are damaged, %llu cycles "
               "between are missing\n",
               static_cast<unsigned long long>(found->whole),
               static_cast<unsigned long long>(found->damaged),
               static_cast<unsigned long long>(found->missing));
}

// Hands each cycle on to `take`, which says whether it could be taken.
template <class Take>
Status ForEach(TraceSource& source, Take take) {
  for (;;) {
    auto cycle = source.Next();
    if (!cycle.ok()) return cycle.status();
    if (!cycle->has_value()) return Status::kOk;
    if (!take(**cycle)) return Status::kIo;
  }
}

// Written aside and renamed: a file that is cut short looks like a shorter trace.
class OutFile {
 public:
  explicit OutFile(std::string path)
      : path_(std::move(path)),
        aside_(path_ + ".part"),
        file_(path_ == "-" ? stdout : std::fopen(aside_.c_str(), "wb")) {}
  OutFile(const OutFile&) = delete;
  OutFile& operator=(const OutFile&) = delete;
  ~OutFile() {
    if (file_ == nullptr || file_ == stdout) return;
    std::fclose(file_);
    std::remove(aside_.c_str());
  }

  [[nodiscard]] bool open() const { return file_ != nullptr; }
  bool Write(std::string& bytes) {
    const bool written =
        std::fwrite(bytes.data(), 1, bytes.size(), file_) == bytes.size();
    bytes.clear();
    return written;
  }
  bool Finish() {
    if (file_ == stdout) return std::fflush(stdout) == 0;
    const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
    if (closed && std::rename(aside_.c_str(), path_.c_str()) == 0) return true;
    std::remove(aside_.c_str());
    return false;
  }

 private:
  std::string path_, aside_;
  std::FILE* file_;
};

void Export(const ExportOptions& options, Outcome& outcome) {
  auto source = TraceSource::Open(options.state, options.range);
  if (!source.ok()) return Refuse(outcome, source.status(), options.state);
  OutFile out(options.out);
  if (!out.open()) return Refuse(outcome, Status::kIo, options.out);
  Tell(*source, options.state);
  const std::unique_ptr<TraceExport> exporting =
      options.format == Format::kPerfetto ? telemetry::MakePerfettoExport(source->robot())
                                          : telemetry::MakeChromeExport(source->robot());
  std::string bytes;
  std::uint64_t cycles = 0;
  bool written = true;
  const Status status = ForEach(*source, [&](const TracedCycle& cycle) {
    ++cycles;
    exporting->Add(cycle, bytes);
    return written = out.Write(bytes);
  });
  if (!written) return Refuse(outcome, Status::kIo, options.out);
  if (status != Status::kOk) return Refuse(outcome, status, options.state);
  exporting->End(bytes);
  if (!out.Write(bytes) || !out.Finish()) {
    return Refuse(outcome, Status::kIo, options.out);
  }
  if (options.out == "-") return;
  std::printf("%llu cycles of robot %s are in %s\n",
              static_cast<unsigned long long>(cycles),
              telemetry::Shown(source->robot(), 200).c_str(), options.out.c_str());
}

void Show(const ShowOptions& options, Outcome& outcome) {
  auto source = TraceSource::Open(options.state, options.range);
  if (!source.ok()) return Refuse(outcome, source.status(), options.state);
  Tell(*source, options.state);
  if (!options.json) std::fputs(telemetry::TraceTableHead().c_str(), stdout);
  const Status status = ForEach(*source, [&](const TracedCycle& cycle) {
    const std::string line =
        options.json ? telemetry::TraceJsonLine(cycle) : telemetry::TraceTableRow(cycle);
    return std::fputs(line.c_str(), stdout) >= 0;
  });
  if (status != Status::kOk) Refuse(outcome, status, options.state);
}

void AddState(const Command& command, std::string& state) {
  command
      .Value("STATE", state,
             "torpord's state folder, a folder of torpor simulate, a trace or a journal")
      .Required();
}

void AddExport(const Command& trace, Outcome& outcome) {
  const auto options = std::make_shared<ExportOptions>();
  const Command command =
      trace.Add("export", "Write cycles in a format that viewers of traces read");
  AddState(command, options->state);
  command
      .Choice("--format", options->format,
              {{"perfetto", Format::kPerfetto}, {"chrome", Format::kChrome}},
              "perfetto: protobuf, for ui.perfetto.dev; chrome: JSON, for "
              "chrome://tracing and others")
      .Default("perfetto");
  command.Value("-o,--out", options->out, "Where to; - is standard output").Required();
  command.Value("--from-cycle", options->range.from, "None that is older");
  command.Value("--last", options->range.last, "So many of the newest, all by default");
  command.Footer(
      "Only reads, also while torpord runs, and wakes nobody. Where the trace does not "
      "reach,\n"
      "the steps are those of the journal's rows.\n"
      "Examples:\n"
      "  torpor trace export /var/lib/torpord -o night.perfetto-trace\n"
      "  torpor trace export state/ --format chrome --last 60 -o hour.json\n"
      "  torpor trace export trace.bin --from-cycle 1200 -o -");
  command.Run([options, &outcome] { Export(*options, outcome); });
}

void AddShow(const Command& trace, Outcome& outcome) {
  const auto options = std::make_shared<ShowOptions>();
  const Command command =
      trace.Add("show", "Print the last cycles: steps, leases, verdicts, deviations");
  AddState(command, options->state);
  command.Value("--last", options->range.last, "So many of the newest, 20 by default");
  command.Value("--from-cycle", options->range.from, "None that is older");
  command.Flag("--json", options->json, "A line of JSON for each cycle, with every span");
  command.Footer(
      "Examples:\n"
      "  torpor trace show /var/lib/torpord\n"
      "  torpor trace show state/ --last 3 --json");
  command.Run([options, &outcome] { Show(*options, outcome); });
}

}  // namespace

void AddTrace(const Command& app, Outcome& outcome) {
  const Command trace = app.Add("trace", "What a robot's cycles were, second by second");
  trace.NeedsSubcommand();
  trace.Footer(
      "Examples:\n"
      "  torpor trace show /var/lib/torpord\n"
      "  torpor trace export /var/lib/torpord -o night.perfetto-trace");
  AddExport(trace, outcome);
  AddShow(trace, outcome);
}

}  // namespace torpor::cli
