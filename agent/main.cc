#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "agent/alarm_sinks.h"
#include "agent/boot.h"
#include "agent/broker_world.h"
#include "agent/line.h"
#include "agent/linux/real_world.h"
#include "agent/options.h"
#include "agent/refused_rest.h"
#include "agent/stint.h"
#include "core/status_table.h"
#include "core/version.h"
#include "power/find_meters.h"
#include "power/sys_tree.h"

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

int Run(const Options& options) {
  StateFolder state(options.state);
  const auto refuse = [&](Status status, std::string where) {
    return Refuse(Because(status, std::move(where)), options, state, nullptr, nullptr);
  };
  if (const Status status = state.Claim(); status != Status::kOk) {
    return refuse(status, options.state);
  }
  if (const auto refusal = RefuseSink(options.sink)) {
    return Refuse(*refusal, options, state, nullptr, nullptr);
  }
  auto sinks = MakeAlarmSinks(options);
  if (const auto* refusal = std::get_if<Refusal>(&sinks)) {
    return Refuse(*refusal, options, state, nullptr, nullptr);
  }
  const auto world = OpenWorld(options, state);
  if (!world.ok()) return refuse(world.status(), options.link);

  const bool real_time = options.link_kind != LinkKind::kBroker;
  const power::SysTree sys(options.system_root);
  power::Meters meters;
  if (real_time) {
    const Status status = power::FindMeters(sys, options.meters, meters);
    if (status != Status::kOk) return refuse(status, meters.unmetered);
    if (!meters.unmetered.empty() && options.lines == Lines::kPeople) {
      std::printf("unmetered: %s\n", meters.unmetered.c_str());
    }
  }
  // In a compressed run the broker says what time it is, whenever this was built.
  KnownTime time(**world, options.link_kind == LinkKind::kBroker ? 0 : kBuiltAfter);
  Choice choice;
  choice.could_work = [&](const contract::VerifiedTerms& contract) {
    return CouldWorkUnder(contract, options);
  };
  Progress progress{{(*world)->Now(), WantsColour(1), real_time}, std::move(meters)};
  progress.service = ServiceManager::FromEnvironment();
  progress.sinks = std::get<telemetry::AlarmSinks>(std::move(sinks));
  std::optional<Digest> worked_under;
  bool on_trial = false;
  // The firmware tries what this robot cannot work under, and will go back by itself.
  const auto wait_out = [&](const Refusal& refusal) {
    std::fprintf(stderr, "%s\n", JsonLine(refusal).c_str());
    progress.unfit = std::exchange(choice.firmware_obeys, worked_under);
    on_trial = false;
  };
  for (;;) {
    auto loaded = LoadContract(options, state, time, choice);
    if (const auto* refusal = std::get_if<Refusal>(&loaded)) {
      if (!on_trial || !worked_under) {
        return Refuse(*refusal, options, state, nullptr, world->get());
      }
      wait_out(*refusal);
      continue;
    }
    const Obeyed& obeyed = std::get<Obeyed>(loaded);
    if (const auto mark = StandingRefusal(state, obeyed, **world)) {
      std::fprintf(stderr, "%s\n",
                   mark->line.c_str());  // nothing has changed: go back to sleep
      return mark->exit_code;
    }
    const auto worked_before = std::exchange(worked_under, obeyed.contract.id());
    const Stint stint = WorkUnder(obeyed, options, state, **world, time, progress);
    if (stint.unfit) {
      if (!on_trial || !worked_before) {
        return Refuse(*stint.unfit, options, state, &obeyed, world->get());
      }
      worked_under = worked_before;
      wait_out(*stint.unfit);
      continue;
    }
    if (!stint.go_on_under) return stint.exit_code;
    choice.firmware_obeys = stint.go_on_under;
    on_trial = stint.on_trial;
  }
}

}  // namespace
}  // namespace torpor::agent

int main(int argc, char** argv) {
  const torpor::agent::Parsed parsed = torpor::agent::ParseOptions(argc, argv);
  if (!parsed.options) return parsed.exit_code;
  const int code = torpor::agent::Run(*parsed.options);
  const bool rests = parsed.options->after_refusal == torpor::agent::AfterRefusal::kSleep;
  if (rests && torpor::agent::IsFinal(code)) torpor::agent::RestUntilAskedToStop();
  return code;
}
