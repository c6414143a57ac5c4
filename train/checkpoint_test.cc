#include "train/checkpoint.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "core/test_folder.h"
#include "train/durable_file.h"

namespace torpor::train {
namespace {

Digest RunOf(unsigned char tag) {
  Digest run{};
  run[0] = std::byte{tag};
  return run;
}

Checkpoint Some(std::size_t parameters) {
  Checkpoint checkpoint;
  checkpoint.run = RunOf(1);
  checkpoint.step = 17;
  Remembered one;
  for (std::size_t i = 0; i < parameters; ++i) {
    const auto x = static_cast<float>(i);
    one.parameters.push_back(x);
    one.mean.push_back(-x);
    one.square.push_back(x * x);
    one.average.push_back(x / 3);
  }
  one.loss = 0.25;
  checkpoint.networks = {one, one};
  return checkpoint;
}

TEST(TrainCheckpoint, RoundTripsToTheLastBit) {
  const auto bytes = Encode(Some(9));
  const auto back = Decode(bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->step, 17U);
  ASSERT_EQ(back->networks.size(), 2U);
  EXPECT_EQ(back->networks[1].average, Some(9).networks[1].average);
  EXPECT_EQ(Encode(*back), bytes);
}

TEST(TrainCheckpoint, RefusesEveryFlippedByteAndEveryCut) {
  const auto bytes = Encode(Some(3));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto flipped = bytes;
    flipped[i] ^= std::byte{0x10};
    EXPECT_EQ(Decode(flipped).status(), Status::kCheckpointMalformed) << i;
    EXPECT_EQ(Decode(std::span(bytes).first(i)).status(), Status::kCheckpointMalformed);
  }
}

TEST(TrainCheckpoint, OfAnotherRunIsNotContinued) {
  const TestFolder folder;
  const auto path = folder / "checkpoint";
  EXPECT_EQ(ReadCheckpoint(path, RunOf(1)).status(), Status::kFileMissing);
  std::string problem;
  ASSERT_EQ(WriteDurably(path, Encode(Some(3)), problem), Status::kOk) << problem;
  EXPECT_TRUE(ReadCheckpoint(path, RunOf(1)).ok());
  EXPECT_EQ(ReadCheckpoint(path, RunOf(2)).status(), Status::kCheckpointMismatch);
}

TEST(TrainDurableFile, AFullDiskKeepsTheOldFileAndLeavesNothingElse) {
  const TestFolder folder;
  const auto path = folder / "checkpoint";
  std::string problem;
  ASSERT_EQ(WriteDurably(path, Encode(Some(3)), problem), Status::kOk) << problem;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    std::string said;
    const Status wrote = WriteDurably(path, Encode(Some(5000)), said);
    ::_exit(wrote == Status::kIo && said.find("checkpoint") != std::string::npos ? 0 : 1);
  }
  int state = 0;
  ASSERT_EQ(::waitpid(child, &state, 0), child);
  EXPECT_EQ(state, 0);
  EXPECT_EQ(folder.Slurp("checkpoint").size(), Encode(Some(3)).size());
  EXPECT_TRUE(ReadCheckpoint(path, RunOf(1)).ok());
  EXPECT_FALSE(std::filesystem::exists(folder / "checkpoint.new"));
}

TEST(TrainDurableFile, NamesTheFolderThatIsNotThere) {
  std::string problem;
  EXPECT_EQ(WriteDurably("/nowhere/at/all", {}, problem), Status::kIo);
  EXPECT_EQ(problem, "/nowhere/at/all: No such file or directory");
}

}  // namespace
}  // namespace torpor::train
