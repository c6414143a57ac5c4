#include "agent/options.h"

#include <iostream>

#include "agent/accelerator/choice.h"
#include "command/program.h"
#include "core/status_table.h"
#include "core/version.h"
#include "detect/bearing_geometry.h"
#include "model/inference.h"

namespace torpor::agent {
namespace {

constexpr const char* kExamples = R"(
Examples:
  torpord --robot-id amr-17 --contract site.contract.dsse --keyring keys/ \
          --pairing robot.pair --baseline fleet.baseline --state state/ --link /dev/ttyTHS1
  torpord ... --once          one cycle, then exit: 0, or 69 when the firmware does not answer
  torpord ... --backend cuda  the network on a GPU, in a process that ends after each answer
  torpord ... --lines json    one JSON object per cycle on standard output
  torpord ... --gateway-ca site-ca.pem --gateway-cert amr-17.pem --gateway-key amr-17.key
                              a gateway with TLS that knows its robots; docs/sinks.md
  torpord ... --gateway-user amr-17 --gateway-password gateway.password
  torpord ... --sink victoriametrics
  torpord ... --sink remote-write
  torpord ... --sink textfile --textfile-folder node_exporter/
  torpord ... --alarm-webhook https://hooks.example/torpor --alarm-webhook-token hook.token
                              each alarm is sent there until it is confirmed; docs/alarms.md
  torpord ... --alarm-mqtt mqtts://broker.example --alarm-mqtt-login mqtt.login

Exit codes: 0 ended on request, 64 usage, 65 malformed file, 66 missing file, 69 link,
70 wedged or internal, 71 system, 74 input/output, 77 signature, key or floor, 78 contract
refused. A refusal is one line of JSON on standard error; docs/reasons.md lists all reasons.)";

constexpr const char* kDescription =
    R"(Wakes once a period, asks the firmware for its newest batch, infers at most once, lets
go of whatever draws power, writes the cycle down, tells the gateway and sleeps. Without a
contract that it can verify, or with one that the firmware does not share, it does not
start, and refusing costs next to nothing.)";

std::vector<command::ExitCode> ExitCodes() {
  return {
      {0, "It was asked to end."},
      {64, "The command line is wrong."},
      {65, "A file is malformed."},
      {66, "A file is missing."},
      {69, "The firmware does not answer (with --once)."},
      {70, "It was wedged, or an error of its own; start it again."},
      {71, "The operating system refused something."},
      {74, "A file could not be read or written."},
      {75, "Not now: its state folder is in use, or a contract is being taken over."},
      {77, "A signature, a key or a version below the floor: do not start it again."},
      {78, "The contract is refused, by it or by the firmware: do not start it again."}};
}

void AddSinkOptions(const command::Command& app, SinkOptions& sink) {
  app.Choice<SinkKind>(
      "--sink", sink.kind,
      {{"pushgateway", SinkKind::kPushgateway},
       {"victoriametrics", SinkKind::kVictoriaMetrics},
       {"remote-write", SinkKind::kRemoteWrite},
       {"textfile", SinkKind::kTextfile}},
      "What takes the page of metrics: pushgateway, at the contract's gateway; "
      "victoriametrics, there by its import; remote-write, there by Prometheus' own "
      "protocol; or textfile, a file for a node_exporter");
  app.Value("--textfile-folder", sink.folder,
            "The folder of the textfile, the node_exporter's "
            "--collector.textfile.directory");
  app.Flag("--gateway-gzip", sink.gzip,
           "Send the page compressed, to a Pushgateway from 1.5 on or a "
           "VictoriaMetrics: fewer bytes for some CPU time; docs/sinks.md");
  app.Value("--gateway-ca", sink.ca, "PEM file of the gateway's authority");
  app.Value("--gateway-cert", sink.certificate,
            "PEM file of the certificate that the gateway is shown");
  app.Value("--gateway-key", sink.key,
            "PEM file of its key, without a passphrase; as each file of a secret, "
            "only its owner may read it, and it is read anew for each page");
  app.Value("--gateway-user", sink.user, "Name that the gateway is given");
  app.Value("--gateway-password", sink.password, "File with its password, a line");
  app.Value("--gateway-token", sink.token,
            "File with a bearer token, a line, instead of name and password");
}

}  // namespace

