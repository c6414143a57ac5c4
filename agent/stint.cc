#include "agent/stint.h"

#include <sys/random.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

#include "agent/accelerator/child_network.h"
#include "agent/accelerator/choice.h"
#include "agent/back_end.h"
#include "agent/collector.h"
#include "agent/cycle_trace.h"
#include "agent/detection.h"
#include "agent/key_hand_over.h"
#include "agent/linux/kernel_files.h"
#include "agent/linux/real_world.h"
#include "agent/linux/suspend.h"
#include "agent/program_digest.h"
#include "agent/residency_watch.h"
#include "agent/robot.h"
#include "agent/roll_out.h"
#include "agent/rung.h"
#include "agent/trust.h"
#include "contract/sign/key_report.h"
#include "core/status_table.h"
#include "cycle/phase.h"
#include "model/inference.h"
#include "power/cpu_boost.h"

namespace torpor::agent {
namespace {

link::Nonce RandomNonce() {
  link::Nonce nonce{};
  // 16 bytes never fail once the pool is ready, and block until it is.
  [[maybe_unused]] const ssize_t got = ::getrandom(nonce.data(), nonce.size(), 0);
  return nonce;
}

Refusal FromFirmware(const link::Refusal& found) {
  Refusal refusal;
  refusal.status = found.status();
  refusal.field = found.field();
  refusal.where = link::NameOf(found.reason);
  refusal.ours = found.ours.view();
  refusal.theirs = found.theirs.view();
  return refusal;
}

void PrintCycle(const telemetry::CycleRecord& record, const contract::Terms& terms,
                const Options& options, const LineContext& context) {
  if (options.lines == Lines::kNone) return;
  const std::string line = options.lines == Lines::kJson
                               ? JsonLine(record)
                               : PeopleLine(record, terms, context);
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

// For systemctl status.
std::string StatusLine(const telemetry::CycleRecord& record) {
  constexpr std::array kVerdicts = {"normal", "anomaly", "abstains"};
  std::string line = "cycle " + std::to_string(record.cycle) + " under contract " +
                     record.contract + ": " +
                     kVerdicts[static_cast<std::size_t>(record.verdict)];
  if (record.verdict == telemetry::Verdict::kAbstain) {
    line += ", " + std::string(Info(record.why_abstained).name);
  }
  return line;
}

void Complain(const char* what, Status status) {
  if (status == Status::kOk) return;
  std::fprintf(stderr, "torpord: %s: %s\n", what,
               std::string(Info(status).meaning).c_str());
}

bool BoostIsToBeHad() {
  const bool had = power::ClampThisThread(0);
  if (!had) {
    std::fprintf(stderr,
                 "torpord: no CPU boost: this kernel clamps no utilisation "
                 "(CONFIG_UCLAMP_TASK), or does not let torpord\n");
  }
  return had;
}

// Newer keys come into force by reading everything again. What cannot be read is told
// once and changes nothing: the robot works on with the keys it has.
class KeyWatch {
 public:
  KeyWatch(const Obeyed& obeyed, const Options& options)
      : obeyed_(obeyed), options_(options), seen_(FingerprintOfKeys(options)) {}

  bool Newer() {
    std::string now = FingerprintOfKeys(options_);
    if (now == seen_) return false;
    seen_ = std::move(now);
    const auto loaded = LoadTrust(options_, obeyed_.remembered);
    if (const auto* const refusal = std::get_if<Refusal>(&loaded)) {
      std::fprintf(stderr, "torpord: the new keys are not taken: %s\n",
                   InWords(*refusal).c_str());
      return false;
    }
    const Trust& trust = std::get<Trust>(loaded);
    return trust.keyrings.documents != obeyed_.keyrings.documents ||
           trust.pairing.next != obeyed_.pairing.next;
  }

 private:
  const Obeyed& obeyed_;
  const Options& options_;
  std::string seen_;
};

// Whether the contract's sleep mode is one that this machine has. In compressed time
// every machine has it.
std::optional<Refusal> RefuseSleep(const contract::Terms& terms, const Options& options) {
  if (options.link_kind == LinkKind::kBroker) return std::nullopt;
  return RefuseSleepMode(terms, KernelFiles(options.system_root));
}

// By which clocks the machine's rest is judged. In a compressed run this machine's rest
// says nothing, and nobody looks; that of a pretended one, which whoever owns the broker
// keeps in step with its time, is looked at as on a robot.
std::optional<ResidencyWatch::ClocksNow> ClocksOfRest(const Options& options,
                                                      World& world) {
  if (options.link_kind == LinkKind::kDevice) return MachineClocks;
  if (options.system_root == kThisMachine) return std::nullopt;
  return [&world] {
    const Instant now = world.Now();
    return power::Clocks{now, now.time_since_epoch()};
  };
}

KeyHandOver::Doings KeysOf(const Obeyed& obeyed, const Options& options,
                           const StateFolder& state) {
  // What is on disk already is not worth a second writing: it is news for people.
  const auto report = [&state](const KeyHandOver::Report& said) {
    const auto before = contract::sign::LoadKeyReport(state.folder());
    if (before.ok() && *before == said) return;
    Complain("torpor status will show old keys",
             contract::sign::SaveKeyReport(state.folder(), said));
  };
  const auto promote = [&options] {
    Complain("the new pairing key keeps its old name", PromotePairing(options));
  };
  return {report, promote,
          [watch = KeyWatch(obeyed, options)]() mutable { return watch.Newer(); }};
}

}  // namespace

Stint WorkUnder(const Obeyed& obeyed, const Options& options, const StateFolder& state,
                World& world, KnownTime& time, Progress& progress) {
  const contract::Terms& terms = obeyed.contract.terms();
  const auto refuse = [&](const Refusal& refusal) {
    return Stint{.exit_code = Refuse(refusal, options, state, &obeyed, &world)};
  };
  if (auto refusal = RefuseSleep(terms, options)) return refuse(*refusal);
  if (auto refusal = RefuseGateway(options.sink, terms.gateway.view())) {
    return refuse(*refusal);
  }
  if (auto* real = dynamic_cast<RealWorld*>(&world)) {
    real->SetBaud(terms.link_baud);
    real->SetSleepMode(terms, options.system_root);
  }

  ChildNetwork* accelerator = nullptr;  // the engine's
  auto detection = LoadDetection(
      options.baseline, options.model, obeyed.contract,
      MakerOf(options.backend, SettingOfChild(options, terms, world), accelerator));
  if (const auto* refusal = std::get_if<Refusal>(&detection)) return refuse(*refusal);
  progress.service.Ready();
  if (accelerator != nullptr) {
    progress.service.Expect(kMostOfTheCheck);
    if (auto refusal = CheckBackEnd(*accelerator, options, terms)) {
      return {.unfit = std::move(refusal)};
    }
  }
  auto& [engine, detector, model_digest] = std::get<Detection>(detection);
  if (model_digest == model::kNoModel && options.lines == Lines::kPeople) {
    std::puts("no network (--model none): the spectrum alone is judged");
  }
  auto journal = telemetry::Journal::Open(state.journal(), {});
  if (!journal.ok()) return refuse(Because(journal.status(), state.journal()));

  ContractSlots slots(state.folder(), obeyed.keyrings.keyrings);
  const auto check = [&](const contract::VerifiedTerms& next) -> std::optional<Refusal> {
    const auto remembered = state.Load();
    if (!remembered.ok()) return Because(remembered.status(), options.state);
    if (auto refusal =
            CheckContract(next, options, *remembered, time, contract::sign::kWantedFile))
      return refusal;
    return CouldWorkUnder(next, options);
  };
  RollOut roll_out(slots, obeyed, check, [&] { (void)RaiseFloor(state, obeyed, time); });

  const link::ComputerSelf self{obeyed.contract, obeyed.keyring, obeyed.remembered.floor,
                                ProgramDigest(), obeyed.also_held};
  KeyHandOver keys(obeyed, KeysOf(obeyed, options, state));
  Collector collector(world, self, obeyed.pairing, RandomNonce,
                      {&roll_out, &keys, progress.unfit});
  RobotSettings settings;
  settings.robot_id = options.robot_id;
  settings.sink = options.sink;
  settings.phase = cycle::PhaseOf(terms, options.robot_id);
  PrepareToSend(options.sink, terms.gateway.view());
  settings.boot_id = options.link_kind == LinkKind::kBroker ? "compressed" : BootId();
  settings.model_digest = model_digest;
  settings.bearing = detect::BearingOf(options.bearing);
  settings.cycles = options.once ? 1 : options.cycles;
  if (settings.cycles > 0) settings.cycles -= progress.cycles;
  settings.end_when_link_down = options.once;
  if (terms.sleep_mode == contract::SleepMode::kSuspend) {
    settings.wake_locks = options.system_root / "sys/power";
  }
  settings.cpu_boost = options.cpu_boost && BoostIsToBeHad();
  if (state.TakeWatchdogMark()) {
    settings.found_at_boot.push_back({Status::kWatchdogFired, {}});
  }
  settings.on_cycle = [&](const auto& record) {
    PrintCycle(record, terms, options, progress.lines);
    progress.service.Alive(StatusLine(record));
    roll_out.OnTold();
  };
  // Two periods is the longest sleep (NextWaking), and then a whole cycle.
  progress.service.Expect(2 * Microseconds(terms.period) + 2 * terms.awake());
  settings.on_judged = [&] { roll_out.OnJudged(); };
  settings.newer_at_hand = [&] { return roll_out.NewerAtHand(); };
  settings.remember_time = [&](std::uint64_t passed) {
    Complain("the time is not remembered", RememberTime(state, passed));
  };
  time.Prove(terms.issued_at_s);

  const power::SysTree machine(options.system_root);
  if (accelerator != nullptr) {
    const auto set_rung =
        [rungs = RungKeeper(options.calibration, machine, accelerator->digest(), terms),
         accelerator] {
          TakenRung taken = rungs.Take(accelerator->identity());
          accelerator->SetRung(taken.rung);
          return std::move(taken.why_not);
        };
    if (auto cold = set_rung()) settings.found_at_boot.push_back(*std::move(cold));
    settings.rung_again = set_rung;
  }
  power::LeaseBook leases;
  telemetry::AlarmDelivery alarms(*journal, progress.sinks);
  Metering metering(progress.meters.found);
  std::optional<ResidencyWatch> residency;
  if (auto clocks = ClocksOfRest(options, world)) {
    residency.emplace(machine, *std::move(clocks),
                      [accelerator] { return OwnAccountOf(accelerator); });
  }
  telemetry::TraceWriter trace_file(state.trace(),
                                    {telemetry::kTraceBlocks, options.robot_id});
  (void)trace_file.Open();  // each cycle tries again, and tells
  CycleTrace trace(world, leases, trace_file, settings.boot_id);
  Robot robot({world, obeyed.contract, collector, *engine, detector, *journal, leases,
               time, progress.meters.found.empty() ? nullptr : &metering,
               residency ? &*residency : nullptr, accelerator, &alarms, &trace},
              settings);
  const Ending ending = robot.Run();
  if (ending.kind != Ending::Kind::kOther) progress.service.Stopping();
  roll_out.OnTold();
  settings.remember_time(time.ToRemember(terms.not_after_s));
  progress.cycles += ending.cycles;
  switch (ending.kind) {
    case Ending::Kind::kRefused: {
      const Refusal refusal = FromFirmware(ending.refusal);
      MarkRefusal(refusal, state, obeyed, world);
      return refuse(refusal);
    }
    case Ending::Kind::kLinkDown:
      return refuse(Because(Status::kLinkDown, options.link));
    case Ending::Kind::kTermsChanged:  // a restart reads them again
      return refuse(Because(Status::kTermsChanged, "memory"));
    case Ending::Kind::kNotValid:
      return refuse(RefuseDates(ending.why, terms, time.Look(),
                                "contract " + std::string(terms.name.view())));
    case Ending::Kind::kOther:
      return {.go_on_under = ending.go_on_under, .on_trial = ending.on_trial};
    default:
      return {};
  }
}

std::optional<Refusal> CouldWorkUnder(const contract::VerifiedTerms& contract,
                                      const Options& options) {
  if (auto refusal = RefuseSleep(contract.terms(), options)) return refusal;
  if (auto refusal = RefuseGateway(options.sink, contract.terms().gateway.view())) {
    return refusal;
  }
  auto could = LoadDetection(options.baseline, options.model, contract);
  const auto* const refusal = std::get_if<Refusal>(&could);
  return refusal != nullptr ? std::optional(*refusal) : std::nullopt;
}

}  // namespace torpor::agent
