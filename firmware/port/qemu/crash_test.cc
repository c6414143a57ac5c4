// Whatever goes wrong in an image ends QEMU with a number that says what.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <ostream>

#include "core/test_folder.h"
#include "firmware/port/host/flash_file.h"
#include "simulate/child.h"

namespace torpor::firmware {
namespace {

namespace fs = std::filesystem;

struct Crash {
  const char* word;
  int exit_code;
};

void PrintTo(const Crash& crash, std::ostream* out) { *out << crash.word; }

class ImageThatCrashes : public testing::TestWithParam<Crash> {};

TEST_P(ImageThatCrashes, EndsWithItsOwnExitCode) {
  const fs::path image = TORPOR_FIRMWARE_BUILD "/bin/torpor-crash.elf";
  if (std::system("command -v qemu-system-arm > /dev/null") != 0 || !fs::exists(image)) {
    std::fprintf(stderr, "NOT RUN: no image or no qemu-system-arm: ./dev firmware\n");
    return;
  }
  const TestFolder folder;
  folder.Write("flash",
               std::string(std::size_t{host::kSectors} * host::kSectorBytes, '\xFF'));
  fs::permissions(folder / "flash", fs::perms::owner_read | fs::perms::owner_write);
  auto child = simulate::Child::Start(
      {fs::path(TORPOR_BINARY_DIR) / "bin/torpor-firmware-qemu", "--image", image,
       "--flash", folder / "flash", "--link", "socket:" + (folder / "link").string(),
       "--simulate-bearing", "1", "--tell", GetParam().word},
      {folder / "log", folder / "log"});
  ASSERT_TRUE(child.ok());
  EXPECT_EQ(child->Wait(), GetParam().exit_code);
}

INSTANTIATE_TEST_SUITE_P(Ways, ImageThatCrashes,
                         testing::Values(Crash{"nothing", 0}, Crash{"undefined", 99},
                                         Crash{"nowhere", 99}, Crash{"stack", 99},
                                         Crash{"interrupt", 98}, Crash{"watchdog", 97}),
                         [](const auto& crash) { return crash.param.word; });

}  // namespace
}  // namespace torpor::firmware
