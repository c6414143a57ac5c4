#include "simulate/incident_evidence.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "contract/difference.h"
#include "core/json_hosted.h"
#include "core/status_table.h"

namespace torpor::simulate {
namespace {

using telemetry::CycleRecord;

constexpr int kExitConfig = 78;             // EX_CONFIG: the contract is refused
constexpr std::uint16_t kPeriodField = 10;  // of contract.proto
constexpr std::uint64_t kJobsAtBoot = 1;    // torpord tries its back end once
// Of a sleep on the pretended machine all but the driver's half second is rest.
constexpr double kLeastRest = 0.85;

// What must be said of a fault that keeps the machine hot.
struct Hot {
  Status reason;
  std::string_view cause;  // label of torpor_gpu_hot_cycles_total
};

std::optional<Hot> HotOf(Incident what) {
  switch (what) {
    case Incident::kSessionLeftOpen:
      return Hot{Status::kGpuChannelOpen, "channel"};
    case Incident::kClocksPinned:
      return Hot{Status::kGpuClocksPinned, "clocks"};
    case Incident::kCpuSpun:
      return Hot{Status::kCpuSpun, "spin"};
    default:
      return std::nullopt;
  }
}

std::string NameOf(Status status) { return std::string(Info(status).name); }

std::string Numbered(const CycleRecord& record) {
  return "cycle " + std::to_string(record.cycle);
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::optional<std::uint64_t> ValueOf(const std::string& page, const std::string& sample) {
  const std::string begin = "\n" + sample + " ";
  const std::size_t at = page.find(begin);
  if (at == std::string::npos) return std::nullopt;
  std::uint64_t value = 0;
  const char* const digits = page.c_str() + at + begin.size();
  const auto [rest, error] = std::from_chars(digits, page.c_str() + page.size(), value);
  if (error != std::errc{} || rest == digits) return std::nullopt;
  return value;
}

bool Has(const CycleRecord& record, Status what) {
  return std::ranges::find(record.deviations, what, &telemetry::Deviation::what) !=
         record.deviations.end();
}

class Judging {
 public:
  explicit Judging(const IncidentEvidence& evidence) : evidence_(evidence) {
    account_.what = evidence.what;
    account_.began = evidence.began;
    for (const CycleRecord& record : evidence.cycles) {
      for (const auto& [what, detail] : record.deviations) {
        account_.told.push_back({"torpord", record.cycle,
                                 static_cast<std::uint32_t>(what), NameOf(what), detail});
      }
    }
    if (!evidence.began) return;
    const auto after = std::ranges::find_if(
        evidence.cycles, [&](const auto& r) { return r.woke > *evidence.began; });
    if (after != evidence.cycles.end()) account_.first_cycle = after->cycle;
  }

  IncidentAccount Judge() {
    if (evidence_.what == Incident::kDisagrees) {
      JudgeRefusal();
      return account_;
    }
    RunIsWhole();
    if (const auto hot = HotOf(evidence_.what)) {
      NamedFrom(account_.first_cycle, *hot);
    } else if (evidence_.what == Incident::kSessionHangs) {
      JudgeHang();
    } else if (evidence_.what == Incident::kQueueFlooded) {
      JudgeFlood();
    } else {
      JudgeQuiet();
    }
    OneInferenceEach();
    return account_;
  }

 private:
  // The first complaint is the verdict.
  void Complain(Status verdict, std::string because) {
    if (account_.verdict != Status::kOk) return;
    account_.verdict = verdict;
    account_.because = std::move(because);
  }
  void Unnamed(std::string because) {
    Complain(Status::kIncidentUnnamed, std::move(because));
  }
  void Misnamed(std::string because) {
    Complain(Status::kIncidentMisnamed, std::move(because));
  }

  // One of the evidence's own, after RunIsWhole() found nothing.
  [[nodiscard]] const std::string& PageOf(const CycleRecord& record) const {
    return evidence_.pages[static_cast<std::size_t>(&record - evidence_.cycles.data())];
  }

  void RunIsWhole() {
    if (evidence_.robot_exit != 0) {
      Unnamed("torpord ended with " + std::to_string(evidence_.robot_exit));
    }
    if (evidence_.pages.size() != evidence_.cycles.size()) {
      Unnamed("not each cycle was told to the gateway");
    }
    lines_ = LinesOf(evidence_.lines);
    if (lines_.size() != evidence_.cycles.size()) {
      Unnamed("not each cycle has its line");
    }
    if (evidence_.what != Incident::kNone && account_.first_cycle == 0) {
      Unnamed("the run ended before the fault could be seen");
    }
  }

  // From a cycle on each names it and nothing else; before it none names anything.
  void NamedFrom(std::uint64_t first, const Hot& hot) {
    if (account_.verdict != Status::kOk) return;
    std::uint64_t times = 0;
    for (std::size_t i = 0; i < evidence_.cycles.size(); ++i) {
      const CycleRecord& record = evidence_.cycles[i];
      const bool due = record.cycle >= first;
      NothingBut(record, due ? hot.reason : Status::kOk);
      if (!due) continue;
      ++times;
      const std::string name = NameOf(hot.reason);
      if (!Has(record, hot.reason)) Unnamed(Numbered(record) + " does not name " + name);
      if (lines_[i].find("! " + name + " (") == std::string::npos) {
        Unnamed("the line of " + Numbered(record) + " does not name " + name);
      }
      const std::string sample =
          "torpor_gpu_hot_cycles_total{cause=\"" + std::string(hot.cause) + "\"}";
      if (ValueOf(evidence_.pages[i], sample) != times) {
        Unnamed("the metrics of " + Numbered(record) + " lack " + sample + " " +
                std::to_string(times));
      }
      if (times == 1) {
        account_.found.push_back("journal, line and metrics agree: " + sample + " 1");
      }
    }
    account_.found.push_back("named in each of the " + std::to_string(times) +
                             " cycles from then on, and nothing else ever");
  }

  void NothingBut(const CycleRecord& record, Status allowed) {
    for (const auto& [what, detail] : record.deviations) {
      if (what == allowed) continue;
      Misnamed(Numbered(record) + " names " + NameOf(what) + ": " + detail);
    }
  }

  // Nothing is named, and not for want of looking.
  void JudgeQuiet() {
    for (const CycleRecord& record : evidence_.cycles) NothingBut(record, Status::kOk);
    EachSleepIsProved();
  }

  void EachSleepIsProved() {
    if (evidence_.cycles.size() < 2) return Unnamed("there was no sleep to be judged");
    for (const CycleRecord& record : evidence_.cycles) {
      if (&record == &evidence_.cycles.front()) continue;  // no sleep before it
      if (!record.sleep || record.slept.value_or(0) < kLeastRest) {
        Unnamed("of the sleep before " + Numbered(record) + " rest is not proved");
      }
    }
    account_.found.push_back("the GPU's rest is proved for each of " +
                             std::to_string(evidence_.cycles.size() - 1) + " sleeps");
  }

  // The process is ended within its cycle, whose verdict stands; the GPU sleeps after it.
  void JudgeHang() {
    if (account_.verdict != Status::kOk) return;
    for (const CycleRecord& record : evidence_.cycles) {
      const bool due = record.cycle == account_.first_cycle;
      NothingBut(record, due ? Status::kAcceleratorLate : Status::kOk);
      if (!due) continue;
      if (!Has(record, Status::kAcceleratorLate)) {
        Unnamed(Numbered(record) + " does not name " + NameOf(Status::kAcceleratorLate));
      }
      if (record.verdict == telemetry::Verdict::kAbstain) {
        Unnamed("the verdict of " + Numbered(record) + " was lost");
      }
      const std::string sample = "torpor_accelerator_kills_total";
      if (ValueOf(PageOf(record), sample) != 1) {
        Unnamed("the metrics of " + Numbered(record) + " lack " + sample + " 1");
      }
      account_.found.push_back("its process was ended in that cycle (" + sample +
                               " 1), and the verdict stands");
    }
    EachSleepIsProved();
  }

  // Each cycle without a link says so; then the newest batch is inferred, once, and those
  // that had piled up have given way and are counted.
  void JudgeFlood() {
    if (account_.verdict != Status::kOk) return;
    const CycleRecord* last = nullptr;  // that inferred before it
    const CycleRecord* next = nullptr;  // that had a link again
    std::uint64_t without = 0;
    for (const CycleRecord& record : evidence_.cycles) {
      const bool down =
          record.cycle >= account_.first_cycle && record.woke < evidence_.ended;
      NothingBut(record, down ? Status::kLinkTimeout : Status::kOk);
      if (record.cycle < account_.first_cycle && record.inferred) last = &record;
      if (down) ++without;
      if (down && !Has(record, Status::kLinkTimeout)) {
        Unnamed(Numbered(record) + " does not name " + NameOf(Status::kLinkTimeout));
      }
      if (record.woke >= evidence_.ended && next == nullptr) next = &record;
    }
    if (last == nullptr || next == nullptr) return Unnamed("there was no flood");
    const std::uint64_t passed = next->batch_sequence - last->batch_sequence;
    if (!next->inferred) Unnamed(Numbered(*next) + " did not infer, with a link again");
    if (next->batch_age > evidence_.terms.max_batch_age) {
      Unnamed("a batch over its age was inferred");
    }
    if (next->dropped_overrun + 1 != passed) {
      Unnamed(std::to_string(passed) + " batches were made, 1 was inferred and " +
              std::to_string(next->dropped_overrun) + " are counted as dropped");
    }
    if (passed <= evidence_.terms.queue_limit_batches) {
      Unnamed("no more came than there is room for");
    }
    const std::string sample = "torpor_batches_dropped_total{reason=\"overrun\"}";
    const auto value = ValueOf(PageOf(*next), sample);
    if (value != next->dropped_overrun) Unnamed("the metrics lack " + sample);
    account_.found.push_back("the link was down for " + std::to_string(without) +
                             " cycles, and each says so");
    account_.found.push_back(
        Numbered(*next) + ", the first with a link again: " + std::to_string(passed) +
        " batches had come for " + std::to_string(evidence_.terms.queue_limit_batches) +
        " slots; the newest was inferred, the other " +
        std::to_string(next->dropped_overrun) + " gave way, in journal and metrics (" +
        sample + " " + std::to_string(value.value_or(0)) + ")");
  }

  // By the GPU's own count. In commissioning the network is not asked.
  void OneInferenceEach() {
    const auto asked = static_cast<std::uint64_t>(
        std::ranges::count_if(evidence_.cycles, [](const CycleRecord& record) {
          return record.inferred && record.why_abstained != Status::kCommissioning;
        }));
    if (asked == 0) Unnamed("the network was never asked");
    if (evidence_.jobs != asked + kJobsAtBoot) {
      Unnamed("the GPU was given " + std::to_string(evidence_.jobs) +
              " pieces of work, " + std::to_string(asked) +
              " inferences after commissioning are journalled");
    }
    const CycleRecord* last = nullptr;
    for (const CycleRecord& record : evidence_.cycles) {
      if (!record.inferred) continue;
      if (last != nullptr && record.batch_sequence <= last->batch_sequence) {
        Unnamed(Numbered(record) + " infers an old batch");
      }
      last = &record;
    }
    account_.found.push_back("the GPU was given " + std::to_string(evidence_.jobs) +
                             " pieces of work: 1 at boot, and 1 in each of " +
                             std::to_string(asked) + " cycles");
  }

  // The line of JSON with which a program refused.
  [[nodiscard]] nlohmann::json Refused(const char* who, const std::string& words,
                                       int exit_code, int expected) {
    if (exit_code != expected) {
      Unnamed(std::string(who) + " ended with " + std::to_string(exit_code) +
              " and not with " + std::to_string(expected));
    }
    for (const std::string& line : LinesOf(words)) {
      auto json = nlohmann::json::parse(line, nullptr, false);
      if (!json.is_object() || !json.contains("reason")) continue;
      const auto text = [&](const char* key) { return json.value(key, std::string()); };
      account_.told.push_back({who, 0, json.value("reason", 0U),
                               text("where").empty() ? text("name") : text("where"),
                               "here " + text("ours") + ", there " + text("theirs")});
      return json;
    }
    Unnamed(std::string(who) + " gives no reason");
    return nlohmann::json::object();
  }

  void JudgeRefusal() {
    account_.told.clear();
    const auto robot =
        Refused("torpord", evidence_.robot_words, evidence_.robot_exit, kExitConfig);
    // It stays, and answers whoever asks, until its board is switched off.
    const auto firmware =
        Refused("torpor-firmware", evidence_.firmware_words, evidence_.firmware_exit, 0);
    if (!evidence_.cycles.empty() || evidence_.jobs > kJobsAtBoot) {
      Unnamed("there was a cycle all the same");
    }
    if (account_.verdict != Status::kOk) return;
    constexpr auto kReason = contract::kDisagreementBase + kPeriodField;
    for (const auto& json : {robot, firmware}) {
      if (json["reason"] != kReason) {
        Misnamed("reason " + json["reason"].dump() + " and not " +
                 std::to_string(kReason));
      }
    }
    const auto text = [](const nlohmann::json& json, const char* key) {
      return json.value(key, std::string());
    };
    const std::string ours = text(robot, "ours");
    const std::string theirs = text(robot, "theirs");
    if (ours.empty() || ours == theirs || text(firmware, "ours") != theirs ||
        text(firmware, "theirs") != ours) {
      Unnamed("the two do not name the same two values");
    }
    if (evidence_.last_waking > Instant(evidence_.terms.period)) {
      Unnamed("somebody woke after the first period");
    }
    account_.found.push_back(
        "torpord ended with " + std::to_string(kExitConfig) +
        ", the firmware stays asleep: nobody woke after the first period, and there was "
        "no cycle and no batch");
  }

  const IncidentEvidence& evidence_;
  IncidentAccount account_;
  std::vector<std::string> lines_;
};

}  // namespace

IncidentAccount Judge(const IncidentEvidence& evidence) {
  return Judging(evidence).Judge();
}

}  // namespace torpor::simulate
