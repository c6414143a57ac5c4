// What tests of the microcontroller's image under QEMU have in common.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "simulate/rig.h"

namespace torpor::tests {

inline constexpr const char* kImage = TORPOR_FIRMWARE_BUILD "/bin/torpor-firmware.elf";

// True, and said, when there is no image or nothing to run it.
inline bool ImageMissing() {
  const bool emulator = std::system("command -v qemu-system-arm > /dev/null") == 0;
  if (emulator && std::filesystem::exists(kImage)) return false;
  std::fprintf(stderr, "NOT RUN: no %s, so no robot ran with it: ./dev firmware\n",
               emulator ? "image of the firmware" : "qemu-system-arm");
  return true;
}

// The deepest that the image has told of.
inline std::size_t DeepestStack(const simulate::Rig& rig) {
  std::ifstream log(rig.firmware_log());
  std::size_t deepest = 0;
  for (std::string line; std::getline(log, line);) {
    if (line.starts_with("stack ")) {
      deepest = std::max<std::size_t>(deepest, std::stoul(line.substr(6)));
    }
  }
  return deepest;
}

}  // namespace torpor::tests
