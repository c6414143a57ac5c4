// torpor simulate: a whole life of one robot, or nine, in a minute.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/commands.h"
#include "cli/incidents.h"
#include "cli/say.h"
#include "cli/stand_ins.h"
#include "core/result.h"
#include "model/inference.h"
#include "report/write.h"
#include "simulate/child.h"
#include "simulate/manifest.h"
#include "simulate/night.h"

namespace torpor::cli {
namespace {

using simulate::Night;
using simulate::NightOptions;

struct Options {
  std::string data, recording, fault = "outer", work, firmware = "host";
  double hours = 24;
  std::uint64_t seed = 1;
  std::optional<std::uint64_t> link_faults;
  bool unplug = false, json = false, quiet = false;
  std::vector<std::string> incidents;
};

// The cable is out for this long, and how far into the life.
constexpr Microseconds kUnplugged = std::chrono::minutes(20);
constexpr int kUnpluggedAfterShare = 2;  // of the life: half

Microseconds Hours(double hours) {
  return Microseconds(static_cast<std::int64_t>(hours * 3600e6));
}

std::filesystem::path WorkFolder(const Options& options) {
  if (!options.work.empty()) return options.work;
  return std::filesystem::temp_directory_path() /
         ("torpor-simulate-" + std::to_string(::getpid()));
}

void AddOutage(const Options& options, NightOptions& night) {
  if (!options.unplug) return;
  const Instant from(night.life / kUnpluggedAfterShare);
  night.outages.push_back(
      {from, from + kUnplugged, simulate::Outage::Seen::kAsDeviceGone});
}

NightOptions Common(const Options& options, const std::string& name, const char* base) {
  NightOptions night;
  night.name = name;
  night.rig.folder = WorkFolder(options) / name;
  night.rig.programs = simulate::ProgramFolder();
  night.rig.base = base;
  if (options.firmware == "qemu") night.rig.firmware = simulate::kFirmwareQemu;
  night.lines = !options.quiet && !options.json;
  night.link_faults = options.link_faults;
  return night;
}

NightOptions SimulatedNight(const Options& options) {
  NightOptions night =
      Common(options, "bearing-" + std::to_string(options.seed), "warehouse-60s");
  night.life = Hours(options.hours);
  night.sensor = {"--simulate-bearing",
                  std::to_string(options.seed),
                  "--hours",
                  std::to_string(options.hours),
                  "--fault",
                  options.fault,
                  "--shaft-speed"};
  night.robot = {"--bearing", "6205"};
  // Machines with other seeds than any that is judged.
  night.baseline = {"--simulated", "8"};
  AddOutage(options, night);
  return night;
}

// Refuses as ModelThatNeverHeard does.
Result<NightOptions> RecordedNight(const Options& options, const simulate::Entry& entry,
                                   std::string& problem) {
  NightOptions night = Common(options, entry.id, "bench-10s");
  night.life = entry.snapshots->interval * entry.snapshots->count;
  night.sensor = {"--data", options.data, "--recording", entry.id};
  night.baseline = {"--data", options.data, "--exclude", entry.id};
  // Judged by a network that never heard it, or by none.
  const auto model = ModelThatNeverHeard(model::ShippedModel(), entry.id, problem);
  if (!model.ok()) return model.status();
  night.rig.model = *model;
  AddOutage(options, night);
  return night;
}

// The report of a life, in its folder; nothing where it could not be written.
std::optional<std::string> WriteReport(const Night& night, Outcome& outcome) {
  const std::string page = (night.folder / "report.html").string();
  std::string problem;
  const auto written = report::WritePage({night.folder / "state"}, page, problem);
  if (written.ok()) return page;
  Refuse(outcome, written.status(), problem);
  return std::nullopt;
}

void SayStep(const std::string& command) { std::printf("$ %s\n", command.c_str()); }

int RunOne(const NightOptions& options, const Options& wishes, Outcome& outcome) {
  const auto night = RunNight(options, wishes.json || wishes.quiet ? nullptr : SayStep);
  if (!night.ok()) {
    RefuseWith(outcome, night.status(), night.refusal().what);
    return outcome.exit_code;
  }
  const auto page = WriteReport(*night, outcome);
  if (wishes.json) {
    std::fputs(simulate::Json({night->summary}).c_str(), stdout);
    return outcome.exit_code;
  }
  std::printf("\n%s\n%s  %-18s %llu good ones at the stand-in gateway\n  %-18s %s\n",
              night->summary.name.c_str(),
              simulate::InWords(night->summary, night->terms).c_str(), "pushes",
              static_cast<unsigned long long>(night->pushes), "picture",
              night->picture.c_str());
  if (wishes.link_faults) {
    std::printf("  %-18s seed %llu: %s\n", "faults of the link",
                static_cast<unsigned long long>(*wishes.link_faults),
                simulate::InWords(night->faults).c_str());
  }
  if (page) std::printf("  %-18s %s\n", "report", page->c_str());
  return outcome.exit_code;
}

// All of them, as many at a time as there are cores; the table keeps the manifest's
// order.
void RunAll(const std::vector<NightOptions>& nights, const Options& wishes,
            Outcome& outcome) {
  std::vector<std::optional<Night>> done(nights.size());
  std::atomic<std::size_t> next = 0;
  std::atomic<std::size_t> finished = 0;
  std::mutex speaking;
  const auto work = [&] {
    for (std::size_t i = next++; i < nights.size(); i = next++) {
      auto night = RunNight(nights[i]);
      const std::lock_guard lock(speaking);
      if (!night.ok()) {
        RefuseWith(outcome, night.status(), nights[i].name + ": " + night.refusal().what);
        continue;
      }
      if (!wishes.json) {
        const auto lead = night->summary.lead();
        std::printf("  %zu of %zu  %-12s %s\n", ++finished, nights.size(),
                    nights[i].name.c_str(),
                    lead ? "screamed before it failed" : "failed without a scream");
        std::fflush(stdout);
      }
      static_cast<void>(WriteReport(*night, outcome));
      done[i] = std::move(*night);
    }
  };
  std::vector<std::thread> workers;
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < cores; ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();

  std::vector<simulate::NightSummary> summaries;
  for (const auto& night : done) {
    if (night) summaries.push_back(night->summary);
  }
  if (wishes.json) {
    std::fputs(simulate::Json(summaries).c_str(), stdout);
    return;
  }
  std::printf("\n%s\n  pictures: %s/*/night.svg\n  reports:  %s/*/report.html\n",
              simulate::Table(summaries).c_str(), WorkFolder(wishes).c_str(),
              WorkFolder(wishes).c_str());
}

void Simulate(const Options& given, Outcome& outcome) {
  Options options = given;
  if (options.data.empty()) {
    if (const char* data = std::getenv("TORPOR_DATA")) options.data = data;
  }
  if (options.data.empty()) {
    if (!options.recording.empty()) {
      return RefuseWith(outcome, Status::kUsage,
                        "--recording needs --data or TORPOR_DATA");
    }
    if (!options.json && !options.quiet) {
      std::puts(
          "No recordings (--data, TORPOR_DATA): a simulated bearing under "
          "warehouse-60s.");
    }
    RunOne(SimulatedNight(options), options, outcome);
    return;
  }
  const auto manifest = simulate::ReadManifest(options.data);
  if (!manifest.ok()) {
    return RefuseWith(outcome, manifest.status(), manifest.refusal().what);
  }
  std::vector<NightOptions> nights;
  for (const simulate::Entry& entry : manifest->entries) {
    if (!entry.snapshots || entry.condition != simulate::Condition::kRunToFailure)
      continue;
    if (!options.recording.empty() && entry.id != options.recording) continue;
    std::string problem;
    auto night = RecordedNight(options, entry, problem);
    if (!night.ok()) return Refuse(outcome, night.status(), problem);
    nights.push_back(*std::move(night));
  }
  if (nights.empty()) {
    return RefuseWith(
        outcome, Status::kRecordingMissing,
        options.recording.empty()
            ? options.data + " has no recording of a whole life"
            : options.recording + " is no recording of a whole life in " + options.data);
  }
  if (nights.size() == 1) {
    RunOne(nights.front(), options, outcome);
    return;
  }
  for (NightOptions& night : nights)
    night.lines = false;  // nine at once would be no reading
  if (!options.json) {
    std::printf("%zu bearings, each judged by what the others taught:\n", nights.size());
  }
  RunAll(nights, options, outcome);
}

}  // namespace

void AddSimulate(const Command& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  const Command command = app.Add(
      "simulate",
      "Run whole lives in compressed time: firmware, torpord and contract for real");
  command.Value(
      "--data", options->data,
      "Folder of recordings with a manifest; else TORPOR_DATA, else a simulator");
  command.Value("--recording", options->recording, "Only this one, every cycle shown");
  command.Flag("--unplug", options->unplug,
               "Pull the cable to the firmware out for 20 minutes, half-way");
  command.Value("--link-faults", options->link_faults,
                "Disturb the link in the middle half of the life: a seed for which "
                "bytes, when and how (docs/faults.md)");
  const Option incidents =
      command
          .Value("--incident", options->incidents,
                 "Play a fault of the night that torpor comes from on a pretended "
                 "machine, and exit with 0 only if torpor refuses it or names it "
                 "within one cycle (docs/incident.md); may be repeated")
          .OneOf(std::vector<std::string>(simulate::kIncidents.begin(),
                                          simulate::kIncidents.end()));
  command.Value("--hours", options->hours, "Life of the simulated bearing")
      .Between(1.0, 240.0)
      .ShowDefault();
  command.Value("--seed", options->seed, "Which simulated bearing").ShowDefault();
  command.Value("--fault", options->fault, "How the simulated bearing fails")
      .OneOf({"outer", "inner", "ball", "none"})
      .ShowDefault();
  command
      .Value("--firmware", options->firmware,
             "host: the firmware as a process; qemu: the microcontroller's "
             "image under QEMU (./dev firmware builds it)")
      .OneOf({"host", "qemu"})
      .ShowDefault();
  command.Value("--work", options->work, "Folder for keys, journals and pictures");
  command.Flag("--json", options->json, "Only the summary, for programs to read");
  command.Flag("-q,--quiet", options->quiet, "Only the summary");
  command.Footer(
      "Examples:\n  torpor simulate\n"
      "  torpor simulate --incident session-left-open --incident clocks-pinned\n"
      "  torpor simulate --data recordings --recording femto-b1_1 --unplug\n"
      "  torpor simulate --data recordings --json");
  for (const char* other : {"--data", "--recording", "--unplug", "--link-faults",
                            "--hours", "--seed", "--fault", "--firmware"}) {
    incidents.Excludes(command.Find(other));
  }
  command.Run([options, &outcome] {
    if (options->incidents.empty()) return Simulate(*options, outcome);
    PlayIncidents(
        {options->incidents, WorkFolder(*options), options->json, options->quiet},
        outcome);
  });
}

}  // namespace torpor::cli
