// The real programs in real time: sleep that is proved by the kernel's count of context
// switches, a firmware that nobody stops, a robot that is killed at any moment.
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <thread>

#include "power/context_switches.h"
#include "telemetry/journal_reader.h"
#include "tests/bench_robot.h"

namespace torpor::tests {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

class RealTime : public BenchRobot {
 protected:
  RealTime() : rig_(MakeFastRig()), firmware_(StartFirmware()) {}

  simulate::Child StartFirmware() {
    const std::string path = (folder_ / "mcu.sock").string();
    auto firmware = rig_.StartFirmware({"--link", "socket:" + path},
                                       {"--simulate-bearing", "1", "--fault", "none"});
    EXPECT_TRUE(firmware.ok());
    for (int i = 0; i < 200 && !std::filesystem::exists(path); ++i) {
      std::this_thread::sleep_for(10ms);
    }
    return std::move(*firmware);
  }

  simulate::Child StartRobot(const std::vector<std::string>& more = {}) {
    auto robot = rig_.StartRobot({"--link", folder_ / "mcu.sock"}, more,
                                 {folder_ / "robot.log", folder_ / "robot.err"});
    EXPECT_TRUE(robot.ok());
    return std::move(*robot);
  }

  // Waits until the process has not been scheduled for 200 ms (the start of a sleep),
  // then counts over 80 % of the second that its contract lets it sleep.
  static std::uint64_t SwitchesInSleep(int pid) {
    for (int attempt = 0; attempt < 60; ++attempt) {
      const auto first = power::ReadContextSwitches(pid);
      std::this_thread::sleep_for(200ms);
      const auto second = power::ReadContextSwitches(pid);
      if (!first.ok() || !second.ok()) return ~0ULL;
      if (power::SwitchesBetween(*first, *second) != 0) continue;
      std::this_thread::sleep_for(800ms);
      const auto last = power::ReadContextSwitches(pid);
      if (!last.ok()) return ~0ULL;
      return power::SwitchesBetween(*second, *last);
    }
    return ~0ULL;  // it never slept
  }

  [[nodiscard]] std::vector<telemetry::CycleRecord> Cycles() const {
    const auto journal = telemetry::JournalReader::Open(rig_.state() / "journal.sqlite");
    if (!journal.ok()) return {};
    auto cycles = journal->Cycles(0, 1000);
    return cycles.ok() ? *cycles : std::vector<telemetry::CycleRecord>{};
  }

  simulate::Rig rig_;
  simulate::Child firmware_;
};

TEST_F(RealTime, NoThreadIsScheduledWhileTheRobotSleeps) {
  auto robot = StartRobot();
  std::this_thread::sleep_for(2500ms);  // it boots and runs its first cycle
  // The deadline of a whole sleep may fall into the window when the machine is slow; the
  // best of three is a sleep.
  std::uint64_t least = ~0ULL;
  for (int i = 0; i < 3 && least != 0; ++i)
    least = std::min(least, SwitchesInSleep(robot.pid()));
  EXPECT_EQ(least, 0U);
}

// systemd's end of the socket, where nobody answers, and a clamp that this kernel may not
// have: whatever is told is told while the robot is awake anyway.
TEST_F(RealTime, AWatchdogOfSystemdIsFedAndWakesNobodyInASleep) {
  const std::string path = (folder_ / "notify").string();
  const int listener = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address),
            0);
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  ::setenv("WATCHDOG_USEC", "900000000", 1);
  auto robot = StartRobot({"--cpu-boost", "--meters", "auto"});
  ::unsetenv("NOTIFY_SOCKET");
  ::unsetenv("WATCHDOG_USEC");
  std::this_thread::sleep_for(2500ms);
  std::uint64_t least = ~0ULL;
  for (int i = 0; i < 3 && least != 0; ++i)
    least = std::min(least, SwitchesInSleep(robot.pid()));
  std::printf("%llu switches in a sleep, with a watchdog to feed\n",
              static_cast<unsigned long long>(least));
  EXPECT_EQ(least, 0U);
  robot.Ask(SIGTERM);
  EXPECT_EQ(robot.Wait(), 0);

  std::string told;
  std::array<char, 512> text{};
  for (ssize_t size = 0;
       (size = ::recv(listener, text.data(), text.size(), MSG_DONTWAIT)) > 0;) {
    told.append(text.data(), static_cast<std::size_t>(size)) += '|';
  }
  ::close(listener);
  // Two periods of 2 s, and twice the second that its contract lets it be awake.
  EXPECT_TRUE(told.starts_with("READY=1|WATCHDOG_USEC=6000000\nWATCHDOG=1|")) << told;
  EXPECT_NE(told.find("|WATCHDOG=1\nSTATUS=cycle 2 under contract "), std::string::npos)
      << told;
  EXPECT_TRUE(told.ends_with("|STOPPING=1|")) << told;
}

