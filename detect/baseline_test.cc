#include "detect/baseline.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <random>
#include <string>

#include "core/test_folder.h"
#include "detect/test_machines.h"

namespace torpor::detect {
namespace {

// A valid digest behind changed bytes: what only the checks of the fields can refuse.
std::vector<std::byte> Redigested(Baseline baseline) { return EncodeBaseline(baseline); }

TEST(BaselineFile, ReadsBackWhatWasWritten) {
  Baseline fitted = TestBaseline();
  const TestFolder folder;
  const auto path = folder / "good.baseline";
  const std::vector<std::byte> bytes = EncodeBaseline(fitted);
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  const auto read = ReadBaseline(path);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->shape, fitted.shape);
  EXPECT_EQ(read->rule, fitted.rule);
  EXPECT_EQ(read->threshold, fitted.threshold);
  EXPECT_EQ(read->deviation, fitted.deviation);
  EXPECT_EQ(read->factor, fitted.factor);
  EXPECT_EQ(read->digest, fitted.digest);
  Baseline again = *read;
  EXPECT_EQ(EncodeBaseline(again), EncodeBaseline(fitted));
}

TEST(BaselineFile, RefusesEveryFlippedBitOfItsHeaderAndEveryLength) {
  Baseline baseline = TestBaseline();
  const auto good = EncodeBaseline(baseline);
  ASSERT_TRUE(DecodeBaseline(good).ok());
  for (std::size_t bit = 0; bit < 8 * 160; ++bit) {
    auto bad = good;
    bad[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    EXPECT_EQ(DecodeBaseline(bad).status(), Status::kBaselineMalformed) << bit;
  }
  std::mt19937 random(3);
  for (int i = 0; i < 300; ++i) {
    auto bad = good;
    bad[random() % bad.size()] ^= static_cast<std::byte>(1U << (random() % 8));
    EXPECT_FALSE(DecodeBaseline(bad).ok());
    const std::size_t length = random() % good.size();
    EXPECT_FALSE(DecodeBaseline(std::span(good).first(length)).ok());
  }
  auto longer = good;
  longer.push_back({});
  EXPECT_FALSE(DecodeBaseline(longer).ok());
}

TEST(BaselineFile, RefusesNumbersThatCannotBeUsedEvenUnderAGoodDigest) {
  const Baseline good = TestBaseline();
  const auto refused = [&](auto&& change) {
    Baseline bad = good;
    change(bad);
    return DecodeBaseline(Redigested(bad)).status() == Status::kBaselineMalformed;
  };
  EXPECT_TRUE(DecodeBaseline(Redigested(good)).ok());
  EXPECT_TRUE(refused([](Baseline& b) { b.threshold = 0; }));
  EXPECT_TRUE(refused([](Baseline& b) { b.threshold = std::nan(""); }));
  EXPECT_TRUE(refused([](Baseline& b) { b.logit_threshold = std::nan(""); }));
  EXPECT_TRUE(refused([](Baseline& b) { b.typical_level_g = -1; }));
  EXPECT_TRUE(refused([](Baseline& b) { b.deviation[3] = 0; }));
  EXPECT_TRUE(refused([](Baseline& b) { b.between[3] = 0; }));
  EXPECT_TRUE(refused([](Baseline& b) { b.typical[3] = std::nanf(""); }));
  EXPECT_TRUE(refused([](Baseline& b) { b.limits.trend = 0; }));
  EXPECT_TRUE(refused([](Baseline& b) { b.limits.impulsiveness = std::nan(""); }));
  EXPECT_TRUE(refused([](Baseline& b) { b.factor[0] = 0; }));
  EXPECT_TRUE(refused([](Baseline& b) { b.factor[1] = std::nanf(""); }));
  EXPECT_TRUE(refused([](Baseline& b) { b.rule.alarm_k = 0; }));
  EXPECT_TRUE(refused([](Baseline& b) { b.rule.alarm_k = b.rule.alarm_n + 1; }));
  EXPECT_TRUE(refused([](Baseline& b) { b.rule.score_cycles = 0; }));
  EXPECT_TRUE(refused([](Baseline& b) { b.rule.score_cycles = 4'000'000'000U; }));
  EXPECT_TRUE(refused([](Baseline& b) { b.rule.alarm_n = 4'000'000'000U; }));
  EXPECT_TRUE(refused([](Baseline& b) { b.run_in_cycles = 20; }));
  EXPECT_TRUE(refused([](Baseline& b) { b.shape.axes = 2; }));
  EXPECT_TRUE(refused([](Baseline& b) { b.shape.axes = 0; }));
  EXPECT_TRUE(refused([](Baseline& b) { b.shape.frames = 0; }));
}

// Every numbered row of the document's table, against the bytes.
TEST(BaselineFile, LiesAsItsDocumentSays) {
  Baseline b = TestBaseline();
  b.shape.full_scale_milli_g = 8001;
  b.healthy_scores = 123'456'789'012U;
  b.logit_threshold = -1.25;
  b.network.fill(std::byte{7});
  const auto bytes = EncodeBaseline(b);
  const std::map<std::string, std::uint64_t> fields{
      {"version", 2},
      {"sample_rate_millihertz", b.shape.sample_rate_millihertz},
      {"axes", b.shape.axes},
      {"frames", b.shape.frames},
      {"full_scale_milli_g", b.shape.full_scale_milli_g},
      {"commissioning_cycles", b.rule.commissioning_cycles},
      {"score_cycles", b.rule.score_cycles},
      {"alarm_k", b.rule.alarm_k},
      {"alarm_n", b.rule.alarm_n},
      {"run_in_cycles", b.run_in_cycles},
      {"fleet_weight_cycles", b.fleet_weight_cycles},
      {"machines", b.machines},
      {"healthy_scores", b.healthy_scores},
      {"threshold", std::bit_cast<std::uint64_t>(b.threshold)},
      {"typical_level_g", std::bit_cast<std::uint32_t>(b.typical_level_g)},
      {"n", b.features()},
      {"logit_threshold", std::bit_cast<std::uint64_t>(b.logit_threshold)},
      {"trend_limit", std::bit_cast<std::uint64_t>(b.limits.trend)},
      {"spread_limit", std::bit_cast<std::uint64_t>(b.limits.spread)},
      {"strangeness_limit", std::bit_cast<std::uint64_t>(b.limits.strangeness)},
      {"impulsiveness_limit", std::bit_cast<std::uint64_t>(b.limits.impulsiveness)},
  };
  std::ifstream document(TORPOR_SOURCE_DIR "/docs/baseline-format.md");
  ASSERT_TRUE(document);
  std::size_t rows = 0, next = 8;
  for (std::string line; std::getline(document, line);) {
    std::size_t offset = 0, width = 0;
    std::array<char, 32> field{};
    if (std::sscanf(line.c_str(), "| %zu | %zu | %31[a-z_]", &offset, &width,
                    field.data()) != 3 ||
        offset < 8 || width > 8) {
      continue;
    }
    const std::string name = field.data();
    EXPECT_EQ(offset, next) << line;
    next = offset + width;
    ByteReader in(std::span<const std::byte>(bytes).subspan(offset));
    const std::uint64_t value =
        width == 4 ? in.Read<std::uint32_t>() : in.Read<std::uint64_t>();
    ASSERT_TRUE(fields.contains(name)) << line;
    EXPECT_EQ(value, fields.at(name)) << line;
    ++rows;
  }
  EXPECT_EQ(rows, fields.size());
  const std::size_t n = b.features(), m = n / 2;
  EXPECT_TRUE(std::ranges::equal(std::span(bytes).subspan(next, 32), b.network));
  EXPECT_EQ(bytes.size(), next + 32 + 12 * n + 2 * m * (m + 1) + 32);
}

TEST(BaselineFile, SaysWhichFileCannotBeRead) {
  const TestFolder folder;
  EXPECT_EQ(ReadBaseline(folder / "none").status(), Status::kBaselineMissing);
  EXPECT_EQ(ReadBaseline(folder).status(), Status::kBaselineMissing);
  const auto empty = folder / "empty";
  std::ofstream(empty).flush();
  EXPECT_EQ(ReadBaseline(empty).status(), Status::kBaselineMalformed);
  const auto huge = folder / "huge";
  std::ofstream(huge).flush();
  std::filesystem::resize_file(huge, kMaxBaselineBytes + 1);
  EXPECT_EQ(ReadBaseline(huge).status(), Status::kFileTooLarge);
}

TEST(BaselineFile, NamesTheParameterInWhichItDiffersFromTheContract) {
  const Baseline baseline = TestBaseline();
  EXPECT_FALSE(Compare(baseline, kTestShape, kTestRule));
  signal::Shape shape = kTestShape;
  shape.axes = 3;
  const auto axes = Compare(baseline, shape, kTestRule);
  ASSERT_TRUE(axes);
  EXPECT_EQ(axes->parameter, "axes");
  EXPECT_EQ(axes->baseline, 1U);
  EXPECT_EQ(axes->contract, 3U);
  Rule rule = kTestRule;
  rule.alarm_n = 7;
  EXPECT_EQ(Compare(baseline, kTestShape, rule)->parameter, "alarm_n");
}

}  // namespace
}  // namespace torpor::detect
