#include "contract/sign/durable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "contract/sign/test_power_cut.h"
#include "core/bytes.h"
#include "core/test_folder.h"

namespace torpor::contract::sign {
namespace {

namespace fs = std::filesystem;

constexpr int kMostCalls = 200;  // no operation makes so many
const std::string kOld(250, 'o'), kNew(350, 'n');

class Durable : public testing::Test {
 protected:
  // Cuts the power before each call of `act` in turn; `holds` judges each state that may
  // be found, and whether the work had been reported as done.
  template <typename Act, typename Holds>
  void CutEverywhere(const FolderState& before, Act act, Holds holds) const {
    for (int cut = 1; cut < kMostCalls; ++cut) {
      PutState(before, folder_);
      CutDisk disk(folder_, cut);
      bool done = false;
      try {
        ASSERT_EQ(act(disk), Status::kOk);
        done = true;
      } catch (const PowerCut&) {
      }
      for (const FolderState& state : disk.AfterPowerCut()) {
        EXPECT_TRUE(holds(state, done)) << "cut before call " << cut;
      }
      EXPECT_TRUE(holds(StateOf(folder_), done)) << "ended before call " << cut;
      if (done && disk.calls() < cut) return;
    }
    FAIL() << "it never ended";
  }

  [[nodiscard]] Status Replace(Disk& disk) const {
    return ReplaceFile(path_, AsBytes(kNew), Secrecy::kPublic, disk);
  }

  TestFolder folder_;
  const std::string path_ = (folder_ / "file").string();
};

TEST_F(Durable, AtEachCutAFileIsTheOldOneOrTheNewOneAndTheNewOneOnceDone) {
  CutEverywhere(
      {{"file", kOld}}, [this](Disk& disk) { return Replace(disk); },
      [](const FolderState& state, bool done) {
        const auto found = state.find("file");
        return found != state.end() &&
               (found->second == kNew || (found->second == kOld && !done));
      });
}

TEST_F(Durable, AFirstFileIsWholeOrNotThere) {
  CutEverywhere(
      {}, [this](Disk& disk) { return Replace(disk); },
      [](const FolderState& state, bool done) {
        const auto found = state.find("file");
        return found == state.end() ? !done : found->second == kNew;
      });
}

TEST_F(Durable, WhatACutLeftBesideIsCleanedUp) {
  PutState({{"file", kOld}, {"file.new", kNew + kNew}}, folder_);
  ASSERT_EQ(ReplaceFile(path_, AsBytes(kNew)), Status::kOk);
  EXPECT_EQ(StateOf(folder_), (FolderState{{"file", kNew}}));
}

TEST_F(Durable, WhatIsRemovedStaysRemovedOnceThatWasSaid) {
  CutEverywhere(
      {{"file", kOld}}, [this](Disk& disk) { return RemoveFile(path_, disk); },
      [](const FolderState& state, bool done) {
        const auto found = state.find("file");
        return found == state.end() || (!done && found->second == kOld);
      });
  EXPECT_EQ(RemoveFile(path_), Status::kOk) << "there is none";
}

TEST_F(Durable, WhatAnEndedProcessHadNotSyncedCanBeMadeToStay) {
  for (int end = 1; end < kMostCalls; ++end) {
    PutState({{"file", kOld}}, folder_);
    CutDisk disk(folder_, end);
    bool done = false;
    try {
      done = Replace(disk) == Status::kOk;
    } catch (const PowerCut&) {
    }
    disk.Restart();
    const std::string found = StateOf(folder_)["file"];
    ASSERT_EQ(SyncFile(path_, disk), Status::kOk);
    for (FolderState state : disk.AfterPowerCut()) EXPECT_EQ(state["file"], found);
    if (done) return;
  }
  FAIL() << "it never ended";
}

TEST_F(Durable, EachCallThatFailsLeavesOneOfTheTwoAndNothingBeside) {
  std::set<std::string> failed;
  for (int call = 1; call < kMostCalls; ++call) {
    PutState({{"file", kOld}}, folder_);
    CutDisk disk(folder_, call, ENOSPC);
    errno = 0;
    const Status status = Replace(disk);
    if (disk.failed().empty()) break;
    failed.insert(disk.failed());
    EXPECT_EQ(status, Status::kIo) << call;
    EXPECT_EQ(errno, ENOSPC) << call;
    const FolderState state = StateOf(folder_);
    EXPECT_EQ(state.size(), 1U) << call;
    EXPECT_TRUE(state.at("file") == kOld || state.at("file") == kNew) << call;
  }
  EXPECT_THAT(failed, testing::ElementsAre("open", "remove", "rename", "sync", "write"));
}

TEST_F(Durable, ASecretIsReadableByItsOwnerAlone) {
  std::ofstream(path_ + ".new") << "somebody else's";
  ASSERT_EQ(ReplaceFile(path_, AsBytes(kNew), Secrecy::kSecret), Status::kOk);
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms(0600));
  ASSERT_EQ(ReplaceFile(path_, AsBytes(kNew)), Status::kOk);
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms(0644));
}

TEST_F(Durable, SaysWhyItCannotWrite) {
  EXPECT_EQ(ReplaceFile((folder_ / "no" / "file").string(), AsBytes(kNew)), Status::kIo);
  EXPECT_EQ(errno, ENOENT);
  fs::create_directory(path_);
  EXPECT_EQ(ReplaceFile(path_, AsBytes(kNew)), Status::kIo);
  EXPECT_EQ(errno, EISDIR);
}

}  // namespace
}  // namespace torpor::contract::sign
