// The microcontroller's image under QEMU with the real torpord: what real_time_test and
// night_test show of the host's firmware, of the machine code itself.
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "simulate/night.h"
#include "telemetry/journal_reader.h"
#include "tests/bench_robot.h"
#include "tests/image_bench.h"

namespace torpor::tests {
namespace {

namespace fs = std::filesystem;
using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ms;
using simulate::RunNight;

class FirmwareImage : public BenchRobot {
 protected:
  [[nodiscard]] std::string socket() const { return (folder_ / "mcu.sock").string(); }

  simulate::Child StartFirmware(simulate::Rig& rig,
                                const std::vector<std::string>& more = {}) const {
    std::vector<std::string> sensor = {"--simulate-bearing", "1", "--fault", "none"};
    sensor.insert(sensor.end(), more.begin(), more.end());
    auto firmware = rig.StartFirmware({"--link", "socket:" + socket()}, sensor);
    EXPECT_TRUE(firmware.ok());
    for (int i = 0; i < 300 && !fs::exists(socket()); ++i) {
      std::this_thread::sleep_for(10ms);
    }
    return std::move(*firmware);
  }

  static std::vector<telemetry::CycleRecord> Cycles(const simulate::Rig& rig) {
    const auto journal = telemetry::JournalReader::Open(rig.state() / "journal.sqlite");
    if (!journal.ok()) return {};
    auto cycles = journal->Cycles(0, 1000);
    return cycles.ok() ? *cycles : std::vector<telemetry::CycleRecord>{};
  }

