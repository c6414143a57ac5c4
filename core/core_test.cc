#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/crc32.h"
#include "core/hex.h"
#include "core/result.h"
#include "core/status_table.h"
#include "core/test_crc32.h"
#include "core/time.h"
#include "core/units.h"

namespace torpor {
namespace {

TEST(Crc32, GivesTheCatalogueCheckValue) {
  EXPECT_EQ(Crc32(AsBytes("123456789")), 0xCBF43926U);
  EXPECT_EQ(Crc32({}), 0U);
}

TEST(Crc32, IsThePolynomialsOfEveryLengthAndPlace) { ExpectThePolynomials(); }

TEST(Crc32, ContinuesFromASeed) {
  EXPECT_EQ(Crc32(AsBytes("6789"), Crc32(AsBytes("12345"))), Crc32(AsBytes("123456789")));
}

TEST(Bytes, WhatIsWrittenIsReadBack) {
  std::array<std::byte, 15> buffer{};
  ByteWriter writer(buffer);
  writer.Write<std::uint8_t>(0xAB);
  writer.Write<std::uint16_t>(0x1234);
  writer.Write<std::uint32_t>(0xDEADBEEF);
  writer.Write<std::uint64_t>(0x0102030405060708);
  ASSERT_TRUE(writer.ok());
  EXPECT_EQ(buffer[1], std::byte{0x34}) << "the low byte comes first";

  ByteReader reader(writer.written());
  EXPECT_EQ(reader.Read<std::uint8_t>(), 0xAB);
  EXPECT_EQ(reader.Read<std::uint16_t>(), 0x1234);
  EXPECT_EQ(reader.Read<std::uint32_t>(), 0xDEADBEEF);
  EXPECT_EQ(reader.Read<std::uint64_t>(), 0x0102030405060708U);
  EXPECT_TRUE(reader.done());
}

TEST(Bytes, RunningOutTurnsBadAndStaysBad) {
  const std::array<std::byte, 3> three{};
  ByteReader reader(three);
  EXPECT_EQ(reader.Read<std::uint32_t>(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.Read<std::uint8_t>(), 0U);
  EXPECT_FALSE(reader.ok());

  std::array<std::byte, 3> room{};
  ByteWriter writer(room);
  writer.Write<std::uint32_t>(1);
  EXPECT_FALSE(writer.ok());
  EXPECT_EQ(writer.size(), 0U);
}

TEST(Hex, ReadsWhatItWritesAndNothingElse) {
  constexpr std::array bytes{std::byte{0x00}, std::byte{0xa5}, std::byte{0xff}};
  std::array<char, 6> digits{};
  WriteHex(bytes, digits);
  EXPECT_EQ(std::string_view(digits.data(), 6), "00a5ff");
  EXPECT_EQ(ReadHex<3>("00a5ff"), bytes);
  EXPECT_FALSE(ReadHex<3>("00a5f").has_value());
  EXPECT_FALSE(ReadHex<3>("00A5FF").has_value());
  EXPECT_FALSE(ReadHex<3>("00a5fg").has_value());
}

TEST(Units, PowerTimesTimeIsEnergyRoundedUp) {
  EXPECT_EQ((Microwatts{4'000'000} * Milliseconds(60'000)).value, 240'000'000'000);
  EXPECT_EQ(RoundUp(Nanojoules{1}).value, 1);
  EXPECT_EQ(RoundUp(Nanojoules{2000}).value, 2);
}

TEST(StatusTable, NumbersAndNamesAreUniqueAndAscending) {
  std::set<std::string> names;
  int last = -1;
  for (const StatusInfo& info : StatusTable()) {
    const int number = static_cast<int>(info.status);
    EXPECT_GT(number, last) << info.name;
    last = number;
    EXPECT_TRUE(names.insert(std::string(info.name)).second) << info.name;
    EXPECT_FALSE(info.meaning.empty()) << info.name;
    EXPECT_EQ(info.exit_code == 0, info.status == Status::kOk) << info.name;
  }
}

TEST(StatusTable, ANumberFromOutsideThatIsNotListedHasAnAnswer) {
  EXPECT_EQ(Info(static_cast<Status>(9999)).name, "unknown");
  EXPECT_EQ(Info(Status::kBadSignature).exit_code, 77);
}

TEST(Result, HoldsAValueOrAReason) {
  const Result<int> good = 7;
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(*good, 7);
  const Result<int> bad = Status::kIo;
  EXPECT_FALSE(bad.ok());
  EXPECT_EQ(bad.status(), Status::kIo);
}

}  // namespace
}  // namespace torpor
