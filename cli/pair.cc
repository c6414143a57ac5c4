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
  bool replace = false, next = false;
};

// A key that the robot hands to its firmware by itself, under the present one.
void PairNext(const Options& options, Outcome& outcome) {
  const std::string now = options.robot + "/" + sign::kPairingFileName;
  const auto present = sign::ReadPairingKey(now);
  if (!present.ok()) return Refuse(outcome, present.status(), now);
  const std::string path = now + ".next";
  const Status status = sign::WritePairingKey(path, sign::MakePairingKey());
  if (status != Status::kOk) return Refuse(outcome, status, path);
  std::printf("wrote %s; torpord hands it over at its next cycle\n", path.c_str());
}

void Pair(const Options& options, Outcome& outcome) {
  if (options.next) return PairNext(options, outcome);
  if (options.firmware.empty()) {
    return Refuse(outcome, Status::kUsage, "--firmware FOLDER, or --next");
  }
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

void AddPair(const Command& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  const Command pair =
      app.Add("pair", "Write the same new link key for a robot and its firmware");
  pair.Value("--robot", options->robot, "Key folder of the robot's computer")
      .Required()
      .ExistingFolder();
  pair.Value("--firmware", options->firmware,
             "Folder from which the firmware is provisioned")
      .ExistingFolder();
  pair.Flag("--next", options->next,
            "Only for the robot, which hands it to its firmware while it works");
  pair.Flag("--replace", options->replace,
            "Take the place of keys that are there; both sides need the new one");
  pair.Footer(
      "Writes pairing.key, 32 random bytes that only their owner may read, into both.\n"
      "With --next the robot gets pairing.key.next, and renames it once the firmware "
      "uses\n"
      "it. Whoever holds the present key and records the line learns the next one too:\n"
      "then pair both anew.\n"
      "Examples:\n"
      "  torpor pair --robot /etc/torpor/pairing --firmware ./board-17\n"
      "  torpor pair --robot /etc/torpor/pairing --next");
  pair.Run([options, &outcome] { Pair(*options, outcome); });
}

}  // namespace torpor::cli
