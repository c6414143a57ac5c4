#include "power/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "core/test_folder.h"

namespace torpor::power {
namespace {

using ::testing::HasSubstr;
using std::chrono_literals::operator""ms;

Calibration Sample() {
  Calibration sample;
  sample.identity = {"NVIDIA Jetson Orin Nano",
                     "5.15.136-tegra #1",
                     "pmode:0002",
                     "name=cuda; driver=12.4",
                     {}};
  sample.identity.model.fill(std::byte{0xAB});
  sample.meter = "VDD_IN, sampled";
  sample.measured_at_s = 1'795'000'000;
  RungCost cold{.rung = Rung::kChildExited};
  cold.exit = {30'000'000};
  cold.exit_error = {12};
  cold.exit_latency = 812ms;
  cold.repetitions = 20;
  RungCost warm = cold;
  warm.rung = Rung::kContextKept;
  warm.enter = {-5};
  warm.parked = {300'000};
  sample.rungs = {cold, warm};
  return sample;
}

Status Decoded(const std::string& text) {
  std::string problem;
  const auto read = DecodeCalibration(text, problem);
  EXPECT_EQ(problem.empty(), read.ok()) << problem;
  return read.status();
}

TEST(CalibrationFile, ReadsBackWhatWasWritten) {
  std::string problem;
  const auto read = DecodeCalibration(EncodeCalibration(Sample()), problem);
  ASSERT_TRUE(read.ok()) << problem;
  EXPECT_EQ(*read, Sample());
}

TEST(CalibrationFile, IsTheTextOfItsPage) {
  EXPECT_EQ(EncodeCalibration(Sample()), R"(torpor-calibration 1
machine NVIDIA Jetson Orin Nano
kernel 5.15.136-tegra #1
power_mode pmode:0002
back_end name=cuda; driver=12.4
model abababababababababababababababababababababababababababababababab
meter VDD_IN, sampled
measured_at_s 1795000000
rung child-exited
enter_uj 0
enter_error_uj 0
parked_uw 0
parked_error_uw 0
exit_uj 30000000
exit_error_uj 12
exit_us 812000
repetitions 20
rung context-kept
enter_uj -5
enter_error_uj 0
parked_uw 300000
parked_error_uw 0
exit_uj 30000000
exit_error_uj 12
exit_us 812000
repetitions 20
)");
}

TEST(CalibrationFile, EveryCutAndEveryChangedByteIsRefusedOrAnotherCalibration) {
  const std::string good = EncodeCalibration(Sample());
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    const std::string text = good.substr(0, cut);
    std::string problem;
    const auto read = DecodeCalibration(text, problem);
    // Cut between two rungs it is the calibration of a shorter ladder, of another digest.
    EXPECT_TRUE(!read.ok() || EncodeCalibration(*read) == text) << cut;
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const char other : {'\0', '\n', ' ', '0', '9', '-', 'x', '\xFF'}) {
      std::string text = good;
      text[at] = other;
      std::string problem;
      const auto read = DecodeCalibration(text, problem);
      EXPECT_TRUE(!read.ok() || EncodeCalibration(*read) == text) << at << " " << other;
    }
  }
}

TEST(CalibrationFile, WhatIsNotItsOneFormIsRefused) {
  const std::string good = EncodeCalibration(Sample());
  const auto with = [&good](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  EXPECT_EQ(Decoded(with("calibration 1", "calibration 2")),
            Status::kCalibrationMalformed);
  EXPECT_EQ(Decoded(with("exit_us 812000", "exit_us 0812000")),
            Status::kCalibrationMalformed);
  EXPECT_EQ(Decoded(with("exit_us 812000", "exit_us -1")), Status::kCalibrationMalformed);
  EXPECT_EQ(Decoded(with("exit_us 812000", "exit_us 1e3")),
            Status::kCalibrationMalformed);
  EXPECT_EQ(Decoded(with("parked_uw 300000", "parked_uw 1000000000001")),
            Status::kCalibrationMalformed);
  EXPECT_EQ(Decoded(with("rung child-exited", "rung memory-freed")),
            Status::kCalibrationMalformed);
  EXPECT_EQ(Decoded(with("rung context-kept", "rung child-exited")),
            Status::kCalibrationMalformed)
      << "twice";
  EXPECT_EQ(Decoded(with("parked_uw 0", "parked_uw 1")), Status::kCalibrationMalformed)
      << "the coldest is what the others are above";
  EXPECT_EQ(Decoded(with("repetitions 20", "repetitions 1")),
            Status::kCalibrationMalformed);
  EXPECT_EQ(Decoded(with("machine NV", "machine  NV")), Status::kCalibrationMalformed);
  EXPECT_EQ(Decoded(good + "rung hot\n"), Status::kCalibrationMalformed);
  EXPECT_EQ(Decoded(good + std::string(kMaxCalibrationBytes, 'x')),
            Status::kCalibrationMalformed);
  EXPECT_EQ(Decoded(""), Status::kCalibrationMalformed);
}

TEST(CalibrationFile, RandomBytesAreRefused) {
  std::mt19937 random(7);
  for (int i = 0; i < 10'000; ++i) {
    std::string text = i % 2 == 0 ? "torpor-calibration 1\n" : "";
    for (std::size_t n = random() % 300; n > 0; --n) text += static_cast<char>(random());
    std::string problem;
    ASSERT_FALSE(DecodeCalibration(text, problem).ok()) << i;
  }
}

TEST(MachineIdentity, WhatChangedIsNamedWithBoth) {
  const MachineIdentity was = Sample().identity;
  EXPECT_EQ(Difference(was, was), "");
  MachineIdentity now = was;
  now.power_mode = "pmode:0000";
  EXPECT_EQ(Difference(now, was),
            "power mode: pmode:0000 here, pmode:0002 when it was calibrated");
  now = was;
  now.back_end = "name=cuda; driver=12.6";
  EXPECT_THAT(Difference(now, was), HasSubstr("driver=12.6 here"));
  now = was;
  now.model[31] = std::byte{1};
  EXPECT_EQ(Difference(now, was),
            "model: abababababababab here, abababababababab when "
            "it was calibrated");
  now = was;
  now.kernel = "6.1";
  EXPECT_THAT(Difference(now, was), HasSubstr("kernel: 6.1"));
  now = was;
  now.machine = "another";
  EXPECT_THAT(Difference(now, was), HasSubstr("machine: another"));
}

TEST(Calibration, IsActedOnOnlyHereAndOnlyIfTheContractNamesIt) {
  const std::string text = EncodeCalibration(Sample());
  const MachineIdentity here = Sample().identity;
  std::string problem;
  EXPECT_TRUE(CheckCalibration(text, here, {}, problem).ok())
      << "none named: any will do";
  const std::array<Digest, 2> named{Digest{}, DigestOfCalibration(text)};
  EXPECT_TRUE(CheckCalibration(text, here, named, problem).ok());
  EXPECT_EQ(CheckCalibration(text, here, std::span(named).first(1), problem).status(),
            Status::kCalibrationNotNamed);
  EXPECT_THAT(problem, HasSubstr("its digest begins with "));
  MachineIdentity elsewhere = here;
  elsewhere.back_end = "name=cuda; driver=12.6";
  EXPECT_EQ(CheckCalibration(text, elsewhere, named, problem).status(),
            Status::kCalibrationForeign);
  EXPECT_THAT(problem, HasSubstr("driver=12.6 here"));
  EXPECT_EQ(CheckCalibration(text.substr(1), here, named, problem).status(),
            Status::kCalibrationMalformed);
}

class OnAJetson : public testing::Test {
 protected:
  void Put(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((folder_ / path).parent_path());
    folder_.Write(path, text);
  }
  TestFolder folder_;
};

TEST_F(OnAJetson, TheMachineIsReadFromItsTree) {
  using namespace std::literals;
  Put("proc/device-tree/model", "NVIDIA Jetson Orin Nano\0"s);
  Put("proc/sys/kernel/osrelease", "5.15.136-tegra\n");
  Put("proc/sys/kernel/version", "#1 SMP PREEMPT\n");
  Put("var/lib/nvpmodel/status", "pmode:0002");
  for (const char* policy : {"policy0", "policy4"}) {
    const std::string folder = "sys/devices/system/cpu/cpufreq/" + std::string(policy);
    Put(folder + "/scaling_governor", "schedutil\n");
    Put(folder + "/scaling_min_freq", "729600\n");
    Put(folder + "/scaling_max_freq", "1510400\n");
  }
  Put("sys/class/devfreq/17000000.gpu/governor", "nvhost_podgov\n");
  Put("sys/class/devfreq/17000000.gpu/min_freq", "306000000\n");
  Put("sys/class/devfreq/17000000.gpu/max_freq", "624750000\n");
  const MachineIdentity found = ReadMachine(SysTree(folder_.path()));
  EXPECT_EQ(found.machine, "NVIDIA Jetson Orin Nano");
  EXPECT_EQ(found.kernel, "5.15.136-tegra #1 SMP PREEMPT");
  EXPECT_EQ(found.power_mode,
            "pmode:0002; processors 2 x schedutil 729600-1510400; devices 1 x "
            "nvhost_podgov 306000000-624750000");
  Put("sys/class/devfreq/17000000.gpu/min_freq", "624750000\n");
  EXPECT_NE(ReadMachine(SysTree(folder_.path())).power_mode, found.power_mode)
      << "a pinned clock is another power mode";
}

TEST_F(OnAJetson, AnotherReleaseOfTheDriverIsAnotherKernel) {
  Put("proc/sys/kernel/osrelease", "6.1");
  Put("sys/module/nvidia/version", "535.54.03\n");
  EXPECT_EQ(ReadMachine(SysTree(folder_.path())).kernel, "6.1 ; nvidia 535.54.03");
}

TEST_F(OnAJetson, AnEmptyTreeIsAnUnknownMachineThatEqualsItself) {
  const MachineIdentity found = ReadMachine(SysTree(folder_.path()));
  EXPECT_EQ(found.machine, "unknown");
  EXPECT_EQ(found.power_mode, "no nvpmodel; processors none; devices none");
  EXPECT_EQ(Difference(found, found), "");
}

}  // namespace
}  // namespace torpor::power
