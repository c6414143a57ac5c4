#include "power/nvml.h"
#include "core/test_folder.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace torpor::power {
namespace {

// The library of nvml_fake.cc, told by the environment how to behave.
class NvmlTest : public testing::Test {
 protected:
  ~NvmlTest() override {
    for (const char* name :
         {"FAKE_NVML_FAILS", "FAKE_NVML_ENERGY", "FAKE_NVML_GPUS", "FAKE_NVML_SHUT"}) {
      ::unsetenv(name);
    }
  }
  static void Say(const char* name, const std::string& value) {
    ::setenv(name, value.c_str(), 1);
  }
  static std::unique_ptr<Nvml> Open(const std::string& bus_id = {}) {
    return Nvml::Open(bus_id, TORPOR_FAKE_NVML);
  }
  static Reading Read(Nvml& meter) {
    Reading reading;
    meter.Read({&reading, 1});
    return reading;
  }
};

TEST_F(NvmlTest, TellsTheEnergyCounterInMicrojoules) {
  Say("FAKE_NVML_ENERGY", "1234567");
  const auto meter = Open();
  ASSERT_EQ(meter->rails().size(), 1U);
  EXPECT_EQ(meter->rails()[0].unmetered, "");
  EXPECT_EQ(meter->rails()[0].name, "gpu");
  EXPECT_EQ(meter->rails()[0].tells, Rail::Tells::kEnergy);
  EXPECT_EQ(Read(*meter), 1'234'567'000);
  Say("FAKE_NVML_ENERGY", "1235000");
  EXPECT_EQ(Read(*meter), 1'235'000'000);
}

TEST_F(NvmlTest, AsksTheDeviceOfTheBusThatItIsGiven) {
  Say("FAKE_NVML_ENERGY", "1");
  EXPECT_EQ(Open("00000000:41:00.0")->rails()[0].unmetered, "");
  EXPECT_EQ(Open("00000000:42:00.0")->rails()[0].unmetered, "fake: 6");
}

TEST_F(NvmlTest, OrinSaysNotSupportedAndIsUnmetered) {
  Say("FAKE_NVML_FAILS", "energy=3");
  const auto meter = Open();
  EXPECT_EQ(meter->rails()[0].unmetered, "fake: 3");
  EXPECT_EQ(Read(*meter), std::nullopt);
}

TEST_F(NvmlTest, AMachineWithoutTheLibraryOrADeviceIsUnmetered) {
  const auto without = Nvml::Open({}, "libno-such-library.so.1");
  EXPECT_EQ(without->rails()[0].unmetered, "there is no libno-such-library.so.1");
  EXPECT_EQ(Read(*without), std::nullopt);
  Say("FAKE_NVML_FAILS", "init=9");
  EXPECT_EQ(Open()->rails()[0].unmetered, "fake: 9");
  Say("FAKE_NVML_FAILS", "handle=6");
  EXPECT_EQ(Open()->rails()[0].unmetered, "fake: 6");
}

TEST_F(NvmlTest, OfSeveralGpusOneIsReadOnlyIfItIsNamed) {
  Say("FAKE_NVML_ENERGY", "5");
  Say("FAKE_NVML_GPUS", "2");
  EXPECT_EQ(Open()->rails()[0].unmetered, "2 GPUs, and which one is used is not known");
  EXPECT_EQ(Read(*Open()), std::nullopt);
  EXPECT_EQ(Read(*Open("00000000:41:00.0")), 5'000);
}

TEST_F(NvmlTest, ALibraryThatIsAnotherOneIsUnmetered) {
  EXPECT_EQ(Nvml::Open({}, "libm.so.6")->rails()[0].unmetered,
            "libm.so.6 lacks a function");
}

TEST_F(NvmlTest, ACounterThatIsLostOrAbsurdIsNoReading) {
  Say("FAKE_NVML_ENERGY", "5");
  const auto meter = Open();
  Say("FAKE_NVML_ENERGY", "18446744073709551615");
  EXPECT_EQ(Read(*meter), std::nullopt);
  Say("FAKE_NVML_ENERGY", "6");
  Say("FAKE_NVML_FAILS", "energy=15");
  EXPECT_EQ(Read(*meter), std::nullopt);
}

TEST_F(NvmlTest, ShutsDownWhatItHasBegunAndNothingElse) {
  const TestFolder folder;
  const std::string mark = (folder / "shut").string();
  Say("FAKE_NVML_SHUT", mark);
  const auto shut = [&mark] { return std::remove(mark.c_str()) == 0; };
  Say("FAKE_NVML_FAILS", "init=9");
  Open().reset();
  EXPECT_FALSE(shut());
  Say("FAKE_NVML_FAILS", "handle=6");
  Open().reset();
  EXPECT_TRUE(shut());
}

}  // namespace
}  // namespace torpor::power
