#include "firmware/port/host/options.h"

#include <CLI/CLI.hpp>

#include <chrono>
#include <iostream>
#include <map>

#include "core/status_table.h"
#include "core/version.h"

namespace torpor::firmware::host {
namespace {

constexpr const char* kFooter = R"(Examples:
  torpor-firmware --flash mcu.flash --provision --bundle r-17.dsse --keyring fleet.pub \
      --pairing pairing.key --robot-id r-17 --group hall-3
  torpor-firmware --flash mcu.flash --link pty:/run/torpor/mcu --simulate-bearing 7
  torpor-firmware --flash mcu.flash --link socket:mcu.sock --data DIR --recording ID

Without --exit-on-refusal a firmware that refuses its contract stays and answers its link,
as the real one does: the computer must be told why, and restarting it would not help.)";

}  // namespace

Parsed ParseOptions(int argc, const char* const* argv,
                    const std::function<void(CLI::App&)>& more) {
  CLI::App app("The MCU's firmware as a process of this machine", "torpor-firmware");
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("torpor-firmware ") + kVersion.data());

  Options options;
  ProvisionOptions provision;
  bool provisioning = false;
  app.add_option("--flash", options.flash, "File that is its non-volatile memory")
      ->required();

  auto* install = app.add_flag("--provision", provisioning,
                               "Write the flash instead of running: trust, identity, "
                               "pairing and contract; boot count and version floor stay");
  app.add_option("--bundle", provision.bundle, "Signed contract")->needs(install);
  app.add_option("--keyring", provision.keyring,
                 "Keyring documents or public keys, or folders of them")
      ->needs(install);
  app.add_option("--pairing", provision.pairing, "The key shared with the computer")
      ->needs(install);
  app.add_option("--robot-id", provision.robot_id, "The robot's name")->needs(install);
  app.add_option("--group", provision.groups, "A group it belongs to; may be repeated")
      ->needs(install);

  app.add_option("--link", options.link, "pty:PATH, socket:PATH or broker:PATH")
      ->excludes(install);
  app.add_flag("--exit-on-refusal", options.exit_on_refusal,
               "End with the refusal's exit code instead of answering the link");

  Recordings recordings;
  auto* data = app.add_option("--data", recordings.data, "Folder of a manifest.json");
  auto* recording = app.add_option("--recording", recordings.ids,
                                   "Recording to play, one for each sensor")
                        ->needs(data);
  simulate::BearingOptions bearing;
  double hours = 24;
  auto* simulated =
      app.add_option("--simulate-bearing", bearing.seed, "Simulate the machine of a seed")
          ->excludes(recording);
  app.add_option("--hours", hours, "Life of the simulated bearing")
      ->check(CLI::Range(0.01, 1e6))
      ->needs(simulated);
  const std::map<std::string, simulate::Fault> faults = {
      {"none", simulate::Fault::kNone},
      {"inner", simulate::Fault::kInnerRace},
      {"outer", simulate::Fault::kOuterRace},
      {"ball", simulate::Fault::kBall}};
  app.add_option("--fault", bearing.fault, "none, inner, outer or ball")
      ->transform(CLI::CheckedTransformer(faults))
      ->needs(simulated);

  app.add_flag("--shaft-speed", bearing.tells_speed,
               "Its batches carry the speed of its shaft")
      ->needs(simulated);

  if (more) more(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return {std::nullopt, code == 0 ? 0 : Info(Status::kUsage).exit_code};
  }
  const auto usage = [](const char* what) {
    std::cerr << "torpor-firmware: " << what << ": see --help\n";
    return Parsed{std::nullopt, Info(Status::kUsage).exit_code};
  };
  if (provisioning) {
    if (provision.bundle.empty() || provision.keyring.empty() ||
        provision.pairing.empty() || provision.robot_id.empty()) {
      return usage("--provision needs --bundle, --keyring, --pairing and --robot-id");
    }
    options.provision = provision;
    return {options, 0};
  }
  if (options.link.empty()) return usage("--link is missing");
  if (simulated->count() > 0) {
    bearing.life = Microseconds(static_cast<std::int64_t>(hours * 3600e6));
    options.source = bearing;
  } else if (recording->count() > 0) {
    options.source = recordings;
  } else {
    return usage("a sensor is missing: --recording or --simulate-bearing");
  }
  return {options, 0};
}

}  // namespace torpor::firmware::host
