#include "agent/options.h"

#include <CLI/CLI.hpp>
#include <map>

#include "agent/accelerator/choice.h"
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

void AddSinkOptions(CLI::App& app, SinkOptions& sink) {
  const std::map<std::string, SinkKind> kinds{
      {"pushgateway", SinkKind::kPushgateway},
      {"victoriametrics", SinkKind::kVictoriaMetrics},
      {"remote-write", SinkKind::kRemoteWrite},
      {"textfile", SinkKind::kTextfile}};
  app.add_option(
         "--sink", sink.kind,
         "What takes the page of metrics: pushgateway, at the contract's gateway; "
         "victoriametrics, there by its import; remote-write, there by Prometheus' own "
         "protocol; or textfile, a file for a node_exporter")
      ->transform(CLI::CheckedTransformer(kinds));
  app.add_option("--textfile-folder", sink.folder,
                 "The folder of the textfile, the node_exporter's "
                 "--collector.textfile.directory");
  app.add_flag("--gateway-gzip", sink.gzip,
               "Send the page compressed, to a Pushgateway from 1.5 on or a "
               "VictoriaMetrics: fewer bytes for some CPU time; docs/sinks.md");
  app.add_option("--gateway-ca", sink.ca, "PEM file of the gateway's authority");
  app.add_option("--gateway-cert", sink.certificate,
                 "PEM file of the certificate that the gateway is shown");
  app.add_option("--gateway-key", sink.key,
                 "PEM file of its key, without a passphrase; as each file of a secret, "
                 "only its owner may read it, and it is read anew for each page");
  app.add_option("--gateway-user", sink.user, "Name that the gateway is given");
  app.add_option("--gateway-password", sink.password, "File with its password, a line");
  app.add_option("--gateway-token", sink.token,
                 "File with a bearer token, a line, instead of name and password");
}

}  // namespace

Parsed ParseOptions(int argc, const char* const* argv) {
  Options options;
  CLI::App app(
      "torpord: watches this robot's bearings exactly as often as its contract allows.");
  app.name("torpord");
  app.set_version_flag("--version", [] {
    return "torpord " + std::string(kVersion) + ", networks by " +
           std::string(model::FastestEngine()) + " in torpord itself (--backend cpu)";
  });
  app.footer(kExamples);
  app.add_option("--robot-id", options.robot_id,
                 "This robot's name, as contracts target it")
      ->required();
  app.add_option("--group", options.groups,
                 "A group this robot belongs to; may be repeated");
  app.add_option("--contract", options.contract, "The signed contract bundle")
      ->required();
  app.add_option("--keyring", options.keyring,
                 "A keyring document, public keys, or a folder of either")
      ->required();
  app.add_option("--pairing", options.pairing, "The key shared with the firmware")
      ->required();
  app.add_option("--baseline", options.baseline, "The fleet's baseline file")->required();
  app.add_option("--model", options.model,
                 "The network that the baseline was fitted with; the installed one "
                 "without; none: only the spectrum is judged")
      ->take_last();
  app.add_option(
         "--backend", options.backend,
         "What runs the network: cpu or reference, in torpord itself; child-cpu or "
         "child-reference, cuda, tensorrt or another plugin's name, in a process "
         "of its own")
      ->capture_default_str()
      ->check(CLI::Validator(
          [](const std::string& name) {
            return IsBackEndName(name) ? std::string()
                                       : "a back end's name is lower-case: " + name;
          },
          "NAME"));
  std::vector<std::string> bearings;
  for (const auto& bearing : detect::kBearings) bearings.emplace_back(bearing.name);
  app.add_option("--bearing", options.bearing,
                 "The bearing that is watched, so that alarms can name its tones")
      ->check(CLI::IsMember(bearings));
  app.add_option("--state", options.state, "Folder for journal, floor and marks")
      ->required();
  app.add_option("--link", options.link,
                 "Serial device, pty or Unix socket of the firmware");
  std::string broker;
  app.add_option("--broker", broker, "Socket of a time broker, instead of --link")
      ->excludes("--link");
  app.add_option(
      "--refusal-gateway", options.refusal_gateway,
      "Gateway that hears of a refusal when no contract was ever verified here");
  AddSinkOptions(app, options.sink);
  app.add_option("--alarm-webhook", options.alarm_webhook,
                 "Where alarms are sent as JSON: http or https://host[:port][/path]");
  app.add_option("--alarm-webhook-token", options.alarm_webhook_token,
                 "File with the webhook's bearer token, which only its owner may read")
      ->needs("--alarm-webhook");
  app.add_option("--alarm-mqtt", options.alarm_mqtt,
                 "The broker that alarms are published to: mqtt or mqtts://host[:port]");
  app.add_option("--alarm-mqtt-login", options.alarm_mqtt_login,
                 "File with the broker's user name and password, a line each, which only "
                 "its owner may read")
      ->needs("--alarm-mqtt");
  app.add_option("--alarm-ca", options.alarm_ca,
                 "PEM file of the authority of those that alarms are sent to");
  app.add_option("--system-root", options.system_root,
                 "Where sys/ and proc/ are; / but for a pretended machine")
      ->group("");  // not in the help
  app.add_option("--cycles", options.cycles, "End after so many cycles (0: never)");
  app.add_flag("--once", options.once, "Run one cycle and end");
  app.add_option("--calibration", options.calibration,
                 "What torpor calibrate found on this machine: the accelerator's process "
                 "may then stay, if the contract permits it and it pays");
  app.add_flag("--cpu-boost", options.cpu_boost,
               "The processor's full clock while the network runs, under a lease "
               "(docs/leases.md)");
  const std::map<std::string, Lines> kinds{
      {"people", Lines::kPeople}, {"json", Lines::kJson}, {"none", Lines::kNone}};
  app.add_option("--lines", options.lines,
                 "What is printed per cycle: people, json or none")
      ->transform(CLI::CheckedTransformer(kinds, CLI::ignore_case));
  using power::MeterChoice;
  const std::map<std::string, MeterChoice> meters{{"auto", MeterChoice::kAuto},
                                                  {"none", MeterChoice::kNone},
                                                  {"rapl", MeterChoice::kRapl},
                                                  {"ina3221", MeterChoice::kIna3221}};
  app.add_option("--meters", options.meters,
                 "What measures energy: auto, none, or only rapl or ina3221, which must "
                 "then be there")
      ->transform(CLI::CheckedTransformer(meters, CLI::ignore_case));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return {std::nullopt, code == 0 ? 0 : Info(Status::kUsage).exit_code};
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
