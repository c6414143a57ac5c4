// torpor-firmware: the MCU's program as a process of this machine.
#include <memory>
#include <string>

#include "contract/digest.h"
#include "contract/sign/files.h"
#include "core/status_table.h"
#include "firmware/core/core.h"
#include "firmware/port/host/board.h"
#include "firmware/port/host/options.h"
#include "firmware/port/host/provision_flash.h"
#include "firmware/port/host/refuse.h"

namespace torpor::firmware::host {
namespace {

// Of the program file: that is what runs.
Digest OwnDigest() {
  constexpr std::size_t kLargest = std::size_t{256} << 20U;
  const auto program = contract::sign::ReadFile("/proc/self/exe", kLargest);
  return program.ok() ? contract::DigestOf(*program) : Digest{};
}

int Run(Board& board, const Options& options) {
  board.program = OwnDigest();  // takes its time, so before anybody can ask
  auto world = OpenWorld(options.link);
  if (!world.ok()) return Refuse(world.refusal());
  Sensors sensors(options.source);
  board.world = world->get();
  board.sensors = &sensors;

  const auto core = std::make_unique<Core>();
  core->Boot();
  int exit_code = 0;
  while (!board.world->stopped() && exit_code == 0) {
    if (core->state() == State::kRefused && options.exit_on_refusal) {
      exit_code = Info(core->refusal().status()).exit_code;
    } else {
      core->Step();
    }
  }
  board.world = nullptr;  // they end here, and the board does not
  board.sensors = nullptr;
  return exit_code;
}

}  // namespace
}  // namespace torpor::firmware::host

int main(int argc, char** argv) {
  using namespace torpor::firmware::host;
  const Parsed parsed = ParseOptions(argc, argv);
  if (!parsed.options) return parsed.exit_code;
  const Options& options = *parsed.options;

  auto flash = FlashFile::Open(options.flash,
                               options.provision ? Missing::kMake : Missing::kRefuse);
  if (!flash.ok()) return Refuse(flash.refusal());
  Board board;
  board.flash = &*flash;
  Use(board);
  return options.provision ? RunProvisioning(board, *options.provision)
                           : Run(board, options);
}
