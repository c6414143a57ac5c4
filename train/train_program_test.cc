// torpor-train as a user runs it, on recordings that the test makes.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "core/json_hosted.h"
#include "core/test_folder.h"
#include "core/test_program.h"
#include "simulate/random.h"
#include "simulate/recording_test_files.h"

namespace torpor::train {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kProgram = TORPOR_BINARY_DIR "/bin/torpor-train";
// Small enough for a test; everything else as it is.
const std::string kSmall =
    " --machines 4 --batch 16 --warm-up 2 --width 16 --layers 1 --heads 2 "
    "--hidden 16 --validation-pairs 20 --faults 40 ";

Ran TorporTrain(const std::string& words, const std::string& before = "") {
  const std::string line = before + kProgram + " " + words + " 2>&1";
  return RunLine(line);
}

// A run that is killed without warning once it has written a checkpoint.
bool KillAtACheckpoint(const std::string& words, const fs::path& checkpoint) {
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string line = std::string("exec ") + kProgram + " " + words;
    ::execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
    ::_exit(127);
  }
  std::error_code ignored;
  for (int i = 0; i < 6000 && !fs::exists(checkpoint, ignored); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ::kill(child, SIGKILL);
  int state = 0;
  ::waitpid(child, &state, 0);
  return WIFSIGNALED(state) && WTERMSIG(state) == SIGKILL;
}

// Ninety looks of bench-10s, of noise and a tone.
simulate::Audio Looks(int seed, int windows = 90) {
  simulate::Audio audio;
  audio.rate = 25'600;
  audio.format = simulate::kWavFloat;
  audio.frames = windows * 2560;
  auto random = std::make_shared<simulate::Random>(
      simulate::Random({static_cast<std::uint64_t>(seed)}));
  audio.sample = [random, seed](int frame, int) {
    return 0.01 * (random->Normal() + std::sin(0.1 * (seed + 3) * frame));
  };
  return audio;
}

class TrainProgram : public testing::Test {
 protected:
  void Record(const std::string& id, const simulate::Audio& audio) {
    simulate::WriteAudio(folder_ / (id + ".wav"), audio);
    nlohmann::json entry{
        {"id", id},    {"file", id + ".wav"},    {"sample_rate_hz", audio.rate},
        {"unit", "g"}, {"condition", "healthy"}, {"licence", "CC0-1.0"}};
    for (int c = 0; c < audio.channels; ++c) {
      entry["channels"].push_back(
          {{"name", std::string(1, "xyz"[c])}, {"full_scale", 50}});
    }
    manifest_["recordings"].push_back(entry);
    folder_.Write("manifest.json", manifest_.dump());
  }
  void RecordFleet() {
    for (int i = 1; i <= 3; ++i) Record("pump-" + std::to_string(i), Looks(i));
  }
  [[nodiscard]] std::string Data() const { return "--data " + folder_.string(); }
  [[nodiscard]] std::string Out(const std::string& name) const {
    return " -o " + (folder_ / name).string();
  }
  void ExpectRefusal(const std::string& words, int exit_code, const std::string& says) {
    const Ran ran = TorporTrain(words + " --quiet");
    EXPECT_EQ(ran.exit_code, exit_code) << ran.out;
    EXPECT_THAT(ran.out, HasSubstr(says));
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1) << ran.out;
  }

  TestFolder folder_;
  nlohmann::json manifest_;
};

