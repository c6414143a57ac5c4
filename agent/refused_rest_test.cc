#include "agent/refused_rest.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include "core/test_folder.h"
#include "power/context_switches.h"
#include "simulate/child.h"

namespace torpor::agent {
namespace {

simulate::Child Refusing(const TestFolder& folder, std::vector<std::string> more) {
  const auto at = [&](const char* name) { return (folder / name).string(); };
  std::vector<std::string> argv{TORPOR_BINARY_DIR "/bin/torpord",
                                "--robot-id",
                                "amr-17",
                                "--contract",
                                at("none"),
                                "--keyring",
                                at("none"),
                                "--pairing",
                                at("none"),
                                "--baseline",
                                at("none"),
                                "--state",
                                at("state"),
                                "--link",
                                at("none")};
  argv.insert(argv.end(), more.begin(), more.end());
  auto child = simulate::Child::Start(argv, {folder / "out", folder / "err"});
  EXPECT_TRUE(child.ok());
  for (int i = 0; i < 200 && folder.Slurp("err").empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return std::move(*child);
}

TEST(RefusedRest, StaysAsleepAndEndsWithItsReasonWhenAsked) {
  const TestFolder folder;
  simulate::Child torpord = Refusing(folder, {"--after-refusal", "sleep"});
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  ASSERT_TRUE(torpord.running()) << folder.Slurp("err");
  const auto before = power::ReadContextSwitches(torpord.pid());
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  const auto after = power::ReadContextSwitches(torpord.pid());
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_EQ(power::SwitchesBetween(*before, *after), 0U) << "it was woken meanwhile";
  torpord.Ask(SIGTERM);
  EXPECT_TRUE(IsFinal(torpord.Wait()));
}

TEST(RefusedRest, EndsAtOnceUnlessToldToSleep) {
  const TestFolder folder;
  EXPECT_TRUE(IsFinal(Refusing(folder, {}).Wait()));
}

TEST(RefusedRest, TheServiceManagerIsToldTheSameCodes) {
  std::ifstream file(TORPOR_SOURCE_DIR "/deploy/systemd/torpord.service");
  const std::string unit{std::istreambuf_iterator<char>(file), {}};
  std::smatch line;
  ASSERT_TRUE(
      std::regex_search(unit, line, std::regex("RestartPreventExitStatus=([0-9 ]+)")));
  std::string told;
  for (int code = 0; code < 256; ++code) {
    if (IsFinal(code)) told += (told.empty() ? "" : " ") + std::to_string(code);
  }
  EXPECT_EQ(line[1], told);
}

}  // namespace
}  // namespace torpor::agent
