// torpor status: which contract a robot obeys, which is to follow, why one was refused.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/contract_commands.h"
#include "cli/contract_json.h"
#include "cli/say.h"
#include "contract/sign/activation_report.h"
#include "contract/sign/key_files.h"
#include "contract/sign/key_report.h"
#include "contract/sign/obeyed.h"
#include "contract/sign/wanted.h"
#include "core/status_table.h"
#include "telemetry/journal_reader.h"

namespace torpor::cli {
namespace {

namespace sign = contract::sign;
using nlohmann::ordered_json;
using sign::NamedContract;

struct Options {
  std::string state;
  bool json = false;
};

struct Problem {
  std::string file;
  Status status;
};

// The last that was said of a sink of alarms.
struct SinkTrouble {
  std::uint64_t cycle = 0;
  Status status{};
  std::string text;
};

struct Alarms {
  std::uint64_t undelivered = 0;
  std::uint64_t last_cycle = 0;
  std::map<std::string, SinkTrouble> troubles{};  // by the sink's name
};

struct Found {
  std::optional<sign::ActivationReport> report;
  std::optional<NamedContract> wanted;  // nobody has taken it yet
  std::optional<sign::KeyReport> keys;
  std::optional<Alarms> alarms;  // none: there is no journal
  std::vector<Problem> problems;
};

// How many of its last cycles tell how it stands with a robot's sinks.
constexpr std::uint64_t kRecentCycles = 1000;

Result<Alarms> LookAtAlarms(const std::filesystem::path& path) {
  const auto journal = telemetry::JournalReader::Open(path);
  if (!journal.ok()) return journal.status();
  Alarms alarms{journal->UndeliveredCount()};
  if (alarms.undelivered == 0) return alarms;
  const std::uint64_t last = alarms.last_cycle = journal->LastCycle();
  const auto cycles =
      journal->Cycles(last - std::min(last, kRecentCycles - 1), kRecentCycles);
  if (!cycles.ok()) return cycles.status();
  for (const auto& cycle : *cycles) {
    for (const auto& [what, text] : cycle.deviations) {
      if (what != Status::kAlarmSinkDown && what != Status::kAlarmRefused) continue;
      alarms.troubles[text.substr(0, text.find(':'))] = {cycle.cycle, what, text};
    }
  }
  return alarms;
}

Found Look(const std::filesystem::path& folder) {
  Found found;
  const auto report = sign::LoadReport(folder);
  if (report.ok()) {
    found.report = *report;
  } else if (report.status() != Status::kFileMissing) {
    found.problems.push_back(
        {(folder / sign::kActivationFile).string(), report.status()});
  }
  const auto keys = sign::LoadKeyReport(folder);
  if (keys.ok()) {
    found.keys = *keys;
  } else if (keys.status() != Status::kFileMissing) {
    found.problems.push_back({(folder / sign::kKeyReportFile).string(), keys.status()});
  }
  const std::string journal = (folder / "journal.sqlite").string();
  const auto alarms = LookAtAlarms(journal);
  if (alarms.ok()) {
    found.alarms = *alarms;
  } else if (alarms.status() != Status::kFileMissing &&
             alarms.status() != Status::kJournalOpen) {  // it is not for everybody
    found.problems.push_back({journal, alarms.status()});
  }
  const std::string path = (folder / sign::kWantedFile).string();
  const auto bundle = sign::ReadBundle(path);
  if (bundle.status() == Status::kBundleMissing) return found;
  Status status = bundle.status();
  if (bundle.ok()) {
    const auto wanted = sign::UnverifiedName(*bundle);
    status = wanted.status();
    if (wanted.ok()) found.wanted = *wanted;
  }
  if (status != Status::kOk) found.problems.push_back({path, status});
  return found;
}

ordered_json RefusedJson(const std::optional<sign::RefusedContract>& refused) {
  if (!refused) return nullptr;
  return {{"contract", ToJson(refused->contract)},
          {"reason", static_cast<int>(refused->reason)},
          {"name", std::string(Info(refused->reason).name)},
          {"text", refused->text}};
}

ordered_json KeysJson(const std::optional<sign::KeyReport>& keys) {
  if (!keys) return nullptr;
  ordered_json refused = nullptr;
  if (keys->refused) {
    refused = {{"version", keys->refused->version},
               {"reason", static_cast<int>(keys->refused->reason)},
               {"name", std::string(Info(keys->refused->reason).name)},
               {"text", keys->refused->text}};
  }
  return {{"keyring", keys->keyring},
          {"firmware", keys->firmware},
          {"pairing_changes", keys->pairing_changes},
          {"refused", refused}};
}

ordered_json AlarmsJson(const std::optional<Alarms>& alarms) {
  if (!alarms) return nullptr;
  ordered_json troubles = ordered_json::array();
  for (const auto& [sink, trouble] : alarms->troubles) {
    troubles.push_back({{"sink", sink},
                        {"cycle", trouble.cycle},
                        {"reason", static_cast<int>(trouble.status)},
                        {"name", std::string(Info(trouble.status).name)},
                        {"text", trouble.text}});
  }
  return {{"undelivered", alarms->undelivered}, {"troubles", troubles}};
}

void PrintJsonOf(const Found& found, const Options& options) {
  const sign::ActivationReport report = found.report.value_or(sign::ActivationReport{});
  ordered_json left = nullptr, floor = nullptr, problems = ordered_json::array();
  if (report.trial_cycles_left) left = *report.trial_cycles_left;
  if (found.report) {
    floor = {{"epoch", report.floor.epoch}, {"version", report.floor.number}};
  }
  for (const Problem& problem : found.problems) {
    problems.push_back({{"file", problem.file},
                        {"reason", static_cast<int>(problem.status)},
                        {"name", std::string(Info(problem.status).name)}});
  }
  PrintJson({{"state", options.state},
             {"reported", found.report.has_value()},
             {"active", ToJson(report.active)},
             {"on_trial", report.trial_cycles_left.has_value()},
             {"trial_cycles_left", left},
             {"staged", ToJson(report.staged)},
             {"floor", floor},
             {"wanted", ToJson(found.wanted)},
             {"taken", ToJson(report.wanted)},
             {"refused", RefusedJson(report.refused)},
             {"keys", KeysJson(found.keys)},
             {"alarms", AlarmsJson(found.alarms)},
             {"problems", problems}});
}

void PrintReport(const sign::ActivationReport& report) {
  const auto line = [](const char* what, const std::optional<NamedContract>& contract,
                       const char* more) {
    if (contract) std::printf("%-9s%s%s\n", what, Describe(*contract).c_str(), more);
  };
  if (!report.active) std::puts("obeyed   none");
  line("obeyed", report.active, "");
  if (report.trial_cycles_left) {
    std::printf("on trial goes back in %u cycles unless one is judged under it\n",
                *report.trial_cycles_left);
  }
  line("staged", report.staged, "; the firmware has it");
  line("taken", report.wanted, "; torpord has it, the firmware not yet");
  std::printf("floor    %u.%llu\n", report.floor.epoch,
              static_cast<unsigned long long>(report.floor.number));
  if (!report.refused) return;
  const auto& refused = *report.refused;
  const std::string whose =
      refused.contract ? Describe(*refused.contract) : std::string("a bundle");
  std::printf("refused  %s: %s\n", whose.c_str(), refused.text.c_str());
}

void PrintKeys(const sign::KeyReport& keys) {
  std::printf("keyring  %u", keys.keyring);
  if (keys.firmware != 0 && keys.firmware != keys.keyring) {
    std::printf("; the firmware still holds %u", keys.firmware);
  }
  std::puts("");
  if (keys.pairing_changes) std::puts("pairing  a new key is on its way to the firmware");
  if (!keys.refused) return;
  const std::string what = keys.refused->version == 0
                               ? "pairing key"
                               : "keyring " + std::to_string(keys.refused->version);
  std::printf("waits    %s: %s\n", what.c_str(), keys.refused->text.c_str());
}

void PrintAlarms(const Alarms& alarms) {
  if (alarms.undelivered == 0) return;
  std::printf("alarms   %llu undelivered\n",
              static_cast<unsigned long long>(alarms.undelivered));
  for (const auto& [sink, trouble] : alarms.troubles) {
    std::printf("         %s (cycle %llu, %llu cycles ago)\n", trouble.text.c_str(),
                static_cast<unsigned long long>(trouble.cycle),
                static_cast<unsigned long long>(alarms.last_cycle - trouble.cycle));
  }
}

void ShowStatus(const Options& options, Outcome& outcome) {
  std::error_code error;
  if (!std::filesystem::is_directory(options.state, error)) {
    const bool there = std::filesystem::exists(options.state, error) || error;
    return Refuse(outcome, there ? Status::kIo : Status::kFileMissing, options.state);
  }
  const Found found = Look(options.state);
  if (options.json) {
    PrintJsonOf(found, options);
  } else {
    if (found.report) PrintReport(*found.report);
    if (found.keys) PrintKeys(*found.keys);
    if (found.alarms) PrintAlarms(*found.alarms);
    if (!found.report && found.problems.empty()) {
      std::puts("torpord has not said yet which contract is obeyed");
    }
    if (found.wanted) {
      std::printf("wanted   %s; torpord takes it at its next cycle\n",
                  Describe(*found.wanted).c_str());
    }
  }
  std::fflush(stdout);
  for (const Problem& problem : found.problems) {
    if (options.json) outcome.exit_code = Info(problem.status).exit_code;
    if (!options.json) Refuse(outcome, problem.status, problem.file);
  }
}

}  // namespace

void AddStatus(const Command& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  const Command status =
      app.Add("status", "Say which contract a robot obeys, and what follows");
  status.Value("--state", options->state, "torpord's state folder, in use or not")
      .Required();
  status.Flag("--json", options->json, "The same for programs to read");
  status.Footer(
      "Only looks. Signatures are not checked here: torpord does so.\nExamples:\n"
      "  torpor status --state state/\n"
      "  torpor status --state state/ --json");
  status.Run([options, &outcome] { ShowStatus(*options, outcome); });
}

}  // namespace torpor::cli
