// torpor-firmware: the MCU's program as a process of this machine.
#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "contract/digest.h"
#include "contract/sign/files.h"
#include "core/status_table.h"
#include "firmware/core/core.h"
#include "firmware/port/host/board.h"
#include "firmware/port/host/options.h"
#include "firmware/port/host/provision_flash.h"
#include "link/refusal.h"

namespace torpor::firmware::host {
namespace {

int Refuse(const simulate::Refusal& why) {
  std::fprintf(stderr, "torpor-firmware: %s\n", why.what.c_str());
  std::array<char, 1024> room{};
  const auto line = link::FormatRefusal(
      "torpor-firmware", link::Refused(why.status, why.ours, why.theirs), room);
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  return Info(why.status).exit_code;
}

// Of the program file: that is what runs.
Digest OwnDigest() {
  constexpr std::size_t kLargest = std::size_t{256} << 20U;
  const auto program = contract::sign::ReadFile("/proc/self/exe", kLargest);
  return program.ok() ? contract::DigestOf(*program) : Digest{};
}

int Provision(Board& board, const ProvisionOptions& options) {
  const auto version = ProvisionFlash(*board.flash, options);
  if (!version.ok()) return Refuse(version.refusal());
  std::printf("provisioned: robot %s, contract epoch %u version %llu\n",
              options.robot_id.c_str(), version->epoch,
              static_cast<unsigned long long>(version->number));
  return 0;
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
  return options.provision ? Provision(board, *options.provision) : Run(board, options);
}
