#include "power/ina3221.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "power/sys_tree_under_test.h"

namespace torpor::power {
namespace {

std::vector<std::string> NamesOf(const Meter& meter) {
  std::vector<std::string> names;
  for (const Rail& rail : meter.rails()) names.push_back(rail.name);
  return names;
}

std::vector<Reading> ReadAll(Meter& meter) {
  std::vector<Reading> readings(meter.rails().size());
  meter.Read(readings);
  return readings;
}

const std::string kHwmon = std::string(kJetPack6) + "/hwmon/hwmon1/";

class Ina3221Test : public testing::Test {
 protected:
  // Of a lone rail whose voltage and current read so.
  Reading ReadingOf(std::string_view millivolts, std::string_view milliamps) {
    TreeUnderTest sys;
    PutOrinNano(sys, kJetPack6, "1");
    const auto meter = FindIna3221(sys.tree());
    sys.Put(kHwmon + "in1_input", millivolts);
    sys.Put(kHwmon + "curr1_input", milliamps);
    return ReadAll(*meter)[0];
  }

  TreeUnderTest sys_;
};

TEST_F(Ina3221Test, FindsTheRailsOfAnOrinNanoUnderEachJetPack) {
  for (const auto& [device, number] :
       std::initializer_list<std::pair<const char*, const char*>>{
           {kJetPack5, "3"}, {kJetPack6, "1"}, {kJetPack7, "0"}}) {
    TreeUnderTest sys;
    PutOrinNano(sys, device, number);
    const auto meter = FindIna3221(sys.tree());
    ASSERT_NE(meter, nullptr) << device;
    EXPECT_EQ(NamesOf(*meter),
              (std::vector<std::string>{"VDD_IN", "VDD_CPU_GPU_CV", "VDD_SOC"}));
    EXPECT_EQ(ReadAll(*meter), (std::vector<Reading>{8'000'000, 3'000'000, 2'000'000}));
    EXPECT_TRUE(meter->rails()[0].whole_machine);
    EXPECT_FALSE(meter->rails()[1].whole_machine);
    EXPECT_EQ(meter->rails()[0].tells, Rail::Tells::kPower);
  }
}

TEST_F(Ina3221Test, FindsThemByClassWhereTheDriverHasAnotherName) {
  PutOrinNano(sys_, kJetPack6, "1");
  sys_.Remove("sys/bus");
  sys_.Put("sys/class/hwmon/hwmon0/name", "tmp451");
  EXPECT_EQ(FindIna3221(sys_.tree())->rails().size(), 3U);
}

TEST_F(Ina3221Test, FindsTheOlderLayoutInEitherOfItsForms) {
  const std::string xavier = "sys/bus/i2c/drivers/ina3221x/1-0040/iio:device0/";
  sys_.Put({{xavier + "rail_name_0", "VDD_IN"},
            {xavier + "in_power0_input", "5123"},
            {xavier + "rail_name_1", "VDD_CPU_GPU_CV"},
            {xavier + "in_power1_input", "800"},
            {xavier + "rail_name_2", "NC"},
            {xavier + "in_power2_input", "0"}});
  const auto meter = FindIna3221(sys_.tree());
  ASSERT_NE(meter, nullptr);
  EXPECT_EQ(NamesOf(*meter), (std::vector<std::string>{"VDD_IN", "VDD_CPU_GPU_CV"}));
  EXPECT_EQ(ReadAll(*meter), (std::vector<Reading>{5'123'000, 800'000}));

  TreeUnderTest nano;
  const std::string chip = "sys/bus/iio/devices/iio:device0/";
  nano.Put({{chip + "rail_name_0", "POM_5V_IN"},
            {chip + "in_voltage0_input", "5072"},
            {chip + "in_current0_input", "400"}});
  const auto older = FindIna3221(nano.tree());
  ASSERT_NE(older, nullptr);
  EXPECT_EQ(ReadAll(*older), (std::vector<Reading>{2'028'800}));
  EXPECT_TRUE(older->rails()[0].whole_machine);
}

TEST_F(Ina3221Test, SkipsChannelsThatAreNotConnectedOrHaveNoLabelAndTheSum) {
  PutOrinNano(sys_, kJetPack6, "1");
  sys_.Put(kHwmon + "in2_label", "NC");
  sys_.Remove(kHwmon + "in3_label");
  EXPECT_EQ(NamesOf(*FindIna3221(sys_.tree())), std::vector<std::string>{"VDD_IN"});
}

TEST_F(Ina3221Test, ThereIsNoMeterWhereThereIsNoChip) {
  EXPECT_EQ(FindIna3221(sys_.tree()), nullptr);
  sys_.Put("sys/class/hwmon/hwmon0/name", "coretemp");
  EXPECT_EQ(FindIna3221(sys_.tree()), nullptr);
}

TEST_F(Ina3221Test, ARailThatCannotBeReadSaysWhy) {
  PutOrinNano(sys_, kJetPack6, "1");
  sys_.Remove(kHwmon + "curr2_input");
  sys_.Put(kHwmon + "in3_input", "abc");
  const auto meter = FindIna3221(sys_.tree());
  EXPECT_EQ(meter->rails()[0].unmetered, "");
  EXPECT_EQ(meter->rails()[1].unmetered, "No such file or directory");
  EXPECT_EQ(meter->rails()[2].unmetered, "what it tells is absurd");
  EXPECT_EQ(ReadAll(*meter), (std::vector<Reading>{8'000'000, {}, {}}));
}

TEST_F(Ina3221Test, AbsurdContentsAreNoReading) {
  EXPECT_EQ(ReadingOf("5000", "800"), 4'000'000);
  for (const char* text : {"", "abc", "99999999999999999999", "12x", "0x10", "5000 800",
                           "-9223372036854775809", "1e3"}) {
    EXPECT_EQ(ReadingOf(text, "800"), std::nullopt) << text;
    EXPECT_EQ(ReadingOf("5000", text), std::nullopt) << text;
  }
  EXPECT_EQ(ReadingOf("32761", "800"), std::nullopt) << "beyond the bus register";
  EXPECT_EQ(ReadingOf("-8", "800"), std::nullopt);
  EXPECT_EQ(ReadingOf("5000", "100001"), std::nullopt);
}

TEST_F(Ina3221Test, ALittleNegativeCurrentIsTheChipsOffsetAndMoreIsAbsurd) {
  EXPECT_EQ(ReadingOf("5000", "-8"), 0);
  EXPECT_EQ(ReadingOf("5000", "-50"), 0);
  EXPECT_EQ(ReadingOf("5000", "-51"), std::nullopt);
}

TEST_F(Ina3221Test, ALabelBecomesFitForALabelOfAMetric) {
  PutOrinNano(sys_, kJetPack6, "1");
  sys_.Put(kHwmon + "in1_label", "a \"b\\\x01" + std::string(100, 'x'));
  const std::string name(FindIna3221(sys_.tree())->rails()[0].name);
  EXPECT_EQ(name, "a??b??" + std::string(26, 'x'));
}

TEST_F(Ina3221Test, TwoRailsOfOneNameAreOne) {
  PutOrinNano(sys_, kJetPack6, "1");
  sys_.Put(kHwmon + "in2_label", "VDD_IN");
  EXPECT_EQ(NamesOf(*FindIna3221(sys_.tree())),
            (std::vector<std::string>{"VDD_IN", "VDD_SOC"}));
}

TEST_F(Ina3221Test, OfThousandsOfFoldersOnlySoManyRailsAreTakenAndNoMoreAreRead) {
  for (int i = 0; i < 10'000; ++i) {
    const std::string place = "sys/class/hwmon/hwmon" + std::to_string(i);
    sys_.Put(place + "/name", "ina3221");
    sys_.Put(place + "/in1_label", "R" + std::to_string(i));
  }
  std::size_t read = 0;
  sys_.tree().ObserveWith([&](std::string_view, SysTree::Access) { ++read; });
  EXPECT_EQ(FindIna3221(sys_.tree())->rails().size(), kMostRails);
  EXPECT_LT(read, 20 * kMostRails);
}

TEST_F(Ina3221Test, TheWindowIsTheShorterOneWhereTheKernelLeavesADoubt) {
  using std::chrono_literals::operator""ms;
  const auto window_of = [](std::string_view interval, std::string_view samples) {
    TreeUnderTest sys;
    PutOrinNano(sys, kJetPack6, "1");
    sys.Put(kHwmon + "update_interval", interval);
    sys.Put(kHwmon + "samples", samples);
    return FindIna3221(sys.tree())->rails()[0].window;
  };
  EXPECT_EQ(window_of("7", "1"), 7ms);
  EXPECT_EQ(window_of("7", "512"), 512 * 7ms) << "7 ms hold no 512 conversions";
  EXPECT_EQ(window_of("26", "4"), 26ms) << "4 x 7 ms, or 4 of 26 ms";
  EXPECT_EQ(window_of("3383", "512"), 3383ms);
  EXPECT_EQ(window_of("", "512"), 0ms);
  EXPECT_EQ(window_of("-7", "512"), 0ms);
  EXPECT_EQ(window_of("7", "9999999"), 7ms);
}

}  // namespace
}  // namespace torpor::power
