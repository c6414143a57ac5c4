// The file that `torpor calibrate` writes: what each rung of the residency ladder costs
// on one kind of machine, and what that is bound to. Text of one canonical form
// (docs/calibration-format.md), so that its digest can stand in a contract.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"
#include "power/ladder.h"
#include "power/sys_tree.h"

namespace torpor::power {

// What the costs depend on. Any other value is another machine, and its costs are
// unknown. Texts are printable ASCII without line ends, 500 characters at most.
struct MachineIdentity {
  std::string machine;     // the board: "NVIDIA Jetson Orin Nano Developer Kit"
  std::string kernel;      // release and version
  std::string power_mode;  // nvpmodel's mode, limits and governors of clocks
  std::string back_end;    // name, driver, library and device (model/backend_abi.h)
  Digest model{};          // of the model file, all zero without one

  friend bool operator==(const MachineIdentity&, const MachineIdentity&) = default;
};

// Of this machine, but for back end and model, which its caller knows. What the kernel
// does not tell is "unknown".
MachineIdentity ReadMachine(const SysTree& sys);

struct Calibration {
  MachineIdentity identity;
  std::string meter;               // "VDD_IN, sampled": the whole machine's
  std::int64_t measured_at_s = 0;  // Unix time, for people
  std::vector<RungCost> rungs;     // kChildExited first, ascending

  friend bool operator==(const Calibration&, const Calibration&) = default;
};

inline constexpr std::size_t kMaxCalibrationBytes = 8192;

std::string EncodeCalibration(const Calibration& calibration);

// `problem` gets one clause: line and what is wrong.
//   kCalibrationMalformed  not the text that EncodeCalibration would write: too long,
//   another
//                          version, a line out of place, a number out of its range, no
//                          child-exited rung, or rungs that do not ascend
Result<Calibration> DecodeCalibration(std::string_view text, std::string& problem);

// SHA-512 cut to 256 bits, of the whole text: what a contract names.
Digest DigestOfCalibration(std::string_view text);

// The first thing that differs, for people: "power mode: pmode:0002 here, pmode:0001 when
// it was calibrated"; empty when nothing does.
std::string Difference(const MachineIdentity& here, const MachineIdentity& calibrated);

// A calibration that may be acted on: whole, of this machine, and one that the contract
// names where it names any. `problem` gets one clause.
//   kCalibrationMalformed  as DecodeCalibration
//   kCalibrationForeign    something of the identity differs
//   kCalibrationNotNamed   `named` is not empty and its digest is not among them
Result<Calibration> CheckCalibration(std::string_view text, const MachineIdentity& here,
                                     std::span<const Digest> named, std::string& problem);

}  // namespace torpor::power
