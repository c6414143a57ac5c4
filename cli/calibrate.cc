// torpor calibrate: what staying warm between two inferences costs on this machine, and
// whether it pays.
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "agent/accelerator/child_network.h"
#include "agent/accelerator/choice.h"
#include "cli/commands.h"
#include "cli/ladder_measurement.h"
#include "cli/ladder_table.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/terms_of.h"
#include "cli/turn_meter.h"
#include "contract/sign/files.h"
#include "core/hex.h"
#include "model/inference.h"
#include "model/network_file.h"
#include "power/calibration.h"
#include "power/find_meters.h"
#include "power/nvml.h"
#include "power/rung_costs.h"

namespace torpor::cli {
namespace {

using agent::ChildNetwork;
using power::Rung;

constexpr Microseconds kAtMost = std::chrono::minutes(2);  // for one result, however cold

struct Options {
  std::string back_end;
  std::string model;
  std::string cache;
  std::string contract;
  std::string explain;
  std::string rail;
  std::size_t axes = 3;
  std::string out;
  std::string sys = "/";
  int rounds = 5;
  double rest_s = 10;
  double settle_s = 2;
  bool json = false;
  bool quiet = false;
};

Instant Now() {
  return Instant(std::chrono::duration_cast<Microseconds>(
      std::chrono::steady_clock::now().time_since_epoch()));
}

Microseconds FromSeconds(double s) {
  return Microseconds{static_cast<std::int64_t>(s * 1e6)};
}

class ChildRungs final : public RungUser {
 public:
  ChildRungs(ChildNetwork& network, std::vector<float> z, std::size_t tokens)
      : network_(network), z_(std::move(z)), tokens_(tokens) {}

  Status Take(Rung rung) override {
    // One that has stayed ends with the first cycle that does not use it.
    network_.EndCycle(kAtMost);
    network_.EndCycle(kAtMost);
    network_.SetRung(rung);
    const Status asked = Ask();
    return asked == Status::kOk ? Park() : asked;
  }
  Status Ask() override {
    float logit = 0;
    network_.Allow(Now() + kAtMost);
    return network_.Run(z_, tokens_, logit);
  }
  Status Park() override {
    network_.Release(Now() + kAtMost);
    const auto problems = network_.TakeProblems();
    return problems.empty() ? Status::kOk : problems.front().first;
  }

