// One robot on a bench, made of the real programs: keys, a signed contract, a provisioned
// firmware and torpord, each its own process. The demonstration and the whole-system
// tests use it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/status.h"
#include "simulate/child.h"
#include "simulate/refusal.h"

namespace torpor::simulate {

// The programs that can be the firmware: a process, and the microcontroller's image under
// QEMU, which says in firmware.log how deep its stack has been.
inline constexpr const char* kFirmwareHost = "torpor-firmware";
inline constexpr const char* kFirmwareQemu = "torpor-firmware-qemu";

struct RigOptions {
  std::filesystem::path folder;    // everything is made here
  std::filesystem::path programs;  // where torpor, torpord and torpor-firmware are
  std::string firmware = kFirmwareHost;
  std::string base = "warehouse-60s";
  std::string robot = "robot-1";
  std::string model;    // a file or "none"; empty: the one beside the programs
  std::string gateway;  // http is possible: the contract is a bench contract
  std::string not_before = "2026-11-01";
  std::string not_after = "2027-10-31";
  std::vector<std::string> keys;    // further top-level lines of the contract's source
  std::vector<std::string> tables;  // further lines behind the tables of the source
};

// A command that was run and did not end well says what it was and where its words are.
using RigStatus = Attempt<int>;

class Rig {
 public:
  // Makes the folder, a key pair and a pairing key, writes the contract's source, lints
  // and signs it. Every step is a command of the torpor program, told to `on_step` before
  // it runs.
  using OnStep = void (*)(const std::string& command);
  static Attempt<Rig> Make(RigOptions options, OnStep on_step = nullptr);

  // Signs another contract into NAME.dsse: the rig's source with further lines.
  [[nodiscard]] RigStatus SignAnother(const std::string& name,
                                      const std::vector<std::string>& keys,
                                      const std::vector<std::string>& tables);

  // `source` says whose healthy data: options of `torpor baseline fit`.
  [[nodiscard]] RigStatus FitBaseline(const std::vector<std::string>& source);

  // From here on both sides are given this file or folder of the rig's as their keyring,
  // and no longer fleet.pub. Provision the firmware afterwards.
  void TrustKeyring(const std::string& name) { keyring_ = name; }

  // Writes the firmware's flash with the named contract ("contract" is the rig's own).
  [[nodiscard]] RigStatus Provision(const std::string& contract = "contract");

  // Runs any of the programs to its end; its words go to run.log.
  [[nodiscard]] RigStatus Do(const std::vector<std::string>& argv);

  // `link` and `sensor` are options of torpor-firmware; `link` and `more` of torpord.
  [[nodiscard]] Result<Child> StartFirmware(const std::vector<std::string>& link,
                                            const std::vector<std::string>& sensor);
  [[nodiscard]] Result<Child> StartRobot(const std::vector<std::string>& link,
                                         const std::vector<std::string>& more,
                                         const ChildOutput& output);
  // torpord's whole command line, for who starts it in another way.
  [[nodiscard]] std::vector<std::string> RobotCommand(
      const std::vector<std::string>& link, const std::vector<std::string>& more) const;

  [[nodiscard]] std::filesystem::path Path(const std::string& name) const {
    return options_.folder / name;
  }
  [[nodiscard]] std::filesystem::path bundle(
      const std::string& contract = "contract") const {
    return Path(contract + ".dsse");
  }
  [[nodiscard]] std::filesystem::path state() const { return Path("state"); }
  [[nodiscard]] std::filesystem::path flash() const { return Path("flash.bin"); }
  [[nodiscard]] std::filesystem::path firmware_log() const {
    return Path("firmware.log");
  }
  [[nodiscard]] const RigOptions& options() const { return options_; }

 private:
  Rig(RigOptions options, OnStep on_step)
      : options_(std::move(options)), on_step_(on_step) {}
  [[nodiscard]] std::string Program(const char* name) const {
    return (options_.programs / name).string();
  }

  RigOptions options_;
  OnStep on_step_;
  std::string keyring_ = "fleet.pub";
};

}  // namespace torpor::simulate
