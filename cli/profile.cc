// torpor profile: the time between a robot's inferences, and what filled it.
#include "telemetry/profile.h"

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/commands.h"
#include "cli/profile_text.h"
#include "cli/say.h"
#include "contract/sign/any_terms.h"
#include "contract/sign/obeyed.h"
#include "telemetry/journal_reader.h"
#include "telemetry/journal_watch.h"

namespace torpor::cli {
namespace {

namespace fs = std::filesystem;
using telemetry::Between;
using telemetry::JournalReader;
using telemetry::JournalWatch;

struct Options {
  std::string state, contract;
  std::uint64_t cycles = 60;
  bool all = false, follow = false, json = false;
};

// Cycles that are read at a time.
constexpr std::size_t kAtOnce = 1000;
// A commit that is not there yet when nothing is written any more is looked for again.
constexpr Milliseconds kSlowDisk{1000};

// The contract's rhythm: of the file that was named, or else of the bundle in the state
// folder that is obeyed. Signatures are torpord's business.
std::optional<telemetry::Rhythm> RhythmOf(const Options& options, Outcome& outcome) {
  std::vector<contract::sign::Problem> problems;
  const auto terms = options.contract.empty()
                         ? contract::sign::ObeyedTerms(options.state)
                         : contract::sign::AnyTerms(options.contract, problems);
  if (terms.ok()) return telemetry::Rhythm{terms->period, terms->mcu_guard};
  if (!options.contract.empty()) Refuse(outcome, terms.status(), options.contract);
  return std::nullopt;
}

// What follows `from`, as far as it is journalled; moves `from` on.
Result<std::vector<Between>> ReadOn(const JournalReader& journal, std::uint64_t& from,
                                    telemetry::Profiler& profiler) {
  std::vector<Between> found;
  for (;;) {
    const auto cycles = journal.Cycles(from, kAtOnce);
    if (!cycles.ok()) return cycles.status();
    for (const telemetry::CycleRecord& record : *cycles) {
      if (auto between = profiler.Add(record)) found.push_back(*std::move(between));
      from = record.cycle + 1;
    }
    if (cycles->size() < kAtOnce) return found;
  }
}

void Show(const std::vector<Between>& found, const Options& options) {
  for (const Between& between : found) {
    std::puts(options.json ? JsonLine(between).c_str() : Line(between).c_str());
  }
  std::fflush(stdout);
}

void Profile(const Options& options, Outcome& outcome) {
  const fs::path file = fs::path(options.state) / telemetry::kJournalFile;
  const auto journal = JournalReader::Open(file);
  if (!journal.ok()) return Refuse(outcome, journal.status(), file.string());
  const auto rhythm = RhythmOf(options, outcome);
  if (outcome.exit_code != 0) return;

  const std::uint64_t last = journal->LastCycle();
  std::uint64_t from =
      options.all || last < options.cycles ? 0 : last + 1 - options.cycles;
  telemetry::Profiler profiler;
  JournalWatch watch(options.state);  // before the first look, so that none is missed
  auto found = ReadOn(*journal, from, profiler);
  if (!found.ok()) return Refuse(outcome, found.status(), file.string());
  if (!options.json) std::puts(Head().c_str());
  Show(*found, options);
  while (options.follow) {
    const JournalWatch::News news = watch.Wait();
    if (news == JournalWatch::News::kGone) break;
    if (news != JournalWatch::News::kWritten) continue;
    const std::uint64_t before = from;
    for (int look = 0; look < 2 && from == before; ++look) {
      if (look > 0) std::this_thread::sleep_for(kSlowDisk);
      const auto more = ReadOn(*journal, from, profiler);
      if (!more.ok()) return Refuse(outcome, more.status(), file.string());
      Show(*more, options);
    }
  }
  if (options.follow) {
    if (watch.error() == 0) return Refuse(outcome, Status::kFileMissing, file.string());
    return Refuse(outcome, Status::kIo,
                  // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
                  options.state + ": " + std::strerror(watch.error()));
  }
  const auto summary = telemetry::Summarise(*found, rhythm);
  std::fputs((options.json ? Json(summary, rhythm) : InWords(summary, rhythm)).c_str(),
             stdout);
}

}  // namespace

void AddProfile(const Command& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  const Command profile = app.Add(
      "profile", "Print the time between a robot's inferences, and what filled it");
  profile.Value("--state", options->state, "torpord's state folder, in use or not")
      .Required();
  profile.Value("--cycles", options->cycles, "So many of the newest")
      .Between(1, 100'000)
      .ShowDefault();
  profile.Flag("--all", options->all, "All that the journal has");
  profile.Flag("--follow", options->follow,
               "Go on, and print each inference once it is journalled");
  profile.Value("--contract", options->contract,
                "Judge by this contract's period; else by that which is obeyed");
  profile.Flag("--json", options->json, "A line of JSON for each inference");
  profile.Footer(
      "Only reads. It waits for the journal to be written to, and looks at it a quarter "
      "of\n"
      "a second later: torpord is not woken, nor is a machine that is suspended.\n"
      "Examples:\n"
      "  torpor profile --state state/\n"
      "  torpor profile --state state/ --follow\n"
      "  torpor profile --state state/ --all --json");
  profile.Run([options, &outcome] { Profile(*options, outcome); });
}

}  // namespace torpor::cli
