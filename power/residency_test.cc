#include "power/residency.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "power/test_trees.h"

namespace torpor::power {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

const Clocks kAt{FromMicroseconds(7'000'000), Microseconds(6'000'000)};

Residency Read(const TestTree& tree) { return ReadResidency(tree.tree, kAt); }

void ExpectASleepingOrin(const TestTree& tree) {
  const Residency read = Read(tree);
  EXPECT_EQ(read.at.boot, kAt.boot);
  ASSERT_EQ(read.gpus.size(), 1U);
  const GpuReading& gpu = read.gpus[0];
  EXPECT_EQ(gpu.name, tree.name);
  EXPECT_FALSE(gpu.discrete);
  EXPECT_EQ(gpu.status, RuntimeStatus::kSuspended);
  EXPECT_EQ(gpu.suspended, 900'000ms);
  EXPECT_EQ(gpu.active, 100'000ms);
  EXPECT_EQ(gpu.autosuspend_delay, 500ms);
  EXPECT_EQ(gpu.railgated, true);
  EXPECT_EQ(gpu.kept_on, false);
  EXPECT_EQ(gpu.power_state, std::nullopt);
  EXPECT_TRUE(tree.Forbidden().empty());
  EXPECT_FALSE(read.cut);
}

TEST(Residency, FindsTheGpuOfJetPack5) {
  TestTree tree;
  tree.JetPack5();
  ExpectASleepingOrin(tree);
}

TEST(Residency, FindsTheGpuOfJetPack6) {
  TestTree tree;
  tree.JetPack6();
  ExpectASleepingOrin(tree);
}

TEST(Residency, FindsTheGpuOfJetPack7) {
  TestTree tree;
  tree.JetPack7();
  ExpectASleepingOrin(tree);
}

TEST(Residency, FindsTheGpuByItsPlaceWhereDevfreqDoesNotListIt) {
  for (const auto jetpack :
       {&TestTree::JetPack5, &TestTree::JetPack6, &TestTree::JetPack7}) {
    TestTree tree;
    (tree.*jetpack)();
    std::filesystem::remove_all(tree.folder / "sys/class/devfreq");
    ExpectASleepingOrin(tree);
    EXPECT_EQ(Read(tree).gpus[0].max_hz, 1'020'000'000);
  }
}

TEST(Residency, FindsTheGpuByDevfreqAtAPlaceThatIsNotKnown) {
  TestTree tree;
  tree.Jetson("sys/devices/platform/axi/99000000.accelerator", "gb10b");
  ExpectASleepingOrin(tree);
}

TEST(Residency, ADeviceOfAnotherKindIsNotTheGpuThoughItsClockScales) {
  TestTree tree;
  tree.Jetson("sys/devices/platform/15340000.vic", "vic");
  EXPECT_TRUE(Read(tree).gpus.empty());
}

TEST(Residency, ReadsWhatPinsTheClock) {
  TestTree tree;
  tree.JetPack6();
  tree.Clocks(1'020'000'000, 1'020'000'000);
  tree.Control("on\n");
  const GpuReading gpu = Read(tree).gpus.at(0);
  EXPECT_EQ(gpu.kept_on, true);
  EXPECT_EQ(gpu.min_hz, 1'020'000'000);
  EXPECT_EQ(gpu.now_hz, 1'020'000'000);
  EXPECT_EQ(gpu.governor, "nvhost_podgov");
  EXPECT_EQ(gpu.steps_hz,
            (std::vector<std::int64_t>{306000000, 408000000, 612000000, 1020000000}));
}

TEST(Residency, FindsADiscreteGpuAndNoOtherDevice) {
  TestTree tree;
  tree.Discrete();
  tree.Put("sys/bus/pci/devices/0000:02:00.0/class", "0x030000");  // of another maker
  tree.Put("sys/bus/pci/devices/0000:02:00.0/vendor", "0x8086");
  tree.Put("sys/bus/pci/devices/0000:01:00.1/class", "0x040300");  // its sound
  tree.Put("sys/bus/pci/devices/0000:01:00.1/vendor", "0x10de");
  const Residency read = Read(tree);
  ASSERT_EQ(read.gpus.size(), 1U);
  EXPECT_TRUE(read.gpus[0].discrete);
  EXPECT_EQ(read.gpus[0].power_state, "D3cold");
  EXPECT_EQ(read.gpus[0].status, RuntimeStatus::kSuspended);
  EXPECT_EQ(read.gpus[0].min_hz, std::nullopt);
  EXPECT_TRUE(tree.Forbidden().empty());
}

// What a machine keeps is asked for once, and a device that comes is found all the same.
TEST(Residency, AsksForLessTheSecondTimeAndFindsTheSame) {
  TestTree tree;
  for (const char* const device : {"0000:00:00.0", "0000:00:01.0", "0000:00:02.0"}) {
    tree.Put("sys/bus/pci/devices/" + std::string(device) + "/class", "0x060000");
  }
  KnownMachine known;
  const Residency first = ReadResidency(tree.tree, kAt, &known);
  const Residency second = ReadResidency(tree.tree, kAt, &known);
  EXPECT_LE(second.reads + 3, first.reads);
  EXPECT_EQ(second.looked_for_gpu, first.looked_for_gpu);
  ASSERT_EQ(second.idle.has_value(), first.idle.has_value());
  if (first.idle) {
    ASSERT_EQ(second.idle->states.size(), first.idle->states.size());
    for (std::size_t i = 0; i < first.idle->states.size(); ++i) {
      EXPECT_EQ(second.idle->states[i].name, first.idle->states[i].name);
    }
  }
  EXPECT_TRUE(second.gpus.empty());
  tree.Discrete();
  EXPECT_EQ(ReadResidency(tree.tree, kAt, &known).gpus.size(), 1U);
  EXPECT_EQ(ReadResidency(tree.tree, kAt, &known).gpus.size(), 1U) << "and again";
}

// Before a sleep it looks at what the waking before it found, a second or two ago.
TEST(Residency, TakesDevicesAsKnownAndFindsNewOnesInTheNextReadingThatLooks) {
  TestTree tree;
  tree.Put("sys/bus/pci/devices/0000:00:00.0/class", "0x060000");
  KnownMachine known;
  (void)ReadResidency(tree.tree, kAt, &known);  // knows what the idle states are called
  const Residency looked = ReadResidency(tree.tree, kAt, &known);
  tree.seen.clear();
  const Residency again = ReadResidency(tree.tree, kAt, &known, Devices::kAsKnown);
  for (const auto& [path, access] : tree.seen) {
    EXPECT_EQ(access, SysTree::Access::kRead) << path;
  }
  // Five places of a GPU that is not there, and a state beyond the last of two
  // processors.
  EXPECT_EQ(again.reads + 5 + 2, looked.reads);
  EXPECT_EQ(again.looked_for_gpu, looked.looked_for_gpu);
  ASSERT_TRUE(looked.idle && again.idle);
  EXPECT_EQ(again.idle->deepest, looked.idle->deepest);
  EXPECT_EQ(again.sources.size(), looked.sources.size());

  tree.Discrete();
  tree.Wakeup("wakeup9", "ttyTHS1", 2);
  const auto as_known = ReadResidency(tree.tree, kAt, &known, Devices::kAsKnown);
  EXPECT_TRUE(as_known.gpus.empty());
  const auto anew = ReadResidency(tree.tree, kAt, &known);
  EXPECT_EQ(anew.gpus.size(), 1U);
  EXPECT_EQ(anew.sources.size(), looked.sources.size() + 1);
  EXPECT_EQ(ReadResidency(tree.tree, kAt, &known, Devices::kAsKnown).gpus.size(), 1U);

  tree.Put("sys/devices/gpu.0/power/runtime_status", "suspended");
  tree.Put("sys/devices/system/cpu/cpu1/cpuidle/state2/time", "7000000");
  EXPECT_EQ(ReadResidency(tree.tree, kAt, &known, Devices::kAsKnown).gpus.size(), 1U);
  const auto more = ReadResidency(tree.tree, kAt, &known);
  EXPECT_EQ(more.gpus.size(), 2U);
  EXPECT_EQ(more.idle->states.size(), 3U);
}

TEST(Residency, AGpuThatCannotBeReadOnceIsNotTakenForNone) {
  TestTree tree;
  const std::string status = "sys/devices/gpu.0/power/runtime_status";
  std::filesystem::create_directories(tree.folder / status);
  KnownMachine known;
  EXPECT_TRUE(ReadResidency(tree.tree, kAt, &known).gpus.empty());
  std::filesystem::remove(tree.folder / status);
  tree.Put(status, "active");
  EXPECT_EQ(ReadResidency(tree.tree, kAt, &known, Devices::kAsKnown).gpus.size(), 1U);
}

TEST(Residency, SaysThatAMachineListsMoreThanIsRead) {
  const TestTree tree;
  KnownMachine known;
  EXPECT_FALSE(ReadResidency(tree.tree, kAt, &known).cut);
  for (std::size_t i = 0; i < kMostWakeupSources; ++i) {
    tree.Wakeup("wakeup" + std::to_string(100 + i), "usb", 0);
  }
  for (const Devices devices : {Devices::kLookedFor, Devices::kAsKnown}) {
    const Residency read = ReadResidency(tree.tree, kAt, &known, devices);
    EXPECT_TRUE(read.cut);
    EXPECT_EQ(read.sources.size(), kMostWakeupSources);
  }
}

TEST(Residency, AMachineWithoutAGpuIsNotOneThatCannotBeLookedAt) {
  const TestTree without;
  EXPECT_TRUE(Read(without).looked_for_gpu);
  EXPECT_TRUE(Read(without).gpus.empty());
  const TestFolder nothing;
  const Residency unread = ReadResidency(SysTree(nothing.path()), kAt);
  EXPECT_FALSE(unread.looked_for_gpu);
  EXPECT_EQ(unread.idle, std::nullopt);
  EXPECT_TRUE(unread.sources.empty());
}

TEST(Residency, AddsUpTheDeepestIdleStateOfAllProcessors) {
  const TestTree tree;
  const Residency read = Read(tree);
  ASSERT_TRUE(read.idle);
  EXPECT_EQ(read.idle->cpus, 2U);
  EXPECT_EQ(read.idle->deepest, 100s);
  ASSERT_EQ(read.idle->states.size(), 2U);
  EXPECT_EQ(read.idle->states[0].name, "WFI");
  EXPECT_EQ(read.idle->states[0].time, 2s);
  EXPECT_EQ(read.idle->states[1].name, "c7");
}

TEST(Residency, AnIdleStateThatIsNotUnderstoodDoesNotMakeAShallowOneTheDeepest) {
  const TestTree tree;
  tree.Put("sys/devices/system/cpu/cpu1/cpuidle/state1/time", "much");
  EXPECT_EQ(Read(tree).idle->cpus, 1U);
  EXPECT_EQ(Read(tree).idle->deepest, 50s);
}

TEST(Residency, NamesTheSourcesThatWereActiveBetween) {
  const TestTree tree;
  const Residency before = Read(tree);
  EXPECT_EQ(ActiveBetween(before, Read(tree)), "");
  tree.Wakeup("wakeup3", "alarmtimer.0.auto", 5);
  tree.Wakeup("wakeup7", "ttyTHS1", 2);
  EXPECT_EQ(ActiveBetween(before, Read(tree)), "alarmtimer.0.auto 1, ttyTHS1 2");
  for (int i = 10; i < 14; ++i) tree.Wakeup("wakeup" + std::to_string(i), "usb", 0);
  const Residency more = Read(tree);
  for (int i = 10; i < 14; ++i) tree.Wakeup("wakeup" + std::to_string(i), "usb", 1);
  tree.Wakeup("wakeup3", "alarmtimer.0.auto", 6);
  EXPECT_EQ(ActiveBetween(more, Read(tree)), "usb 1, usb 1, usb 1, usb 1, and 1 more");
}

TEST(Residency, AGpuThatCameToTheAddressOfAnotherDeviceIsFoundInTheEnd) {
  TestTree tree;
  const std::string device = "sys/bus/pci/devices/0000:02:00.0/";
  tree.Put(device + "class", "0x010802");
  tree.Put(device + "vendor", "0x10de");
  KnownMachine known;
  EXPECT_TRUE(ReadResidency(tree.tree, kAt, &known).gpus.empty());
  tree.Put(device + "class", "0x030200");
  std::size_t readings = 1;
  while (ReadResidency(tree.tree, kAt, &known).gpus.empty() && readings < 1'000)
    ++readings;
  EXPECT_EQ(readings, kReadingsRemembered);
}

TEST(Residency, ANameThatCouldNotBeReadOnceIsAskedForAgain) {
  TestTree tree;
  const std::string name = "sys/devices/system/cpu/cpu0/cpuidle/state1/name";
  std::filesystem::remove(tree.folder / name);
  KnownMachine known;
  EXPECT_EQ(ReadResidency(tree.tree, kAt, &known).idle->states[1].name, "?");
  tree.Put(name, "c7");
  EXPECT_EQ(ReadResidency(tree.tree, kAt, &known).idle->states[1].name, "c7");
}

TEST(Residency, WhatIsNoValueOfTheKernelIsNotKnown) {
  TestTree tree;
  tree.JetPack6();
  for (const std::string& hostile :
       {std::string(), std::string("sleeping"), std::string("-1"), std::string("1e9"),
        std::string("99999999999999999999999"), std::string("9223372036854775807"),
        std::string(5000, '9'), std::string("\x01\xff\0", 3)}) {
    for (const char* node :
         {"/power/runtime_status", "/power/runtime_suspended_time",
          "/power/runtime_active_time", "/power/control", "/is_railgated"}) {
      tree.Put(tree.gpu + node, hostile);
    }
    tree.Put("sys/devices/system/cpu/cpu0/cpuidle/state0/time", hostile);
    tree.Put("sys/devices/system/cpu/cpu1/cpuidle/state1/time", hostile);
    tree.Put("sys/class/wakeup/wakeup3/active_count", hostile);
    tree.Put("sys/class/wakeup/wakeup3/name", hostile);
    tree.Put(tree.devfreq + "/available_frequencies", hostile + " " + hostile);
    const Residency read = Read(tree);
    ASSERT_EQ(read.gpus.size(), 1U) << hostile;
    EXPECT_EQ(read.gpus[0].status, std::nullopt) << hostile;
    EXPECT_EQ(read.gpus[0].suspended, std::nullopt) << hostile;
    EXPECT_EQ(read.gpus[0].active, std::nullopt) << hostile;
    EXPECT_EQ(read.gpus[0].kept_on, std::nullopt) << hostile;
    EXPECT_EQ(read.gpus[0].railgated, std::nullopt) << hostile;
    EXPECT_EQ(read.idle, std::nullopt) << hostile;
    for (const WakeupSource& source : read.sources) {
      EXPECT_EQ(source.name.find_first_of("\x01\xff"), std::string::npos);
    }
  }
}

TEST(Residency, OneReadingIsBoundedHoweverMuchTheMachineLists) {
  TestTree tree;
  tree.JetPack6();
  for (int i = 0; i < 3000; ++i) {
    const std::string number = std::to_string(i);
    std::filesystem::create_directories(tree.folder / ("sys/class/wakeup/w" + number));
    std::filesystem::create_directories(tree.folder /
                                        ("sys/bus/pci/devices/0000:02:" + number));
    std::filesystem::create_directories(
        tree.folder / ("sys/devices/system/cpu/cpu" + number + "/cpuidle"));
  }
  tree.seen.clear();
  const Residency read = Read(tree);
  EXPECT_TRUE(read.cut);
  EXPECT_LE(read.reads, kMostReads);
  EXPECT_EQ(read.gpus.size(), 1U) << "the GPU comes first";
  EXPECT_TRUE(std::ranges::any_of(tree.seen, [](const auto& one) {
    return one.first.starts_with("sys/class/wakeup/w0/");
  })) << "nor does one kind starve another";
  EXPECT_LE(std::ranges::count(tree.seen, SysTree::Access::kRead,
                               [](const auto& one) { return one.second; }),
            static_cast<std::ptrdiff_t>(kMostReads));
}

}  // namespace
}  // namespace torpor::power