Parsed ParseOptions(int argc, const char* const* argv) {
  Options options;
  command::Program program(
      {.name = "torpord",
       .what = "Watch this robot's bearings exactly as often as its contract allows",
       .version =
           [] {
             return "torpord " + std::string(kVersion) + ", networks by " +
                    std::string(model::FastestEngine()) +
                    " in torpord itself (--backend cpu)";
           },
       .section = 8,
       .exit_codes = ExitCodes(),
       .description = kDescription});
  const command::Command app = program.root();
  app.Footer(kExamples);
  app.Value("--robot-id", options.robot_id, "This robot's name, as contracts target it")
      .Required();
  app.Value("--group", options.groups, "A group this robot belongs to; may be repeated");
  app.Value("--contract", options.contract, "The signed contract bundle").Required();
  app.Value("--keyring", options.keyring,
            "A keyring document, public keys, or a folder of either")
      .Required();
  app.Value("--pairing", options.pairing, "The key shared with the firmware").Required();
  app.Value("--baseline", options.baseline, "The fleet's baseline file").Required();
  app.Value("--model", options.model,
            "The network that the baseline was fitted with; the installed one "
            "without; none: only the spectrum is judged")
      .LastWins();
  app.Value("--backend", options.backend,
            "What runs the network: cpu or reference, in torpord itself; child-cpu or "
            "child-reference, cuda, tensorrt or another plugin's name, in a process "
            "of its own")
      .ShowDefault()
      .Checked(
          [](const std::string& name) {
            return IsBackEndName(name) ? std::string()
                                       : "a back end's name is lower-case: " + name;
          },
          "NAME");
  std::vector<std::string> bearings;
  bearings.reserve(std::size(detect::kBearings));
  for (const auto& bearing : detect::kBearings) bearings.emplace_back(bearing.name);
  app.Value("--bearing", options.bearing,
            "The bearing that is watched, so that alarms can name its tones")
      .OneOf(bearings);
  app.Value("--state", options.state, "Folder for journal, floor and marks").Required();
  app.Value("--link", options.link, "Serial device, pty or Unix socket of the firmware");
  std::string broker;
  app.Value("--broker", broker, "Socket of a time broker, instead of --link")
      .Excludes(app.Find("--link"));
  app.Value("--refusal-gateway", options.refusal_gateway,
            "Gateway that hears of a refusal when no contract was ever verified here");
  AddSinkOptions(app, options.sink);
  app.Value("--alarm-webhook", options.alarm_webhook,
            "Where alarms are sent as JSON: http or https://host[:port][/path]");
  app.Value("--alarm-webhook-token", options.alarm_webhook_token,
            "File with the webhook's bearer token, which only its owner may read")
      .Needs(app.Find("--alarm-webhook"));
  app.Value("--alarm-mqtt", options.alarm_mqtt,
            "The broker that alarms are published to: mqtt or mqtts://host[:port]");
  app.Value("--alarm-mqtt-login", options.alarm_mqtt_login,
            "File with the broker's user name and password, a line each, which only "
            "its owner may read")
      .Needs(app.Find("--alarm-mqtt"));
  app.Value("--alarm-ca", options.alarm_ca,
            "PEM file of the authority of those that alarms are sent to");
  app.Value("--system-root", options.system_root,
            "Where sys/ and proc/ are; / but for a pretended machine")
      .Hidden();  // not in the help
  app.Value("--cycles", options.cycles, "End after so many cycles (0: never)");
  app.Flag("--once", options.once, "Run one cycle and end");
  app.Value("--calibration", options.calibration,
            "What torpor calibrate found on this machine: the accelerator's process "
            "may then stay, if the contract permits it and it pays");
  app.Flag("--cpu-boost", options.cpu_boost,
           "The processor's full clock while the network runs, under a lease "
           "(docs/leases.md)");
  app.Choice<AfterRefusal>(
      "--after-refusal", options.after_refusal,
      {{"exit", AfterRefusal::kExit}, {"sleep", AfterRefusal::kSleep}},
      "exit; or sleep until asked to stop, where whatever ends is started again "
      "(docs/container.md)");
  app.Choice<Lines>(
      "--lines", options.lines,
      {{"people", Lines::kPeople}, {"json", Lines::kJson}, {"none", Lines::kNone}},
      "What is printed per cycle: people, json or none");
  using power::MeterChoice;
  app.Choice<MeterChoice>(
      "--meters", options.meters,
      {{"auto", MeterChoice::kAuto},
       {"none", MeterChoice::kNone},
       {"rapl", MeterChoice::kRapl},
       {"ina3221", MeterChoice::kIna3221}},
      "What measures energy: auto, none, or only rapl or ina3221, which must "
      "then be there");
  using enum command::Program::Ended;
  const auto ended = program.Parse(argc, argv);
  if (ended == kTold) return {std::nullopt, 0};
  if (ended == kRefused) {
    std::cerr << "torpord: " << program.why_not() << "; see --help\n";
    return {std::nullopt, Info(Status::kUsage).exit_code};
  }
  if (!broker.empty()) {
    options.link_kind = LinkKind::kBroker;
    options.link = broker;
  }
  const bool named = options.meters == power::MeterChoice::kRapl ||
                     options.meters == power::MeterChoice::kIna3221;
  if (!broker.empty() && named) {
    std::cerr << "torpord: nothing is metered in the time of a broker; see --help\n";
    return {std::nullopt, Info(Status::kUsage).exit_code};
  }
  if (options.model == model::kNoModel && options.backend != kDefaultBackEnd) {
    std::cerr << "torpord: --backend runs a network, and --model none asks for none\n";
    return {std::nullopt, Info(Status::kUsage).exit_code};
  }
  if (options.link.empty()) {
    std::cerr << "torpord: one of --link and --broker is needed; see --help\n";
    return {std::nullopt, Info(Status::kUsage).exit_code};
  }
  options.sink.series = options.state / "remote-write.series";
  return {options, 0};
}

}  // namespace torpor::agent