  // The table of the image's parts; its last line says what is too large.
  int Table(std::size_t stack, const std::string& more, std::string& last) const {
    const fs::path out = folder_ / "size-table.txt";
    const std::string line =
        "python3 -B '" TORPOR_SOURCE_DIR "/firmware/port/mps2_an386/size_table.py' '" +
        std::string(kImage) + "' '" TORPOR_FIRMWARE_BUILD "' --stack " +
        std::to_string(stack) + " " + more + " > '" + out.string() + "'";
    const int status = std::system(line.c_str());
    const std::string text = Contents(out);
    std::printf("%s", text.c_str());
    last = text.substr(text.rfind('\n', text.size() - 2) + 1);
    return WEXITSTATUS(status);
  }
};

TEST_F(FirmwareImage, AgreesAndInfersOncePerCycleInRealTime) {
  if (ImageMissing()) return;
  simulate::Rig rig = MakeFastRig(simulate::kFirmwareQemu);
  auto firmware = StartFirmware(rig);
  EXPECT_EQ(RunRobot(rig, {"--link", socket()}, {"--cycles", "8"}), 0)
      << Contents(folder_ / "robot.err") << Contents(rig.firmware_log());
  int inferred = 0;
  bool in_step =
      false;  // once at least: a machine that runs other things is late at times
  for (const auto& cycle : Cycles(rig)) {
    EXPECT_EQ(cycle.wakeups_asleep, 0U) << "cycle " << cycle.cycle;
    if (!cycle.inferred) continue;
    ++inferred;
    EXPECT_LT(cycle.batch_age, 2400ms) << "cycle " << cycle.cycle;
    if (cycle.since_last_inference.count() > 0) {
      EXPECT_GE(cycle.since_last_inference, 1800ms) << "cycle " << cycle.cycle;
      in_step = in_step || cycle.since_last_inference < 2300ms;
    }
  }
  EXPECT_GE(inferred, 4) << Contents(folder_ / "robot.log");
  EXPECT_TRUE(in_step) << Contents(folder_ / "robot.log");
  EXPECT_TRUE(firmware.running());

  std::string last;
  EXPECT_EQ(Table(DeepestStack(rig), "", last), 0) << last;
  EXPECT_GT(DeepestStack(rig), 2000U) << "it has verified a signature";
  // And the budget is one.
  EXPECT_EQ(Table(DeepestStack(rig), "--budget flash=4096", last), 1);
  EXPECT_TRUE(last.starts_with("over budget: the image takes ")) << last;
}

TEST_F(FirmwareImage, DropsAndCountsWhatNobodyFetched) {
  if (ImageMissing()) return;
  simulate::Rig rig = MakeFastRig(simulate::kFirmwareQemu);
  auto firmware = StartFirmware(rig);
  EXPECT_EQ(RunRobot(rig, {"--link", socket()}, {"--cycles", "2"}), 0);
  // Seven windows pass, three are kept, and the next robot gets the newest of them.
  std::this_thread::sleep_for(14'000ms);
  EXPECT_EQ(RunRobot(rig, {"--link", socket()}, {"--cycles", "3"}), 0);
  std::uint64_t dropped = 0;
  for (const auto& cycle : Cycles(rig)) {
    dropped += cycle.dropped_overrun;
    EXPECT_TRUE(!cycle.inferred || cycle.batch_age < 2400ms) << "cycle " << cycle.cycle;
  }
  EXPECT_GE(dropped, 4U);
}

TEST_F(FirmwareImage, RefusesAnotherContractAndNamesTheParameter) {
  if (ImageMissing()) return;
  simulate::Rig rig = MakeFastRig(simulate::kFirmwareQemu);
  Must(rig.SignAnother("other", {}, {"[sleep]", "awake_wakeups_max = 1999"}));
  Must(rig.Provision("other"));
  auto firmware = StartFirmware(rig);
  EXPECT_EQ(RunRobot(rig, {"--link", socket(), "--cycles", "5"}), 78);
  const auto line = Refusal();
  ASSERT_TRUE(line.is_object()) << Contents(folder_ / "robot.err");
  EXPECT_EQ(line["where"], "awake_wakeups_max") << line;
  const std::string words = Contents(rig.firmware_log());
  EXPECT_NE(words.find("\"reason\":1041"), std::string::npos) << words;
  EXPECT_NE(words.find("1999"), std::string::npos) << words;
  std::string last;
  EXPECT_EQ(Table(DeepestStack(rig), "", last), 0) << last;
}

// An hour under the broker, the cable out for ten minutes of it.
simulate::NightOptions Hour(const fs::path& folder, const char* firmware) {
  simulate::NightOptions night;
  night.name = firmware;
  night.rig.folder = folder / firmware;
  night.rig.programs = Programs();
  night.rig.firmware = firmware;
  night.rig.base = "bench-10s";
  night.life = 1h;
  night.sensor = {"--simulate-bearing", "3", "--hours", "1", "--fault", "none"};
  night.baseline = {"--quiet", "--simulated", "3"};
  night.outages.push_back(
      {Instant(20min), Instant(30min), simulate::Outage::Seen::kAsDeviceGone});
  night.lines = false;
  return night;
}

TEST_F(FirmwareImage, LivesACompressedHourToTheByteAsTheHostsFirmwareDoes) {
  if (ImageMissing()) return;
  const auto image = Hour(folder_, simulate::kFirmwareQemu);
  const auto night = RunNight(image);
  ASSERT_TRUE(night.ok()) << night.refusal().what;
  const auto& sum = night->summary;
  EXPECT_EQ(sum.inferences, sum.cycles_with_batch - sum.dropped_stale);
  EXPECT_GE(sum.inferences, 290U);
  EXPECT_GE(sum.dropped_overrun, 50U) << "what piled up was dropped and counted";
  EXPECT_LE(sum.oldest_batch, night->terms.max_batch_age);

  const auto host = Hour(folder_, simulate::kFirmwareHost);
  ASSERT_TRUE(RunNight(host).ok());
  const std::string lines = Contents(image.rig.folder / "robot.log");
  EXPECT_GT(lines.size(), 20'000U);
  EXPECT_TRUE(lines == Contents(host.rig.folder / "robot.log"))
      << "the two firmwares were told the same and did not do the same";
}

// Its own computing takes time now, by the instruction; the promises hold all the same.
TEST_F(FirmwareImage, KeepsItsPromisesWhenEachInstructionTakesTime) {
  if (ImageMissing()) return;
  auto options = Hour(folder_, simulate::kFirmwareQemu);
  options.sensor.insert(options.sensor.end(), {"--tell", "counted"});
  const auto night = RunNight(options);
  ASSERT_TRUE(night.ok()) << night.refusal().what;
  const auto& sum = night->summary;
  EXPECT_EQ(sum.inferences, sum.cycles_with_batch - sum.dropped_stale);
  EXPECT_GE(sum.inferences, 290U);
  EXPECT_GE(sum.dropped_overrun, 50U);
  EXPECT_LE(sum.oldest_batch, night->terms.max_batch_age);
}

}  // namespace
}  // namespace torpor::tests