TEST_F(TrainProgram, MakesAModelAndItsCard) {
  RecordFleet();
  const Ran fit = TorporTrain("fit " + Data() + kSmall + "--steps 4 --exclude pump-3" +
                              Out("a.model"));
  ASSERT_EQ(fit.exit_code, 0) << fit.out;
  EXPECT_THAT(fit.out, HasSubstr("listening to pump-1"));
  EXPECT_THAT(fit.out, HasSubstr("AUROC there"));
  EXPECT_FALSE(fs::exists(folder_ / "a.model.checkpoint"));

  const auto card = nlohmann::json::parse(folder_.Slurp("a.card.json"));
  EXPECT_EQ(card.at("data").size(), 2U);
  EXPECT_EQ(card.at("data").at(0).at("licence"), "CC0-1.0");
  EXPECT_EQ(card.at("data").at(0).at("sha256").get<std::string>().size(), 64U);
  EXPECT_EQ(card.at("not_seen").at(0), "pump-3");
  const Ran shown = TorporTrain("card " + (folder_ / "a.model").string());
  EXPECT_EQ(shown.exit_code, 0);
  EXPECT_THAT(shown.out, HasSubstr("data[0].id: pump-1\n"));
  EXPECT_THAT(shown.out, HasSubstr("seed: 1\n"));

  ExpectRefusal("fit " + Data() + Out("a.model"), 64, "file-exists (8)");
  folder_.Write("a.model", folder_.Slurp("a.model") + "x");
  const Ran torn = TorporTrain("card " + (folder_ / "a.model").string());
  EXPECT_EQ(torn.exit_code, 65);
  EXPECT_THAT(torn.out, HasSubstr("card-mismatch (383)"));
}

TEST_F(TrainProgram, ContinuesAfterAKillToTheSameBytes) {
  RecordFleet();
  const std::string run = "fit " + Data() + kSmall +
                          "--steps 400 --dropout 0.1 --checkpoint-seconds 0 --quiet";
  ASSERT_EQ(TorporTrain(run + Out("whole.model")).exit_code, 0);
  ASSERT_TRUE(
      KillAtACheckpoint(run + Out("killed.model"), folder_ / "killed.model.checkpoint"));
  ASSERT_FALSE(fs::exists(folder_ / "killed.model"));
  const Ran resumed = TorporTrain(run + " --threads 2 --resume" + Out("killed.model"));
  ASSERT_EQ(resumed.exit_code, 0) << resumed.out;
  EXPECT_EQ(folder_.Slurp("killed.model"), folder_.Slurp("whole.model"));
  EXPECT_EQ(folder_.Slurp("killed.card.json"), folder_.Slurp("whole.card.json"));
}

TEST_F(TrainProgram, AFullDiskCostsALineAndNoCheckpoint) {
  RecordFleet();
  const std::string run =
      "fit " + Data() + kSmall + "--steps 400 --checkpoint-seconds 0 --quiet";
  ASSERT_TRUE(KillAtACheckpoint(run + Out("a.model"), folder_ / "a.model.checkpoint"));
  const std::string before = folder_.Slurp("a.model.checkpoint");
  const Ran full = TorporTrain(run + " --resume" + Out("a.model"), "ulimit -f 8; exec ");
  EXPECT_EQ(full.exit_code, 74) << full.out;  // the model does not fit either
  EXPECT_THAT(full.out,
              HasSubstr("no checkpoint could be written, an older one stays: "));
  EXPECT_THAT(full.out, HasSubstr("io (4)"));
  EXPECT_EQ(std::count(full.out.begin(), full.out.end(), '\n'), 2) << full.out;
  EXPECT_EQ(folder_.Slurp("a.model.checkpoint"), before);
  EXPECT_EQ(TorporTrain(run + " --resume" + Out("a.model")).exit_code, 0);
}

TEST_F(TrainProgram, DoesNotContinueARunWithOtherOptions) {
  RecordFleet();
  const std::string run = "fit " + Data() + kSmall + "--checkpoint-seconds 0 --quiet";
  ASSERT_TRUE(KillAtACheckpoint(run + " --steps 400" + Out("a.model"),
                                folder_ / "a.model.checkpoint"));
  ExpectRefusal(run + " --steps 399 --resume" + Out("a.model"), 65,
                "checkpoint-mismatch (381)");
  folder_.Write("a.model.checkpoint", "torn");
  ExpectRefusal(run + " --steps 400 --resume" + Out("a.model"), 65,
                "checkpoint-malformed (380)");
}

