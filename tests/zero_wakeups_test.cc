// Sleep that is proved by the kernel's count of context switches: over a whole sleep of
// the contract, no thread of torpord and of its children is scheduled, whatever is
// switched on; and a thread that somebody slips in is found.
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <map>
#include <thread>

#include "core/test_program.h"
#include "power/calibration.h"
#include "power/context_switches.h"
#include "power/interrupts.h"
#include "power/sys_tree_under_test.h"
#include "simulate/mosquitto_under_test.h"
#include "telemetry/trace_reader.h"
#include "telemetry/trace_writer.h"
#include "tests/real_time_bench.h"

namespace torpor::tests {
namespace {

namespace fs = std::filesystem;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using Steady = std::chrono::steady_clock;

// What `sleep` of the contracts here is.
constexpr auto kContractSleep = 1000ms;

// The processes that this one has started and that have not ended.
std::vector<int> ChildrenOf(int parent) {
  const power::SysTree machine;
  std::vector<int> children;
  for (const std::string& name : machine.List("proc")) {
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string stat = machine.Read("proc/" + name + "/stat").value_or("");
    const std::size_t behind = stat.rfind(") ");  // a name may hold anything
    if (behind == std::string::npos || stat.size() < behind + 5) continue;
    if (std::atoi(stat.c_str() + behind + 4) == parent)
      children.push_back(std::atoi(name.c_str()));
  }
  return children;
}

struct Stillness {
  Steady::duration lasted{};
  std::size_t threads = 0, children = 0;  // of torpord, and processes beside it
  power::Interrupted interrupts;          // of the whole machine, meanwhile
};

// Looks every 20 ms until no thread of the process and of its children was scheduled for
// as long as the contract's sleep, or half a minute has passed. The longest such time.
Stillness LongestStillness(int pid) {
  using Counts = std::map<int, std::vector<power::ThreadSwitches>>;
  const power::SysTree machine;
  Stillness longest;
  Counts still;
  auto since = Steady::now();
  std::string interrupts;
  for (const auto end = since + 30s; Steady::now() < end;) {
    const auto looked = Steady::now();
    Counts now;
    for (const int process : ChildrenOf(pid)) {
      if (auto threads = power::ReadContextSwitches(process); threads.ok())
        now[process] = *threads;
    }
    const auto own = power::ReadContextSwitches(pid);
    if (!own.ok()) return {};  // it has ended
    now[pid] = *own;
    if (now != still) {
      still = std::move(now);
      since = looked;
      interrupts = power::ReadInterrupts(machine).value_or(interrupts);
    } else if (looked - since > longest.lasted) {
      longest = {looked - since, own->size(), still.size() - 1, {}};
      if (longest.lasted >= kContractSleep) {
        if (const auto after = power::ReadInterrupts(machine))
          longest.interrupts =
              power::InterruptsBetween(interrupts, *after).value_or(power::Interrupted{});
        return longest;
      }
    }
    std::this_thread::sleep_for(20ms);
  }
  return longest;
}

void ExpectAWholeSleep(const Stillness& still, const char* with) {
  std::printf(
      "%s: 0 switches of %zu threads and %zu children in %lld ms, of which the contract "
      "asks %lld; the machine had %llu interrupts meanwhile: %s\n",
      with, still.threads, still.children,
      static_cast<long long>(
          std::chrono::duration_cast<Milliseconds>(still.lasted).count()),
      static_cast<long long>(kContractSleep.count()),
      static_cast<unsigned long long>(still.interrupts.times),
      still.interrupts.busiest.empty() ? "unknown" : still.interrupts.busiest.c_str());
  EXPECT_GE(still.lasted, kContractSleep) << with;
}

using ZeroWakeups = RealTime;

TEST_F(ZeroWakeups, NoThreadIsScheduledInAWholeSleep) {
  auto robot = StartRobot();
  ASSERT_TRUE(AwaitCycles(1)) << Contents(folder_ / "robot.err");
  ExpectAWholeSleep(LongestStillness(robot.pid()), "as it is");
  // And it was the robot as it is: with a trace of what it did.
  const auto trace = telemetry::TraceReader::Open(rig_.state() / telemetry::kTraceFile);
  ASSERT_TRUE(trace.ok());
  EXPECT_GE(trace->findings().whole, 1U);
}

// One into a pipe and one on a terminal, which script(1) gives it: whose clock goes on.
TEST_F(ZeroWakeups, NobodyWhoLooksOnWakesIt) {
  if (!HasPseudoTerminals()) {
    std::puts("NOT RUN: no pseudo-terminal: nobody looked on at a sleep");
    return;
  }
  auto robot = StartRobot();
  ASSERT_TRUE(AwaitCycles(1)) << Contents(folder_ / "robot.err");
  const std::string top =
      (Programs() / "torpor").string() + " top --state " + rig_.state().string();
  std::vector<simulate::Child> lookers;
  for (const std::string& line :
       {"exec " + top + " --json",
        "TERM=xterm LC_ALL=C exec script -qfc '" + top + "' /dev/null"}) {
    const std::string out = "top" + std::to_string(lookers.size());
    auto child = simulate::Child::Start({"/bin/sh", "-c", line}, {folder_ / out, {}});
    ASSERT_TRUE(child.ok());
    lookers.push_back(*std::move(child));
  }
  const auto seen = [&](const char* file, const char* text) {
    return Contents(folder_ / file).find(text) != std::string::npos;
  };
  ASSERT_TRUE(
      Await([&] { return seen("top0", "\"cycle\":2") && seen("top1", "CYCLE"); }));
  ExpectAWholeSleep(LongestStillness(robot.pid()), "with two who look on");
}

// systemd's end of the socket, where nobody answers.
class ServiceManager {
 public:
  explicit ServiceManager(const std::string& path)
      : listener_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(
        ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address),
        0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    ::setenv("WATCHDOG_USEC", "900000000", 1);
  }
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;
  ~ServiceManager() {
    Leave();
    ::close(listener_);
  }
  // Whoever is started from now on is no service.
  static void Leave() {
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
  }
  // What it was told since it was last asked, each followed by a bar.
  [[nodiscard]] std::string Told() const {
    std::string told;
    std::array<char, 512> text{};
    for (ssize_t size = 0;
         (size = ::recv(listener_, text.data(), text.size(), MSG_DONTWAIT)) > 0;) {
      told.append(text.data(), static_cast<std::size_t>(size)) += '|';
    }
    return told;
  }

