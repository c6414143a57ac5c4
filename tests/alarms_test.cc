// Alarms on their way out of the real torpord: through receivers that are down, that take
// and do not say so, and through its own death at the worst moment.
#include <signal.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "simulate/mosquitto_under_test.h"
#include "tests/real_time_bench.h"

namespace torpor::tests {
namespace {

using simulate::FaultGateway;
using simulate::GatewayFault;

class Alarms : public RealTime {
 protected:
  Alarms() = default;
  explicit Alarms(const std::vector<std::string>& tables) : RealTime(tables) {}

  [[nodiscard]] bool Journalled(Status what) const {
    for (const auto& cycle : Cycles()) {
      for (const auto& deviation : cycle.deviations) {
        if (deviation.what == what) return true;
      }
    }
    return false;
  }
  // How often each id arrived at a web server, by what its bodies say.
  static std::map<std::string, int> Arrived(const FaultGateway& server) {
    std::map<std::string, int> ids;
    for (const auto& page : server.pages()) {
      const auto body = nlohmann::json::parse(page.body, nullptr, false);
      EXPECT_TRUE(body.is_object()) << page.body;
      if (!body.is_object()) continue;
      const std::string id = body.value("id", "");
      EXPECT_NE(page.head.find("\r\nIdempotency-Key: " + id + "\r\n"), std::string::npos)
          << page.head;
      ++ids[id];
    }
    return ids;
  }

  FaultGateway hook_;
};

TEST_F(Alarms, ArriveThroughAnOutageAndADeathBetweenSendingAndAcknowledging) {
  RaiseAlarms(10);
  hook_.set_fault(GatewayFault::kReset);
  const std::vector<std::string> to_hook = {"--alarm-webhook", hook_.address() + "/in"};
  auto robot = StartRobot(to_hook);
  ASSERT_TRUE(Await([&] { return Journalled(Status::kAlarmSinkDown); }));
  EXPECT_EQ(Undelivered(), 10U);
  // It takes one alarm and dies before it has said so, and so does torpord.
  hook_.set_fault(GatewayFault::kMute);
  ASSERT_TRUE(Await([&] { return hook_.pushes() > 0; }));
  robot.Ask(SIGKILL);
  EXPECT_EQ(robot.Wait(), 128 + SIGKILL);
  EXPECT_EQ(Undelivered(), 10U);

  hook_.set_fault(GatewayFault::kNone);
  robot = StartRobot(to_hook);
  ASSERT_TRUE(Await([&] { return Undelivered() == 0; }))
      << Contents(folder_ / "robot.err");
  const auto arrived = Arrived(hook_);
  EXPECT_EQ(arrived.size(), 10U);
  for (int i = 1; i <= 10; ++i) {
    EXPECT_EQ(arrived.count("bench-" + std::to_string(i)), 1U) << i;
  }
  EXPECT_GT(arrived.at("bench-1"), 1) << "with the same id";

  // What is acknowledged is not sent again, not after a restart either.
  const std::uint64_t pushes = hook_.pushes();
  robot.Ask(SIGTERM);
  EXPECT_EQ(robot.Wait(), 0);
  const std::size_t cycles = Cycles().size();
  robot = StartRobot(to_hook);
  EXPECT_TRUE(AwaitCycles(cycles + 2));
  EXPECT_EQ(hook_.pushes(), pushes);
}

TEST_F(Alarms, ThatAreNotTakenLetTheMetricsThrough) {
  RaiseAlarms(1);
  for (const GatewayFault fault :
       {GatewayFault::kHang, GatewayFault::kDrip, GatewayFault::kHuge}) {
    hook_.set_fault(fault);
    hook_.set_drip_interval(Milliseconds(20));
    const std::uint64_t pushes = gateway_.pushes();
    const std::uint64_t asked = hook_.connections();
    auto robot = StartRobot({"--alarm-webhook", hook_.address()});
    EXPECT_TRUE(Await([&] {
      return gateway_.pushes() > pushes + 2 && hook_.connections() > asked + 1;
    })) << Contents(folder_ / "robot.err");
    robot.Ask(SIGTERM);
    EXPECT_EQ(robot.Wait(), 0);
  }
  EXPECT_EQ(Undelivered(), 1U);
  EXPECT_EQ(hook_.pushes(), 0U);
}

// Broken in each cycle: nobody is awake for a whole cycle and scheduled once.
class AlarmsOfABrokenContract : public Alarms {
 protected:
  AlarmsOfABrokenContract()
      : Alarms(std::vector<std::string>{"[sleep]", "awake_wakeups_max = 1"}) {}
};

TEST_F(AlarmsOfABrokenContract, AreOneThroughRestartsAndSayWhatIsBroken) {
  const std::vector<std::string> to_hook = {"--alarm-webhook", hook_.address()};
  auto robot = StartRobot(to_hook);
  ASSERT_TRUE(Await([&] { return hook_.pushes() > 0; }))
      << Contents(folder_ / "robot.err");
  robot.Ask(SIGKILL);
  EXPECT_EQ(robot.Wait(), 128 + SIGKILL);
  for (int restart = 0; restart < 2; ++restart) {
    const std::size_t cycles = Cycles().size();
    robot = StartRobot(to_hook);
    ASSERT_TRUE(AwaitCycles(cycles + 7)) << Contents(folder_ / "robot.err");
    robot.Ask(SIGTERM);
    EXPECT_EQ(robot.Wait(), 0);
  }
  EXPECT_EQ(Undelivered(), 0U);
  const auto arrived = Arrived(hook_);
  ASSERT_EQ(arrived.size(), 1U);
  const auto body = nlohmann::json::parse(hook_.pages().front().body);
  EXPECT_EQ(body["kind"], "contract");
  EXPECT_EQ(body["robot"], "robot-1");
  EXPECT_EQ(body["clause"], "wakeups");
  EXPECT_EQ(body["since_cycle"].get<int>() + 2, body["cycle"].get<int>());
  EXPECT_GT(body["measured"].get<double>(), body["allowed"].get<double>());
}

class AlarmsByMqtt : public Alarms {
 protected:
  // How often each id arrived at a subscriber.
  [[nodiscard]] std::map<std::string, int> Heard() const {
    std::map<std::string, int> ids;
    std::istringstream lines(mosquitto_.heard());
    const std::string before = "torpor/robot-1/alarm 0 ";
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with(before)) continue;
      const auto body = nlohmann::json::parse(line.substr(before.size()), nullptr, false);
      if (body.is_object()) ++ids[body.value("id", "")];
    }
    return ids;
  }
  [[nodiscard]] bool JournalledThat(const std::string& detail) const {
    for (const auto& cycle : Cycles()) {
      for (const auto& deviation : cycle.deviations) {
        if (deviation.detail.find(detail) != std::string::npos) return true;
      }
    }
    return false;
  }

