// Logits of fixed networks as other machines compute them, bit by bit against this one's:
// built by their compilers and run under QEMU. docs/engine.md says what this shows.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "model/network.h"
#include "model/network_file.h"
#include "model/test_network.h"

namespace torpor::model {
namespace {

namespace fs = std::filesystem;

struct Fixed {
  std::vector<std::byte> file;
  std::vector<float> z;
  std::size_t tokens = 0;
};

std::vector<Fixed> FixedNetworks() {
  constexpr NetworkShape kLarge{16, 16, 128, 4, 8, 256, 64};
  const auto fixed = [](const NetworkShape& shape, Precision precision,
                        std::size_t tokens) {
    return Fixed{EncodeNetwork(RandomNetwork(shape, precision)),
                 RandomInput(shape, tokens, 2), tokens};
  };
  return {fixed(kTestShape, Precision::kInt8, 32), fixed(kLarge, Precision::kInt8, 64),
          fixed(kTestShape, Precision::kInt8, 16),
          fixed(kTestShape, Precision::kFloat, 32)};
}

std::vector<std::string> LogitsHere() {
  std::vector<std::string> logits;
  for (const Fixed& fixed : FixedNetworks()) {
    const auto network = MakeReferenceNetwork(*ParseNetwork(fixed.file));
    float logit = 0;
    EXPECT_EQ((*network)->Run(fixed.z, fixed.tokens, logit), Status::kOk);
    std::array<char, 9> text{};
    std::snprintf(text.data(), text.size(), "%08x", std::bit_cast<std::uint32_t>(logit));
    logits.emplace_back(text.data());
  }
  return logits;
}

// The networks as source code.
void WriteSource(const fs::path& path) {
  std::FILE* out = std::fopen(path.c_str(), "w");
  ASSERT_NE(out, nullptr);
  std::string table;
  int index = 0;
  for (const Fixed& fixed : FixedNetworks()) {
    const std::string i = std::to_string(index++);
    std::fprintf(out, "alignas(64) constexpr std::uint32_t kFile%s[] = {", i.c_str());
    for (ByteReader in(fixed.file); !in.rest().empty();) {
      std::fprintf(out, "%uU,", in.Read<std::uint32_t>());
    }
    std::fprintf(out, "};\nconstexpr float kZ%s[] = {", i.c_str());
    for (const float z : fixed.z) std::fprintf(out, "%aF,", double{z});
    std::fprintf(out, "};\n");
    table += "FixedNetwork{kFile" + i + ", kZ" + i + ", " + std::to_string(fixed.tokens) +
             "},";
  }
  std::fprintf(out, "constexpr std::array kFixedNetworks = {%s};\n", table.c_str());
  ASSERT_EQ(std::fclose(out), 0);
}

class NetworkDevice : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(TORPOR_BINARY_DIR) / "device" /
              testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::create_directories(folder_);
  }

  // Exit code of a shell's line in the source folder; what it prints goes to `out`.
  int Run(const std::string& line, std::string& out) const {
    const std::string printed = (folder_ / "printed").string();
    const std::string whole = "cd '" + std::string(TORPOR_SOURCE_DIR) + "' && { " + line +
                              "; } > '" + printed + "' 2>&1 < /dev/null";
    const int status = std::system(whole.c_str());
    std::ifstream file(printed);
    out.assign(std::istreambuf_iterator<char>(file), {});
    return WEXITSTATUS(status);
  }

  bool Missing(const std::vector<std::string>& tools, const char* machine) const {
    std::string out;
    for (const std::string& tool : tools) {
      if (Run("command -v " + tool, out) != 0) {
        std::fprintf(stderr, "NOT RUN: no %s, so no logits were computed as %s\n",
                     tool.c_str(), machine);
        return true;
      }
    }
    return false;
  }

  std::string Program() const { return (folder_ / "logits").string(); }

  // Source by source, so that ccache can help where there is one.
  void Build(const std::string& compiler, const std::string& flags,
             const std::vector<std::string>& sources, const std::string& link) {
    fs::create_directories(folder_ / "generated");
    WriteSource(folder_ / "generated/test_networks.inc");
    fs::create_directories(folder_ / "include");
    if (!fs::exists(folder_ / "include/hwy")) {  // alone, without this machine's others
      fs::create_directory_symlink(TORPOR_HWY_INCLUDE "/hwy", folder_ / "include/hwy");
    }
    std::string out, cache, objects;
    if (Run("command -v ccache", out) == 0) cache = "ccache ";
    for (const std::string& source : sources) {
      std::string object = source + ".o";
      std::ranges::replace(object, '/', '_');
      object = "'" + (folder_ / object).string() + "'";
      ASSERT_EQ(
          Run(cache + compiler + " -std=c++20 -Wall -Wextra -Werror -I. -I'" +
                  folder_.string() + "' -isystem '" + (folder_ / "include").string() +
                  "' -ffp-contract=off " + flags + " -c " + source + " -o " + object,
              out),
          0)
          << out;
      objects += " " + object;
    }
    ASSERT_EQ(Run(compiler + objects + " " + link + " -o '" + Program() + "'", out), 0)
        << out;
  }

  // Words of each line that is printed.
  std::vector<std::vector<std::string>> Printed(const std::string& emulator,
                                                const std::string& more = "") const {
    std::string out;
    EXPECT_EQ(Run("timeout 200 " + emulator + " '" + Program() + "' " + more, out), 0)
        << out;
    std::vector<std::vector<std::string>> lines;
    std::istringstream text(out);
    for (std::string line; std::getline(text, line);) {
      std::istringstream words(line);
      lines.emplace_back(std::istream_iterator<std::string>(words),
                         std::istream_iterator<std::string>());
    }
    return lines;
  }

