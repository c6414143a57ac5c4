// torpor fleet simulate: a whole fleet in one process, which really pushes.
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/fleet.h"
#include "cli/fleet_options.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/terms_of.h"
#include "simulate/fleet.h"
#include "telemetry/gateway_address.h"

namespace torpor::cli {
namespace {

using simulate::FleetEvent;

constexpr const char* kVictoriaMetrics = "victoriametrics";
constexpr const char* kRemoteWrite = "remote-write";

struct Options {
  simulate::FleetOptions fleet;
  std::string contract = "warehouse-60s", script, sink = "pushgateway", pace = "max",
              lasts = "1h", warm_up;
  std::vector<std::string> faults, gateways;
  bool together = false, json = false, quiet = false;
};

telemetry::Receiver ReceiverOf(const std::string& sink) {
  if (sink == kVictoriaMetrics) return telemetry::Receiver::kVictoriaMetrics;
  if (sink == kRemoteWrite) return telemetry::Receiver::kRemoteWrite;
  return telemetry::Receiver::kPushgateway;
}

std::int64_t WallMilliseconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

simulate::SendFleetPage SenderTo(const Options& options) {
  if (options.gateways.empty()) return {};
  const telemetry::Receiver receiver = ReceiverOf(options.sink);
  // Before there are threads that push.
  telemetry::PrepareToPush(options.gateways.front(), receiver);
  return [&options, receiver](const simulate::FleetPage& page) {
    telemetry::PushTarget target;
    target.gateway = options.gateways[(page.number - 1) % options.gateways.size()];
    target.robot = page.robot;
    target.receiver = receiver;
    target.at_ms = WallMilliseconds();
    return telemetry::Push(target, page.page, page.deadline);
  };
}

void Simulate(Options& options, Outcome& outcome) {
  if (!ReadSpan("--for", options.lasts, options.fleet.duration, outcome)) return;
  if (!options.warm_up.empty() &&
      !ReadSpan("--warm-up", options.warm_up, options.fleet.warm_up, outcome)) {
    return;
  }
  if (!ReadPace(options.pace, options.fleet, outcome) ||
      !ReadScript(options.script, options.faults, options.fleet, outcome))
    return;
  for (const std::string& gateway : options.gateways) {
    if (!telemetry::ParseGateway(gateway, "sim-0001")) {
      return Refuse(outcome, Status::kAddressRefused, gateway);
    }
  }
  const auto terms = TermsOf(options.contract, outcome);
  if (!terms.ok()) return;
  options.fleet.tells_push_time =
      ReceiverOf(options.sink) != telemetry::Receiver::kPushgateway;
  options.fleet.spread = options.together ? Microseconds{0} : terms->period;
  options.fleet.contract_id = std::string(16, '0');  // of no bundle that was signed

  const Progress progress("fleet", !options.quiet && !options.json);
  const auto seconds = [](Microseconds time) {
    return static_cast<std::size_t>(time.count() / 1'000'000);
  };
  const simulate::FleetFigures figures = simulate::RunFleet(
      *terms, options.fleet, SenderTo(options),
      {.on_event =
           [&](const FleetEvent& event) {
             if (options.quiet) return;
             std::fputs((options.json ? simulate::Json(event) : simulate::InWords(event))
                            .c_str(),
                        stdout);
             std::fflush(stdout);
           },
       .on_progress =
           [&](Microseconds done) {
             progress.Show(seconds(done), seconds(options.fleet.duration));
           }});
  std::fputs((options.json ? simulate::Json(figures, options.fleet)
                           : simulate::InWords(figures, options.fleet))
                 .c_str(),
             stdout);
}

}  // namespace

void AddFleetSimulate(const Command& fleet, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  const Command command = fleet.Add(
      "simulate",
      "Let a whole fleet live in this process, with faults by a script, and push");
  command.Value("--robots", options->fleet.robots, "How many")
      .Between(1, 10'000)
      .ShowDefault();
  command.Value("--for", options->lasts, "How long they live: 90s, 10m, 1h")
      .ShowDefault();
  command
      .Value("--pace", options->pace,
             "max: as fast as it can; real; or so many times real time")
      .ShowDefault();
  command.Value("--gateway", options->gateways,
                "Where they push, http://HOST:PORT, in turn if it is repeated; "
                "without one, nowhere");
  command.Value("--sink", options->sink, "What listens there, as of torpord")
      .OneOf({"pushgateway", kVictoriaMetrics, kRemoteWrite})
      .ShowDefault();
  command
      .Value("--contract", options->contract,
             "What they work under: a shipped profile, a source or a bundle")
      .ShowDefault();
  command.Value("--script", options->script, "What goes wrong, a line each; a file");
  command.Value("--fault", options->faults,
                "\"AT FOR WHO WHAT\": a line of a script; may be repeated");
  command.Value("--seed", options->fleet.seed, "Whose lives, and whom a line means")
      .NotNegative()
      .ShowDefault();
  command.Value("--warm-up", options->warm_up,
                "Leave the pushes of so long out of the figures");
  command.Value("--senders", options->fleet.senders, "Pushes at a time")
      .Between(1, 512)
      .ShowDefault();
  command.Flag("--together", options->together,
               "All begin in the same second, as after a power cut");
  command.Flag("--json", options->json,
               "An object for each event and one for the figures, a line each");
  command.Flag("-q,--quiet", options->quiet, "The figures alone");
  command.Footer(
      "A script's line says when, for how long, who and what:\n"
      "  10m  12m  5         never-sleeps\n"
      "  20m  10m  all       gateway-down\n"
      "  35m  5m   25%       push-loss 50%\n"
      "  50m  end  sim-0007  clock-step -1h    # 'end': as long as it lasts\n"
      "WHO is a number or a share of robots, chosen by the seed, 'all' or a name. WHAT "
      "is\n" +
      simulate::TroubleTable() +
      "Examples:\n"
      "  torpor fleet simulate --robots 400 --for 8h\n"
      "  torpor fleet simulate --fault \"10m 20m 30 never-sleeps\"\n"
      "  torpor fleet simulate --gateway http://127.0.0.1:9091 --pace real --for 10m\n"
      "docs/fleet.md says what of a robot is real here, and what a gateway can bear.");
  command.Run([options, &outcome] { Simulate(*options, outcome); });
}

}  // namespace torpor::cli