TEST_F(RealTime, APollerAddedByHandIsFound) {
  // The same torpord with a thread that polls every 100 ms, loaded into it from outside.
  ::setenv("LD_PRELOAD", TORPOR_POLLER, 1);
  ::setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);  // a sanitizer lets it in, too
  auto robot = StartRobot({"--cycles", "5"});
  ::unsetenv("LD_PRELOAD");
  ::unsetenv("ASAN_OPTIONS");
  std::this_thread::sleep_for(2500ms);
  // No two snapshots are equal, at any time: the wait for a quiet start finds none.
  for (int i = 0; i < 8; ++i) {
    const auto before = power::ReadContextSwitches(robot.pid());
    std::this_thread::sleep_for(250ms);
    const auto after = power::ReadContextSwitches(robot.pid());
    ASSERT_TRUE(before.ok() && after.ok());
    EXPECT_GT(power::SwitchesBetween(*before, *after), 0U) << i;
  }
  EXPECT_EQ(robot.Wait(), 0) << Contents(folder_ / "robot.err");
  // And torpord itself has noticed.
  bool noticed = false;
  for (const auto& cycle : Cycles()) noticed = noticed || cycle.wakeups_asleep > 0;
  EXPECT_TRUE(noticed) << Contents(folder_ / "robot.log");
  EXPECT_NE(Contents(folder_ / "robot.log").find("while asleep: torpord ("),
            std::string::npos)
      << "the thread that polls has torpord's name";
}

TEST_F(RealTime, InfersOncePerCycleOnFreshDataAndPushesEachCycle) {
  auto robot = StartRobot({"--cycles", "5"});
  EXPECT_EQ(robot.Wait(), 0) << Contents(folder_ / "robot.err");
  const auto cycles = Cycles();
  ASSERT_EQ(cycles.size(), 5U);
  int inferred = 0;
  for (const auto& cycle : cycles) {
    if (!cycle.inferred) continue;
    ++inferred;
    EXPECT_LT(cycle.batch_age, 2400ms) << "cycle " << cycle.cycle;
    if (cycle.since_last_inference.count() > 0) {
      EXPECT_GE(cycle.since_last_inference, 1900ms) << "cycle " << cycle.cycle;
    }
    EXPECT_EQ(cycle.wakeups_asleep, 0U) << "cycle " << cycle.cycle;
  }
  EXPECT_GE(inferred, 3);
  EXPECT_EQ(gateway_.pushes(), 5U);
  const auto pages = gateway_.pages();
  EXPECT_EQ(pages.back().method, "PUT");
  EXPECT_EQ(pages.back().path, "/metrics/job/torpor/instance/robot-1");
}

TEST_F(RealTime, AKilledRobotGoesOnWhereItsJournalEnds) {
  for (int i = 0; i < 4; ++i) {
    auto robot = StartRobot();
    std::this_thread::sleep_for(1300ms + i * 700ms);  // asleep, awake, in between
    robot.Ask(SIGKILL);
    EXPECT_EQ(robot.Wait(), 128 + SIGKILL);
  }
  auto robot = StartRobot({"--cycles", "3"});
  EXPECT_EQ(robot.Wait(), 0) << Contents(folder_ / "robot.err");
  const auto cycles = Cycles();
  ASSERT_GE(cycles.size(), 4U);
  std::uint64_t last_batch = 0;
  for (std::size_t i = 0; i < cycles.size(); ++i) {
    EXPECT_EQ(cycles[i].cycle, i + 1) << "no cycle is lost and none is told twice";
    if (!cycles[i].inferred) continue;
    EXPECT_GT(cycles[i].batch_sequence, last_batch) << "no batch is inferred twice";
    last_batch = cycles[i].batch_sequence;
    if (cycles[i].since_last_inference.count() > 0) {
      EXPECT_GE(cycles[i].since_last_inference, 1900ms) << "cycle " << i + 1;
    }
  }
}

TEST_F(RealTime, AFirmwareThatRestartsIsGreetedAgain) {
  auto robot = StartRobot({"--cycles", "7"});
  std::this_thread::sleep_for(4500ms);
  firmware_.Ask(SIGKILL);
  firmware_.Wait();
  std::filesystem::remove(folder_ / "mcu.sock");
  firmware_ = StartFirmware();
  EXPECT_EQ(robot.Wait(), 0) << Contents(folder_ / "robot.err");
  const auto cycles = Cycles();
  ASSERT_EQ(cycles.size(), 7U);
  EXPECT_TRUE(cycles.back().inferred || cycles[5].inferred)
      << Contents(folder_ / "robot.log");
}

TEST_F(RealTime, ASlowGatewayCostsItsStepAndNoMore) {
  for (const auto fault :
       {simulate::GatewayFault::kHang, simulate::GatewayFault::kDrip,
        simulate::GatewayFault::kReset, simulate::GatewayFault::kRubbish}) {
    gateway_.set_fault(fault);
    auto robot = StartRobot({"--cycles", "2"});
    EXPECT_EQ(robot.Wait(), 0) << Contents(folder_ / "robot.err");
  }
  int failed = 0;
  for (const auto& cycle : Cycles()) {
    const auto report = cycle.phases[static_cast<std::size_t>(telemetry::Phase::kReport)];
    EXPECT_LT(report, 1000ms) << "300 ms are the contract's; the rest is a slow machine";
    for (const auto& deviation : cycle.deviations) {
      failed += static_cast<int>(deviation.what) / 100 == 6 ? 1 : 0;
    }
  }
  EXPECT_GE(failed, 4) << "each fault is a counted deviation";
}

}  // namespace
}  // namespace torpor::tests
