#include "telemetry/trace_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <string>

#include "core/bytes.h"
#include "core/crc32.h"
#include "core/test_folder.h"
#include "telemetry/trace_under_test.h"
#include "telemetry/trace_writer.h"

namespace torpor::telemetry {
namespace {

void ExpectSame(const TracedCycle& a, const TracedCycle& b) {
  EXPECT_EQ(EncodeTraceBlock(1, a), EncodeTraceBlock(1, b));
}

TEST(TraceBlock, GivesBackWhatWasPutIn) {
  const TracedCycle put = Traced(3);
  const auto got = DecodeTraceBlock(EncodeTraceBlock(7, put));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->sequence, 7U);
  const TracedCycle& cycle = got->cycle;
  EXPECT_EQ(cycle.boot, put.boot);
  EXPECT_EQ(cycle.due, put.due);
  EXPECT_EQ(cycle.steps, put.steps);
  EXPECT_EQ(cycle.leases, put.leases);
  EXPECT_EQ(cycle.left_out, 0U);
  const CycleRecord& r = cycle.record;
  EXPECT_EQ(r.cycle, 3U);
  EXPECT_EQ(r.woke, put.record.woke);
  EXPECT_EQ(r.wall_us, put.record.wall_us);
  EXPECT_EQ(r.phases, put.record.phases) << "journalling is part of judging";
  EXPECT_TRUE(r.inferred && r.alarm && r.metered);
  EXPECT_EQ(r.batch_sequence, 19U);
  EXPECT_EQ(r.batch_age, put.record.batch_age);
  EXPECT_EQ(r.since_last_inference, put.record.since_last_inference);
  EXPECT_EQ(r.dropped_overrun, 1U);
  EXPECT_EQ(r.dropped_stale, 2U);
  EXPECT_EQ(r.dropped_corrupt, 3U);
  EXPECT_EQ(r.dropped_gap, 4U);
  EXPECT_EQ(r.verdict, Verdict::kAnomaly);
  EXPECT_EQ(r.why_abstained, Status::kStandstill);
  EXPECT_EQ(r.score, 1.5);
  EXPECT_EQ(r.because, put.record.because);
  EXPECT_EQ(r.energy, put.record.energy);
  EXPECT_EQ(r.rails, put.record.rails);
  EXPECT_EQ(r.wakeups_awake, 5U);
  EXPECT_EQ(r.wakeups_asleep, 6U);
  EXPECT_EQ(r.suspended, put.record.suspended);
  EXPECT_EQ(r.slept, 0.75);
  EXPECT_EQ(r.sleep, put.record.sleep);
  EXPECT_EQ(r.contract, put.record.contract);
  ASSERT_EQ(r.deviations.size(), 2U);
  EXPECT_EQ(r.deviations[0].what, Status::kInferLate);
  EXPECT_EQ(r.deviations[1].what, Status::kLeaseRevoked);
}

TEST(TraceBlock, WhatIsNotKnownStaysSo) {
  TracedCycle put;
  put.record.score = std::numeric_limits<double>::quiet_NaN();
  put.record.contract = "0000000000000000";
  const auto got = DecodeTraceBlock(EncodeTraceBlock(1, put));
  ASSERT_TRUE(got);
  EXPECT_TRUE(std::isnan(got->cycle.record.score));
  EXPECT_FALSE(got->cycle.record.slept);
  EXPECT_FALSE(got->cycle.record.sleep);
  put.record.sleep.emplace();
  const auto looked = DecodeTraceBlock(EncodeTraceBlock(1, put));
  ASSERT_TRUE(looked);
  EXPECT_EQ(looked->cycle.record.sleep, SleepProof{});
}

TEST(TraceBlock, WhateverFindsNoRoomIsLeftOutAndCounted) {
  TracedCycle put = Traced(1);
  put.record.rails.assign(20, put.record.rails[0]);
  put.record.deviations.assign(30, {Status::kInferLate, "words"});
  put.record.because.assign(5000, 'x');
  const auto got = DecodeTraceBlock(EncodeTraceBlock(1, put));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->cycle.steps, put.steps);
  EXPECT_EQ(got->cycle.leases, put.leases);
  EXPECT_EQ(got->cycle.record.deviations.size(), kMostTraceDeviations);
  EXPECT_EQ(got->cycle.record.because, std::string(kLongestTraceBecause, 'x'));
  EXPECT_GE(got->cycle.record.rails.size(), 4U);
  EXPECT_EQ(got->cycle.left_out, 6 + 20 - got->cycle.record.rails.size());
  ExpectSame(got->cycle, DecodeTraceBlock(EncodeTraceBlock(1, got->cycle))->cycle);

  put.steps.assign(300, put.steps[0]);
  EXPECT_EQ(DecodeTraceBlock(EncodeTraceBlock(1, put))->cycle.left_out, 255U)
      << "or more";
}