 private:
  int listener_;
};

TEST_F(ZeroWakeups, AWatchdogOfSystemdIsFedAndWakesNobodyInASleep) {
  const ServiceManager systemd(folder_ / "notify");
  auto robot = StartRobot();
  ServiceManager::Leave();
  ASSERT_TRUE(AwaitCycles(2)) << Contents(folder_ / "robot.err");
  std::string told = systemd.Told();  // the socket holds no more than ten
  ExpectAWholeSleep(LongestStillness(robot.pid()), "with a watchdog to feed");
  told += systemd.Told();
  robot.Ask(SIGTERM);
  EXPECT_EQ(robot.Wait(), 0);
  told += systemd.Told();
  // Two periods of 2 s, and twice the second that its contract lets it be awake.
  EXPECT_TRUE(told.starts_with("READY=1|WATCHDOG_USEC=6000000\nWATCHDOG=1|")) << told;
  EXPECT_NE(told.find("|WATCHDOG=1\nSTATUS=cycle 2 under contract "), std::string::npos)
      << told;
  EXPECT_TRUE(told.ends_with("|STOPPING=1|")) << told;
}

// Its process rests between two inferences, context kept, as the calibration says.
class EveryOption : public RealTime {
 protected:
  EveryOption() : RealTime(Network::kThatMayStay) {}

