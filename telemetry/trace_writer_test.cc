// The ring that torpord writes, read as a person would read it: while it is written,
// after a cut at any byte, on a full disk and out of other people's files.
#include "telemetry/trace_writer.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/test_folder.h"
#include "telemetry/trace_reader.h"
#include "telemetry/trace_under_test.h"

namespace torpor::telemetry {
namespace {

namespace fs = std::filesystem;

class TraceFile : public testing::Test {
 protected:
  TraceWriter Writer() { return {path_, {kBlocks, "r-17"}}; }
  void Append(TraceWriter& writer, std::uint64_t cycle) {
    ASSERT_EQ(writer.Append(Traced(cycle)), Status::kOk) << writer.why();
  }
  std::vector<std::uint64_t> Cycles(TraceFindings* findings = nullptr) {
    auto reader = TraceReader::Open(path_);
    EXPECT_TRUE(reader.ok());
    std::vector<std::uint64_t> cycles;
    if (!reader.ok()) return cycles;
    while (const auto cycle = reader->Next()) cycles.push_back(cycle->record.cycle);
    if (findings != nullptr) *findings = reader->findings();
    return cycles;
  }

  static constexpr std::uint32_t kBlocks = 8;  // two pages
  TestFolder folder_{TestFolder::InMemory()};
  const fs::path path_ = folder_ / kTraceFile;
};

using Numbers = std::vector<std::uint64_t>;

TEST_F(TraceFile, HoldsTheNewestCyclesAndNeverGrowsBeyondItsBound) {
  TraceWriter writer = Writer();
  ASSERT_EQ(writer.Open(), Status::kOk) << writer.why();
  EXPECT_EQ(Cycles(), Numbers{});
  for (std::uint64_t cycle = 1; cycle <= 19; ++cycle) {
    Append(writer, cycle);
    EXPECT_EQ(fs::file_size(path_), cycle <= 4 ? 2 * 4096 : 3 * 4096) << cycle;
    TraceFindings findings;
    const Numbers found = Cycles(&findings);
    // A page that is begun anew takes four old cycles with it.
    EXPECT_GE(found.size(), std::min<std::uint64_t>(cycle, kBlocks - 3));
    EXPECT_EQ(found.back(), cycle);
    EXPECT_EQ(findings, (TraceFindings{found.size(), 0, 0}));
  }
  EXPECT_EQ(Cycles(), (Numbers{13, 14, 15, 16, 17, 18, 19}));
}

TEST_F(TraceFile, GoesOnWhereAnEarlierProcessEnded) {
  for (std::uint64_t cycle = 1; cycle <= 6; ++cycle) {
    TraceWriter writer = Writer();
    if (cycle % 2 == 0) {
      ASSERT_EQ(writer.Open(), Status::kOk);
    }
    Append(writer, cycle);  // opens what is not open
    EXPECT_EQ(writer.sequence(), cycle);
  }
  // A journal that was moved aside begins its cycles anew; the trace's order is its own.
  TraceWriter writer = Writer();
  Append(writer, 1);
  EXPECT_EQ(Cycles(), (Numbers{1, 2, 3, 4, 5, 6, 1}));
}

TEST_F(TraceFile, IsReadWhileItIsWritten) {
  TraceWriter writer = Writer();
  for (std::uint64_t cycle = 1; cycle <= 8; ++cycle) Append(writer, cycle);
  auto reader = TraceReader::Open(path_);
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(reader->robot(), "r-17");
  EXPECT_EQ(reader->Next()->record.cycle, 1U);
  Append(writer, 9);  // over those that would have been next
  EXPECT_EQ(reader->Next()->record.cycle, 5U);
  reader->SkipToLast(0);
  EXPECT_FALSE(reader->Next());

  auto last = TraceReader::Open(path_);
  last->SkipToLast(2);
  EXPECT_EQ(last->Next()->record.cycle, 8U);
}

// What a cut leaves of a write over a file: its first bytes.
std::string Cut(const std::string& before, const std::string& after, std::size_t at,
                std::size_t bytes) {
  std::string cut = before;
  if (cut.size() < at + bytes) cut.resize(at + bytes);
  return cut.replace(at, bytes, after, at, bytes);
}

// Each block of a cut file is as it was before the write, as it was to be, or damaged.
struct Expected {
  Numbers whole;
  std::uint64_t damaged = 0;
};
Expected ExpectedOf(const std::string& cut, const std::string& before,
                    const std::string& after) {
  Expected expected;
  const auto block = [](const std::string& file, std::size_t at) {
    std::string bytes = at < file.size() ? file.substr(at, 1024) : "";
    bytes.resize(1024);
    return bytes;
  };
  for (std::size_t at = 4096; at < cut.size(); at += 1024) {
    const std::string bytes = block(cut, at);
    const bool as_meant = bytes == block(before, at) || bytes == block(after, at);
    if (!as_meant) {
      ++expected.damaged;
    } else if (const auto number = SequenceOfTraceBlock(AsBytes(bytes)); number > 0) {
      expected.whole.push_back(number);
    }
  }
  std::ranges::sort(expected.whole);
  return expected;
}

TEST_F(TraceFile, GivesEveryWholeCycleAfterACutAtAnyByte) {
  std::string before;  // the file as each write finds it
  std::uint64_t cuts = 0, with_damage = 0;
  TraceWriter writer = Writer();
  for (std::uint64_t cycle = 0; cycle <= kBlocks + 2; ++cycle) {
    folder_.Write(kTraceFile, before);
    ASSERT_EQ(cycle == 0 ? writer.Open() : writer.Append(Traced(cycle)), Status::kOk);
    const std::string after = folder_.Slurp(kTraceFile);
    const std::size_t page = cycle == 0 ? 0 : 1 + (cycle - 1) % kBlocks / 4;
    for (std::size_t bytes = 0; bytes <= 4096; ++bytes, ++cuts) {
      const std::string cut = Cut(before, after, page * 4096, bytes);
      folder_.Write(kTraceFile, cut);
      if (cut.size() < 1024) {
        EXPECT_EQ(TraceReader::Open(path_).status(), Status::kTraceMalformed);
      } else {
        const Expected expected = ExpectedOf(cut, before, after);
        TraceFindings found;
        ASSERT_EQ(Cycles(&found), expected.whole) << cycle << ", cut after " << bytes;
        ASSERT_EQ(found.damaged, expected.damaged) << cycle << ", cut after " << bytes;
        EXPECT_LE(found.damaged, 1U);
        EXPECT_EQ(found.missing, 0U);
        with_damage += found.damaged;
      }
      // Whoever goes on writes the next cycle behind the newest whole one.
      if (bytes % 128 != 1) continue;
      TraceWriter next = Writer();
      ASSERT_EQ(next.Append(Traced(100)), Status::kOk) << next.why();
      TraceFindings found;
      EXPECT_EQ(Cycles(&found).back(), 100U);
      EXPECT_EQ(found.damaged, 0U) << cycle << ", cut after " << bytes;
      EXPECT_FALSE(fs::exists(folder_ / "trace.bin.before"));
    }
    before = after;
  }
  EXPECT_EQ(cuts, (kBlocks + 3) * 4097);
  EXPECT_GT(with_damage, 4000U);
}

TEST_F(TraceFile, SaysHowMuchIsDamagedAndHowMuchIsMissing) {
  TraceWriter writer = Writer();
  for (std::uint64_t cycle = 1; cycle <= 4; ++cycle) Append(writer, cycle);
  std::string bytes = folder_.Slurp(kTraceFile);
  bytes[5 * 1024 + 50] ^= 1;                  // cycle 2
  bytes.replace(6 * 1024, 1024, 1024, '\0');  // cycle 3 never reached the disk
  folder_.Write(kTraceFile, bytes);
  TraceFindings findings;
  EXPECT_EQ(Cycles(&findings), (Numbers{1, 4}));
  EXPECT_EQ(findings, (TraceFindings{.whole = 2, .damaged = 1, .missing = 2}));
}

TEST_F(TraceFile, ABlockThatStandsWhereItDoesNotBelongIsDamaged) {
  TraceWriter writer = Writer();
  for (std::uint64_t cycle = 1; cycle <= 4; ++cycle) Append(writer, cycle);
  std::string bytes = folder_.Slurp(kTraceFile);
  bytes.replace(4 * 1024, 1024, bytes, 7 * 1024, 1024);
  folder_.Write(kTraceFile, bytes);
  TraceFindings findings;
  EXPECT_EQ(Cycles(&findings), (Numbers{2, 3, 4}));
  EXPECT_EQ(findings.damaged, 1U);
  TraceWriter next = Writer();
  Append(next, 5);
  EXPECT_EQ(Cycles(&findings), (Numbers{2, 3, 4, 5}));
}

TEST_F(TraceFile, WhatIsNoTraceOfThisRobotIsSetAside) {
  for (const std::string& strange :
       {std::string(5000, 'x'), std::string(1024, '\0'),
        std::string(
            reinterpret_cast<const char*>(EncodeTraceHeader({kBlocks, "another"}).data()),
            1024),
        std::string(reinterpret_cast<const char*>(EncodeTraceHeader({16, "r-17"}).data()),
                    1024)}) {
    folder_.Write(kTraceFile, strange);
    TraceWriter writer = Writer();
    Append(writer, 1);
    EXPECT_EQ(Cycles(), Numbers{1});
    EXPECT_EQ(folder_.Slurp("trace.bin.before"), strange);
  }
}

TEST_F(TraceFile, ThatCannotBeOpenedIsTriedAgainInEachCycle) {
  fs::create_directory(path_);
  TraceWriter writer = Writer();
  EXPECT_EQ(writer.Open(), Status::kTraceNotWritten);
  EXPECT_EQ(writer.Append(Traced(1)), Status::kTraceNotWritten);
  EXPECT_EQ(writer.why(), "open: Is a directory");
  fs::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);  // nobody reads it: no hang
  EXPECT_EQ(writer.Append(Traced(1)), Status::kTraceNotWritten);
  fs::remove(path_);
  fs::create_symlink("elsewhere", path_);
  EXPECT_EQ(writer.Append(Traced(1)), Status::kTraceNotWritten);
  EXPECT_FALSE(fs::exists(folder_ / "elsewhere"));
  fs::remove(path_);
  Append(writer, 2);
  EXPECT_EQ(Cycles(), Numbers{2});
}

TEST_F(TraceFile, ThatSomebodyRemovesToMakeRoomIsBegunAnewWithinAnHour) {
  TraceWriter writer = Writer();
  Append(writer, 1);
  fs::remove(path_);
  for (std::uint64_t cycle = 2; cycle <= 70; ++cycle) Append(writer, cycle);
  EXPECT_EQ(Cycles(), (Numbers{65, 66, 67, 68, 69, 70}));
}

// As on a disk that is full: a limit of the process, since nobody here may make a disk.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;
  ~FileLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    (void)std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

TEST_F(TraceFile, OnAFullDiskKeepsWhatItHasAndGoesOnWhenThereIsRoom) {
  TraceWriter writer = Writer();
  Append(writer, 1);
  {
    TracedCycle longer = Traced(2);
    longer.record.rails.resize(6, longer.record.rails[0]);
    const FileLimit full(4096 + 1024 + 600);
    EXPECT_EQ(writer.Append(longer), Status::kTraceNotWritten) << "a part of it";
    EXPECT_EQ(writer.why(), "write: No space left on device");
    EXPECT_EQ(writer.Append(longer), Status::kTraceNotWritten);
    TraceFindings findings;
    EXPECT_EQ(Cycles(&findings), Numbers{1});
    EXPECT_EQ(findings.damaged, 1U);
  }
  Append(writer, 4);
  TraceFindings findings;
  EXPECT_EQ(Cycles(&findings), (Numbers{1, 4}));
  EXPECT_EQ(findings, (TraceFindings{2, 0, 0}));
  const FileLimit full(100);
  EXPECT_EQ(writer.Append(Traced(9)), Status::kTraceNotWritten);
}

TEST_F(TraceFile, ThatIsNotThereIsMissingAndOtherFilesAreMalformed) {
  EXPECT_EQ(TraceReader::Open(path_).status(), Status::kFileMissing);
  folder_.Write(kTraceFile, "not a trace");
  EXPECT_EQ(TraceReader::Open(path_).status(), Status::kTraceMalformed);
  EXPECT_EQ(TraceReader::Open(folder_).status(), Status::kTraceMalformed);
}

}  // namespace
}  // namespace torpor::telemetry
