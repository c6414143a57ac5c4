// The suite as a process of this machine, with the options of torpor-firmware.
#include "firmware/port/conformance/suite.h"
#include "firmware/port/host/board.h"
#include "firmware/port/host/options.h"
#include "firmware/port/host/refuse.h"

int main(int argc, char** argv) {
  using namespace torpor::firmware;
  const host::Parsed parsed = host::ParseOptions(argc, argv);
  if (!parsed.options) return parsed.exit_code;
  auto flash = host::FlashFile::Open(parsed.options->flash, host::Missing::kMake);
  if (!flash.ok()) return host::Refuse(flash.refusal());
  auto world = host::OpenWorld(parsed.options->link);
  if (!world.ok()) return host::Refuse(world.refusal());
  host::Sensors sensors(parsed.options->source);
  host::Board board{&*flash, world->get(), &sensors, {}};
  board.program.fill(std::byte{1});  // whatever this program's is
  host::Use(board);
  return conformance::RunSuite(conformance::UsualTerms());
}
