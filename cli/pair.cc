// torpor pair: gives a robot and its firmware the same new secret.
#include <array>
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "cli/say.h"
#include "contract/sign/durable.h"
#include "contract/sign/key_files.h"

namespace torpor::cli {
namespace {

namespace sign = contract::sign;

struct Options {
  std::string robot, firmware;
  bool replace = false;
};

void Pair(const Options& options, Outcome& outcome) {
  const std::array paths = {options.firmware + "/" + sign::kPairingFileName,
                            options.robot + "/" + sign::kPairingFileName};
  // Both or none: one new key beside an old one would part the two.
  for (const std::string& path : paths) {
    if (!options.replace &&
        sign::ReadPairingKey(path).status() != Status::kPairingMissing) {
      return Refuse(outcome, Status::kFileExists, path);
    }
  }
  const sign::PairingKey key = sign::MakePairingKey();
  for (const std::string& path : paths) {
    const Status status = options.replace
                              ? sign::ReplaceFile(path, key, sign::Secrecy::kSecret)
                              : sign::WritePairingKey(path, key);
    if (status != Status::kOk) return Refuse(outcome, status, path);
    std::printf("wrote %s\n", path.c_str());
  }
}

}  // namespace

void AddPair(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  CLI::App* pair = app.add_subcommand(
      "pair", "Write the same new link key for a robot and its firmware");
  pair->add_option("--robot", options->robot, "Key folder of the robot's computer")
      ->required()
      ->check(CLI::ExistingDirectory);
  pair->add_option("--firmware", options->firmware,
                   "Folder from which the firmware is provisioned")
      ->required()
      ->check(CLI::ExistingDirectory);
  pair->add_flag("--replace", options->replace,
                 "Take the place of keys that are there; both sides need the new one");
  pair->footer(
      "Writes pairing.key, 32 random bytes that only their owner may read, into both.\n"
      "Example:\n"
      "  torpor pair --robot /etc/torpor/keys --firmware ./board-17");
  pair->callback([options, &outcome] { Pair(*options, outcome); });
}

}  // namespace torpor::cli