TEST_F(TrainProgram, RefusesDataThatTeachNothingByName) {
  const std::string fit = "fit " + Data() + kSmall + Out("a.model");
  ExpectRefusal(fit, 66, "file-missing (5)");  // an empty folder
  Record("pump-1", Looks(1));
  ExpectRefusal(fit, 65, "too-few-recordings (363)");
  Record("pump-2", Looks(2));
  Record("short", Looks(3, 20));
  ExpectRefusal(fit + " --recordings pump-1,pump-2,short", 65, "short: its healthy part");
  simulate::Audio silent = Looks(4);
  silent.sample = [](int, int) { return 0.0; };
  Record("silent", silent);
  ExpectRefusal(fit + " --recordings pump-1,silent", 75, "silent: an axis is silent");
  simulate::Audio broken = Looks(5);
  broken.sample = [](int frame, int) {
    return frame == 70'000 ? NAN : 0.01 * (frame % 9);
  };
  Record("broken", broken);
  ExpectRefusal(fit + " --recordings pump-1,broken", 75, "broken, cycle 27");
  ExpectRefusal(fit + " --recordings pump-1,pump-9", 66, "recording-missing (330)");
  ExpectRefusal(fit + " --exclude pump-9", 66, "recording-missing (330)");
  simulate::Audio slow = Looks(6);
  slow.rate = 12'000;
  Record("slow", slow);
  ExpectRefusal(fit + " --recordings pump-1,slow", 65, "recording-rate (332)");
  EXPECT_FALSE(fs::exists(folder_ / "a.model"));
}

TEST_F(TrainProgram, SaysWhenTrainingDiverges) {
  RecordFleet();
  ExpectRefusal("fit " + Data() + kSmall + "--steps 60 --rate 1e30" + Out("a.model"), 65,
                "training-diverged (382)");
}

TEST_F(TrainProgram, CrossValidatesEveryFoldAndContinues) {
  RecordFleet();
  Record("pump-4", Looks(4));
  const std::string run = "cross-validate " + Data() + kSmall +
                          "--steps 3 --seeds 2 --folds 'pump-1,pump-2;pump-3' --quiet" +
                          Out("models");
  ASSERT_EQ(TorporTrain(run).exit_code, 0);
  const fs::path models = folder_ / "models";
  for (const std::string fold : {"fold-1", "fold-2"}) {
    for (const std::string seed : {"seed-1", "seed-2"}) {
      for (const std::string name : {"transformer", "transformer-blind", "mlp"}) {
        EXPECT_TRUE(fs::exists(models / fold / seed / (name + ".model")));
        EXPECT_TRUE(fs::exists(models / fold / seed / (name + ".card.json")));
      }
    }
  }
  const std::string lost = "models/fold-2/seed-1/mlp.model";
  const std::string before = folder_.Slurp(lost);
  fs::remove(folder_ / lost);
  EXPECT_EQ(TorporTrain(run).exit_code, 64);  // file-exists
  ASSERT_EQ(TorporTrain(run + " --resume").exit_code, 0);
  EXPECT_EQ(folder_.Slurp(lost), before);
  ExpectRefusal(run + " --resume --rate 0.001", 65, "checkpoint-mismatch (381)");
}

TEST_F(TrainProgram, TrainsOnSimulatedMachinesWhereThereAreNoRecordings) {
  const Ran fit =
      TorporTrain("fit --contract warehouse-60s --simulated 2 --simulated-cycles 80" +
                  kSmall + "--steps 2 --quiet" + Out("robot.model"));
  ASSERT_EQ(fit.exit_code, 0) << fit.out;
  EXPECT_EQ(fit.out, "");
  EXPECT_TRUE(fs::exists(folder_ / "robot.card.json"));
}

TEST_F(TrainProgram, ExplainsItself) {
  EXPECT_THAT(TorporTrain("fit --help").out,
              HasSubstr("Examples:\n  torpor-train fit --data"));
  EXPECT_THAT(TorporTrain("--help").out, HasSubstr("cross-validate"));
  ExpectRefusal("fit -o x", 64, "one of --data DIR and --simulated N is needed");
  ExpectRefusal("fit --simulated 2 --width 24 -o x", 64, "multiples of 16");
  ExpectRefusal("fit --simulated 2 --batch 7 -o x", 64, "--batch is even");
}

}  // namespace
}  // namespace torpor::train
