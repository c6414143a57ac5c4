// torpor fleet as a person calls it.
#include <set>
#include <sstream>

#include "cli/test_command.h"
#include "core/json_hosted.h"
#include "simulate/gateway.h"

namespace torpor::cli {
namespace {

using testing::HasSubstr;

using FleetCommand = Command;

TEST_F(FleetCommand, SimulateSaysWhatBecameOfAllRobots) {
  const Ran ran = Torpor("fleet simulate --robots 30 --for 2h");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.out, HasSubstr("30 robots, 2 h, as fast as it could"));
  EXPECT_THAT(ran.out, HasSubstr("in breach    of nothing, ever"));
}

TEST_F(FleetCommand, SimulatePlaysAScriptAndLinesBehindIt) {
  Write("night.txt", "10m 20m sim-0002 never-sleeps  # all but its last minute");
  const std::string command =
      "fleet simulate --robots 10 --script night.txt --fault \"20m 5m 3 hot-gpu\" --json";
  std::istringstream lines(Torpor(command).out);
  std::vector<nlohmann::json> said;
  for (std::string line; std::getline(lines, line);) {
    said.push_back(nlohmann::json::parse(line));
  }
  ASSERT_EQ(said.size(), 5U) << "two begin, two end, and the figures";
  EXPECT_EQ(said[0]["event"], "begins");
  EXPECT_EQ(said[0]["trouble"], "never-sleeps");
  EXPECT_EQ(said[0]["at_seconds"], 600);
  EXPECT_EQ(said[0]["robots"][0], "sim-0002");
  EXPECT_EQ(said[1]["trouble"], "hot-gpu");
  EXPECT_EQ(said[1]["robots"].size(), 3U);
  EXPECT_EQ(said[4]["robots"], 10);
  EXPECT_NEAR(said[4]["breached_cycles"]["duty_cycle"].get<double>(), 20, 1);
  EXPECT_NEAR(said[4]["breached_cycles"]["gpu_residency"].get<double>(), 15, 3);
}

TEST_F(FleetCommand, SimulatePushesForEachRobot) {
  const simulate::FaultGateway gateway;
  ASSERT_TRUE(gateway.ok());
  const Ran ran = Torpor("fleet simulate --robots 7 --for 3m --json -q --gateway " +
                         gateway.address());
  ASSERT_EQ(ran.exit_code, 0) << ran.out;
  const auto figures = nlohmann::json::parse(ran.out);
  EXPECT_EQ(figures["pushed"]["taken"], gateway.pushes());
  std::set<std::string> paths;
  for (const auto& page : gateway.pages()) paths.insert(page.path);
  EXPECT_EQ(paths.size(), 7U);
  EXPECT_TRUE(paths.contains("/metrics/job/torpor/instance/sim-0007"));
}

TEST_F(FleetCommand, SimulatePushesAsEachSinkWantsIt) {
  const simulate::FaultGateway gateway;
  ASSERT_TRUE(gateway.ok());
  const std::string command =
      "fleet simulate --robots 1 --for 2m -q --gateway " + gateway.address() + " --sink ";
  Good(command + "victoriametrics");
  ASSERT_FALSE(gateway.pages().empty());
  const auto page = gateway.pages().back();
  EXPECT_EQ(page.method, "POST");
  EXPECT_THAT(page.path, HasSubstr("/api/v1/import/prometheus?extra_label=job=torpor"));
  EXPECT_THAT(page.body, HasSubstr("\npush_time_seconds "));
  Refused(command + "textfile", 64, "usage (1)");
}

TEST_F(FleetCommand, SimulateRefusesWhatItCannotPlay) {
  Write("night.txt", "10m 5m 2 silent\n10m 5m 2 silly\n");
  Refused("fleet simulate --robots 9 --script night.txt", 65, "fleet-script (342)");
  Refused("fleet simulate --robots 9 --script night.txt", 65, "night.txt:2: 'silly'");
  Refused("fleet simulate --fault \"10m 5m 401 silent\"", 65, "--fault:1: '401'");
  Refused("fleet simulate --script none.txt", 66, "none.txt");
  Refused("fleet simulate --for yesterday", 64, "--for yesterday: not a time");
  Refused("fleet simulate --pace -1", 64, "--pace -1: not max, real or a number");
  Refused("fleet simulate --pace 1x", 64, "--pace 1x");
  Refused("fleet simulate --robots 10001", 64, "usage (1)");
  Refused("fleet simulate --gateway ftp://somewhere", 78, "ftp://somewhere");
  Refused("fleet simulate --contract none.toml", 66, "none.toml");
}

}  // namespace
}  // namespace torpor::cli
