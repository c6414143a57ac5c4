#include "simulate/night.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "contract/envelope.h"
#include "contract/payload.h"
#include "simulate/gateway.h"
#include "simulate/night_picture.h"
#include "simulate/run_folder.h"
#include "telemetry/journal_reader.h"

namespace torpor::simulate {
namespace {

constexpr Milliseconds kLongestHold{3'000};  // of a link with faults

std::string LastLine(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string last;
  for (std::string line; std::getline(file, line);) last = line;
  return last;
}

Attempt<FaultCounts> Live(Rig& rig, const NightOptions& options,
                          const contract::Terms& terms) {
  BrokerOptions timing;
  timing.path = rig.Path("broker.sock");
  timing.link_baud = terms.link_baud;
  timing.wall_base_us = kRunBegins;
  timing.outages = options.outages;
  timing.wall_steps = options.wall_steps;
  if (options.link_faults) {
    timing.faults = PlanFaults(*options.link_faults,
                               {.from = Instant(options.life / 4),
                                .until = Instant(options.life - options.life / 4),
                                .period = terms.period,
                                .longest_hold = kLongestHold});
  }
  auto broker = Broker::Listen(std::move(timing));
  if (!broker.ok()) return Why(broker.status(), rig.Path("broker.sock").string());

  const std::string socket = rig.Path("broker.sock");
  auto firmware = rig.StartFirmware({"--link", "broker:" + socket}, options.sensor);
  if (!firmware.ok()) return Why(firmware.status(), "torpor-firmware cannot be started");
  ChildOutput output{options.lines ? std::filesystem::path{} : rig.Path("robot.log"),
                     rig.Path("robot.err")};
  auto robot = rig.StartRobot({"--broker", socket}, options.robot, output);
  if (!robot.ok()) return Why(robot.status(), "torpord cannot be started");

  const BrokerOutcome outcome = (*broker)->Run(Instant(options.life));
  const int code = robot->Wait();
  if (code != 0) {
    return Why(Status::kInternal, "torpord ended with " + std::to_string(code) + ": " +
                                      LastLine(rig.Path("robot.err")));
  }
  if (outcome.why == BrokerOutcome::Why::kStalled) {
    return Why(Status::kLinkTimeout,
               "a process hung at virtual second " +
                   std::to_string(outcome.at.time_since_epoch().count() / 1'000'000));
  }
  if (outcome.why == BrokerOutcome::Why::kBothGone) {
    return Why(Status::kInternal,
               "both processes left before the end: " + LastLine(rig.firmware_log()));
  }
  return outcome.faults;
}

}  // namespace

Attempt<contract::Terms> TermsOf(const std::filesystem::path& bundle) {
  std::ifstream file(bundle, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto envelope = contract::ParseEnvelope(AsBytes(text));
  if (!envelope.ok()) return Why(envelope.status(), bundle.string());
  const auto terms = contract::DecodePayload(envelope->payload);
  if (!terms.ok()) return Why(terms.status(), bundle.string());
  return *terms;
}

Attempt<Night> RunNight(NightOptions options, Rig::OnStep on_step) {
  const FaultGateway gateway;  // a good one
  if (!gateway.ok()) return Why(Status::kOs, "no free port on loopback");
  options.rig.gateway = gateway.address();
  if (auto made = MakeRunFolder(options.rig.folder); !made.ok()) return made.refusal();
  auto rig = Rig::Make(options.rig, on_step);
  if (!rig.ok()) return rig.refusal();
  if (auto fitted = rig->FitBaseline(options.baseline); !fitted.ok())
    return fitted.refusal();
  if (auto flashed = rig->Provision(); !flashed.ok()) return flashed.refusal();
  const auto terms = TermsOf(rig->bundle());
  if (!terms.ok()) return terms.refusal();

  const auto lived = Live(*rig, options, *terms);
  if (!lived.ok()) return lived.refusal();

  const auto journal = telemetry::JournalReader::Open(rig->state() / "journal.sqlite");
  if (!journal.ok()) return Why(journal.status(), rig->state().string());
  const auto summary = Summarise(*journal, options.name, options.life);
  if (!summary.ok()) return Why(summary.status(), rig->state().string());
  Night night{*summary,         *terms, options.rig.folder, rig->Path("night.svg"),
              gateway.pushes(), *lived};
  const auto cycles = journal->Cycles(0, 10'000'000);
  if (!cycles.ok()) return Why(cycles.status(), rig->state().string());
  std::ofstream(night.picture) << DrawNight({options.name, options.life, *cycles},
                                            *terms);
  return night;
}

}  // namespace torpor::simulate