TEST(TraceBlock, NumbersThatNoClockReachesAreBounded) {
  TracedCycle put = Traced(1);
  put.record.woke = Instant::max();
  put.record.energy = {std::numeric_limits<std::int64_t>::min()};
  put.record.rails[0].phases[1] = Microjoules{std::numeric_limits<std::int64_t>::max()};
  const auto got = DecodeTraceBlock(EncodeTraceBlock(1, put));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->cycle.record.woke, FromMicroseconds(kTraceMost));
  EXPECT_EQ(got->cycle.record.energy.value, -kTraceMost);
  EXPECT_EQ(got->cycle.record.rails[0].phases[1]->value, kTraceMost);
}

TEST(TraceBlock, AnyOtherByteIsRefused) {
  const TraceBlock block = EncodeTraceBlock(1, Traced(1));
  for (std::size_t i = 0; i < block.size(); ++i) {  // zeros behind it, too
    TraceBlock other = block;
    other[i] ^= std::byte{0x10};
    EXPECT_FALSE(DecodeTraceBlock(other)) << i;
    EXPECT_FALSE(DecodeTraceBlock(std::span(block).first(i))) << i;
  }
  EXPECT_FALSE(DecodeTraceBlock(TraceBlock{}));
}

void Reseal(TraceBlock& block) {
  const std::span<const std::byte> bytes = block;
  const auto length = ByteReader(bytes.subspan(4)).Read<std::uint16_t>();
  ByteWriter(block).Write(Crc32(std::span(block).first(length).subspan(4)));
}

TEST(TraceBlock, WhatIsSealedButNotOfOneFormIsRefused) {
  const TraceBlock good = EncodeTraceBlock(1, Traced(1));
  const std::map<std::size_t, int> wrong = {
      {153, 3},     // a fourth verdict
      {154, 0x80},  // a flag that there is not
      {4, 0xF0},    // a length that is not that of its lists
      {30, 0x7F},   // a time beyond what Bounded() gives
  };
  for (const auto& [at, value] : wrong) {
    TraceBlock bad = good;
    bad[at] = static_cast<std::byte>(value);
    Reseal(bad);
    EXPECT_FALSE(DecodeTraceBlock(bad)) << at;
  }
  TraceBlock same = good;
  Reseal(same);
  EXPECT_TRUE(DecodeTraceBlock(same));

  TracedCycle backwards = Traced(1);
  std::swap(backwards.steps[2].end, backwards.steps[3].end);
  EXPECT_FALSE(DecodeTraceBlock(EncodeTraceBlock(1, backwards)));
  TracedCycle lease = Traced(1);
  std::swap(lease.leases[0].begin, lease.leases[0].end);
  EXPECT_FALSE(DecodeTraceBlock(EncodeTraceBlock(1, lease)));
  TracedCycle rail = Traced(1);
  rail.record.rails[0].how = static_cast<Metered>(9);
  EXPECT_FALSE(DecodeTraceBlock(EncodeTraceBlock(1, rail)));
}

TEST(TraceHeader, IsRefusedUnlessItIsOfThisVersionAndWhole) {
  const TraceBlock block = EncodeTraceHeader({.blocks = 16, .robot = "r-17"});
  const auto header = DecodeTraceHeader(block);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->blocks, 16U);
  EXPECT_EQ(header->robot, "r-17");
  for (const std::size_t at : {0U, 8U, 12U, 16U, 22U, 600U}) {
    TraceBlock other = block;
    other[at] ^= std::byte{2};
    EXPECT_FALSE(DecodeTraceHeader(other)) << at;
    const auto sealed = std::span(other).first(1020);
    ByteWriter(std::span(other).subspan(1020)).Write(Crc32(sealed));
    EXPECT_EQ(DecodeTraceHeader(other).has_value(), at == 22) << at << ", a robot's name";
  }
  for (const std::uint32_t blocks : {0U, 5U, kMostTraceBlocks + 4}) {
    EXPECT_FALSE(DecodeTraceHeader(EncodeTraceHeader({.blocks = blocks, .robot = "r"})));
  }
  EXPECT_FALSE(DecodeTraceHeader({}));
}

// A file of the version that these bytes are of can be read for ever.
TEST(TraceGolden, IsWhatIsWritten) {
  const TestFolder folder;
  TraceWriter writer(folder / kTraceFile, {.blocks = 4, .robot = "r-17"});
  ASSERT_EQ(writer.Append(Traced(1)), Status::kOk);
  ASSERT_EQ(writer.Append(Traced(2)), Status::kOk);
  const std::string expected = folder.Slurp(kTraceFile);
  std::ifstream file(TORPOR_SOURCE_DIR "/telemetry/testdata/trace.golden.bin",
                     std::ios::binary);
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  if (golden != expected) {
    std::ofstream("trace.golden.bin", std::ios::binary) << expected;
  }
  EXPECT_EQ(golden == expected, true) << "now in trace.golden.bin, where this was run";
}

