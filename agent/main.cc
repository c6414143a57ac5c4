#include <sys/random.h>

#include <cstdio>
#include <memory>
#include <string>

#include "agent/boot.h"
#include "agent/broker_world.h"
#include "agent/collector.h"
#include "agent/detection.h"
#include "agent/line.h"
#include "agent/linux/real_world.h"
#include "agent/options.h"
#include "agent/program_digest.h"
#include "agent/robot.h"
#include "agent/roll_out.h"
#include "core/status_table.h"
#include "core/version.h"
#include "model/inference.h"

namespace torpor::agent {
namespace {

Result<std::unique_ptr<World>> OpenWorld(const Options& options,
                                         const StateFolder& state) {
  if (options.link_kind == LinkKind::kBroker) {
    auto client =
        simulate::BrokerClient::Connect(options.link, simulate::Role::kComputer);
    if (!client.ok()) return client.status();
    return std::unique_ptr<World>(std::make_unique<BrokerWorld>(std::move(*client)));
  }
  auto world = RealWorld::Open(options.link, state.watchdog_mark());
  if (!world.ok()) return world.status();
  return std::unique_ptr<World>(std::move(*world));
}

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

// Cycles under one contract, until the end or until the firmware obeys another one that
// is held here as well.
struct Stint {
  std::optional<Digest> firmware_obeys{};  // go on under this one
  int exit_code = 0;
};

// Of the whole run, whatever contracts it works under.
struct Progress {
  LineContext lines;
  std::uint64_t cycles = 0;  // that were run
};

Stint WorkUnder(const Obeyed& obeyed, const Options& options, const StateFolder& state,
                World& world, KnownTime& time, Progress& progress) {
  const contract::Terms& terms = obeyed.contract.terms();
  const auto refuse = [&](const Refusal& refusal) {
    return Stint{.exit_code = Refuse(refusal, options, state, &obeyed, &world)};
  };
  if (auto* real = dynamic_cast<RealWorld*>(&world)) real->SetBaud(terms.link_baud);

  auto detection = LoadDetection(options.baseline, options.model, obeyed.contract);
  if (const auto* refusal = std::get_if<Refusal>(&detection)) return refuse(*refusal);
  auto& [engine, detector, model_digest] = std::get<Detection>(detection);
  if (model_digest == model::kNoModel && options.lines == Lines::kPeople) {
    std::puts("no network (--model none): the spectrum alone is judged");
  }
  auto journal = telemetry::Journal::Open(state.journal(), {});
  if (!journal.ok()) return refuse({journal.status(), 0, state.journal(), {}, {}});

  ContractSlots slots(state.folder(), obeyed.keyring);
  const auto check = [&](const contract::VerifiedTerms& next) -> std::optional<Refusal> {
    const auto remembered = state.Load();
    if (!remembered.ok()) return Refusal{remembered.status(), 0, options.state, {}, {}};
    if (auto refusal =
            CheckContract(next, options, *remembered, time, contract::sign::kWantedFile))
      return refusal;
    auto could = LoadDetection(options.baseline, options.model, next);
    const auto* const refusal = std::get_if<Refusal>(&could);
    return refusal != nullptr ? std::optional(*refusal) : std::nullopt;
  };
  RollOut roll_out(slots, obeyed, check, [&] { (void)RaiseFloor(state, obeyed, time); });

  const link::ComputerSelf self{obeyed.contract, obeyed.keyring, obeyed.remembered.floor,
                                ProgramDigest(), obeyed.also_held};
  Collector collector(world, self, {obeyed.pairing, std::nullopt}, RandomNonce,
                      &roll_out);
  RobotSettings settings;
  settings.robot_id = options.robot_id;
  settings.gateway_ca = options.gateway_ca;
  settings.boot_id = options.link_kind == LinkKind::kBroker ? "compressed" : BootId();
  settings.model_digest = model_digest;
  settings.bearing = detect::BearingOf(options.bearing);
  settings.cycles = options.once ? 1 : options.cycles;
  if (settings.cycles > 0) settings.cycles -= progress.cycles;
  settings.end_when_link_down = options.once;
  if (state.TakeWatchdogMark()) settings.found_at_boot = Status::kWatchdogFired;
  settings.on_cycle = [&](const auto& record) {
    PrintCycle(record, terms, options, progress.lines);
  };
  settings.on_judged = [&] { roll_out.OnJudged(); };
  settings.newer_at_hand = [&] { return roll_out.NewerAtHand(); };
  settings.remember_time = [&](std::uint64_t passed) {
    if (const Status status = RememberTime(state, passed); status != Status::kOk) {
      std::fprintf(stderr, "torpord: the time is not remembered: %s\n",
                   std::string(Info(status).meaning).c_str());
    }
  };
  time.Prove(terms.issued_at_s);

  power::LeaseBook leases;
  Robot robot(
      {world, obeyed.contract, collector, *engine, detector, *journal, leases, time},
      settings);
  const Ending ending = robot.Run();
  settings.remember_time(time.ToRemember(terms.not_after_s));
  progress.cycles += ending.cycles;
  switch (ending.kind) {
    case Ending::Kind::kRefused: {
      const Refusal refusal = FromFirmware(ending.refusal);
      MarkRefusal(refusal, state, obeyed, world);
      return refuse(refusal);
    }
    case Ending::Kind::kLinkDown:
      return refuse({Status::kLinkDown, 0, options.link, {}, {}});
    case Ending::Kind::kTermsChanged:  // a restart reads them again
      return refuse({Status::kTermsChanged, 0, "memory", {}, {}});
    case Ending::Kind::kNotValid:
      return refuse(RefuseDates(ending.why, terms, time.Look(),
                                "contract " + std::string(terms.name.view())));
    case Ending::Kind::kOther:
      return {.firmware_obeys = ending.firmware_obeys};
    default:
      return {};
  }
}

int Run(const Options& options) {
  StateFolder state(options.state);
  const auto refuse = [&](Status status, std::string where) {
    return Refuse({status, 0, std::move(where), {}, {}}, options, state, nullptr,
                  nullptr);
  };
  if (const Status status = state.Claim(); status != Status::kOk) {
    return refuse(status, options.state);
  }
  const auto world = OpenWorld(options, state);
  if (!world.ok()) return refuse(world.status(), options.link);

  // In a compressed run the broker says what time it is, whenever this was built.
  KnownTime time(**world, options.link_kind == LinkKind::kBroker ? 0 : kBuiltAfter);
  std::optional<Digest> firmware_obeys;
  Progress progress{{(*world)->Now(), WantsColour(1)}};
  for (;;) {
    auto loaded = LoadContract(options, state, time, firmware_obeys);
    if (const auto* refusal = std::get_if<Refusal>(&loaded)) {
      return Refuse(*refusal, options, state, nullptr, world->get());
    }
    const Obeyed& obeyed = std::get<Obeyed>(loaded);
    if (const auto mark = StandingRefusal(state, obeyed, **world)) {
      std::fprintf(stderr, "%s\n",
                   mark->line.c_str());  // nothing has changed: go back to sleep
      return mark->exit_code;
    }
    const Stint stint = WorkUnder(obeyed, options, state, **world, time, progress);
    if (!stint.firmware_obeys) return stint.exit_code;
    firmware_obeys = stint.firmware_obeys;
  }
}

}  // namespace
}  // namespace torpor::agent

int main(int argc, char** argv) {
  const torpor::agent::Parsed parsed = torpor::agent::ParseOptions(argc, argv);
  if (!parsed.options) return parsed.exit_code;
  return torpor::agent::Run(*parsed.options);
}