  fs::path folder_;
};

constexpr const char* kCortexM4 =
    "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16";

TEST_F(NetworkDevice, ACortexM4GivesTheBitsOfThisMachineWithoutAHeap) {
  if (Missing({"arm-none-eabi-g++", "qemu-system-arm"}, "a Cortex-M4")) return;
  Build("arm-none-eabi-g++",
        std::string(kCortexM4) +
            " -O2 -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-unwind-tables "
            "-ffunction-sections -fdata-sections -fno-math-errno",
        {"model/device/test_device_reference.cc", "model/reference/encoder.cc",
         "model/reference/layout.cc", "signal/device/test_board_mps2.cc"},
        std::string(kCortexM4) +
            " -Wl,--gc-sections -nostartfiles --specs=nosys.specs -T "
            "signal/device/mps2-an386.ld -lm");
  const auto lines = Printed(
      "qemu-system-arm -M mps2-an386 -icount shift=0 -nographic -monitor none -serial "
      "none -semihosting-config enable=on,target=native -kernel");
  const auto here = LogitsHere();
  ASSERT_EQ(lines.size(), here.size());
  for (std::size_t i = 0; i < here.size(); ++i) {
    ASSERT_EQ(lines[i].size(), 3U);
    EXPECT_EQ(lines[i][1], here[i]) << "network " << i;
    std::printf(
        "cortex-m4, network %zu: %.2f million instructions\n", i,
        static_cast<double>(std::strtoul(lines[i][2].c_str(), nullptr, 16)) * 1e-6);
  }

  std::string symbols;
  ASSERT_EQ(Run("arm-none-eabi-nm -C '" + Program() + "'", symbols), 0) << symbols;
  EXPECT_NE(symbols.find("torpor::model::RunReference"), std::string::npos);
  for (const char* unwanted : {"malloc", "_sbrk", "operator new", "__cxa_throw",
                               "_Unwind_", "__cxa_guard", "abort", "__aeabi_dmul"}) {
    EXPECT_EQ(symbols.find(unwanted), std::string::npos) << unwanted << "\n" << symbols;
  }
}

class NetworkAarch64 : public NetworkDevice {
 protected:
  void BuildFast() {
    Build("aarch64-linux-gnu-g++", "-O3 -fno-math-errno",
          {"model/device/test_device_fast.cc", "model/hwy/fast_network.cc",
           "model/hwy/packed.cc", "model/hwy/targets.cc", "model/reference_network.cc",
           "model/reference/encoder.cc", "model/reference/layout.cc"},
          "-static");
  }

  // Every logit of every target, bit for bit, and all integer sums.
  void Compare(const char* cpu, const std::vector<std::string>& targets) {
    std::vector<std::string> expected, seen;
    for (const std::string& target : targets) {
      for (const std::string& logit : LogitsHere())
        expected.push_back(target + " " + logit);
    }
    for (const auto& words : Printed(std::string("qemu-aarch64 -cpu ") + cpu)) {
      if (words.size() == 2) seen.push_back(words[0] + " " + words[1]);
      if (words.size() == 3) {
        EXPECT_GT(std::strtoul(words[1].c_str(), nullptr, 16), 100'000U) << words[0];
        EXPECT_EQ(words[2], "00000000") << words[0] << ": sums that are wrong";
      }
    }
    EXPECT_EQ(seen, expected) << cpu;
  }

  // Of one run: two, less one.
  double Instructions(const std::string& plugin, const std::string& target,
                      int network) const {
    const auto count = [&](const char* runs) {
      const auto lines = Printed("qemu-aarch64 -cpu cortex-a76 -plugin '" + plugin + "'",
                                 target + " " + std::to_string(network) + " " + runs);
      return lines.empty() || lines.back().size() != 2
                 ? 0.0
                 : std::atof(lines.back()[1].c_str());
    };
    return count("2") - count("1");
  }

  // Instructions are not time, but tell two ways to compute apart without the machine.
  void Count() {
    std::string out;
    const std::string plugin = (folder_ / "count.so").string();
    ASSERT_EQ(Run("cc -O2 -Wall -Werror -shared -fPIC "
                  "model/device/test_count_instructions.c -o '" +
                      plugin + "'",
                  out),
              0)
        << out;
    for (const int network : {0, 1}) {
      std::vector<double> spent;
      for (const char* target : {"neon-dotprod", "neon", "reference"}) {
        spent.push_back(Instructions(plugin, target, network));
        std::printf("aarch64, network %d, %s: %.3f million instructions\n", network,
                    target, spent.back() * 1e-6);
      }
      EXPECT_GT(spent[0], 0);
      EXPECT_LT(spent[0], spent[1]);
      EXPECT_LT(spent[1], spent[2]);
    }
  }
};

TEST_F(NetworkAarch64, GivesTheBitsOfThisMachineWithAndWithoutTheDotProduct) {
  if (Missing({"aarch64-linux-gnu-g++", "qemu-aarch64"}, "aarch64")) return;
  BuildFast();
  Compare("cortex-a76", {"neon-dotprod", "neon"});
  Compare("cortex-a72", {"neon"});
  if (!HasFatalFailure() && !Missing({"cc"}, "aarch64, counted")) Count();
}

}  // namespace
}  // namespace torpor::model
