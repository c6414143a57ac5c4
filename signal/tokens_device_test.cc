// The tokens of fixed windows as other machines compute them, against the plain ones:
// built by their compilers and run under QEMU. docs/tokens.md says what this shows.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "signal/test_plain_tokens.h"
#include "signal/test_windows.h"
#include "signal/tokens.h"

namespace torpor::signal {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSources =
    "signal/axis.cc signal/fft.cc signal/impulsiveness.cc signal/log_mel.cc "
    "signal/modulation.cc signal/tokens.cc signal/wavelet_packet.cc signal/welch.cc "
    "signal/device/test_device_tokens.cc ";

struct Machine {
  std::string name;
  std::string compiler;
  std::string emulator;
  std::string build;  // what the compiler is told besides the sources
  std::string run;    // the emulator's line before the program
};

Machine CortexM4() {
  return {"cortex-m4", "arm-none-eabi-g++", "qemu-system-arm",
          "-O2 -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 "
          "-fno-threadsafe-statics -fno-unwind-tables -ffunction-sections "
          "-fdata-sections -Wl,--gc-sections -nostartfiles --specs=nosys.specs "
          "-T signal/device/mps2-an386.ld signal/device/test_board_mps2.cc",
          "qemu-system-arm -M mps2-an386 -icount shift=0 -nographic -monitor none "
          "-serial none -semihosting-config enable=on,target=native -kernel "};
}

Machine Aarch64() {
  return {"aarch64", "aarch64-linux-gnu-g++", "qemu-aarch64",
          "-O3 -static signal/device/test_board_linux.cc", "qemu-aarch64 "};
}

using Printed = std::map<std::string, std::vector<std::uint32_t>>;

class TokensDevice : public testing::TestWithParam<Machine> {
 protected:
  void SetUp() override {
    std::string test = testing::UnitTest::GetInstance()->current_test_info()->name();
    std::ranges::replace(test, '/', '-');
    folder_ = fs::path(TORPOR_BINARY_DIR) / "device" / test;
    fs::create_directories(folder_);
  }

  // Exit code of a shell's line in the source folder; what it prints goes to `out`.
  int Run(const std::string& line, std::string& out) const {
    const std::string printed = (folder_ / "printed").string();
    const std::string whole = "cd '" + std::string(TORPOR_SOURCE_DIR) + "' && " + line +
                              " > '" + printed + "' 2>&1 < /dev/null";
    const int status = std::system(whole.c_str());
    std::ifstream file(printed);
    out.assign(std::istreambuf_iterator<char>(file), {});
    return WEXITSTATUS(status);
  }

  bool Missing() const {
    for (const std::string& tool : {GetParam().compiler, GetParam().emulator}) {
      std::string out;
      if (Run("command -v " + tool, out) != 0) {
        std::fprintf(stderr, "NOT RUN: no %s, so no tokens were computed as %s\n",
                     tool.c_str(), GetParam().name.c_str());
        return true;
      }
    }
    return false;
  }

  std::string Program() const { return (folder_ / "tokens").string(); }

  void Build() const {
    std::string out;
    ASSERT_EQ(Run(GetParam().compiler +
                      " -std=c++20 -Wall -Wextra -Werror -fno-exceptions -fno-rtti -I. " +
                      kSources + GetParam().build + " -lm -o '" + Program() + "'",
                  out),
              0)
        << out;
  }

  Printed Compute() const {
    std::string out;
    EXPECT_EQ(Run("timeout 120 " + GetParam().run + "'" + Program() + "'", out), 0)
        << out;
    Printed printed;
    std::istringstream lines(out);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string name;
      words >> name;
      auto& numbers = printed[name];
      for (std::string word; words >> word;) {
        numbers.push_back(
            static_cast<std::uint32_t>(std::strtoul(word.c_str(), nullptr, 16)));
      }
    }
    return printed;
  }

  fs::path folder_;
};

std::vector<float> OnThisMachine(const TestWindow& window,
                                 const std::vector<std::int16_t>& samples) {
  const auto tokens = std::make_unique<Tokens>();
  EXPECT_EQ(tokens->Prepare(window.shape), Status::kOk);
  std::vector<float> features(tokens->features());
  EXPECT_EQ(tokens->Compute(samples, features), Status::kOk);
  return features;
}

TEST_P(TokensDevice, HasTheTokensOfThisMachineWithinRounding) {
  if (Missing()) return;
  Build();
  const Printed printed = Compute();
  for (const TestWindow& window : kTestWindows) {
    std::vector<std::int16_t> samples(window.shape.samples());
    FillWindow(window, samples);
    const auto plain = PlainTokens(samples, window.shape);
    const auto here = OnThisMachine(window, samples);
    ASSERT_TRUE(printed.contains(window.name)) << window.name;
    const auto& there = printed.at(window.name);
    ASSERT_EQ(there.size(), here.size() + 1) << window.name;
    double worst = 0;
    for (std::size_t i = 0; i < here.size(); ++i) {
      const auto other = double{std::bit_cast<float>(there[i + 1])};
      ASSERT_NEAR(other, plain.value[i], plain.tolerance[i]) << window.name << ", " << i;
      ASSERT_NEAR(other, double{here[i]}, 2 * plain.tolerance[i])
          << window.name << ", " << i;
      worst = std::max(worst, std::abs(other - double{here[i]}));
    }
    std::printf("%s, %s: differs by at most %.1e", GetParam().name.c_str(), window.name,
                worst);
    if (there[0] > 0) std::printf("; %.2f million instructions", there[0] * 1e-6);
    std::printf("\n");
  }
  ASSERT_TRUE(printed.contains("bytes"));
  EXPECT_LE(printed.at("bytes").front(), 52'000U);
}

TEST_P(TokensDevice, NeedsNoHeapAndNoExceptions) {
  if (GetParam().name != "cortex-m4" || Missing()) return;
  Build();
  std::string symbols;
  ASSERT_EQ(Run("arm-none-eabi-nm -C '" + Program() + "'", symbols), 0) << symbols;
  EXPECT_NE(symbols.find("torpor::signal::Tokens::Compute"), std::string::npos);
  for (const char* unwanted : {"malloc", "_sbrk", "operator new", "__cxa_throw",
                               "_Unwind_", "__cxa_guard", "abort"}) {
    EXPECT_EQ(symbols.find(unwanted), std::string::npos) << unwanted << "\n" << symbols;
  }
}

INSTANTIATE_TEST_SUITE_P(Machines, TokensDevice, testing::Values(CortexM4(), Aarch64()),
                         [](const auto& machine) {
                           std::string name = machine.param.name;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace torpor::signal