 private:
  ChildNetwork& network_;
  std::vector<float> z_;
  std::size_t tokens_;
};

// Where plans are kept while one measures, if nowhere else: without, every cold start
// would be measured with the making of a plan in it.
class PlanFolder {
 public:
  // Without a wish one of its own, which nobody else can have made before: plans are code
  // that a device's library believes.
  explicit PlanFolder(const std::string& wish) : path_(wish), ours_(wish.empty()) {
    if (!ours_) return;
    const auto parent = std::filesystem::temp_directory_path();
    std::string name = (parent / ("torpor-calibrate-" + std::string(6, 'X'))).string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~PlanFolder() {
    std::error_code ignored;
    if (ours_ && !path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  PlanFolder(const PlanFolder&) = delete;
  PlanFolder& operator=(const PlanFolder&) = delete;
  // Empty: none could be made.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  bool ours_;
};

// The rail that is asked for, or the one that carries the whole machine.
std::unique_ptr<power::Meter> FindRail(const power::SysTree& sys, std::string& rail,
                                       std::string& why_not) {
  power::Meters meters;
  (void)power::FindMeters(sys, power::MeterChoice::kAuto, meters);
  if (rail == "gpu") meters.found.push_back(power::Nvml::Open());
  why_not = rail.empty() ? "no rail of the whole machine can be read here"
                         : "there is no rail " + rail;
  for (auto& meter : meters.found) {
    for (const power::Rail& found : meter->rails()) {
      if (rail.empty() ? !found.whole_machine : found.name != rail) continue;
      if (!found.unmetered.empty()) {
        why_not = "rail " + found.name + ": " + found.unmetered;
        continue;
      }
      rail = found.name;
      return std::move(meter);
    }
  }
  if (!meters.unmetered.empty()) why_not += ": " + meters.unmetered;
  return nullptr;
}

void Explain(const Options& options, Outcome& outcome) {
  const auto bytes =
      contract::sign::ReadFile(options.explain, power::kMaxCalibrationBytes);
  if (!bytes.ok()) return Refuse(outcome, bytes.status(), options.explain);
  std::string text;
  for (const std::byte b : *bytes) text += static_cast<char>(b);
  std::string problem;
  const auto calibration = power::DecodeCalibration(text, problem);
  if (!calibration.ok()) {
    return Refuse(outcome, calibration.status(), options.explain + ": " + problem);
  }
  if (options.contract.empty()) {
    std::fputs(CostTable(*calibration).c_str(), stdout);
    return;
  }
  const auto terms = TermsOf(options.contract, outcome);
  if (!terms.ok()) return;
  // Back end and model are the robot's to compare; board, kernel and mode are here to
  // see.
  power::MachineIdentity here = power::ReadMachine(power::SysTree(options.sys));
  here.back_end = calibration->identity.back_end;
  here.model = calibration->identity.model;
  std::string may_not;
  (void)power::CheckCalibration(text, here, terms->calibrations(), may_not);
  if (options.json) {
    std::printf("%s\n", LadderJson(*calibration, *terms, may_not).dump(2).c_str());
  } else {
    std::fputs(ExplainLadder(*calibration, *terms, may_not).c_str(), stdout);
  }
}

void Measure(const Options& options, Outcome& outcome) {
  if (!options.out.empty() && std::filesystem::exists(options.out)) {
    return Refuse(outcome, Status::kFileExists, options.out);
  }
  const std::string path =
      options.model.empty() ? model::ShippedModel().string() : options.model;
  std::string_view why;
  auto file = model::NetworkFile::Open(path, &why);
  if (!file.ok()) return Refuse(outcome, file.status(), path + ": " + std::string(why));
  const power::SysTree sys(options.sys);
  std::string rail = options.rail;
  std::string why_not;
  auto meter = FindRail(sys, rail, why_not);
  if (meter == nullptr) {
    return Refuse(outcome, Status::kMeterMissing,
                  why_not +
                      "; without joules no rung can be shown to pay, and torpord "
                      "stays with child-exited");
  }

  const auto tokens = model::TokensFor(file->view().shape, options.axes);
  if (!tokens.ok()) {
    return Refuse(outcome, tokens.status(),
                  path + " for " + std::to_string(options.axes) + " axes");
  }
  const PlanFolder plans(options.cache);
  if (plans.path().empty()) return Refuse(outcome, Status::kIo, "a folder for plans");
  agent::ChildSetting setting;
  setting.program = agent::AcceleratorProgram();
  setting.cache = plans.path();
  setting.residency_max = Rung::kHot;
  setting.now = Now;
  // As torpord starts it.
  if (agent::IsOnADevice(options.back_end)) setting.device_meter = power::Nvml::kLibrary;
  ChildNetwork* child = nullptr;
  const auto make = agent::MakerOf(options.back_end, setting, child);
  if (!make || options.back_end == "reference") {
    return Refuse(outcome, Status::kUsage,
                  options.back_end + " runs in torpord itself: nothing of it stays warm");
  }
  const auto network = make(*file, path, *tokens);  // holds the child
  if (!network.ok()) return Refuse(outcome, network.status(), options.back_end);
  std::string problem;
  if (const Status checked = child->Check(kAtMost, problem); checked != Status::kOk) {
    return Refuse(outcome, checked, options.back_end + ": " + problem);
  }

  power::Calibration calibration;
  calibration.identity = power::ReadMachine(sys);
  calibration.identity.back_end = child->identity();
  calibration.identity.model = file->view().digest;
  SampledTurns joules(std::move(meter), rail);
  const std::vector<float> zeros(*tokens * file->view().shape.inputs, 0.0F);
  ChildRungs user(*child, zeros, *tokens);
  LadderPlan plan{
      {Rung::kChildExited, Rung::kMemoryFreed, Rung::kContextKept, Rung::kHot},
      options.rounds,
      FromSeconds(options.settle_s),
      FromSeconds(options.rest_s)};
  const Progress progress("calibrating " + options.back_end + " on " + rail,
                          !options.quiet);
  const auto rounds = MeasureLadder(
      user, joules, plan, [](Microseconds t) { std::this_thread::sleep_for(t); },
      [&](std::size_t done, std::size_t of) { progress.Show(done, of); });
  if (!rounds.ok()) {
    return Refuse(outcome, rounds.status(), options.back_end + " on " + rail);
  }
  const auto costs = power::CostsOf(*rounds);
  if (!costs.ok()) return Refuse(outcome, costs.status(), "two rounds at least");
  calibration.rungs = *costs;
  calibration.meter = rail + ", " + std::string(joules.how());
  calibration.measured_at_s = std::time(nullptr);

  const std::string text = power::EncodeCalibration(calibration);
  if (!options.quiet) std::fputs(CostTable(calibration).c_str(), stdout);
  if (!options.out.empty()) {
    const Status written = contract::sign::WriteNewFile(options.out, AsBytes(text));
    if (written != Status::kOk) return Refuse(outcome, written, options.out);
  }
  if (options.quiet) return;
  const Digest digest = power::DigestOfCalibration(text);
  std::array<char, 64> hex{};
  WriteHex(digest, hex);
  std::printf("\n%s%sdigest %.64s, for calibrations in a contract's [sleep]\n",
              options.out.c_str(), options.out.empty() ? "" : ": ", hex.data());
}

}  // namespace

void AddCalibrate(const Command& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  const Command command =
      app.Add("calibrate",
              "Measure what each rung of the residency ladder costs on this machine");
  command.Footer(
      R"(Entering a rung, resting on it, and the next result from it. A warmer rung than child-exited
is taken only by a contract that permits it and a calibration which shows that it pays
(docs/calibrate.md).
Examples:
  torpor calibrate --back-end cuda --out orin.calibration
  torpor calibrate --explain orin.calibration --contract site.dsse
  torpor calibrate --back-end child-cpu --rail package-0 --rounds 3 --rest 5)");
  command.Value("--back-end", options->back_end,
                "cuda, tensorrt, or child-cpu: what torpord's --backend says");
  command.Value("--model", options->model, "The model file; the installed one without");
  command.Value("--cache", options->cache, "Folder where plans may be kept");
  command
      .Value("--axes", options->axes,
             "Axes of the sensor that the robot judges; 3 without")
      .Between(1, 16);
  command.Value("--rail", options->rail,
                "The rail to read; without, the one that carries the whole machine. "
                "gpu: NVML's, which keeps a discrete GPU awake while it is read");
  command.Value("--rounds", options->rounds, "Turns of each rung").Between(2, 1000);
  command.Value("--rest", options->rest_s, "Seconds of each rest that is measured")
      .Between(0.1, 3600.0);
  command
      .Value("--settle", options->settle_s, "Seconds after coming to rest that are not")
      .Between(0.0, 600.0);
  command.Value("--out", options->out, "The calibration file; never overwritten");
  const Option explain =
      command.Value("--explain", options->explain, "Lays a calibration file out instead");
  command.Value("--contract", options->contract,
                "With --explain: bundle, source or base whose rung is chosen");
  command.Value("--sys-root", options->sys,
                "The folder in which sys/ and proc/ of the machine lie");
  command.Flag("--json", options->json, "With --explain: as JSON");
  command.Flag("--quiet", options->quiet, "Only write the file");
  command.Run([options, explain, &outcome] {
    if (explain.given()) return Explain(*options, outcome);
    if (options->back_end.empty()) {
      return Refuse(outcome, Status::kUsage, "--back-end or --explain is needed");
    }
    Measure(*options, outcome);
  });
}

}  // namespace torpor::cli
