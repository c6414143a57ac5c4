#include "model/network_file.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>
#include <map>
#include <string>

#include "core/test_folder.h"
#include "model/network_digest.h"
#include "model/network_writer.h"
#include "model/reference/layout.h"
#include "model/test_network.h"

namespace torpor::model {
namespace {

std::vector<std::byte> Good(Precision precision = Precision::kInt8) {
  return EncodeNetwork(RandomNetwork(kSmallShape, precision));
}

// A good digest behind changed bytes: what only the other checks can refuse.
void Redigest(std::vector<std::byte>& bytes) {
  const Digest digest =
      DigestOfNetwork(std::span(bytes).first(bytes.size() - sizeof(Digest)));
  std::ranges::copy(digest, bytes.end() - sizeof(Digest));
}

void Put(std::vector<std::byte>& bytes, std::size_t offset, std::uint32_t value) {
  ByteWriter(std::span(bytes).subspan(offset)).Write(value);
}

bool Same(const LinearWeights& a, const LinearWeights& b) {
  return a.rows == b.rows && a.cols == b.cols && a.weight == b.weight &&
         a.quantized == b.quantized && a.scale == b.scale &&
         a.input_scale == b.input_scale && a.bias == b.bias;
}

TEST(NetworkFile, ReadsBackWhatWasWritten) {
  const TestFolder folder;
  for (const Precision precision : {Precision::kFloat, Precision::kInt8}) {
    const NetworkWeights written = RandomNetwork(kTestShape, precision);
    const auto path = folder / "good.model";
    ASSERT_EQ(WriteNetwork(path, written), Status::kOk);
    std::string_view why;
    auto opened = NetworkFile::Open(path, &why);
    ASSERT_TRUE(opened.ok()) << why;
    const NetworkFile file = *std::move(opened);
    EXPECT_EQ(std::bit_cast<std::uintptr_t>(file.bytes().data()) % 64, 0U);
    const NetworkWeights read = WeightsOf(file.view());
    EXPECT_EQ(read.shape, written.shape);
    EXPECT_EQ(read.precision, precision);
    EXPECT_TRUE(Same(read.embed, written.embed));
    EXPECT_EQ(read.position, written.position);
    ASSERT_EQ(read.blocks.size(), written.blocks.size());
    for (std::size_t l = 0; l < read.blocks.size(); ++l) {
      const BlockWeights &a = read.blocks[l], &b = written.blocks[l];
      EXPECT_EQ(a.norm1_gain, b.norm1_gain);
      EXPECT_EQ(a.norm1_bias, b.norm1_bias);
      EXPECT_EQ(a.norm2_gain, b.norm2_gain);
      EXPECT_EQ(a.norm2_bias, b.norm2_bias);
      EXPECT_TRUE(Same(a.qkv, b.qkv) && Same(a.out, b.out));
      EXPECT_TRUE(Same(a.up, b.up) && Same(a.down, b.down));
    }
    EXPECT_EQ(read.final_gain, written.final_gain);
    EXPECT_EQ(read.final_bias, written.final_bias);
    EXPECT_EQ(read.head, written.head);
    EXPECT_EQ(read.head_bias, written.head_bias);
    EXPECT_EQ(read.classical_weight, written.classical_weight);
    EXPECT_EQ(EncodeNetwork(read), EncodeNetwork(written));
    EXPECT_TRUE(std::ranges::equal(file.view().digest, file.bytes().last(32)));
  }
}

TEST(NetworkFile, RefusesEveryFlippedBit) {
  const auto good = Good();
  ASSERT_TRUE(ParseNetwork(good).ok());
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] ^= static_cast<std::byte>(1U << (i % 8));
    const Status status = ParseNetwork(bad).status();
    ASSERT_NE(status, Status::kOk) << i;
    if (i >= kNetworkHeaderBytes) {
      ASSERT_EQ(status, Status::kModelDigest) << i;
    }
  }
  for (std::size_t bit = 0; bit < 8 * kNetworkHeaderBytes; ++bit) {
    auto bad = good;
    bad[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    EXPECT_FALSE(ParseNetwork(bad).ok()) << bit;
  }
}

TEST(NetworkFile, RefusesEveryLengthButItsOwn) {
  auto good = Good();
  for (std::size_t length = 0; length < good.size(); ++length) {
    std::string_view why;
    ASSERT_EQ(ParseNetwork(std::span(good).first(length), &why).status(),
              Status::kModelMalformed);
    ASSERT_FALSE(why.empty());
  }
  good.push_back({});
  EXPECT_EQ(ParseNetwork(good).status(), Status::kModelMalformed);
}

TEST(NetworkFile, RefusesAnotherVersion) {
  auto bytes = Good();
  Put(bytes, 8, 2);
  Redigest(bytes);
  std::string_view why;
  EXPECT_EQ(ParseNetwork(bytes, &why).status(), Status::kModelVersion);
  EXPECT_EQ(why, "another version of the format");
}

TEST(NetworkFile, RefusesShapesOutOfRangeWhateverTheyWouldAskFor) {
  const auto good = Good();
  const auto refused = [&](std::size_t offset, std::uint32_t value) {
    auto bad = good;
    Put(bad, offset, value);
    Redigest(bad);
    return ParseNetwork(bad).status() == Status::kModelMalformed;
  };
  EXPECT_FALSE(refused(16, kSmallShape.positions));
  for (std::size_t offset = 12; offset < 44; offset += 4) {
    for (const std::uint32_t value : {0U, 3U, 0x7FFF'FFF0U, 0x8000'0000U, 0xFFFF'FFF0U}) {
      EXPECT_TRUE(refused(offset, value)) << offset << " " << value;
    }
  }
  EXPECT_TRUE(refused(16, kMaxPositions + 1));
  EXPECT_TRUE(refused(20, kMaxInputs + 8));
  EXPECT_TRUE(refused(24, kMaxWidth + 16));
  EXPECT_TRUE(refused(28, kMaxLayers + 1));
  EXPECT_TRUE(refused(32, 4));  // heads of 4
  EXPECT_TRUE(refused(36, kMaxHidden + 16));
  EXPECT_TRUE(refused(40, kMaxTokens + 4));
  EXPECT_TRUE(refused(40, 9));  // not a multiple of positions
  for (std::size_t offset = 44; offset < 64; offset += 4) {
    EXPECT_TRUE(refused(offset, 1)) << offset;
  }
  // The longest file that a header can ask for is still a number of 32 bits.
  const NetworkShape largest{64, 8192, 512, 8, 64, 2048, 256};
  EXPECT_LT(NetworkBytes({largest, Precision::kFloat}), 200'000'000U);
}

TEST(NetworkFile, RefusesNumbersThatCannotBeUsedEvenUnderAGoodDigest) {
  const TestFolder folder;
  const auto refused = [&folder](Precision precision, auto&& change) {
    NetworkWeights bad = RandomNetwork(kSmallShape, precision);
    change(bad);
    std::string_view why;
    const bool malformed =
        ParseNetwork(EncodeNetwork(bad), &why).status() == Status::kModelMalformed;
    return malformed && !why.empty() &&
           WriteNetwork(folder / "bad.model", bad) == Status::kModelMalformed;
  };
  using enum Precision;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(refused(kInt8, [](NetworkWeights&) {}));
  for (const float bad : {nan, inf, -inf, 1.01e4F, -1.01e4F}) {
    EXPECT_TRUE(refused(kFloat, [&](auto& w) { w.embed.weight[5] = bad; }));
    EXPECT_TRUE(refused(kFloat, [&](auto& w) { w.blocks[0].qkv.bias[3] = bad; }));
    EXPECT_TRUE(refused(kInt8, [&](auto& w) { w.position[1] = bad; }));
    EXPECT_TRUE(refused(kInt8, [&](auto& w) { w.blocks[0].norm2_gain[1] = bad; }));
    EXPECT_TRUE(refused(kInt8, [&](auto& w) { w.head[31] = bad; }));
    EXPECT_TRUE(refused(kInt8, [&](auto& w) { w.head_bias = bad; }));
  }
  for (const float bad : {nan, inf, 0.0F, -0.0F, -1.0F, 1e-13F, 1001.0F}) {
    EXPECT_TRUE(refused(kInt8, [&](auto& w) { w.blocks[0].up.scale[2] = bad; }));
    EXPECT_TRUE(refused(kInt8, [&](auto& w) { w.blocks[0].down.input_scale = bad; }));
  }
  for (const int bad : {64, -64, 127, -128}) {
    EXPECT_TRUE(refused(kInt8, [&](auto& w) {
      w.blocks[0].out.quantized.back() = static_cast<std::int8_t>(bad);
    }));
  }
  for (const float bad : {-1e-6F, nan, inf}) {
    EXPECT_TRUE(refused(kFloat, [&](auto& w) { w.classical_weight = bad; }));
  }
  EXPECT_TRUE(refused(kInt8, [](auto& w) { w.embed.bias.resize(64); }));
  EXPECT_FALSE(std::filesystem::exists(folder / "bad.model"));
}

TEST(NetworkFile, RefusesPaddingThatIsNotZero) {
  // The blob of the head's bias is one number and 60 bytes of padding.
  const NetworkWeights weights = RandomNetwork(kSmallShape, Precision::kInt8);
  auto bytes = EncodeNetwork(weights);
  const std::size_t end = bytes.size() - 32 - 64;
  const std::size_t bias = end - 64;
  ASSERT_EQ(ByteReader(std::span(bytes).subspan(bias)).Read<std::uint32_t>(),
            std::bit_cast<std::uint32_t>(weights.head_bias));
  for (std::size_t i = bias + 4; i < end; ++i) {
    auto bad = bytes;
    bad[i] = std::byte{1};
    Redigest(bad);
    EXPECT_EQ(ParseNetwork(bad).status(), Status::kModelMalformed) << i;
  }
}

TEST(NetworkFile, SaysWhichFileCannotBeRead) {
  const TestFolder folder;
  EXPECT_EQ(NetworkFile::Open(folder / "none").status(), Status::kModelMissing);
  EXPECT_EQ(NetworkFile::Open(folder).status(), Status::kModelMissing);
  const auto write = [&folder](const std::string& name,
                               std::span<const std::byte> bytes) {
    folder.Write(name, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    return folder / name;
  };
  std::string_view why;
  EXPECT_EQ(NetworkFile::Open(write("empty", {}), &why).status(),
            Status::kModelMalformed);
  EXPECT_EQ(why, "shorter than its header");
  const auto good = Good();
  const auto cut = write("cut", std::span(good).first(good.size() - 1));
  EXPECT_EQ(NetworkFile::Open(cut, &why).status(), Status::kModelMalformed);
  EXPECT_EQ(why, "its length is not that of its shape");
  std::filesystem::resize_file(cut, std::uintmax_t{1} << 40);  // sparse; never allocated
  EXPECT_EQ(NetworkFile::Open(cut).status(), Status::kModelMalformed);
  auto bad = good;
  bad.back() ^= std::byte{1};
  EXPECT_EQ(NetworkFile::Open(write("bad", bad)).status(), Status::kModelDigest);
  EXPECT_EQ(
      WriteNetwork(folder / "no-folder/x", RandomNetwork(kSmallShape, Precision::kInt8)),
      Status::kIo);
}

// Every numbered row of the document's first table, against the bytes; and the ranges.
TEST(NetworkFile, LiesAsItsDocumentSays) {
  const NetworkShape s{4, 8, 32, 3, 2, 48, 12};
  const auto bytes = EncodeNetwork(RandomNetwork(s, Precision::kInt8));
  struct Field {
    std::uint32_t value;
    std::string range;
  };
  const auto to = [](std::uint32_t low, std::uint32_t high, const std::string& more) {
    return std::to_string(low) + " to " + std::to_string(high) + more;
  };
  const std::map<std::string, Field> fields{
      {"version", {kNetworkVersion, "1"}},
      {"precision", {2, "1 (float32) or 2 (int8)"}},
      {"positions", {s.positions, to(1, kMaxPositions, "")}},
      {"inputs", {s.inputs, to(8, kMaxInputs, ", a multiple of 8")}},
      {"width", {s.width, to(16, kMaxWidth, ", a multiple of 16")}},
      {"layers", {s.layers, to(1, kMaxLayers, "")}},
      {"heads", {s.heads, "width / heads is a multiple of 8"}},
      {"hidden", {s.hidden, to(16, kMaxHidden, ", a multiple of 16")}},
      {"max_tokens", {s.max_tokens, to(1, kMaxTokens, ", a multiple of positions")}},
  };
  std::ifstream document(TORPOR_SOURCE_DIR "/docs/model-format.md");
  ASSERT_TRUE(document);
  std::size_t rows = 0, next = 8;
  bool limits = false;
  for (std::string line; std::getline(document, line);) {
    std::size_t offset = 0;
    std::array<char, 32> name{};
    std::array<char, 64> range{};
    limits = limits || (line.find("10,000") != std::string::npos &&
                        line.find("1e-12 to 1000") != std::string::npos);
    if (std::sscanf(line.c_str(), "| %zu | 4 | %31[a-z_] | %63[^|]", &offset, name.data(),
                    range.data()) != 3) {
      continue;
    }
    EXPECT_EQ(offset, next) << line;
    next = offset + 4;
    ASSERT_TRUE(fields.contains(name.data())) << line;
    const Field& field = fields.at(name.data());
    EXPECT_EQ(ByteReader(std::span(bytes).subspan(offset)).Read<std::uint32_t>(),
              field.value)
        << line;
    EXPECT_EQ(std::string(range.data()), field.range + " ") << line;
    ++rows;
  }
  EXPECT_EQ(rows, fields.size());
  EXPECT_TRUE(limits);
  EXPECT_EQ(kMaxMagnitude, 10'000.0F);
  EXPECT_EQ(kMinScale, 1e-12F);
  EXPECT_EQ(kMaxScale, 1000.0F);
}

}  // namespace
}  // namespace torpor::model
