// torpor-firmware-qemu: the MCU's program itself, a Cortex-M4's machine code, under QEMU.
// Takes what torpor-firmware takes and behaves as it does.
#include <CLI/CLI.hpp>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

#include "core/status_table.h"
#include "firmware/port/host/board.h"
#include "firmware/port/host/options.h"
#include "firmware/port/host/provision_flash.h"
#include "firmware/port/host/refuse.h"
#include "firmware/port/qemu/answers.h"
#include "firmware/port/qemu/machine.h"
#include "simulate/child.h"

namespace torpor::firmware::qemu {
namespace {

struct More {
  std::string image;
  std::vector<std::string> words;
};

// Beside an installed program, or where the build of the image leaves it.
std::string DefaultImage() {
  const auto folder = simulate::ProgramFolder();
  std::error_code error;
  const auto installed = folder / "../share/torpor/torpor-firmware.elf";
  if (std::filesystem::exists(installed, error)) return installed.string();
  return (folder / "../../firmware/bin/torpor-firmware.elf").lexically_normal().string();
}

int Run(const host::Options& options, const More& more) {
  MachineOptions machine_options;
  machine_options.image = more.image.empty() ? DefaultImage() : more.image;
  machine_options.flash = options.flash;
  machine_options.words = more.words;
  if (options.exit_on_refusal) machine_options.words.emplace_back("refusal-ends");

  std::optional<simulate::BrokerClient> broker;
  const std::string path = options.link.substr(options.link.find(':') + 1);
  if (options.link.starts_with("socket:")) {
    machine_options.link = path;
  } else if (options.link.starts_with("broker:")) {
    auto client = simulate::BrokerClient::Connect(path, simulate::Role::kFirmware);
    if (!client.ok()) {
      return host::Refuse({client.status(), "no time broker at " + path, "", ""});
    }
    broker = *std::move(client);
    machine_options.words.emplace_back("compressed");
  } else {
    return host::Refuse({Status::kUsage, "--link is socket:PATH or broker:PATH", "", ""});
  }
  host::Sensors sensors(options.source);
  Answers answers(sensors, std::move(broker));
  auto machine = Machine::Start(machine_options);
  if (!machine.ok()) return host::Refuse(machine.refusal());
  while (const auto request = machine->Next()) machine->Answer(answers.To(*request));
  return machine->End();
}

}  // namespace
}  // namespace torpor::firmware::qemu

int main(int argc, char** argv) {
  using namespace torpor::firmware;
  qemu::More more;
  const host::Parsed parsed = host::ParseOptions(argc, argv, [&](CLI::App& app) {
    app.name("torpor-firmware-qemu");
    app.description("The MCU's firmware, a Cortex-M4's machine code, under QEMU");
    app.add_option("--image", more.image, "Another image than torpor-firmware.elf");
    app.add_option(
        "--tell", more.words,
        "A word to the image: stack (says how deep its stack has been), "
        "cut-after=N (its power fails at the N-th granule of flash written), counted "
        "(behind the time broker, instructions take time)");
  });
  if (!parsed.options) return parsed.exit_code;
  const host::Options& options = *parsed.options;
  auto flash = host::FlashFile::Open(
      options.flash, options.provision ? host::Missing::kMake : host::Missing::kRefuse);
  if (!flash.ok()) return host::Refuse(flash.refusal());
  if (!options.provision) return qemu::Run(options, more);
  host::Board board;
  board.flash = &*flash;
  host::Use(board);
  return host::RunProvisioning(board, *options.provision);
}
