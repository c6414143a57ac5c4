#include "power/interrupts.h"

#include <gmock/gmock.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "power/sys_tree_under_test.h"

namespace torpor::power {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// As an Orin's kernel writes it: controller, number there, trigger, who asked for it.
constexpr std::string_view kOrin =
    "           CPU0       CPU1       \n"
    " 11:       4021       3011     GICv3  30 Level     arch_timer\n"
    " 57:          2          0     GICv3 144 Level     3100000.serial, ttyTHS1 dma\n"
    " 88:          5          0  2200000.gpio  12 Edge      imu-data-ready\n"
    " 91:          0          0  2200000.gpio  73 Edge      \n"
    "IPI0:       100        120       Rescheduling interrupts\n"
    "ERR:          0\n";

// As a PC's kernel does: the trigger hangs at the number.
constexpr std::string_view kPc =
    "            CPU0       CPU1       CPU2       \n"
    "   0:         12          0          0   IO-APIC   2-edge      timer\n"
    "   9:          1          2          0   IO-APIC   9-fasteoi   acpi\n"
    "  36:          0    2830397          0 PCI-MSIX-0000:00:02.0   1-edge      nvme0q1\n"
    " NMI:          0          0          0   Non-maskable interrupts\n"
    " LOC:          7          8          9   Local timer interrupts\n"
    " ERR:          3\n"
    " MIS:          0\n";

TEST(Interrupts, OfAnOrinAreCountedOverItsProcessorsAndNamedByWhoAskedForThem) {
  EXPECT_THAT(ParseInterrupts(kOrin).lines,
              ElementsAre(InterruptLine{"11", "arch_timer", 7032},
                          InterruptLine{"57", "3100000.serial, ttyTHS1 dma", 2},
                          InterruptLine{"88", "imu-data-ready", 5},
                          InterruptLine{"91", "2200000.gpio  73 Edge", 0},
                          InterruptLine{"IPI0", "Rescheduling interrupts", 220}));
}

TEST(Interrupts, OfAPcAreThoseOfItsDevicesAndOfTheProcessorsThemselves) {
  EXPECT_THAT(ParseInterrupts(kPc).lines,
              ElementsAre(InterruptLine{"0", "timer", 12}, InterruptLine{"9", "acpi", 3},
                          InterruptLine{"36", "nvme0q1", 2830397},
                          InterruptLine{"NMI", "Non-maskable interrupts", 0},
                          InterruptLine{"LOC", "Local timer interrupts", 24}));
}

TEST(Interrupts, TheBusiestAreNamedFirstAndTheQuietNot) {
  const auto before = ParseInterrupts(kOrin);
  auto after = before;
  after.lines[0].count += 7;
  after.lines[1].count += 900;
  after.lines[4].count += 7;
  EXPECT_EQ(InterruptsBetween(before, after),
            (Interrupted{914,
                         "3100000.serial, ttyTHS1 dma 900, arch_timer 7, "
                         "Rescheduling interrupts 7"}));
  EXPECT_EQ(InterruptsBetween(before, before), Interrupted{});
}

TEST(Interrupts, OfMoreThanFourLinesAllAreCountedAndFourNamed) {
  Interrupts after;
  for (std::uint64_t i = 1; i <= 6; ++i)
    after.lines.push_back({std::to_string(i), "d", i});
  EXPECT_EQ(InterruptsBetween({}, after), (Interrupted{21, "d 6, d 5, d 4, d 3"}));
}

TEST(Interrupts, OfTwoLinesOfOneDriverEachIsCounted) {
  EXPECT_EQ(InterruptsBetween({"", {{"40", "aerdrv", 500}, {"41", "aerdrv", 1}}},
                              {"", {{"41", "aerdrv", 4}, {"40", "aerdrv", 502}}}),
            (Interrupted{5, "aerdrv 3, aerdrv 2"}));
}

// A driver that was loaded, went away and came back, or another that has its number now.
TEST(Interrupts, ALineThatIsNewOrBeganAnewCountsWhole) {
  const Interrupts before = {"CPU0", {{"40", "wlan0", 500}, {"41", "usb1", 10}}};
  EXPECT_EQ(
      InterruptsBetween(
          before, {"CPU0", {{"39", "nvme", 4}, {"40", "wlan0", 3}, {"41", "eth0", 11}}}),
      (Interrupted{18, "eth0 11, nvme 4, wlan0 3"}));
}

// nvpmodel takes processors off a Jetson and puts them back, with what they had counted.
TEST(Interrupts, BetweenTablesOfOtherProcessorsNothingIsKnown) {
  const auto two = ParseInterrupts(kOrin);
  EXPECT_EQ(two.cpus, "CPU0       CPU1");
  const auto one = ParseInterrupts("  CPU0\n 11:  4021  GICv3  30 Level  arch_timer\n");
  EXPECT_EQ(InterruptsBetween(two, one), std::nullopt);
  EXPECT_EQ(InterruptsBetween(one, two), std::nullopt);
}

// A table in which rows come, go, move and count, and their texts as they stand.
TEST(Interrupts, OfTwoTextsAreThoseOfTheTablesInThem) {
  std::mt19937 random(1);
  const auto below = [&](std::uint32_t bound) {
    return static_cast<std::int32_t>(random() % bound);
  };
  const auto table = [](const std::vector<InterruptLine>& lines, const char* cpus) {
    std::string text = cpus;
    for (const InterruptLine& line : lines) {
      text += " " + line.label + ": " + std::to_string(line.count) +
              "  GICv3  9 Level  " + line.name + "\n";
    }
    return text;
  };
  int changed = 0;
  for (int round = 0; round < 500; ++round) {
    std::vector<InterruptLine> lines;
    for (int i = 0; i < 12; ++i) {
      lines.push_back({std::to_string(i), "d" + std::to_string(i % 5), 0});
      lines.back().count = static_cast<std::uint64_t>(below(100));
    }
    const std::string before = table(lines, "  CPU0\n");
    for (auto& line : lines) {
      line.count += static_cast<std::uint64_t>(below(3) == 0 ? below(50) : 0);
    }
    if (below(4) == 0) lines.erase(lines.begin() + below(12));
    if (below(4) == 0) lines.insert(lines.begin() + below(11), {"99", "new", 7});
    if (below(4) == 0) std::swap(lines.front(), lines.back());
    std::string after = table(lines, below(20) == 0 ? "  CPU1\n" : "  CPU0\n");
    if (below(4) == 0)
      after.resize(after.size() - 1 - static_cast<std::size_t>(below(20)));
    const auto whole = InterruptsBetween(ParseInterrupts(before), ParseInterrupts(after));
    ASSERT_EQ(InterruptsBetween(before, after), whole) << before << after;
    changed += whole && whole->times > 0 ? 1 : 0;
  }
  EXPECT_GT(changed, 300);
  EXPECT_EQ(InterruptsBetween(kOrin, kPc), std::nullopt);
  EXPECT_EQ(InterruptsBetween(kPc, kPc), Interrupted{});
}

TEST(Interrupts, WhatIsNoTableGivesNothing) {
  for (const std::string_view text :
       {"", "\n", "CPU0", "nonsense\n1: 2\n", "  CPU0\n", "  CPU0\n:\n",
        "  CPU0\n1 2: 3\n", "  CPU0\n 1: x  timer\n", "  CPU0\n 1: -4  timer\n",
        "  CPU0\n 1: 99999999999999999999  timer\n",
        "  CPU0\n 1: 9223372036854775807  timer\n", "  CPU0 CPU1\n 1: 5\n"}) {
    EXPECT_THAT(ParseInterrupts(text).lines, IsEmpty()) << text;
  }
  EXPECT_THAT(ParseInterrupts("  CPU0\n 1:  4  IO-APIC  1-edge  ps2\n 2:  400").lines,
              ElementsAre(InterruptLine{"1", "ps2", 4}))
      << "a row that is cut is left out";
  EXPECT_EQ(
      ParseInterrupts("  CPU0\n 1:  4  GICv3  7 Level  a\x1b[31m\"b\n").lines.at(0).name,
      "a?[31m?b");
}

TEST(Interrupts, AreReadToTheEndOfALongTable) {
  std::string table(kOrin);
  for (int i = 100; i < 1'100; ++i) {
    table +=
        std::to_string(i) + ":  1  2  GICv3  9 Level  device-" + std::to_string(i) + "\n";
  }
  ASSERT_GT(table.size(), SysTree::kMaxBytes);
  TreeUnderTest sys({{"proc/interrupts", table}});
  const auto read = ReadInterrupts(sys.tree());
  ASSERT_TRUE(read);
  const auto lines = ParseInterrupts(*read).lines;
  ASSERT_EQ(lines.size(), 1'005U);
  EXPECT_EQ(lines.back(), (InterruptLine{"1099", "device-1099", 3}));
}

TEST(Interrupts, OfAMachineThatDoesNotSayAreNotZero) {
  TreeUnderTest sys;
  EXPECT_EQ(ReadInterrupts(sys.tree()), std::nullopt);
  for (const std::string text : {"", "CPU0", "nonsense\n1: 2\n", "  CPU0\n:\n",
                                 "  CPU0 CPU1\n 1: 5\n", "  CPU0\n1: x"}) {
    sys.Put("proc/interrupts", text);
    EXPECT_EQ(ReadInterrupts(sys.tree()), std::nullopt) << text;
  }
}

TEST(Interrupts, OfThisMachineAreReadIfItHasAny) {
  const SysTree machine;
  const auto table = ReadInterrupts(machine);
  if (!table) GTEST_SKIP() << "NOT RUN: this machine shows no interrupts";
  std::uint64_t all = 0;
  for (const InterruptLine& line : ParseInterrupts(*table).lines) all += line.count;
  EXPECT_GT(all, 0U);
}

}  // namespace
}  // namespace torpor::power
