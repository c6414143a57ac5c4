#include "view/robot_reading.h"

#include <algorithm>
#include <utility>

#include "contract/sign/obeyed.h"
#include "core/json_hosted.h"
#include "simulate/run_folder.h"
#include "telemetry/journal_watch.h"
#include "view/text.h"

namespace torpor::view {
namespace {

// Undelivered alarms come oldest first: of more than these, the newest are not shown.
constexpr std::size_t kAlarmsAtOnce = 1'000;

std::string TextOf(const nlohmann::json& body, const char* name) {
  const auto found = body.find(name);
  return found != body.end() && found->is_string() ? Safe(found->get<std::string>()) : "";
}

}  // namespace

RobotReader::RobotReader(std::filesystem::path folder, telemetry::JournalReader journal,
                         std::optional<contract::Terms> contract)
    : folder_(std::move(folder)),
      journal_(std::move(journal)),
      contract_(std::move(contract)) {
  reading_.folder = Safe(folder_.string());
}

Result<RobotReader> RobotReader::Open(const std::filesystem::path& folder,
                                      std::optional<contract::Terms> contract) {
  auto journal = telemetry::JournalReader::Open(folder / telemetry::kJournalFile);
  if (!journal.ok()) return journal.status();
  RobotReader reader(folder, *std::move(journal), std::move(contract));
  if (const auto read = reader.ReadOn(); !read.ok()) return read.status();
  return reader;
}

Result<bool> RobotReader::ReadOn() {
  auto& cycles = reading_.cycles;
  const std::uint64_t last = journal_.LastCycle();
  std::uint64_t from = cycles.empty() ? 0 : cycles.back().cycle + 1;
  from = std::max<std::uint64_t>(from, last < kMostCycles ? 0 : last + 1 - kMostCycles);
  bool news = false;
  auto more = journal_.Cycles(from, kMostCycles);
  if (!more.ok()) return more.status();
  for (auto& record : *more) {
    for (auto& deviation : record.deviations) deviation.detail = Safe(deviation.detail);
    record.contract = Safe(record.contract);
    cycles.push_back(std::move(record));
    news = true;
  }
  if (cycles.size() > kMostCycles) {
    cycles.erase(cycles.begin(), cycles.end() - static_cast<std::ptrdiff_t>(kMostCycles));
  }
  if (const telemetry::CycleRecord* record = reading_.last()) {
    reading_.simulated =
        record->wall_us - SinceBootMicroseconds(record->woke) == simulate::kRunBegins;
  }
  ReadContract();
  if (const Status status = ReadAlarms(); status != Status::kOk) return status;
  return news;
}

void RobotReader::ReadContract() {
  if (contract_) {
    reading_.terms = *contract_;
  } else {
    reading_.terms = contract::sign::ObeyedTerms(folder_);
  }
  const auto report = contract::sign::LoadReport(folder_);
  reading_.report.reset();
  if (report.ok()) reading_.report = *report;
  if (!reading_.terms.ok()) return;
  const auto targets = reading_.terms->targets();
  if (targets.size() == 1 && targets[0].kind == contract::TargetKind::kRobot) {
    reading_.robot = Safe(targets[0].id.view());
  }
}

Status RobotReader::ReadAlarms() {
  reading_.undelivered = journal_.UndeliveredCount();
  reading_.alarms.clear();
  reading_.episode.reset();
  const auto undelivered = journal_.Undelivered(kAlarmsAtOnce);
  if (!undelivered.ok()) return undelivered.status();
  for (auto alarm = undelivered->rbegin(); alarm != undelivered->rend(); ++alarm) {
    if (reading_.alarms.size() == kMostAlarms) break;
    const auto body = nlohmann::json::parse(alarm->body, nullptr, false);
    OpenAlarm open{alarm->cycle, {}, {}, {}};
    if (body.is_object()) {
      open.kind = TextOf(body, "kind");
      open.what = TextOf(body, "what");
      open.because = TextOf(body, "because");
      if (reading_.robot.empty()) reading_.robot = TextOf(body, "robot");
    }
    if (!reading_.episode && open.kind == "bearing") reading_.episode = open;
    reading_.alarms.push_back(std::move(open));
  }
  return Status::kOk;
}

}  // namespace torpor::view