// Every row of docs/trace-format.md with an offset, in the bytes of a block.
TEST(TraceFormatDoc, SaysWhereEachFieldStands) {
  const TracedCycle cycle = Traced(3);
  const CycleRecord& r = cycle.record;
  const auto us = [](auto at) { return static_cast<std::uint64_t>(at); };
  const std::map<std::string, std::uint64_t> fields = {
      {"version", kTraceVersion},
      {"block_bytes", kTraceBlockBytes},
      {"blocks", 4},
      {"sequence", 7},
      {"left_out", 0},
      {"cycle", 3},
      {"woke_us", us(SinceBootMicroseconds(r.woke))},
      {"due_us", us(SinceBootMicroseconds(cycle.due))},
      {"wall_us", us(r.wall_us)},
      {"begin_us", us(SinceBootMicroseconds(cycle.begin()))},
      {"batch_sequence", r.batch_sequence},
      {"batch_age_us", us(r.batch_age.count())},
      {"since_last_inference_us", us(r.since_last_inference.count())},
      {"score", std::bit_cast<std::uint64_t>(r.score)},
      {"energy_uj", us(r.energy.value)},
      {"suspended_us", us(r.suspended.count())},
      {"slept", std::bit_cast<std::uint64_t>(*r.slept)},
      {"idle_share", std::bit_cast<std::uint64_t>(*r.sleep->idle_share)},
      {"gpu_suspended_ms", us(*r.sleep->suspended_ms)},
      {"dropped_overrun", 1},
      {"dropped_stale", 2},
      {"dropped_corrupt", 3},
      {"dropped_gap", 4},
      {"wakeups_awake", 5},
      {"wakeups_asleep", 6},
      {"why_abstained", us(static_cast<int>(r.why_abstained))},
      {"verdict", 1},
      {"flags", 127},
      {"contract", 0xefcdab8967452301},
  };
  const std::array<TraceBlock, 2> blocks = {
      EncodeTraceHeader({.blocks = 4, .robot = "r-17"}), EncodeTraceBlock(7, cycle)};
  std::ifstream document(TORPOR_SOURCE_DIR "/docs/trace-format.md");
  ASSERT_TRUE(document);
  std::size_t rows = 0, next = 0, in_block = 0;
  for (std::string line; std::getline(document, line);) {
    std::size_t offset = 0, width = 0;
    std::array<char, 40> field{};
    if (std::sscanf(line.c_str(), "| %zu | %zu | `%39[a-z_]`", &offset, &width,
                    field.data()) != 3) {
      continue;
    }
    const std::string name = field.data();
    if (offset == 0) {
      next = 0;
      in_block = rows > 0 ? 1 : 0;
    }
    EXPECT_EQ(offset, next) << line;
    next = offset + width;
    if (name == "magic") {
      EXPECT_TRUE(std::ranges::equal(std::span(blocks[0]).subspan(offset, width),
                                     AsBytes(kTraceMagic)));
      continue;
    }
    ++rows;
    std::uint64_t value = 0;
    for (std::size_t i = width; i-- > 0;) {
      value = value << 8 | std::to_integer<std::uint64_t>(blocks[in_block][offset + i]);
    }
    const auto block = std::span(blocks[in_block]);
    if (name == "length") {
      EXPECT_TRUE(std::ranges::all_of(block.subspan(value),
                                      [](std::byte b) { return b == std::byte{0}; }));
    } else if (name == "checksum") {
      const auto length = ByteReader(block.subspan(4)).Read<std::uint16_t>();
      EXPECT_EQ(value, Crc32(block.first(length).subspan(4)));
    } else {
      ASSERT_TRUE(fields.contains(name)) << line;
      EXPECT_EQ(value, fields.at(name)) << line;
    }
  }
  EXPECT_EQ(rows, fields.size() + 2) << "but for checksum and length";
  const std::string page = [] {
    std::ifstream file(TORPOR_SOURCE_DIR "/docs/trace-format.md");
    return std::string{std::istreambuf_iterator<char>(file), {}};
  }();
  for (std::size_t i = 0; i < kTraceSteps; ++i) {
    EXPECT_THAT(page, testing::HasSubstr(std::to_string(i) + " " +
                                         std::string(kTraceStepNames[i])));
  }
  for (const std::size_t most :
       {kMostTraceSteps, kMostTraceDeviations, kMostTraceLeases, kMostTraceRails,
        kLongestTraceRobot, kLongestTraceBoot, kLongestTraceName, kLongestTraceCauses,
        kLongestTraceBecause}) {
    EXPECT_THAT(page, testing::HasSubstr("at most " + std::to_string(most)));
  }
}

}  // namespace
}  // namespace torpor::telemetry