  simulate::MosquittoUnderTest mosquitto_{folder_};
};

TEST_F(AlarmsByMqtt, ArriveThroughOutagesAndDeathsAndLeaveNothingBehind) {
  if (mosquitto_.Missing()) return;
  RaiseAlarms(30);
  const std::vector<std::string> to_both = {"--alarm-mqtt", mosquitto_.url(),
                                            "--alarm-webhook", hook_.address()};
  auto robot = StartRobot(to_both);
  ASSERT_TRUE(Await([&] { return JournalledThat("mqtt: Connection refused"); }));
  ASSERT_TRUE(mosquitto_.Start()) << Contents(folder_ / "mosquitto.log");
  ASSERT_TRUE(Await([&] { return JournalledThat("mqtt: nobody has subscribed"); }));
  EXPECT_EQ(Undelivered(), 30U);
  ASSERT_TRUE(mosquitto_.Subscribe());
  // Killed whenever something has arrived, which it may not have heard of.
  for (std::size_t arrived = 0, kills = 0; kills < 3 && Undelivered() > 0; ++kills) {
    ASSERT_TRUE(Await([&] { return Heard().size() > arrived; }));
    robot.Ask(SIGKILL);
    EXPECT_EQ(robot.Wait(), 128 + SIGKILL);
    arrived = Heard().size();
    robot = StartRobot(to_both);
  }
  // An outage in the middle of it.
  mosquitto_.Stop();
  ASSERT_TRUE(mosquitto_.Start());
  ASSERT_TRUE(Await([&] { return Undelivered() == 0; }))
      << Contents(folder_ / "robot.err");
  ASSERT_TRUE(Await([&] { return Heard().size() == 30; })) << mosquitto_.heard();
  EXPECT_EQ(Arrived(hook_).size(), 30U);
  for (int i = 1; i <= 30; ++i) {
    EXPECT_EQ(Heard().count("bench-" + std::to_string(i)), 1U) << i;
  }
  // What it took to send them is in nobody's memory, and nothing is sent again.
  const std::string maps = Contents("/proc/" + std::to_string(robot.pid()) + "/maps");
  EXPECT_NE(maps.find("torpord"), std::string::npos);
  EXPECT_EQ(maps.find("libmosquitto"), std::string::npos);
  EXPECT_EQ(maps.find("libssl"), std::string::npos);
  const auto heard = Heard();
  robot.Ask(SIGTERM);
  EXPECT_EQ(robot.Wait(), 0);
  const std::size_t cycles = Cycles().size();
  robot = StartRobot(to_both);
  EXPECT_TRUE(AwaitCycles(cycles + 2));
  EXPECT_EQ(Heard(), heard);
}

TEST_F(AlarmsByMqtt, ABrokerThatIsNoneLetsTheMetricsThrough) {
  if (mosquitto_.Missing()) return;
  RaiseAlarms(1);
  for (const GatewayFault fault : {GatewayFault::kHang, GatewayFault::kHuge}) {
    hook_.set_fault(fault);
    const std::uint64_t pushes = gateway_.pushes();
    const std::uint64_t asked = hook_.connections();
    auto robot = StartRobot({"--alarm-mqtt", "mqtt" + hook_.address().substr(4)});
    EXPECT_TRUE(Await([&] {
      return gateway_.pushes() > pushes + 2 && hook_.connections() > asked + 1;
    })) << Contents(folder_ / "robot.err");
    robot.Ask(SIGTERM);
    EXPECT_EQ(robot.Wait(), 0);
  }
  EXPECT_EQ(Undelivered(), 1U);
}

}  // namespace
}  // namespace torpor::tests