  // Of this machine and of the shipped network, as `torpor calibrate` finds it, but for
  // the costs: on this pretended board staying pays.
  [[nodiscard]] fs::path Calibrate() const {
    power::TreeUnderTest board;
    power::PutOrinNano(board, power::kJetPack6, "1");
    const fs::path path = folder_ / "calibration";
    const std::string quick = "--rounds 2 --rest 0.1 --settle 0 --quiet";
    const std::string command =
        (Programs() / "torpor").string() + " calibrate --back-end child-cpu --axes 2 " +
        quick + " --sys-root " + board.root().string() + " --out " + path.string();
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    std::string problem;
    auto found = power::DecodeCalibration(Contents(path), problem);
    EXPECT_TRUE(found.ok()) << problem;
    const power::MachineIdentity measured = found->identity;
    found->identity = power::ReadMachine(power::SysTree());
    found->identity.back_end = measured.back_end;
    found->identity.model = measured.model;
    for (power::RungCost& rung : found->rungs) {
      const bool stays = rung.rung == contract::Residency::kContextKept;
      rung.exit = {stays ? 1'000 : 30'000'000};
      rung.exit_latency = 10ms;
      rung.exit_error = rung.enter_error = {};
      rung.parked_error = {};
    }
    folder_.Write("calibration", power::EncodeCalibration(*found));
    return path;
  }
};

TEST_F(EveryOption, OnWakesNobodyInAWholeSleep) {
  const fs::path calibration = Calibrate();
  // Each cycle ends with an alarm that is not taken, cut off at the deadline.
  RaiseAlarms(1);
  const simulate::FaultGateway deaf(simulate::GatewayFault::kHang);
  const simulate::MosquittoUnderTest mosquitto(folder_);
  const ServiceManager systemd(folder_ / "notify");
  std::vector<std::string> every = {"--backend",
                                    "child-cpu",
                                    "--calibration",
                                    calibration,
                                    "--meters",
                                    "auto",
                                    "--cpu-boost",
                                    "--bearing",
                                    "6205",
                                    "--lines",
                                    "json",
                                    "--refusal-gateway",
                                    gateway_.address(),
                                    "--alarm-webhook",
                                    deaf.address()};
  if (!mosquitto.Missing()) {
    every.insert(every.end(), {"--alarm-mqtt", "mqtt" + deaf.address().substr(4)});
  }
  auto robot = StartRobot(every);
  ServiceManager::Leave();
  // The network first runs when ten batches are in the commissioning.
  ASSERT_TRUE(AwaitCycles(14)) << Contents(folder_ / "robot.err");
  // On a busy machine it may have been late once, and was ended.
  Stillness still = LongestStillness(robot.pid());
  for (int i = 0; i < 5 && still.children == 0; ++i)
    still = LongestStillness(robot.pid());
  ExpectAWholeSleep(still, "with every option on");
  EXPECT_EQ(still.children, 1U)
      << "the network's process stays: " << Contents(folder_ / "robot.log");
  robot.Ask(SIGTERM);
  EXPECT_EQ(robot.Wait(), 0) << Contents(folder_ / "robot.err");
  const std::string lines = Contents(folder_ / "robot.log");
  for (const char* wrong : {"calibration-foreign", "too-many-wakeups"}) {
    EXPECT_EQ(lines.find(wrong), std::string::npos) << lines;
  }
  for (const char* sink : {"webhook: ", "mqtt: "}) {
    if (*sink == 'm' && mosquitto.Missing()) continue;
    EXPECT_NE(lines.find(sink), std::string::npos) << lines;
  }
  EXPECT_EQ(Undelivered(), 1U);
}

// The same torpord with a thread that polls every 100 ms, loaded into it from outside.
TEST_F(ZeroWakeups, APollerAddedByHandIsFound) {
  ::setenv("LD_PRELOAD", TORPOR_POLLER, 1);
  ::setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);  // a sanitizer lets it in, too
  auto robot = StartRobot({"--cycles", "6"});
  ::unsetenv("LD_PRELOAD");
  ::unsetenv("ASAN_OPTIONS");
  ASSERT_TRUE(AwaitCycles(1)) << Contents(folder_ / "robot.err");
  // No two snapshots are equal, at any time.
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

}  // namespace
}  // namespace torpor::tests
